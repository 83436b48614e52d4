//! An object storage in memory that counts, fails and waits when told to.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use objects::{ObjectStorage, Remote};
use parking_lot::{Condvar, Mutex};

#[derive(Default)]
pub struct Fake {
    pub objects: Mutex<BTreeMap<String, Bytes>>,
    /// Ranges that were read, in order.
    pub reads: Mutex<Vec<(String, Range<u64>)>>,
    /// Calls beside reads.
    pub others: AtomicU64,
    /// Every call fails.
    pub is_away: AtomicBool,
    /// The next read is one flipped bit wrong.
    pub flips_next: AtomicBool,
    /// Reads wait while this is set.
    pub holds: Mutex<bool>,
    pub released: Condvar,
    pub waiting: AtomicU64,
}

impl Fake {
    fn check(&self) -> io::Result<()> {
        if self.is_away.load(Ordering::SeqCst) {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the storage is away"));
        }
        Ok(())
    }

    fn other(&self) -> io::Result<()> {
        self.others.fetch_add(1, Ordering::SeqCst);
        self.check()
    }

    pub fn read_count(&self) -> usize {
        self.reads.lock().len()
    }

    /// A storage over this one.
    pub fn behind_cache(self: &Arc<Fake>, folder: &Path, cache_bytes: u64) -> ObjectStorage {
        ObjectStorage::new(self.clone(), folder, cache_bytes).unwrap()
    }
}

impl Remote for Fake {
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.other()?;
        self.objects.lock().insert(name.to_owned(), Bytes::copy_from_slice(bytes));
        Ok(())
    }

    fn put_new(&self, name: &str, bytes: &[u8]) -> io::Result<bool> {
        self.other()?;
        let mut objects = self.objects.lock();
        let is_new = !objects.contains_key(name);
        if is_new {
            objects.insert(name.to_owned(), Bytes::copy_from_slice(bytes));
        }
        Ok(is_new)
    }

    fn byte_len(&self, name: &str) -> io::Result<u64> {
        self.other()?;
        let objects = self.objects.lock();
        objects.get(name).map(|object| object.len() as u64).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn read(&self, name: &str, range: Range<u64>) -> io::Result<Bytes> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut holds = self.holds.lock();
        while *holds {
            self.released.wait(&mut holds);
        }
        drop(holds);
        self.reads.lock().push((name.to_owned(), range.clone()));
        self.check()?;
        let object = self.objects.lock().get(name).cloned().ok_or(io::ErrorKind::NotFound)?;
        let part = object.slice(range.start as usize..range.end as usize);
        if self.flips_next.swap(false, Ordering::SeqCst) {
            let mut wrong = part.to_vec();
            let middle = wrong.len() / 2;
            wrong[middle] ^= 1;
            return Ok(wrong.into());
        }
        Ok(part)
    }

    fn read_start(&self, name: &str, max_len: u64) -> io::Result<(Bytes, u64)> {
        let byte_len =
            self.objects.lock().get(name).map(|object| object.len() as u64).ok_or(io::ErrorKind::NotFound)?;
        self.read(name, 0..max_len.min(byte_len)).map(|start| (start, byte_len))
    }

    fn list(&self, each: &mut dyn FnMut(String)) -> io::Result<()> {
        self.other()?;
        let names: Vec<String> = self.objects.lock().keys().cloned().collect();
        names.into_iter().for_each(each);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.other()?;
        self.objects.lock().remove(name);
        Ok(())
    }
}

/// Bytes that are different everywhere.
pub fn content(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut out = Vec::with_capacity(len + 8);
    while out.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.extend_from_slice(&state.to_le_bytes());
    }
    out.truncate(len);
    out
}

/// Bytes that the files of a folder take, as the cache counts them.
pub fn disk_bytes(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).unwrap();
    files.map(|file| file.unwrap().metadata().unwrap().len().next_multiple_of(4096)).sum()
}
