//! The folder of the cache.

use std::fs::{self, File, FileTimes};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use parking_lot::Mutex;

use super::block::{BlockFile, ObjectKey, encode};
use super::recency::{BlockId, Recency};
use crate::limits::{DISK_BLOCK_BYTES, FREE_DISK_FLOOR_BYTES, MIN_CACHE_BYTES, USE_MARK_AGE_S, WHOLE_FILE_SHARE};

/// Ending of a file that is not whole yet.
const UNFINISHED: &str = ".unfinished";

/// The block that remembers an object's length.
pub(crate) const LENGTH_BLOCK: u32 = u32::MAX;

/// A cache in a folder that this process uses alone. Any number of threads may use it at once.
pub(crate) struct DiskCache {
    folder: PathBuf,
    blocks: Mutex<Recency>,
    free_disk_floor_bytes: u64,
    next_unfinished: AtomicU64,
}

/// What the cache has of a block.
pub(crate) struct Found {
    pub(crate) bytes: Bytes,
    pub(crate) object_len: u64,
}

impl DiskCache {
    /// Opens the folder with what is in it from before; the least recently used blocks above the limit go.
    pub(crate) fn open(folder: &Path, limit_bytes: u64) -> io::Result<DiskCache> {
        create_private(folder)?;
        let mut blocks = Recency::new(limit_bytes.max(MIN_CACHE_BYTES));
        for (_, block, bytes) in found_files(folder)? {
            // The oldest come first, so what has to go for a block is older than it.
            let Some(gone) = blocks.make_room(block, bytes, true) else {
                remove_file(&path_of(folder, block))?;
                continue;
            };
            for gone in gone {
                remove_file(&path_of(folder, gone))?;
            }
            blocks.add(block, bytes);
        }
        Ok(DiskCache {
            folder: folder.to_owned(),
            blocks: Mutex::new(blocks),
            free_disk_floor_bytes: FREE_DISK_FLOOR_BYTES,
            next_unfinished: AtomicU64::new(0),
        })
    }

    /// Bytes on the disk.
    pub(crate) fn bytes(&self) -> u64 {
        self.blocks.lock().bytes()
    }

    /// Files up to this size are kept whole.
    pub(crate) fn whole_file_bytes(&self) -> u64 {
        self.blocks.lock().limit_bytes() / WHOLE_FILE_SHARE
    }

    /// Whether a block seems to be there; its content is not looked at.
    pub(crate) fn has(&self, block: BlockId) -> bool {
        self.blocks.lock().contains(block)
    }

    /// A part of a block; nothing when it is missing, damaged, or belongs to another object.
    pub(crate) fn get(&self, object: &ObjectKey, number: u32, start: usize, end: usize) -> Option<Found> {
        let block = object.block(number);
        if !self.blocks.lock().touch(block) {
            return None;
        }
        let found = File::open(path_of(&self.folder, block)).ok().and_then(|file| {
            let file = BlockFile::open(file, object, number)?;
            let bytes = file.read(start, end)?;
            mark_use(file.file());
            Some(Found { bytes, object_len: file.object_len })
        });
        if found.is_none() {
            self.remove(block);
        }
        found
    }

    /// The length of an object, when it is remembered.
    pub(crate) fn object_len(&self, object: &ObjectKey) -> Option<u64> {
        self.get(object, LENGTH_BLOCK, 0, 0).map(|found| found.object_len)
    }

    /// Remembers the length of an object.
    pub(crate) fn put_object_len(&self, object: &ObjectKey, object_len: u64) {
        self.put(object, object_len, LENGTH_BLOCK, &[]);
    }

    /// Takes a block. A cache that cannot be written costs fetches and no answers, so that is logged and not returned.
    pub(crate) fn put(&self, object: &ObjectKey, object_len: u64, number: u32, content: &[u8]) {
        if let Err(error) = self.write(object, object_len, number, content) {
            tracing::warn!(%error, folder = %self.folder.display(), "the cache of the object storage cannot be written");
        }
    }

    fn write(&self, object: &ObjectKey, object_len: u64, number: u32, content: &[u8]) -> io::Result<()> {
        let Some(bytes) = encode(object, object_len, number, content) else {
            return Ok(());
        };
        let block = object.block(number);
        let count = self.next_unfinished.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.folder.join(format!("{}-{count}{UNFINISHED}", std::process::id()));
        let written = fs::write(&unfinished, &bytes).and_then(|()| {
            // Held over rename and removal, so that the list tells the truth about the folder.
            let mut blocks = self.blocks.lock();
            let disk_bytes = on_disk(bytes.len() as u64);
            let may_grow = free_disk_bytes(&self.folder)? >= self.free_disk_floor_bytes;
            let Some(gone) = blocks.make_room(block, disk_bytes, may_grow) else {
                return fs::remove_file(&unfinished);
            };
            for gone in gone {
                remove_file(&path_of(&self.folder, gone))?;
            }
            fs::rename(&unfinished, path_of(&self.folder, block))?;
            blocks.add(block, disk_bytes);
            Ok(())
        });
        if written.is_err() {
            // There may be nothing to remove; the error that is returned tells why.
            let _ = fs::remove_file(&unfinished);
        }
        written
    }

    /// Removes a block; true when it was there.
    pub(crate) fn remove(&self, block: BlockId) -> bool {
        let mut blocks = self.blocks.lock();
        let was_there = blocks.remove(block);
        if let Err(error) = remove_file(&path_of(&self.folder, block)) {
            tracing::warn!(%error, folder = %self.folder.display(), "a cached block cannot be removed");
        }
        was_there
    }

    /// Removes all blocks of an object.
    pub(crate) fn forget(&self, object: &ObjectKey) {
        let blocks = self.blocks.lock().blocks_of(object.id);
        for block in blocks {
            self.remove(block);
        }
    }
}

/// Blocks of a folder with the time of their last use, oldest first. What was left unfinished is removed.
fn found_files(folder: &Path) -> io::Result<Vec<(SystemTime, BlockId, u64)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.ends_with(UNFINISHED) {
            remove_file(&entry.path())?;
        } else if let Some(block) = parse_name(&name) {
            let metadata = entry.metadata()?;
            found.push((metadata.modified()?, block, on_disk(metadata.len())));
        }
    }
    found.sort_unstable();
    Ok(found)
}

fn path_of(folder: &Path, block: BlockId) -> PathBuf {
    folder.join(format!("{:032x}-{:08x}", block.object, block.number))
}

fn parse_name(name: &str) -> Option<BlockId> {
    let (object, number) = name.split_once('-')?;
    let block =
        BlockId { object: u128::from_str_radix(object, 16).ok()?, number: u32::from_str_radix(number, 16).ok()? };
    (object.len() == 32 && number.len() == 8).then_some(block)
}

fn on_disk(bytes: u64) -> u64 {
    bytes.next_multiple_of(DISK_BLOCK_BYTES)
}

fn free_disk_bytes(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// After a restart the time of a file tells its last use; once in some minutes is enough for that.
fn mark_use(file: &File) {
    let is_old = || {
        let age = SystemTime::now().duration_since(file.metadata()?.modified()?);
        Ok::<_, io::Error>(age.is_ok_and(|age| age > Duration::from_secs(USE_MARK_AGE_S)))
    };
    if is_old().unwrap_or(false) {
        // Only the order of removal after a restart depends on it.
        let _ = file.set_times(FileTimes::new().set_modified(SystemTime::now()));
    }
}

fn remove_file(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Events are for their owner alone.
fn create_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nearly_full_disk_is_not_filled() {
        let folder = tempfile::tempdir().unwrap();
        let mut cache = DiskCache::open(folder.path(), 1 << 24).unwrap();
        let object = ObjectKey::new("a");
        let has = |cache: &DiskCache, number| cache.get(&object, number, 0, 9).is_some();
        cache.put(&object, 100_000, 0, &[1; 9_000]);
        cache.put(&object, 100_000, 1, &[2; 9_000]);
        let bytes = cache.bytes();
        cache.free_disk_floor_bytes = u64::MAX;
        cache.put(&object, 100_000, 2, &[3; 9_000]);
        assert!(!has(&cache, 0) && has(&cache, 1) && has(&cache, 2) && cache.bytes() == bytes);
        cache.put(&object, 100_000, 3, &[4; 60_000]);
        assert!(!has(&cache, 3) && has(&cache, 1) && has(&cache, 2));
    }

    #[test]
    fn what_is_left_of_an_unfinished_block_goes_and_strangers_stay() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["77-1.unfinished", "notes.txt", "12-34"] {
            fs::write(folder.path().join(name), b"content").unwrap();
        }
        let cache = DiskCache::open(folder.path(), 1 << 24).unwrap();
        let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        names.sort();
        assert_eq!((names, cache.bytes()), (vec!["12-34".into(), "notes.txt".into()], 0));
    }

    #[test]
    fn the_least_recently_used_go_first_after_a_restart_too() {
        let folder = tempfile::tempdir().unwrap();
        let object = ObjectKey::new("a");
        let block = vec![7; 250_000];
        let cache = DiskCache::open(folder.path(), 1 << 20).unwrap();
        for number in 0..4 {
            cache.put(&object, 1_000_000, number, &block);
        }
        let old = SystemTime::now() - Duration::from_secs(3 * USE_MARK_AGE_S);
        for number in 0..4 {
            let file = File::open(path_of(folder.path(), object.block(number))).unwrap();
            file.set_times(FileTimes::new().set_modified(old + Duration::from_secs(u64::from(number)))).unwrap();
        }
        assert!(cache.get(&object, 0, 0, 1).is_some(), "its use is marked, since the last mark is old");
        let cache = DiskCache::open(folder.path(), 1 << 20).unwrap();
        cache.put(&object, 1_000_000, 4, &block);
        let there: Vec<u32> = (0..5).filter(|number| cache.has(object.block(*number))).collect();
        assert_eq!(there, [0, 2, 3, 4]);
    }
}
