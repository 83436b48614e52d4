//! What an operator wants to know of cache and storage.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts since the start, and the size of the cache now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ObjectStorageStats {
    /// Bytes of the cache on the disk.
    pub cache_bytes: u64,
    /// Reads of a block that the cache answered.
    pub cache_hits: u64,
    /// Blocks that were fetched from the object storage.
    pub cache_misses: u64,
    /// Bytes that were fetched.
    pub fetched_bytes: u64,
    /// Bytes that were put.
    pub put_bytes: u64,
    /// Calls that failed after all repetitions.
    pub failures: u64,
}

#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) cache_hits: AtomicU64,
    pub(crate) cache_misses: AtomicU64,
    pub(crate) fetched_bytes: AtomicU64,
    pub(crate) put_bytes: AtomicU64,
    pub(crate) failures: AtomicU64,
}

impl Counters {
    pub(crate) fn stats(&self, cache_bytes: u64) -> ObjectStorageStats {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        ObjectStorageStats {
            cache_bytes,
            cache_hits: of(&self.cache_hits),
            cache_misses: of(&self.cache_misses),
            fetched_bytes: of(&self.fetched_bytes),
            put_bytes: of(&self.put_bytes),
            failures: of(&self.failures),
        }
    }
}

/// Adds to a counter that nothing depends on.
pub(crate) fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}
