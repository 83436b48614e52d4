//! Where the bytes of objects are: files that are written once under a name of their own and then only read.
//!
//! A file means nothing by itself; the row that names it does. So a crash leaves at worst a file that no row names.

mod folder;

use std::io;

pub use folder::Folder;

/// A place for files. All calls block.
pub trait Blobs: Send + Sync {
    /// Begins a file. It is there under its name when it is finished, and not before.
    fn create(&self, name: &str) -> io::Result<Box<dyn BlobWriter>>;

    /// Opens a file.
    fn open(&self, name: &str) -> io::Result<Box<dyn BlobReader>>;

    /// Removes a file; one that is not there is no error.
    fn remove(&self, name: &str) -> io::Result<()>;
}

/// A file that is being written.
pub trait BlobWriter: Send {
    /// Writes all of these bytes.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes the file durable. Dropping the writer instead leaves no new file.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// A file that can be read at any place.
pub trait BlobReader: Send + Sync {
    /// Fills the buffer with the bytes at a place.
    fn read_exact_at(&self, buffer: &mut [u8], at: u64) -> io::Result<()>;
}
