//! A local folder.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{BlobReader, BlobWriter, Blobs};

/// How often a folder is made again that was removed under our hands.
const FOLDER_ATTEMPTS: usize = 8;
/// Where files are until they are finished.
const UNFINISHED: &str = "unfinished";

/// Files below a folder; names are relative paths of safe steps.
pub struct Folder {
    root: PathBuf,
    unfinished: PathBuf,
    next_unfinished: AtomicU64,
}

impl Folder {
    /// Uses a folder, which need not exist yet, and removes what an earlier process left unfinished in it.
    pub fn open(root: &Path) -> io::Result<Folder> {
        let unfinished = root.join(UNFINISHED);
        match fs::remove_dir_all(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let folder = Folder { root: root.to_owned(), unfinished, next_unfinished: AtomicU64::new(0) };
        folder.create_folders(&folder.unfinished)?;
        Ok(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        debug_assert!(name.split('/').all(|step| !step.is_empty() && !step.starts_with('.')), "{name}");
        self.root.join(name)
    }

    /// Folders are made one by one and synced in their parents: a durable file in a lost folder would be lost.
    fn create_folders(&self, folder: &Path) -> io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        if let Some(parent) = folder.parent().filter(|_| folder != self.root) {
            self.create_folders(parent)?;
        }
        match DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        folder.parent().map_or(Ok(()), sync_folder)
    }

    fn publish(&self, unfinished: &Path, path: &Path) -> io::Result<()> {
        let folder = path.parent().unwrap_or(&self.root);
        let mut published = Err(io::ErrorKind::NotFound.into());
        for _ in 0..FOLDER_ATTEMPTS {
            published = self.create_folders(folder).and_then(|()| fs::rename(unfinished, path));
            match &published {
                // Whoever removed the last file of this folder has just removed the folder.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                _ => break,
            }
        }
        published.and_then(|()| sync_folder(folder))
    }
}

impl Blobs for Arc<Folder> {
    fn create(&self, name: &str) -> io::Result<Box<dyn BlobWriter>> {
        let number = self.next_unfinished.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.unfinished.join(number.to_string());
        let file = OpenOptions::new().write(true).create_new(true).open(&unfinished)?;
        Ok(Box::new(NewFile { file, unfinished, path: self.path(name), folder: Arc::clone(self) }))
    }

    fn open(&self, name: &str, _byte_len: u64) -> io::Result<Box<dyn BlobReader>> {
        Ok(Box::new(File::open(self.path(name))?))
    }

    fn list(&self, each: &mut dyn FnMut(String)) -> io::Result<()> {
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            let entries = match fs::read_dir(&folder) {
                // Its last file went, and it with it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                entries => entries?,
            };
            for entry in entries {
                let entry = entry?;
                let (path, kind) = (entry.path(), entry.file_type()?);
                if kind.is_dir() && path != self.unfinished {
                    folders.push(path);
                } else if kind.is_file()
                    && let Some(name) = path.strip_prefix(&self.root).ok().and_then(Path::to_str)
                {
                    each(name.to_owned());
                }
            }
        }
        Ok(())
    }

    fn remove_unfinished(&self) -> io::Result<()> {
        // Was done when the folder was opened, before anything new was begun.
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let path = self.path(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // Folders that became empty go with their last file; one that is being filled again is not empty, or made anew.
        let mut folder = path.parent();
        while let Some(empty) = folder.filter(|folder| *folder != self.root && fs::remove_dir(folder).is_ok()) {
            folder = empty.parent();
        }
        Ok(())
    }
}

struct NewFile {
    file: File,
    unfinished: PathBuf,
    path: PathBuf,
    folder: Arc<Folder>,
}

impl BlobWriter for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.file.sync_all()?;
        self.folder.publish(&self.unfinished, &self.path)
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // Gone already when it was finished; what stays is removed at the next start.
        let _ = fs::remove_file(&self.unfinished);
    }
}

impl BlobReader for File {
    fn read_exact_at(&self, buffer: &mut [u8], at: u64) -> io::Result<()> {
        FileExt::read_exact_at(self, buffer, at)
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_there_when_finished_and_go_with_their_folders() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Arc::new(Folder::open(&temporary.path().join("buckets")).unwrap());
        let mut writer = folder.create("a/b/c~1").unwrap();
        writer.write(b"0123").unwrap();
        assert!(folder.open("a/b/c~1", 6).is_err());
        writer.write(b"45").unwrap();
        writer.finish().unwrap();
        let mut buffer = [0; 3];
        folder.open("a/b/c~1", 6).unwrap().read_exact_at(&mut buffer, 3).unwrap();
        folder.create("a/d~1").unwrap().finish().unwrap();
        let unfinished = folder.create("a/e~1").unwrap();
        let mut names = Vec::new();
        folder.list(&mut |name| names.push(name)).unwrap();
        names.sort();
        assert_eq!(names, ["a/b/c~1", "a/d~1"]);
        drop(unfinished);
        folder.remove("a/d~1").unwrap();
        assert_eq!(&buffer, b"345");
        folder.remove("a/b/c~1").unwrap();
        folder.remove("a/b/c~1").unwrap();
        assert!(!temporary.path().join("buckets/a").exists() && temporary.path().join("buckets").exists());
        folder.create("a/b/c~2").unwrap().write(b"given up").unwrap();
        assert_eq!(fs::read_dir(temporary.path().join("buckets/unfinished")).unwrap().count(), 0);
    }
}
