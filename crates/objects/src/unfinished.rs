//! Uploads in parts that were begun and have not ended. Their parts are kept, and paid for, until somebody ends them; after a
//! kill nobody else knows of them.
//!
//! Each is a file in a folder of its own, of three lines: the place, the object, the id of the upload.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

/// The uploads of a bucket. One process alone uses the folder.
pub struct UnfinishedUploads {
    folder: PathBuf,
    /// Files of earlier processes.
    left: Mutex<Vec<PathBuf>>,
    next: AtomicU64,
}

/// An upload that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Begun {
    pub(crate) place: String,
    pub(crate) object: String,
    pub(crate) id: String,
}

impl UnfinishedUploads {
    /// Uses a folder, which need not exist yet.
    pub fn open(folder: &Path) -> io::Result<UnfinishedUploads> {
        fs::create_dir_all(folder)?;
        let left: Vec<PathBuf> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
        let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u64>().ok();
        let next = left.iter().filter_map(number).max().map_or(0, |newest| newest + 1);
        Ok(UnfinishedUploads { folder: folder.to_owned(), left: Mutex::new(left), next: AtomicU64::new(next) })
    }

    /// Notes an upload, durably. The answer is for [`UnfinishedUploads::ended`].
    pub(crate) fn begun(&self, upload: &Begun) -> io::Result<PathBuf> {
        let path = self.folder.join(self.next.fetch_add(1, Ordering::Relaxed).to_string());
        let mut file = File::create_new(&path)?;
        let Begun { place, object, id } = upload;
        file.write_all(format!("{place}\n{object}\n{id}\n").as_bytes())?;
        file.sync_all()?;
        File::open(&self.folder)?.sync_all()?;
        Ok(path)
    }

    /// The upload is no more.
    pub(crate) fn ended(path: &Path) {
        if let Err(error) = fs::remove_file(path) {
            tracing::warn!(%error, path = %path.display(), "the note of an upload stays, and is looked at by the next start");
        }
    }

    /// Notes of earlier processes, each once. One that was not written to its end has no upload.
    pub(crate) fn take_left(&self) -> Vec<(PathBuf, Option<Begun>)> {
        let left = std::mem::take(&mut *self.left.lock());
        left.into_iter().map(|path| (path.clone(), fs::read_to_string(&path).ok().as_deref().and_then(read))).collect()
    }
}

fn read(text: &str) -> Option<Begun> {
    let mut lines = text.strip_suffix('\n')?.split('\n').map(str::to_owned);
    let (place, object, id) = (lines.next()?, lines.next()?, lines.next()?);
    lines.next().is_none().then_some(Begun { place, object, id })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_of_earlier_processes_are_taken_once() {
        let folder = tempfile::tempdir().unwrap();
        let upload = |id: &str| Begun { place: "p".to_owned(), object: "a/b".to_owned(), id: id.to_owned() };
        let first = UnfinishedUploads::open(folder.path()).unwrap();
        let ended = first.begun(&upload("1")).unwrap();
        first.begun(&upload("2")).unwrap();
        UnfinishedUploads::ended(&ended);
        assert!(first.take_left().is_empty(), "its own are not left over");
        fs::write(folder.path().join("9"), "half a no").unwrap();
        let second = UnfinishedUploads::open(folder.path()).unwrap();
        second.begun(&upload("3")).unwrap();
        let mut left: Vec<_> = second.take_left().into_iter().map(|(_, begun)| begun).collect();
        left.sort_by_key(Option::is_none);
        assert_eq!(left, [Some(upload("2")), None]);
        assert!(second.take_left().is_empty());
    }
}
