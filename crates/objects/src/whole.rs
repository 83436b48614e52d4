//! Reading without the cache: whoever checks a store wants to see what is in the object storage.

use std::io;
use std::path::Path;
use std::sync::{Arc, Weak};

use bytes::{Bytes, BytesMut};
use parking_lot::Mutex;
use store::segment::ReadAt;
use store::write::SegmentStorage;

use crate::cache::{DiskCache, ObjectKey};
use crate::limits::MAX_FETCH_BYTES;
use crate::remote::Remote;

/// Files in an object storage, each fetched whole into memory when it is opened.
pub struct WholeObjects {
    remote: Arc<dyn Remote>,
    /// Where copies of what is put must be forgotten.
    cache: Option<DiskCache>,
    /// A check opens the same file twice in a row.
    last: Mutex<Option<(String, Weak<dyn ReadAt>)>>,
}

impl WholeObjects {
    /// For reading.
    pub fn new(remote: Arc<dyn Remote>) -> WholeObjects {
        WholeObjects { remote, cache: None, last: Mutex::new(None) }
    }

    /// For writing, too: what is put is forgotten by a cache that no running server uses.
    pub fn with_cache(remote: Arc<dyn Remote>, cache_folder: &Path, cache_bytes: u64) -> io::Result<WholeObjects> {
        let cache = Some(DiskCache::open(cache_folder, cache_bytes)?);
        Ok(WholeObjects { cache, ..WholeObjects::new(remote) })
    }

    fn fetch(&self, name: &str) -> io::Result<Bytes> {
        let byte_len = self.remote.byte_len(name)?;
        let mut content = BytesMut::new();
        while (content.len() as u64) < byte_len {
            let start = content.len() as u64;
            content.extend_from_slice(&self.remote.read(name, start..(start + MAX_FETCH_BYTES).min(byte_len))?);
        }
        Ok(content.freeze())
    }
}

impl SegmentStorage for WholeObjects {
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        *self.last.lock() = None;
        if let Some(cache) = &self.cache {
            cache.forget(&ObjectKey::new(name));
        }
        self.remote.put(name, bytes)
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn ReadAt>> {
        if let Some((last, object)) = &*self.last.lock()
            && last == name
            && let Some(object) = object.upgrade()
        {
            return Ok(object);
        }
        let object: Arc<dyn ReadAt> = Arc::new(self.fetch(name)?);
        *self.last.lock() = Some((name.to_owned(), Arc::downgrade(&object)));
        Ok(object)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        *self.last.lock() = None;
        if let Some(cache) = &self.cache {
            cache.forget(&ObjectKey::new(name));
        }
        self.remote.remove(name)
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.remote.names()
    }

    fn close(&self) {
        self.remote.close();
    }
}
