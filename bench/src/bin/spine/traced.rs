//! A journal folder that notes when each group is written and synced, so that a wait can be taken apart.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use journal::storage::{JournalFile, LocalStorage, Storage, StorageLock};

const GROUP_MAGIC: &[u8] = b"CJGR";

/// One group on its way to the disk.
#[derive(Clone, Copy)]
pub struct GroupTrace {
    /// Number, in journal order, of the record after its last one.
    pub next_sequence: u64,
    pub write_began: Instant,
    pub sync_began: Instant,
    pub synced: Instant,
    /// Zeros for later groups were written with it.
    pub filled_ahead: bool,
}

/// What was noted so far, in order.
#[derive(Clone, Default)]
pub struct Trace(Arc<Mutex<Vec<GroupTrace>>>);

impl Trace {
    pub fn groups(&self) -> MutexGuard<'_, Vec<GroupTrace>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wrote(&self, bytes: &[u8]) {
        let now = Instant::now();
        let number = |from: usize, to: usize| {
            bytes.get(from..to).map(|field| field.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
        };
        match (bytes.starts_with(GROUP_MAGIC), number(16, 24), number(24, 28)) {
            (true, Some(first_sequence), Some(records)) => self.groups().push(GroupTrace {
                next_sequence: first_sequence + records,
                write_began: now,
                sync_began: now,
                synced: now,
                filled_ahead: false,
            }),
            _ => self.groups().last_mut().into_iter().for_each(|group| group.filled_ahead = true),
        }
    }
}

/// Local files, traced.
pub struct TracedStorage {
    inner: LocalStorage,
    trace: Trace,
}

impl TracedStorage {
    pub fn create(dir: &Path, trace: Trace) -> io::Result<Self> {
        Ok(Self { inner: LocalStorage::create(dir)?, trace })
    }

    fn traced(&self, file: Box<dyn JournalFile>) -> Box<dyn JournalFile> {
        Box::new(TracedFile { inner: file, trace: self.trace.clone() })
    }
}

impl Storage for TracedStorage {
    fn lock(&self) -> io::Result<Option<StorageLock>> {
        self.inner.lock()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.inner.list()
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn JournalFile>> {
        self.inner.create(name).map(|file| self.traced(file))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn JournalFile>> {
        self.inner.open(name).map(|file| self.traced(file))
    }

    fn open_read(&self, name: &str) -> io::Result<Box<dyn JournalFile>> {
        self.inner.open_read(name)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.inner.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.inner.remove(name)
    }

    fn sync_dir(&self) -> io::Result<()> {
        self.inner.sync_dir()
    }

    fn free_bytes(&self) -> io::Result<u64> {
        self.inner.free_bytes()
    }

    fn describe(&self) -> String {
        self.inner.describe()
    }
}

struct TracedFile {
    inner: Box<dyn JournalFile>,
    trace: Trace,
}

impl JournalFile for TracedFile {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read_at(offset, buffer)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.trace.wrote(bytes);
        self.inner.write_at(offset, bytes)
    }

    fn sync_data(&self) -> io::Result<()> {
        let began = Instant::now();
        self.inner.sync_data()?;
        if let Some(group) = self.trace.groups().last_mut() {
            (group.sync_began, group.synced) = (began, Instant::now());
        }
        Ok(())
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        self.inner.set_len(bytes)
    }

    fn byte_len(&self) -> io::Result<u64> {
        self.inner.byte_len()
    }
}
