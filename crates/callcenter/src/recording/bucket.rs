//! The seam to where objects are, and the folder that serves until there is a bucket service.

use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};

/// Keeps objects under bucket and key. All calls may wait for a disk: not for a thread of the runtime.
pub trait RecordingBucket: Send + Sync + 'static {
    /// Takes a file over as a new object; durable when it returns. `false` if the key is taken, and then the file is
    /// where it was.
    ///
    /// # Errors
    /// When the bucket cannot be written.
    fn put_new(&self, bucket: &str, key: &str, file: &Path) -> io::Result<bool>;

    /// Opens an object for reading; `None` if there is none.
    ///
    /// # Errors
    /// When the bucket cannot be read.
    fn open(&self, bucket: &str, key: &str) -> io::Result<Option<File>>;
}

/// Buckets as folders, keys as paths below them.
#[derive(Debug)]
pub struct FolderBucket(PathBuf);

impl FolderBucket {
    /// Buckets below this folder.
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// `None` for a key that is not a plain path below its bucket.
    fn path(&self, bucket: &str, key: &str) -> Option<PathBuf> {
        let relative = Path::new(bucket).join(key);
        let is_plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
        (is_plain && !bucket.is_empty() && !key.is_empty() && !key.contains('\0')).then(|| self.0.join(relative))
    }
}

impl RecordingBucket for FolderBucket {
    fn put_new(&self, bucket: &str, key: &str, file: &Path) -> io::Result<bool> {
        let target = self.path(bucket, key).ok_or_else(|| io::Error::other("the key is not a plain path"))?;
        let folder = target.parent().unwrap_or(&self.0);
        fs::create_dir_all(folder)?;
        File::open(file)?.sync_all()?;
        // A link, unlike a renaming, does not replace what is there.
        match fs::hard_link(file, &target) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                if !copy_new(file, folder, &target)? {
                    return Ok(false);
                }
            }
            Err(error) => return Err(error),
        }
        File::open(folder)?.sync_all()?;
        fs::remove_file(file)?;
        Ok(true)
    }

    fn open(&self, bucket: &str, key: &str) -> io::Result<Option<File>> {
        let Some(path) = self.path(bucket, key) else { return Ok(None) };
        match File::open(path) {
            Ok(file) => Ok(file.metadata()?.is_file().then_some(file)),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// From another file system: beside the target first, so that nobody sees half of it.
fn copy_new(file: &Path, folder: &Path, target: &Path) -> io::Result<bool> {
    let beside = folder.join(format!(".{}.part", crate::center::new_id()));
    fs::copy(file, &beside)?;
    File::open(&beside)?.sync_all()?;
    let linked = fs::hard_link(&beside, target);
    fs::remove_file(&beside)?;
    match linked {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_written_once() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let bucket = FolderBucket::new(folder.path().join("buckets"));
        let file = folder.path().join("file");
        fs::write(&file, b"first").expect("written");
        assert!(bucket.put_new("b", "record/i/a.wav", &file).expect("stored"));
        assert!(!file.exists());
        fs::write(&file, b"second").expect("written");
        assert!(!bucket.put_new("b", "record/i/a.wav", &file).expect("refused"));
        assert!(file.exists());
        let stored = bucket.open("b", "record/i/a.wav").expect("readable").expect("there");
        assert_eq!(stored.metadata().expect("metadata").len(), 5);
    }

    #[test]
    fn no_key_leads_out_of_its_bucket() {
        let folder = tempfile::tempdir().expect("temporary folder");
        fs::write(folder.path().join("secret"), b"x").expect("written");
        let bucket = FolderBucket::new(folder.path().join("buckets"));
        fs::create_dir_all(folder.path().join("buckets/b/record")).expect("a folder");
        for (name, key) in [("b", "../../secret"), ("..", "secret"), ("b", "/etc/hostname"), ("", "b"), ("b", "a\0")] {
            assert!(bucket.open(name, key).expect("no error").is_none(), "{name} {key}");
        }
        assert!(bucket.open("b", "record").expect("no error").is_none(), "a folder is no object");
    }
}
