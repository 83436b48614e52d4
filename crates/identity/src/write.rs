//! Writes: one at a time, committed, and then in the snapshot.

use std::sync::Arc;

use openapi::ApiError;
use sqlx::{Any, Transaction};
use tokio::sync::MutexGuard;

use crate::Identity;
use crate::error::IdentityError;
use crate::snapshot::Snapshot;

/// A transaction that nobody else writes beside. Dropping it changes nothing.
pub(crate) struct Write<'a> {
    identity: &'a Identity,
    /// What is true until the commit.
    pub snapshot: Arc<Snapshot>,
    pub transaction: Transaction<'static, Any>,
    _writing: MutexGuard<'a, ()>,
}

impl Identity {
    pub(crate) async fn write(&self) -> Result<Write<'_>, IdentityError> {
        let writing = self.writing.lock().await;
        let transaction = self.database.begin().await?;
        Ok(Write { identity: self, snapshot: self.snapshot(), transaction, _writing: writing })
    }
}

impl Write<'_> {
    pub(crate) async fn commit(self) -> Result<(), IdentityError> {
        self.transaction.commit().await?;
        let snapshot = Snapshot::load(&self.identity.database, &self.identity.vault).await?;
        self.identity.snapshot.store(Arc::new(snapshot));
        Ok(())
    }
}

impl From<IdentityError> for ApiError {
    fn from(error: IdentityError) -> Self {
        match &error {
            IdentityError::Database(cause) if cause.is_disk_full() => ApiError::disk_full(&error),
            IdentityError::Sql(cause) if database::is_disk_full(cause) => ApiError::disk_full(&error),
            _ => ApiError::internal(&error),
        }
    }
}

/// A statement's failure as the caller sees it.
pub(crate) fn sql(error: sqlx::Error) -> ApiError {
    IdentityError::Sql(error).into()
}
