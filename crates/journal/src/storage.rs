//! The file layer under the journal, as a contract small enough to be faked in tests.

mod local;

use std::io;

pub use local::LocalStorage;

/// One folder of files.
///
/// What the journal relies on:
///
/// 1. Names are plain file names in one folder; nothing else is touched.
/// 2. `create`, `rename` and `remove` take effect at once for this process. They survive a crash only after
///    [`Storage::sync_dir`] returned; until then each of them may survive or not, in any combination.
/// 3. `rename` is atomic: after a crash the file has the old name or the new one.
/// 4. An opened file stays readable after it was removed.
/// 5. [`Storage::lock`] is exclusive among all processes and ends with the process at the latest.
///
/// What the journal promises in turn, and a fake should enforce with a panic:
///
/// 1. A file is renamed only when all its bytes are synced.
/// 2. After `sync_data` failed on a file, the journal writes nothing more to it, except to cut it back.
/// 3. Removals are synced one by one, oldest file first.
pub trait Storage: Send + Sync + 'static {
    /// Takes the exclusive lock of the folder; nothing when someone else has it. Held until the guard is dropped.
    fn lock(&self) -> io::Result<Option<StorageLock>>;

    /// Names of all files in the folder, in any order.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Makes a new empty file for reading and writing; fails when the name exists.
    fn create(&self, name: &str) -> io::Result<Box<dyn JournalFile>>;

    /// Opens an existing file for reading and writing.
    fn open(&self, name: &str) -> io::Result<Box<dyn JournalFile>>;

    /// Opens an existing file for reading.
    fn open_read(&self, name: &str) -> io::Result<Box<dyn JournalFile>>;

    /// Gives a file another name.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes every earlier `create`, `rename` and `remove` survive a crash.
    fn sync_dir(&self) -> io::Result<()>;

    /// Free bytes on the disk of the folder that this process may use.
    fn free_bytes(&self) -> io::Result<u64>;

    /// How to name the folder in messages.
    fn describe(&self) -> String;
}

/// One file.
///
/// 1. A write is visible to readers of this process at once. It survives a crash only after
///    [`JournalFile::sync_data`] returned without error; until then any part of it may survive, in any combination,
///    and what did not survive reads as before the write, or as zeros where the file was shorter.
/// 2. After a failed `sync_data` nothing is known about any write since the last one that succeeded.
pub trait JournalFile: Send + Sync {
    /// Reads at `offset`; the number of bytes may be smaller than the buffer, and is 0 at the end of the file.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes at `offset`; the number of bytes may be smaller than asked for.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize>;

    /// Forces all bytes and the length to disk.
    fn sync_data(&self) -> io::Result<()>;

    /// Cuts or extends the file; survives a crash after the next `sync_data`.
    fn set_len(&self, bytes: u64) -> io::Result<()>;

    /// Length in bytes.
    fn byte_len(&self) -> io::Result<u64>;
}

/// Guard of a locked folder.
pub type StorageLock = Box<dyn Send + Sync>;

/// Writes all of `bytes`, continuing after short writes.
pub(crate) fn write_all_at(file: &dyn JournalFile, mut offset: u64, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write_at(offset, bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                offset += written as u64;
                bytes = &bytes[written..];
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
