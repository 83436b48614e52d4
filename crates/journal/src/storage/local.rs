//! The file layer over a local folder.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::{JournalFile, Storage, StorageLock};

const LOCK_FILE: &str = "journal.lock";

/// A folder on a local disk.
#[derive(Debug)]
pub struct LocalStorage {
    dir: PathBuf,
    /// Kept open because the folder itself has to be synced.
    dir_handle: File,
}

impl LocalStorage {
    /// Uses `dir`, making it when it does not exist.
    pub fn create(dir: &Path) -> io::Result<Self> {
        if !dir.is_dir() {
            fs::create_dir_all(dir)?;
            if let Some(parent) = dir.canonicalize()?.parent() {
                File::open(parent)?.sync_all()?;
            }
        }
        Self::existing(dir)
    }

    /// Uses `dir`, which must exist.
    pub fn existing(dir: &Path) -> io::Result<Self> {
        let dir_handle = File::open(dir)?;
        if !dir_handle.metadata()?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Self { dir: dir.to_owned(), dir_handle })
    }

    /// Whether a server has the folder open. Changes nothing, also when nobody ever locked it.
    pub(crate) fn is_locked(&self) -> io::Result<bool> {
        match File::open(self.dir.join(LOCK_FILE)) {
            Ok(file) => Ok(try_lock(file)?.is_none()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

fn try_lock(file: File) -> io::Result<Option<File>> {
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

impl Storage for LocalStorage {
    fn lock(&self) -> io::Result<Option<StorageLock>> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(self.path(LOCK_FILE))?;
        Ok(try_lock(file)?.map(|file| Box::new(file) as StorageLock))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            // A name that is not text cannot be one of ours.
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn JournalFile>> {
        let file = OpenOptions::new().create_new(true).read(true).write(true).open(self.path(name))?;
        Ok(Box::new(file))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn JournalFile>> {
        Ok(Box::new(OpenOptions::new().read(true).write(true).open(self.path(name))?))
    }

    fn open_read(&self, name: &str) -> io::Result<Box<dyn JournalFile>> {
        Ok(Box::new(File::open(self.path(name))?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path(from), self.path(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path(name))
    }

    fn sync_dir(&self) -> io::Result<()> {
        self.dir_handle.sync_all()
    }

    fn free_bytes(&self) -> io::Result<u64> {
        let disk = rustix::fs::fstatvfs(&self.dir_handle)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    fn describe(&self) -> String {
        self.dir.display().to_string()
    }
}

impl JournalFile for File {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        FileExt::read_at(self, buffer, offset)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        FileExt::write_at(self, bytes, offset)
    }

    fn sync_data(&self) -> io::Result<()> {
        File::sync_data(self)
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        File::set_len(self, bytes)
    }

    fn byte_len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }
}
