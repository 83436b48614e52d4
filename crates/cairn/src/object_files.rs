//! Where the files of objects are: in the data folder, or in an object storage.
//!
//! A file in an object storage is an object below the prefix under the file's own name; a name longer than an object's
//! may be ends with the digest of the whole instead.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use ::bucket::blobs::{BlobReader, BlobWriter, Blobs, Folder};
use bytes::Bytes;
use objects::{NewObject, Owned, Remote, RemoteBucket};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;

use crate::config::Config;
use crate::data_folder::{owner_file, owner_mark, unfinished_uploads};

/// Bytes of a name that is kept as it is: an object's has 1,024 with its prefix, and some of them are encoded once more.
const MAX_NAME_BYTES: usize = 600;
/// Bytes that are fetched ahead for a reader who goes on where he was.
const READ_AHEAD_BYTES: u64 = 8 * 1024 * 1024;
/// By which what is fetched ahead grows with every step.
const READ_AHEAD_GROWTH: u64 = 4;

/// Opens the place. Asks an object storage nothing.
///
/// # Errors
/// When a setting cannot be used or the folder cannot be opened; the text says what to do.
pub fn open(config: &Config, data: &Path, folder: &Path, runtime: &Handle) -> Result<Arc<dyn Blobs>, String> {
    let in_section = |problem: String| format!("the section [bucket] of the configuration cannot be used: {problem}");
    let segments = config.store.object_storage()?;
    let Some(settings) = config.bucket.object_storage(segments.as_ref()).map_err(in_section)? else {
        let opened = Folder::open(folder).map_err(|cause| {
            format!("the files of objects cannot be used: {cause}; check the folder {}", folder.display())
        })?;
        return Ok(Arc::new(Arc::new(opened)));
    };
    let bucket = RemoteBucket::connect(&settings, runtime.clone()).map_err(|error| in_section(error.to_string()))?;
    let uploads = unfinished_uploads(data, "objects").map_err(|error| error.to_string())?;
    let bucket = Arc::new(bucket.with_uploads(uploads));
    let mark = owner_mark(data).map_err(|error| error.to_string())?;
    let owned = Owned::new(bucket.clone(), &mark, &owner_file(data).display().to_string());
    let max_steps = settings.max_steps().unwrap_or(usize::MAX);
    Ok(Arc::new(ObjectFiles { bucket, owned: Arc::new(owned), readers: Arc::default(), max_steps }))
}

/// Files as objects.
struct ObjectFiles {
    bucket: Arc<RemoteBucket>,
    owned: Arc<Owned>,
    readers: Arc<Readers>,
    /// Steps between slashes that a name may have.
    max_steps: usize,
}

impl Blobs for ObjectFiles {
    fn create(&self, name: &str) -> io::Result<Box<dyn BlobWriter>> {
        self.owned.make_sure()?;
        Ok(Box::new(Writer(self.bucket.begin(&object_name(name, self.max_steps))?)))
    }

    fn open(&self, name: &str, byte_len: u64) -> io::Result<Box<dyn BlobReader>> {
        let name = object_name(name, self.max_steps);
        self.readers.come(&name);
        let (remote, readers) = (self.owned.clone(), self.readers.clone());
        Ok(Box::new(Reader { remote, readers, name, byte_len, fetched: Mutex::new(Fetched::default()) }))
    }

    fn opens_unseen(&self) -> bool {
        true
    }

    fn list(&self, each: &mut dyn FnMut(String)) -> io::Result<()> {
        self.owned.list(each)
    }

    fn remove_unfinished(&self) -> io::Result<()> {
        self.bucket.abort_left()
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let name = object_name(name, self.max_steps);
        if self.readers.has(&name) {
            return Err(io::Error::new(io::ErrorKind::ResourceBusy, format!("{name} is being read")));
        }
        self.owned.remove(&name)
    }
}

struct Writer(NewObject);

impl BlobWriter for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write(bytes)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.0.finish()
    }
}

/// How many readers each object has.
#[derive(Default)]
struct Readers(Mutex<HashMap<String, usize>>);

impl Readers {
    fn come(&self, name: &str) {
        *self.0.lock().entry(name.to_owned()).or_default() += 1;
    }

    fn leave(&self, name: &str) {
        let mut counts = self.0.lock();
        match counts.get_mut(name) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(counts.remove(name)),
        }
    }

    fn has(&self, name: &str) -> bool {
        self.0.lock().contains_key(name)
    }
}

/// Reads an object; what is read in order is fetched ahead.
struct Reader<R: Remote + ?Sized = Owned> {
    remote: Arc<R>,
    readers: Arc<Readers>,
    name: String,
    byte_len: u64,
    fetched: Mutex<Fetched>,
}

/// The bytes that were fetched last, and where they begin.
#[derive(Default)]
struct Fetched {
    start: u64,
    bytes: Bytes,
}

impl Fetched {
    fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }

    fn part(&self, at: u64, count: u64) -> Option<&[u8]> {
        let from = at.checked_sub(self.start)?;
        self.bytes.get(usize::try_from(from).ok()?..usize::try_from(from + count).ok()?)
    }
}

impl<R: Remote + ?Sized> BlobReader for Reader<R> {
    fn read_exact_at(&self, buffer: &mut [u8], at: u64) -> io::Result<()> {
        let count = buffer.len() as u64;
        if at.checked_add(count).is_none_or(|end| end > self.byte_len) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if count == 0 {
            return Ok(());
        }
        let mut fetched = self.fetched.lock();
        if fetched.part(at, count).is_none() {
            let goes_on = fetched.start + (fetched.bytes.len() as u64) >= at && fetched.start < at;
            let ahead = if goes_on { fetched.bytes.len() as u64 * READ_AHEAD_GROWTH } else { 0 };
            let end = at.saturating_add(ahead.min(READ_AHEAD_BYTES).max(count)).min(self.byte_len);
            *fetched = Fetched { start: at, bytes: self.remote.read(&self.name, at..end)? };
        }
        debug_assert!(fetched.end() <= self.byte_len);
        let part = fetched.part(at, count).ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(part);
        Ok(())
    }
}

impl<R: Remote + ?Sized> Drop for Reader<R> {
    fn drop(&mut self) {
        self.readers.leave(&self.name);
    }
}

/// The name of a file's object. Names of files are ASCII: a key, encoded, and a suffix that no other file has. What is too
/// long for a service, or has too many steps, ends with the digest of the whole.
fn object_name(name: &str, max_steps: usize) -> String {
    let end_of_steps = name.match_indices('/').nth(max_steps.saturating_sub(1)).map(|(at, _)| at);
    let kept = end_of_steps.unwrap_or(name.len()).min(MAX_NAME_BYTES);
    match name.get(..kept) {
        Some(start) if name.len() > kept => {
            format!("{}~{}", start.trim_end_matches('/'), hex::encode(Sha256::digest(name)))
        }
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;

    /// One object, whose reads are counted.
    #[derive(Default)]
    struct One {
        content: Vec<u8>,
        reads: Mutex<Vec<Range<u64>>>,
    }

    impl Remote for One {
        fn put(&self, _: &str, _: &[u8]) -> io::Result<()> {
            Err(io::ErrorKind::Unsupported.into())
        }

        fn put_new(&self, _: &str, _: &[u8]) -> io::Result<bool> {
            Err(io::ErrorKind::Unsupported.into())
        }

        fn byte_len(&self, _: &str) -> io::Result<u64> {
            Ok(self.content.len() as u64)
        }

        fn read(&self, _: &str, range: Range<u64>) -> io::Result<Bytes> {
            self.reads.lock().push(range.clone());
            Ok(Bytes::copy_from_slice(&self.content[range.start as usize..range.end as usize]))
        }

        fn read_start(&self, _: &str, _: u64) -> io::Result<(Bytes, u64)> {
            Err(io::ErrorKind::Unsupported.into())
        }

        fn list(&self, _: &mut dyn FnMut(String)) -> io::Result<()> {
            Ok(())
        }

        fn remove(&self, _: &str) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn who_reads_on_is_read_ahead() {
        let content: Vec<u8> = (0..100_000_u32).map(|n| (n % 251) as u8).collect();
        let one = Arc::new(One { content: content.clone(), ..One::default() });
        let readers = Arc::new(Readers::default());
        readers.come("a");
        let reader = Reader {
            remote: one.clone(),
            readers: readers.clone(),
            name: "a".to_owned(),
            byte_len: 100_000,
            fetched: Mutex::default(),
        };
        let mut whole = Vec::new();
        for at in (0..100_000).step_by(1_000) {
            let mut buffer = [0; 1_000];
            reader.read_exact_at(&mut buffer, at).unwrap();
            whole.extend_from_slice(&buffer);
        }
        assert_eq!(whole, content);
        assert_eq!(*one.reads.lock(), [0..1_000, 1_000..5_000, 5_000..21_000, 21_000..85_000, 85_000..100_000]);
        let mut buffer = [0; 10];
        reader.read_exact_at(&mut buffer, 50).unwrap();
        assert_eq!((&buffer[..], one.reads.lock().last()), (&content[50..60], Some(&(50..60))));
        assert!(reader.read_exact_at(&mut buffer, 99_995).is_err());
        assert!(reader.read_exact_at(&mut buffer, u64::MAX).is_err());
        assert!(readers.has("a"));
        drop(reader);
        assert!(!readers.has("a"));
    }

    #[test]
    fn long_names_are_cut_and_stay_apart() {
        assert_eq!(object_name("audit/a%20b~1", usize::MAX), "audit/a%20b~1");
        let long = |end: &str| object_name(&format!("audit/{}{end}", "x/".repeat(600)), usize::MAX);
        assert!(long("1").len() < 700 && long("1") != long("2") && !long("1").contains("/~"));
        assert_eq!(object_name("a/b/c~1", 3), "a/b/c~1");
        let deep = |end: &str| object_name(&format!("a/b/c/d~{end}"), 3);
        assert!(deep("1").starts_with("a/b/c~") && deep("1") != deep("2"));
    }
}
