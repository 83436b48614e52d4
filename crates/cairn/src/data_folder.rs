//! The data folder: who uses it, and what lies where.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use objects::UnfinishedUploads;
use rand::Rng;

/// A data folder that is in use by this process alone until it is dropped.
pub struct DataFolder {
    path: PathBuf,
    _lock: File,
}

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataFolderError {
    /// Another server has it.
    #[error(
        "the data folder {path} is in use by another cairn server{owner}: stop that one, or choose another folder with --data"
    )]
    InUse {
        /// Folder.
        path: PathBuf,
        /// ` (process 123)`, when the lock says so.
        owner: String,
    },
    /// The system refuses.
    #[error("the data folder {path} cannot be used: {cause}")]
    Unusable {
        /// Folder or file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A key file has the wrong length.
    #[error(
        "the key file {0} is damaged: restore it from a backup, or remove it (what it signed, tokens or links, becomes invalid)"
    )]
    DamagedKey(PathBuf),
}

impl DataFolder {
    /// Creates the folder when missing and takes it.
    pub fn open(path: &Path) -> Result<Self, DataFolderError> {
        let unusable = |cause| DataFolderError::Unusable { path: path.to_owned(), cause };
        create_private_folder(path).map_err(unusable)?;
        let lock_path = path.join("lock");
        let mut lock =
            OpenOptions::new().create(true).read(true).write(true).truncate(false).open(lock_path).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(DataFolderError::InUse { path: path.to_owned(), owner: owner(&mut lock) });
            }
            Err(TryLockError::Error(cause)) => return Err(unusable(cause)),
        }
        lock.set_len(0).map_err(unusable)?;
        // Who holds it is told to others, no more: a full disk need not keep a server from starting.
        if let Err(error) = lock.write_all(std::process::id().to_string().as_bytes()) {
            tracing::warn!(%error, "the process id could not be written into the lock of the data folder");
        }
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the journal is.
    pub fn journal(&self) -> PathBuf {
        journal_folder(&self.path)
    }

    /// Where the log of rejected calls is.
    pub fn security(&self) -> Result<PathBuf, DataFolderError> {
        let path = security_folder(&self.path);
        create_private_folder(&path).map_err(|cause| DataFolderError::Unusable { path: path.clone(), cause })?;
        Ok(path)
    }

    /// Where the files of objects are.
    pub fn objects(&self) -> PathBuf {
        self.path.join("objects")
    }

    /// Where SQL queries put what does not fit into memory; emptied at each start.
    #[cfg(feature = "sql")]
    pub fn sql_spill(&self) -> PathBuf {
        self.path.join("sql-spill")
    }

    /// Where an earlier version kept the buckets of recordings.
    pub fn buckets(&self) -> PathBuf {
        self.path.join("buckets")
    }

    /// Where operators put recordings that ImportRecording takes.
    pub fn import(&self) -> Result<PathBuf, DataFolderError> {
        let path = self.path.join("import");
        create_private_folder(&path).map_err(|cause| DataFolderError::Unusable { path: path.clone(), cause })?;
        Ok(path)
    }

    /// The key that signs page tokens, made on the first start.
    pub fn page_token_key(&self) -> Result<[u8; 32], DataFolderError> {
        self.key("page-token.key")
    }

    /// The key that signs login tokens of workbenches, made on the first start.
    pub fn login_token_key(&self) -> Result<[u8; 32], DataFolderError> {
        self.key("login-token.key")
    }

    /// The key that signs links to recordings, made on the first start.
    pub fn link_key(&self) -> Result<[u8; 32], DataFolderError> {
        self.key("recording-link.key")
    }

    fn key(&self, name: &str) -> Result<[u8; 32], DataFolderError> {
        let path = self.path.join(name);
        match std::fs::read(&path) {
            Ok(bytes) => bytes.try_into().map_err(|_| DataFolderError::DamagedKey(path)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let mut key = [0_u8; 32];
                rand::rng().fill_bytes(&mut key);
                write_private(&path, &key).map_err(|cause| DataFolderError::Unusable { path, cause })?;
                Ok(key)
            }
            Err(cause) => Err(DataFolderError::Unusable { path, cause }),
        }
    }
}

/// Where the journal of a data folder is.
pub fn journal_folder(data: &Path) -> PathBuf {
    data.join("journal")
}

/// Where the segments of a data folder are.
pub fn segments_folder(data: &Path) -> PathBuf {
    data.join("segments")
}

/// Where the filters over many segments of a data folder are.
pub fn filters_folder(data: &Path) -> PathBuf {
    data.join("filters")
}

/// Where copies of objects of a data folder are.
pub fn cache_folder(data: &Path) -> PathBuf {
    data.join("cache")
}

/// Where the mark is by which a data folder knows its objects in an object storage.
pub fn owner_file(data: &Path) -> PathBuf {
    data.join("object-storage-owner")
}

/// That mark, made when it is first needed.
pub fn owner_mark(data: &Path) -> Result<String, DataFolderError> {
    let path = owner_file(data);
    let made = || hex::encode(rand::random::<[u8; 16]>());
    let mark = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mark = made();
            write_private(&path, mark.as_bytes()).map(|()| mark)
        }
        read => read.map(|mark| mark.trim().to_owned()),
    };
    mark.map_err(|cause| DataFolderError::Unusable { path, cause })
}

/// Uploads in parts to an object storage that have not ended, for segments or for the files of objects.
pub fn unfinished_uploads(data: &Path, of: &str) -> Result<UnfinishedUploads, DataFolderError> {
    let path = data.join("unfinished-uploads").join(of);
    let opened = create_private_folder(&path).and_then(|()| UnfinishedUploads::open(&path));
    opened.map_err(|cause| DataFolderError::Unusable { path, cause })
}

/// Where the log of rejected calls of a data folder is.
pub fn security_folder(data: &Path) -> PathBuf {
    data.join("security")
}

fn owner(lock: &mut File) -> String {
    let mut text = [0_u8; 20];
    let length = lock.read(&mut text).unwrap_or(0);
    match std::str::from_utf8(&text[..length]) {
        Ok(pid) if !pid.is_empty() => format!(" (process {pid})"),
        _ => String::new(),
    }
}

/// Readable by the owner alone: it holds events and sealed secrets.
fn create_private_folder(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
