//! How an object takes its place: the rules that every writer obeys, and what becomes of the old object's files.

use std::io;
use std::sync::Arc;

use database::Database;
use sqlx::AnyConnection;
use uuid::Uuid;

use super::orphans::{OrphanError, has_row, on_files};
use crate::blobs::Blobs;
use crate::fault::{Fault, codes};
use crate::names::path_of_key;
use crate::rows::bucket::{self, Bucket};
use crate::rows::doomed;
use crate::rows::object::{self, Object, Piece};
use crate::service::{BucketService, no_such_bucket};

impl BucketService {
    /// The name of a new file for an object: its key, so that people find it, and a suffix that nobody else has.
    pub(crate) fn new_file(&self, bucket: &str, key: &str) -> String {
        let unique = Uuid::new_v4().simple().to_string();
        let file = format!("{bucket}/{}~{unique}", path_of_key(key));
        self.new_files.note(&file);
        file
    }

    /// Puts an object in its place, or says why it must not be there; then its files are removed. Its time is set here.
    pub(crate) async fn commit(
        &self,
        bucket: &str,
        mut object: Object,
        forbid_overwrite: bool,
    ) -> Result<Object, Fault> {
        let written = self.commit_row(bucket, &mut object, forbid_overwrite).await;
        match written {
            Ok(replaced) => {
                self.sweep(replaced);
                Ok(object)
            }
            Err(fault) => {
                self.discard(object.pieces);
                Err(fault)
            }
        }
    }

    async fn commit_row(&self, bucket: &str, object: &mut Object, forbid_overwrite: bool) -> Result<Vec<Piece>, Fault> {
        let mut transaction = self.database.begin().await?;
        let replaced = self.put_in(&mut transaction, bucket, object, forbid_overwrite).await?;
        transaction.commit().await?;
        Ok(replaced)
    }

    /// As part of a transaction. The answer is what must be swept once it is committed.
    pub(crate) async fn put_in(
        &self,
        connection: &mut AnyConnection,
        bucket: &str,
        object: &mut Object,
        forbid_overwrite: bool,
    ) -> Result<Vec<Piece>, Fault> {
        let owner = self.lock(connection, bucket).await?;
        let old = object::find(connection, bucket, &object.key).await?;
        self.may_write(&owner, old.as_ref(), forbid_overwrite)?;
        object.modified_ms = self.clock.now_ms();
        let mut replaced = old.map(|old| old.pieces).unwrap_or_default();
        replaced.retain(|piece| !object.pieces.iter().any(|kept| kept.file == piece.file));
        doomed::insert(connection, &replaced).await?;
        object::put(connection, bucket, object).await?;
        self.clock.remember(connection).await?;
        Ok(replaced)
    }

    /// The rules of overwriting.
    pub(crate) fn may_write(&self, bucket: &Bucket, old: Option<&Object>, forbid_overwrite: bool) -> Result<(), Fault> {
        let Some(old) = old else {
            return Ok(());
        };
        if forbid_overwrite {
            return Err(codes::FILE_EXISTS.fault().detail("Key", &old.key));
        }
        self.may_change(bucket, old)
    }

    /// The rule of retention.
    pub(crate) fn may_change(&self, bucket: &Bucket, old: &Object) -> Result<(), Fault> {
        match &bucket.worm {
            Some(worm) if worm.protects(old.modified_ms, self.clock.now_ms()) => {
                Err(codes::FILE_IMMUTABLE.fault().detail("Key", &old.key))
            }
            _ => Ok(()),
        }
    }

    /// Takes a bucket for the rest of a transaction.
    pub(crate) async fn lock(&self, connection: &mut AnyConnection, name: &str) -> Result<Bucket, Fault> {
        if !bucket::lock(connection, name).await? {
            return Err(no_such_bucket(name));
        }
        bucket::find(connection, name).await?.ok_or_else(|| no_such_bucket(name))
    }

    /// The object of a request.
    pub(crate) async fn object(&self, bucket: &str, key: &str) -> Result<Object, Fault> {
        self.bucket(bucket).await?;
        let mut connection = self.database.pool().acquire().await?;
        let found = object::find(&mut connection, bucket, key).await?;
        found.ok_or_else(|| codes::NO_SUCH_KEY.fault().detail("Key", key))
    }

    /// Removes files that no row names, in the background. What fails is done at the next start.
    pub(crate) fn sweep(&self, pieces: Vec<Piece>) {
        if pieces.is_empty() {
            return;
        }
        // Whoever looks for orphans may have listed them before they go.
        pieces.iter().for_each(|piece| self.new_files.note(&piece.file));
        let (database, blobs) = (self.database.clone(), Arc::clone(&self.blobs));
        tokio::spawn(async move {
            for piece in pieces {
                let (blobs, file) = (Arc::clone(&blobs), piece.file.clone());
                let removed = tokio::task::spawn_blocking(move || blobs.remove(&file)).await;
                let forgotten = match removed {
                    Ok(Ok(())) => forget(&database, &piece.file).await.map_err(|error| error.to_string()),
                    // Somebody reads it to its end; the next look at what is left over removes it.
                    Ok(Err(error)) if error.kind() == io::ErrorKind::ResourceBusy => continue,
                    Ok(Err(error)) => Err(error.to_string()),
                    Err(error) => Err(error.to_string()),
                };
                if let Err(error) = forgotten {
                    tracing::warn!(file = piece.file, error, "a file that belongs to no object is still there");
                }
            }
        });
    }

    /// Removes files that never came to be named by a row. That a commit failed does not say so: its answer may have been
    /// lost. What nobody can tell now the next start does.
    pub(crate) fn discard(&self, pieces: Vec<Piece>) {
        let (database, blobs) = (self.database.clone(), Arc::clone(&self.blobs));
        tokio::spawn(async move {
            for Piece { file, .. } in pieces {
                if let Err(error) = remove_unnamed(&database, &blobs, &file).await {
                    tracing::warn!(file, %error, "a file that belongs to no object is still there");
                }
            }
        });
    }

    /// Removes what earlier processes, or earlier tries, did not come to remove.
    pub async fn sweep_leftovers(&self) -> Result<(), sqlx::Error> {
        let mut connection = self.database.pool().acquire().await?;
        let files = doomed::all(&mut connection).await?;
        self.sweep(files.into_iter().map(|file| Piece { file, size: 0 }).collect());
        Ok(())
    }
}

async fn remove_unnamed(database: &Database, blobs: &Arc<dyn Blobs>, file: &str) -> Result<(), OrphanError> {
    if has_row(database, file).await? {
        return Ok(());
    }
    let (blobs, file) = (Arc::clone(blobs), file.to_owned());
    on_files(move || blobs.remove(&file)).await?;
    Ok(())
}

async fn forget(database: &Database, file: &str) -> Result<(), sqlx::Error> {
    let mut connection = database.pool().acquire().await?;
    doomed::forget(&mut connection, file).await
}
