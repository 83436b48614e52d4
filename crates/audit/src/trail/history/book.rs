//! The jobs.

use database::{Database, DatabaseError};
use serde::{Deserialize, Serialize};
use sqlx::{Any, AnyConnection, Transaction};
use tokio::sync::watch;

use super::rows;
use crate::tables;

/// State of a job, with its number on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobStatus {
    /// 0
    Initializing,
    /// 1
    Delivering,
    /// 2
    Done,
    /// 3
    Failed,
}

impl JobStatus {
    /// The number on the wire.
    pub fn number(self) -> i64 {
        match self {
            JobStatus::Initializing => 0,
            JobStatus::Delivering => 1,
            JobStatus::Done => 2,
            JobStatus::Failed => 3,
        }
    }

    pub(super) fn from_number(number: i64) -> Option<JobStatus> {
        [JobStatus::Initializing, JobStatus::Delivering, JobStatus::Done, JobStatus::Failed]
            .into_iter()
            .find(|status| status.number() == number)
    }

    /// Nothing more will happen.
    pub fn is_final(self) -> bool {
        matches!(self, JobStatus::Done | JobStatus::Failed)
    }
}

/// How far the events of one region are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionStatus {
    /// Region.
    pub region: String,
    /// State.
    pub status: JobStatus,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryJob {
    /// Never used again.
    pub id: i64,
    /// Owner.
    pub account_id: String,
    /// Id of the trail.
    pub trail_id: String,
    /// Its name.
    pub trail_name: String,
    /// Its home region.
    pub home_region: String,
    /// What the caller gave to have one job however often he calls; empty: nothing.
    pub client_token: String,
    /// State.
    pub status: JobStatus,
    /// State of each region that has events; empty before the job began.
    pub regions: Vec<RegionStatus>,
    /// Last failure, and what to do; empty: none. A job that goes on may have one.
    pub problem: String,
    /// First second of the events.
    pub from_s: i64,
    /// Last second of the events.
    pub to_s: i64,
    /// When it was created, Unix milliseconds.
    pub created_ms: i64,
    /// When it was changed.
    pub updated_ms: i64,
}

/// The jobs of all accounts.
pub struct HistoryBook {
    database: Database,
    changes: watch::Sender<u64>,
}

impl HistoryBook {
    /// Makes the tables.
    pub async fn open(database: &Database) -> Result<HistoryBook, DatabaseError> {
        tables::migrate(database).await?;
        Ok(HistoryBook { database: database.clone(), changes: watch::Sender::new(0) })
    }

    /// Changes whenever a job is created or deleted.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Jobs with work to do, oldest first.
    pub async fn unfinished(&self) -> Result<Vec<HistoryJob>, DatabaseError> {
        Ok(rows::unfinished(&mut *self.database.pool().acquire().await?).await?)
    }

    /// A job by id.
    pub async fn find(&self, id: i64) -> Result<Option<HistoryJob>, DatabaseError> {
        Ok(rows::find(&mut *self.database.pool().acquire().await?, id).await?)
    }

    /// Jobs of an account, newest first.
    pub async fn of_account(&self, account_id: &str) -> Result<Vec<HistoryJob>, DatabaseError> {
        Ok(rows::of_account(&mut *self.database.pool().acquire().await?, account_id).await?)
    }

    /// Writes down how far a job is: its `status`, `regions` and `problem`. False when the job is gone, and so cancelled.
    pub async fn advance(&self, job: &HistoryJob, now_ms: i64) -> Result<bool, DatabaseError> {
        Ok(rows::advance(&mut *self.database.pool().acquire().await?, job, now_ms).await?)
    }

    /// Begins to write.
    pub async fn write(&self) -> Result<HistoryWrite<'_>, DatabaseError> {
        Ok(HistoryWrite { book: self, transaction: self.database.begin().await? })
    }
}

/// A write that is under way.
pub struct HistoryWrite<'a> {
    book: &'a HistoryBook,
    transaction: Transaction<'static, Any>,
}

impl HistoryWrite<'_> {
    /// The jobs as the transaction sees them; writers of an account take turns from here on.
    pub async fn lock(&mut self, account_id: &str) -> Result<Vec<HistoryJob>, DatabaseError> {
        crate::tables::lock(&mut self.transaction, account_id).await?;
        Ok(rows::of_account(&mut self.transaction, account_id).await?)
    }

    /// Adds a job under a new id, which is the answer.
    pub async fn insert(&mut self, job: HistoryJob) -> Result<i64, DatabaseError> {
        let id = tables::next_number(&mut self.transaction, "history-job").await?;
        rows::insert(&mut self.transaction, &HistoryJob { id, ..job }).await?;
        Ok(id)
    }

    /// Removes a job.
    pub async fn delete(&mut self, id: i64) -> Result<(), DatabaseError> {
        Ok(rows::delete(&mut self.transaction, id).await?)
    }

    /// Commits and tells who follows.
    pub async fn commit(self) -> Result<(), DatabaseError> {
        self.transaction.commit().await?;
        self.book.changes.send_modify(|count| *count += 1);
        Ok(())
    }

    /// For other rows of the same transaction.
    pub fn connection(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }
}
