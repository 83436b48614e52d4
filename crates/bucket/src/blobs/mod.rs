//! Where the bytes of objects are: files that are written once under a name of their own and then only read.
//!
//! A file means nothing by itself; the row that names it does. So a crash leaves at worst a file that no row names, which
//! the next start removes.

mod folder;

use std::io;

pub use folder::Folder;

/// A place for files. All calls block.
pub trait Blobs: Send + Sync {
    /// Begins a file. It is there under its name when it is finished, and not before.
    fn create(&self, name: &str) -> io::Result<Box<dyn BlobWriter>>;

    /// Opens a file of so many bytes. It can be read until its reader is dropped, also if it is removed meanwhile.
    fn open(&self, name: &str, byte_len: u64) -> io::Result<Box<dyn BlobReader>>;

    /// Whether opening does not look if the file is there. Then whoever opened it looks whether its row has changed: a
    /// file that a row named after it was opened stays until its readers are gone.
    fn opens_unseen(&self) -> bool {
        false
    }

    /// Says the names of all files that are finished, in no order; what comes or goes meanwhile may be among them.
    fn list(&self, each: &mut dyn FnMut(String)) -> io::Result<()>;

    /// Removes what an earlier process began and did not finish.
    fn remove_unfinished(&self) -> io::Result<()>;

    /// Removes a file; one that is not there is no error. With an error of kind `ResourceBusy` it is being read, and can be
    /// removed later.
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
