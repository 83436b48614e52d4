//! What is asked of an object storage.

use std::io;
use std::ops::Range;

use bytes::Bytes;

/// Objects by name, on the other side of a network. All calls block, so none may be made on a thread of the runtime.
///
/// Whoever implements it promises: after [`Remote::put`] returned, the object has exactly these bytes and every later
/// call sees it. A `put` that failed left the old object, the new one or none, never a part of one.
pub trait Remote: Send + Sync {
    /// Writes an object; one of the same name is replaced.
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Writes an object unless there is one of its name; says whether it did.
    fn put_new(&self, name: &str, bytes: &[u8]) -> io::Result<bool>;

    /// Length of an object; an error of kind `NotFound` when there is none.
    fn byte_len(&self, name: &str) -> io::Result<u64>;

    /// Exactly the bytes of a range.
    fn read(&self, name: &str, range: Range<u64>) -> io::Result<Bytes>;

    /// The beginning of an object, at most so many bytes of it, and the length of the whole.
    fn read_start(&self, name: &str, max_len: u64) -> io::Result<(Bytes, u64)>;

    /// Says the names of all objects, in no order.
    fn list(&self, each: &mut dyn FnMut(String)) -> io::Result<()>;

    /// The same, together.
    fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        self.list(&mut |name| names.push(name)).map(|()| names)
    }

    /// Removes an object; one that is not there is removed already.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Ends waiting calls with an error, and all later ones.
    fn close(&self) {}
}
