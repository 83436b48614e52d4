//! Files that no row names: a server that dies between a finished file and its row leaves them.
//!
//! Only a file of an earlier process can be one. This process notes the names that it gives until the look is over, and
//! leaves their files alone: a write that is under way is about to name its own. A name that is in no row stays in none:
//! new rows name new files, or files of rows that are there.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;

use database::Database;
use parking_lot::Mutex;
use sqlx::AnyConnection;
use tokio::sync::mpsc;

use crate::limits::{MAX_ORPHANS, ORPHAN_QUEUE};
use crate::names::key_of_path;
use crate::rows::object::Piece;
use crate::rows::{bucket, doomed, object, upload};
use crate::service::BucketService;

/// Hexadecimal digits of the suffix that [`BucketService::new_file`] gives.
const SUFFIX_DIGITS: usize = 32;

/// Why nobody knows which files belong to no object.
#[derive(Debug, thiserror::Error)]
pub enum OrphanError {
    /// The place of the files.
    #[error(transparent)]
    Files(#[from] io::Error),
    /// The rows.
    #[error("database: {0}")]
    Rows(#[from] sqlx::Error),
}

/// Names of files that this process has made or is removing, while somebody wants to know.
pub(crate) struct NewFiles(Mutex<Option<HashSet<String>>>);

impl NewFiles {
    pub(crate) fn new() -> NewFiles {
        NewFiles(Mutex::new(Some(HashSet::new())))
    }

    pub(crate) fn note(&self, file: &str) {
        if let Some(files) = &mut *self.0.lock() {
            files.insert(file.to_owned());
        }
    }

    fn may_have(&self, file: &str) -> bool {
        self.0.lock().as_ref().is_none_or(|files| files.contains(file))
    }

    fn forget(&self) {
        *self.0.lock() = None;
    }
}

impl BucketService {
    /// Removes what an earlier process began and did not finish, and finished files that it did not come to name. Of each
    /// process only the first call does anything.
    ///
    /// # Errors
    /// When files or rows cannot be read; then the next start looks again.
    pub async fn sweep_orphans(&self) -> Result<(), OrphanError> {
        let found = self.remove_orphans().await;
        self.new_files.forget();
        found
    }

    async fn remove_orphans(&self) -> Result<(), OrphanError> {
        let blobs = Arc::clone(&self.blobs);
        on_files(move || blobs.remove_unfinished()).await?;
        let orphans = self.find_orphans().await?;
        if orphans.len() > MAX_ORPHANS {
            tracing::error!(
                "more than {MAX_ORPHANS} files belong to no object: no stopped server leaves so many, and none is removed; is the control database older than the files?"
            );
            return Ok(());
        }
        for file in &orphans {
            // Once more: a look at the rows costs less than a file.
            if self.is_orphan(file).await? {
                let (blobs, file) = (Arc::clone(&self.blobs), file.clone());
                on_files(move || blobs.remove(&file)).await?;
            }
        }
        if !orphans.is_empty() {
            tracing::info!(
                files = orphans.len(),
                "removed files that a server had finished and died before it named them"
            );
        }
        Ok(())
    }

    /// At most one more than may be removed.
    async fn find_orphans(&self) -> Result<Vec<String>, OrphanError> {
        let (sender, mut files) = mpsc::channel(ORPHAN_QUEUE);
        let blobs = Arc::clone(&self.blobs);
        // Whoever has found enough is gone; the rest of the list goes nowhere.
        let list = move || blobs.list(&mut |file| drop(sender.blocking_send(file)));
        let listing = tokio::spawn(on_files(list));
        let mut orphans = Vec::new();
        while orphans.len() <= MAX_ORPHANS
            && let Some(file) = files.recv().await
        {
            if self.is_orphan(&file).await? {
                orphans.push(file);
            }
        }
        drop(files);
        listing.await.map_err(io::Error::other)??;
        Ok(orphans)
    }

    async fn is_orphan(&self, file: &str) -> Result<bool, OrphanError> {
        // Whatever else lies there is not ours.
        let Some((bucket, key)) = owner(file) else { return Ok(false) };
        if self.new_files.may_have(file) {
            return Ok(false);
        }
        let mut connection = self.database.pool().acquire().await?;
        // Where nobody knows the bucket, the files are those of another control database.
        let is_known = bucket::find(&mut connection, bucket).await?.is_some();
        Ok(is_known && !is_named(&mut connection, bucket, &key, file).await?)
    }
}

async fn is_named(connection: &mut AnyConnection, bucket: &str, key: &str, file: &str) -> Result<bool, sqlx::Error> {
    let is_among = |pieces: &[Piece]| pieces.iter().any(|piece| piece.file == file);
    // Parts before objects: a completed upload moves files from there to here, and nothing moves them back.
    if is_among(&upload::pieces_of_key(connection, bucket, key).await?) {
        return Ok(true);
    }
    let object = object::find(connection, bucket, key).await?;
    Ok(object.is_some_and(|object| is_among(&object.pieces)) || doomed::has(connection, file).await?)
}

/// Whether a row names a file that this service has named.
pub(crate) async fn has_row(database: &Database, file: &str) -> Result<bool, sqlx::Error> {
    let Some((bucket, key)) = owner(file) else { return Ok(false) };
    let mut connection = database.pool().acquire().await?;
    is_named(&mut connection, bucket, &key, file).await
}

/// Bucket and key of the object that a file was made for; nothing for a file that this service did not name.
fn owner(file: &str) -> Option<(&str, String)> {
    let (path, suffix) = file.rsplit_once('~')?;
    let is_suffix = suffix.len() == SUFFIX_DIGITS && suffix.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (bucket, path) = path.split_once('/').filter(|_| is_suffix)?;
    key_of_path(path).map(|key| (bucket, key))
}

/// Runs what blocks on files.
pub(crate) async fn on_files<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::path_of_key;

    #[test]
    fn a_file_says_whose_it_is() {
        let suffix = "0123456789abcdef0123456789abcdef";
        for key in ["a", "trail/2026 03/..//a+b~c.json", "k/"] {
            let file = format!("audit/{}~{suffix}", path_of_key(key));
            assert_eq!(owner(&file), Some(("audit", key.to_owned())));
        }
        for file in ["audit/a", "audit/a~1", "a~0123456789abcdef0123456789abcdef", "owner"] {
            assert_eq!(owner(file), None, "{file}");
        }
        assert_eq!(owner(&format!("audit/%zz~{suffix}")), None);
    }

    #[test]
    fn names_are_kept_while_somebody_looks() {
        let files = NewFiles::new();
        files.note("a");
        assert!(files.may_have("a") && !files.may_have("b"));
        files.forget();
        files.note("c");
        assert!(files.may_have("b"), "who does not know leaves files alone");
    }
}
