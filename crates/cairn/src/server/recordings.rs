//! Recordings of the call centre as objects of the bucket service, and those of an earlier version taken over.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::bucket::{BucketService, Facts, Fault};
use callcenter::CallCenter;
use callcenter::recording::{InstanceBucket, RecordingBucket};
use tokio::runtime::Handle;

const CONTENT_TYPE: &str = "audio/wav";

/// Why recordings of an earlier version cannot be taken over.
#[derive(Debug, thiserror::Error)]
pub enum TakeOverError {
    /// The folder that they are in.
    #[error("the recordings in {path} cannot be moved into buckets: {cause}; they are as they were, start again")]
    Folder {
        /// Folder or file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The bucket service.
    #[error("the recordings of an earlier version cannot be moved into buckets: {0}; start again")]
    Bucket(Fault),
    /// Whose they are.
    #[error(transparent)]
    CallCenter(#[from] callcenter::CallCenterError),
}

/// The call centre's calls block and come from threads for blocking; the bucket service lives on a runtime.
pub(super) struct InBuckets {
    buckets: Arc<BucketService>,
    runtime: Handle,
}

impl InBuckets {
    /// Uses the runtime that it is made on.
    pub(super) fn new(buckets: Arc<BucketService>) -> InBuckets {
        InBuckets { buckets, runtime: Handle::current() }
    }

    #[expect(clippy::disallowed_methods, reason = "called on threads for blocking, as the trait says")]
    fn wait<T>(&self, work: impl Future<Output = Result<T, Fault>>) -> io::Result<T> {
        self.runtime.block_on(work).map_err(|fault| io::Error::other(fault.to_string()))
    }
}

impl RecordingBucket for InBuckets {
    fn put_new(&self, bucket: &InstanceBucket, key: &str, file: &Path) -> io::Result<bool> {
        let content = File::open(file)?;
        let is_new = self.wait(async {
            self.buckets.ensure_bucket(&bucket.name, &bucket.account_id).await?;
            self.buckets.put_new(&bucket.name, key, CONTENT_TYPE, content).await
        })?;
        if is_new {
            fs::remove_file(file)?;
        }
        Ok(is_new)
    }

    fn has(&self, bucket: &InstanceBucket, key: &str) -> io::Result<bool> {
        self.wait(self.buckets.facts(&bucket.name, key)).map(|facts| facts.is_some())
    }

    fn link(&self, bucket: &InstanceBucket, key: &str, expires_s: i64) -> String {
        self.buckets.link(&bucket.name, key, expires_s)
    }
}

/// Moves the recordings that an earlier version kept in a folder of their own. A file is removed when its object is
/// durable, so a start that breaks off goes on where it was; at the end there is no folder and nothing to do.
pub(super) async fn take_over(
    folder: &Path,
    center: &CallCenter,
    buckets: &BucketService,
) -> Result<(), TakeOverError> {
    if !folder.exists() {
        return Ok(());
    }
    let mut moved = 0;
    for bucket in center.instance_buckets().await? {
        let place = folder.join(&bucket.name);
        if !place.is_dir() {
            continue;
        }
        buckets.ensure_bucket(&bucket.name, &bucket.account_id).await.map_err(TakeOverError::Bucket)?;
        for file in files_below(&place).map_err(|cause| unusable(&place, cause))? {
            let Some(key) = key_of(&place, &file) else {
                tracing::warn!(file = %file.display(), "a file among the recordings has a name that no object can have; it stays");
                continue;
            };
            if take_over_file(buckets, &bucket.name, &key, &file).await? {
                moved += 1;
            }
        }
    }
    remove_empty(folder);
    if folder.exists() {
        tracing::warn!(folder = %folder.display(), "files are left among the recordings of an earlier version: of instances that were deleted, or with another content than their objects");
    }
    tracing::info!(moved, "recordings of an earlier version are in the buckets of their instances now");
    Ok(())
}

/// Whether the file is an object now.
async fn take_over_file(buckets: &BucketService, bucket: &str, key: &str, file: &Path) -> Result<bool, TakeOverError> {
    let content = File::open(file).map_err(|cause| unusable(file, cause))?;
    let is_new = buckets.put_new(bucket, key, CONTENT_TYPE, content).await.map_err(TakeOverError::Bucket)?;
    if !is_new && !is_same(buckets, bucket, key, file).await? {
        tracing::error!(file = %file.display(), bucket, key, "a recording has another content than its object; it stays");
        return Ok(false);
    }
    fs::remove_file(file).map_err(|cause| unusable(file, cause))?;
    Ok(true)
}

/// Whether an object that was there already has the content of the file: it was put before a start broke off.
async fn is_same(buckets: &BucketService, bucket: &str, key: &str, file: &Path) -> Result<bool, TakeOverError> {
    let facts = buckets.facts(bucket, key).await.map_err(TakeOverError::Bucket)?;
    let path = file.to_owned();
    let digested =
        tokio::task::spawn_blocking(move || Facts::of_file(&mut File::open(path)?)).await.map_err(io::Error::other);
    let digested = digested.and_then(|digested| digested).map_err(|cause| unusable(file, cause))?;
    Ok(facts == Some(digested))
}

/// Every file, whole ones only: what was being copied when a server died is removed.
fn files_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_unfinished = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with('.'));
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else if is_unfinished {
            fs::remove_file(path)?;
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The path below the bucket's folder, which was the key.
fn key_of(bucket: &Path, file: &Path) -> Option<String> {
    file.strip_prefix(bucket).ok()?.to_str().map(str::to_owned)
}

/// Removes folders that hold nothing but folders.
fn remove_empty(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            remove_empty(&entry.path());
        }
    }
    // One that is not empty stays.
    let _ = fs::remove_dir(folder);
}

fn unusable(path: &Path, cause: io::Error) -> TakeOverError {
    TakeOverError::Folder { path: path.to_owned(), cause }
}
