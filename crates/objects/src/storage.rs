//! The store's files as objects, with a cache before them.

use std::io;
use std::path::Path;
use std::sync::Arc;

use store::segment::ReadAt;
use store::write::SegmentStorage;

use crate::cache::{DiskCache, ObjectKey};
use crate::counters::{Counters, ObjectStorageStats, add};
use crate::flights::Flights;
use crate::limits::BLOCK_BYTES;
use crate::object::CachedObject;
use crate::remote::Remote;

/// Files in an object storage. What was put is in the cache at once; what is read comes from there, and is fetched once
/// when it is not there, however many ask for it. Its calls block.
pub struct ObjectStorage {
    shared: Arc<Shared>,
}

/// What a storage and its opened objects share.
pub(crate) struct Shared {
    pub(crate) remote: Arc<dyn Remote>,
    pub(crate) cache: DiskCache,
    pub(crate) flights: Flights,
    pub(crate) counters: Counters,
}

impl ObjectStorage {
    /// Uses a cache folder that belongs to this storage alone. Nothing is asked of the object storage yet.
    pub fn new(remote: Arc<dyn Remote>, cache_folder: &Path, cache_bytes: u64) -> io::Result<ObjectStorage> {
        let cache = DiskCache::open(cache_folder, cache_bytes)?;
        let shared = Shared { remote, cache, flights: Flights::default(), counters: Counters::default() };
        Ok(ObjectStorage { shared: Arc::new(shared) })
    }

    /// What happened so far.
    pub fn stats(&self) -> ObjectStorageStats {
        self.shared.counters.stats(self.shared.cache.bytes())
    }

    /// Whether the object storage answers and lets this server in: lists what is there.
    pub fn probe(&self) -> io::Result<()> {
        self.shared.count_failure(self.shared.remote.names()).map(drop)
    }
}

impl Shared {
    pub(crate) fn count_failure<T>(&self, outcome: io::Result<T>) -> io::Result<T> {
        if outcome.is_err() {
            add(&self.counters.failures, 1);
        }
        outcome
    }

    /// Takes a whole object into the cache, unless it would push out too much.
    fn keep(&self, object: &ObjectKey, content: &[u8]) {
        let object_len = content.len() as u64;
        if object_len > self.cache.whole_file_bytes() {
            return;
        }
        for (block, number) in content.chunks(BLOCK_BYTES as usize).zip(0..) {
            self.cache.put(object, object_len, number, block);
        }
        self.cache.put_object_len(object, object_len);
    }
}

impl SegmentStorage for ObjectStorage {
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let object = ObjectKey::new(name);
        // A put that fails may have replaced the object all the same.
        self.shared.cache.forget(&object);
        self.shared.count_failure(self.shared.remote.put(name, bytes))?;
        add(&self.shared.counters.put_bytes, bytes.len() as u64);
        self.shared.keep(&object, bytes);
        Ok(())
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn ReadAt>> {
        let object = ObjectKey::new(name);
        let byte_len = self.shared.byte_len(&object)?;
        Ok(Arc::new(CachedObject::new(self.shared.clone(), object, byte_len)))
    }

    fn open_of_len(&self, name: &str, byte_len: u64) -> io::Result<Arc<dyn ReadAt>> {
        Ok(Arc::new(CachedObject::new(self.shared.clone(), ObjectKey::new(name), byte_len)))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.shared.cache.forget(&ObjectKey::new(name));
        self.shared.count_failure(self.shared.remote.remove(name))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.shared.count_failure(self.shared.remote.names())
    }

    fn close(&self) {
        self.shared.remote.close();
    }
}
