//! The seam to where objects are. Nothing here knows how they are served.

use std::io;
use std::path::Path;

/// The bucket of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceBucket {
    /// Its name.
    pub name: String,
    /// The account that the instance belongs to, and with it the bucket.
    pub account_id: String,
}

/// Keeps objects under bucket and key. All calls may wait for a disk or a network: not for a thread of the runtime.
pub trait RecordingBucket: Send + Sync + 'static {
    /// Takes a file over as a new object, and makes the bucket when it is the first one; durable when it returns. `false`
    /// if the key is taken, and then the file is where it was.
    ///
    /// # Errors
    /// When the bucket cannot be written.
    fn put_new(&self, bucket: &InstanceBucket, key: &str, file: &Path) -> io::Result<bool>;

    /// Whether there is such an object.
    ///
    /// # Errors
    /// When the bucket cannot be asked.
    fn has(&self, bucket: &InstanceBucket, key: &str) -> io::Result<bool>;

    /// Path and query, on the host that was called, by which anybody may read an object until then (Unix seconds).
    fn link(&self, bucket: &InstanceBucket, key: &str, expires_s: i64) -> String;
}
