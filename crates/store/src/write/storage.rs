//! Where the files of segments are.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::segment::ReadAt;

/// A place for files that are written once.
///
/// Whoever implements it promises: after [`SegmentStorage::put`] returned, the file has exactly these bytes and survives
/// the end of the process, of the operating system and of the power. A `put` that failed left the old file, the new one or
/// none, never a part of one. Nothing rests on `Drop`.
pub trait SegmentStorage: Send + Sync {
    /// Writes a file; one of the same name is replaced.
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Opens a file for reading.
    fn open(&self, name: &str) -> io::Result<Arc<dyn ReadAt>>;

    /// Removes a file durably; one that is not there counts as removed.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Opens a file whose length is known, so that nobody has to be asked for it. That it is missing may show only when it
    /// is read.
    fn open_of_len(&self, name: &str, _byte_len: u64) -> io::Result<Arc<dyn ReadAt>> {
        self.open(name)
    }

    /// Names of all files, in no order.
    fn list(&self) -> io::Result<Vec<String>>;

    /// The store ends: calls that wait for a network give up with an error, now and from now on.
    fn close(&self) {}
}

/// A folder on a local disk.
pub struct LocalFolder {
    root: PathBuf,
    /// Steps that succeed until one fails, once; tests set it.
    #[cfg(test)]
    steps_until_failure: std::sync::atomic::AtomicUsize,
}

/// Ending of a file that is not whole yet.
pub(crate) const UNFINISHED: &str = ".unfinished";

impl LocalFolder {
    /// Uses a folder, which comes into being with its first file.
    pub fn new(root: &Path) -> LocalFolder {
        LocalFolder {
            root: root.to_owned(),
            #[cfg(test)]
            steps_until_failure: usize::MAX.into(),
        }
    }

    /// Stands before every call of the operating system that changes something, and behind the last one.
    fn step(&self) -> io::Result<()> {
        #[cfg(test)]
        if self.steps_until_failure.fetch_sub(1, std::sync::atomic::Ordering::Relaxed) == 0 {
            return Err(io::Error::other("planned"));
        }
        Ok(())
    }

    fn write_whole(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.step()?;
        let mut file = File::create(path)?;
        self.step()?;
        file.write_all(bytes)?;
        self.step()?;
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        fs::rename(from, to)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.step()?;
        File::open(folder)?.sync_all()?;
        self.step()
    }

    /// Creates the folder of a file and makes the entries of all new folders durable.
    fn create_folders(&self, folder: &Path) -> io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        if let Some(parent) = folder.parent() {
            if folder != self.root {
                self.create_folders(parent)?;
            }
            self.step()?;
            create_private(folder)?;
            return self.sync_folder(parent);
        }
        self.step()?;
        create_private(folder)
    }

    fn list_below(&self, folder: &Path, names: &mut Vec<String>) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                self.list_below(&path, names)?;
            } else if let Ok(name) = path.strip_prefix(&self.root) {
                names.push(name.to_string_lossy().into_owned());
            }
        }
        Ok(())
    }
}

impl SegmentStorage for LocalFolder {
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.root.join(name);
        let folder = path.parent().unwrap_or(&self.root);
        self.create_folders(folder)?;
        let unfinished = self.root.join(format!("{name}{UNFINISHED}"));
        if let Err(error) = self.write_whole(&unfinished, bytes).and_then(|()| self.rename(&unfinished, &path)) {
            // A part of a file must not fill a disk that has no room for the whole. What stays is written over.
            let _ = fs::remove_file(&unfinished);
            return Err(error);
        }
        self.sync_folder(folder)
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn ReadAt>> {
        Ok(Arc::new(File::open(self.root.join(name))?))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let path = self.root.join(name);
        self.step()?;
        match fs::remove_file(&path) {
            Ok(()) => self.sync_folder(path.parent().unwrap_or(&self.root)),
            // An attempt before may have failed between the removal and this.
            Err(error) if error.kind() == io::ErrorKind::NotFound => match path.parent().map(|it| self.sync_folder(it))
            {
                Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
            Err(error) => Err(error),
        }
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        match self.list_below(&self.root, &mut names) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            listed => listed.map(|()| names),
        }
    }
}

/// Events are for their owner alone.
fn create_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        created => created,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_back_and_are_listed() {
        let folder = tempfile::tempdir().unwrap();
        let storage = LocalFolder::new(&folder.path().join("segments"));
        assert_eq!(storage.list().unwrap(), Vec::<String>::new());
        storage.put("stream=a/day=1/x.parquet", b"old").unwrap();
        storage.put("stream=a/day=1/x.parquet", b"new content").unwrap();
        storage.put("y", b"").unwrap();
        let mut names = storage.list().unwrap();
        names.sort();
        assert_eq!(names, ["stream=a/day=1/x.parquet", "y"]);
        let file = storage.open("stream=a/day=1/x.parquet").unwrap();
        assert_eq!((file.byte_len().unwrap(), &file.read_at(4, 7).unwrap()[..]), (11, &b"content"[..]));
        assert!(file.read_at(5, 7).is_err() && storage.open("z").is_err());
        for _ in 0..2 {
            storage.remove("y").unwrap();
        }
        storage.remove("no/such/folder").unwrap();
        assert_eq!(storage.list().unwrap(), ["stream=a/day=1/x.parquet"]);
        assert!(storage.remove("stream=a").is_err(), "a folder is no file");
    }

    const NAME: &str = "stream=a/day=1/x.parquet";

    /// What is there after each step failed once, and after the same was done again. Returns how many steps failed.
    fn each_step(old: Option<&[u8]>, new: Option<&[u8]>) -> usize {
        for steps in 0.. {
            let folder = tempfile::tempdir().unwrap();
            let storage = LocalFolder::new(&folder.path().join("segments"));
            let set = |content: Option<&[u8]>| match content {
                Some(bytes) => storage.put(NAME, bytes),
                None => storage.remove(NAME),
            };
            let content = || fs::read(storage.root.join(NAME)).ok();
            set(old).unwrap();
            storage.steps_until_failure.store(steps, std::sync::atomic::Ordering::Relaxed);
            let outcome = set(new);
            let is = content();
            assert!([old, new].contains(&is.as_deref()), "step {steps} left {is:?}");
            storage.steps_until_failure.store(usize::MAX, std::sync::atomic::Ordering::Relaxed);
            set(new).unwrap();
            assert_eq!(content().as_deref(), new);
            if outcome.is_ok() {
                return steps;
            }
        }
        unreachable!("a call has an end")
    }

    #[test]
    fn a_step_that_fails_leaves_the_old_file_or_the_new_one() {
        let (first, replaced) = (each_step(None, Some(b"new")), each_step(Some(b"old"), Some(b"new")));
        let removed = each_step(Some(b"old"), None);
        assert!(first >= 12 && replaced >= 6 && removed >= 3, "{first}, {replaced} and {removed} steps");
    }
}
