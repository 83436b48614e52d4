//! Follows the event streams into the table of uses.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use database::{Database, DatabaseError};
use journal::Journal;
use store::Store;
use tokio::sync::{Notify, watch};

use super::fold::{Fold, Group};
use super::rows;
use crate::data_events;
use crate::event_source::{EventSource, EventsUnreadable, SourceRecord};
use crate::limits::{
    KEY_USE_INTERVAL_MS, KEY_USE_KEPT_S, KEY_USE_RETRY_PAUSE_MS, KEY_USE_SWEEP_S, MAX_INDEX_WAIT_MS,
    MAX_KEY_USE_BATCH_BYTES, MAX_KEY_USE_BATCH_VALUES, MAX_KEY_USE_VALUES,
};
use crate::recorder::account_of;
use crate::tables;

/// The last uses of keys.
pub struct KeyUse {
    database: Database,
    source: EventSource,
    /// A question waits: the next commit should not take its time.
    wanted: Notify,
    /// As many records of the journal as were durable before the last fold that went to the end.
    seen_count: watch::Sender<u64>,
}

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// What the follower knows between commits.
#[derive(Default)]
struct Progress {
    /// The next position of each stream, as committed.
    next: HashMap<String, u64>,
    /// Values written into each group since it was last cut.
    written: HashMap<Group, usize>,
    swept_s: i64,
}

/// Events that are folded and not yet committed.
#[derive(Default)]
struct Batch {
    fold: Fold,
    next: BTreeMap<String, u64>,
    bytes: usize,
    /// Nothing more was there.
    is_last: bool,
}

impl KeyUse {
    /// Makes the tables. Nothing is followed yet.
    pub async fn open(
        database: &Database,
        journal: Arc<dyn Journal>,
        store: Arc<Store>,
    ) -> Result<KeyUse, DatabaseError> {
        tables::migrate(database).await?;
        let (wanted, seen_count) = (Notify::new(), watch::Sender::new(0));
        Ok(KeyUse { database: database.clone(), source: EventSource::new(journal, store), wanted, seen_count })
    }

    /// The control database.
    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    /// Durable records that are not folded yet.
    pub fn behind(&self) -> u64 {
        self.source.durable_count().saturating_sub(*self.seen_count.borrow())
    }

    /// Resolves when everything that is durable now is in the table; false when that takes too long.
    pub(super) async fn catch_up(&self) -> bool {
        let target = self.source.durable_count();
        self.wanted.notify_one();
        let mut seen_count = self.seen_count.subscribe();
        let reached = seen_count.wait_for(|count| *count >= target);
        matches!(tokio::time::timeout(Duration::from_millis(MAX_INDEX_WAIT_MS), reached).await, Ok(Ok(_)))
    }

    /// Folds what there is, and then what comes. Never ends; may be dropped at any point.
    pub async fn follow(self: Arc<Self>) {
        loop {
            let Err(error) = self.follow_until_fault().await;
            tracing::error!(%error, "the use of access keys could not be written; it will be");
            tokio::time::sleep(Duration::from_millis(KEY_USE_RETRY_PAUSE_MS)).await;
        }
    }

    /// After a fault it is not known what was committed, so the database is asked again.
    async fn follow_until_fault(self: &Arc<Self>) -> Result<std::convert::Infallible, Fault> {
        let next = rows::next_positions(&self.database).await?;
        let mut progress = Progress { next, ..Progress::default() };
        loop {
            self.fold_new(&mut progress).await?;
            let now_s = now_s();
            if now_s >= progress.swept_s + KEY_USE_SWEEP_S {
                rows::sweep(&self.database, now_s - KEY_USE_KEPT_S).await?;
                progress.written.clear();
                progress.swept_s = now_s;
            }
            let pause = Duration::from_millis(KEY_USE_INTERVAL_MS);
            let _ = tokio::time::timeout(pause, self.wanted.notified()).await;
        }
    }

    /// Folds and commits everything that was durable when it began.
    async fn fold_new(self: &Arc<Self>, progress: &mut Progress) -> Result<(), Fault> {
        let count = self.source.durable_count();
        if count == *self.seen_count.borrow() {
            return Ok(());
        }
        let heads = self.source.event_streams();
        loop {
            let (this, heads, next) = (self.clone(), heads.clone(), progress.next.clone());
            let batch = tokio::task::spawn_blocking(move || this.gather(&heads, &next)).await??;
            let is_last = batch.is_last;
            if !batch.next.is_empty() {
                self.commit(batch, progress).await?;
            }
            if is_last {
                self.seen_count.send_replace(count);
                return Ok(());
            }
        }
    }

    fn gather(&self, heads: &[(String, u64)], next: &HashMap<String, u64>) -> Result<Batch, EventsUnreadable> {
        let mut batch = Batch::default();
        for (name, last) in heads {
            let Some(account_id) = account_of(name).or_else(|| name.strip_prefix(data_events::STREAM_PREFIX)) else {
                continue;
            };
            let mut from = next.get(name).copied().unwrap_or(1);
            while from <= *last {
                if batch.bytes >= MAX_KEY_USE_BATCH_BYTES || batch.fold.len() >= MAX_KEY_USE_BATCH_VALUES {
                    return Ok(batch);
                }
                let read = self.source.read(name, from, *last)?;
                if read.next == from {
                    break;
                }
                for SourceRecord { position, bytes, .. } in &read.records {
                    batch.bytes += bytes.len();
                    if let Err(error) = batch.fold.take(account_id, *position, bytes) {
                        tracing::error!(%error, stream = name, position, "an event cannot be read and tells no use of a key");
                    }
                }
                from = read.next;
                batch.next.insert(name.to_owned(), from);
            }
        }
        batch.is_last = true;
        Ok(batch)
    }

    async fn commit(&self, batch: Batch, progress: &mut Progress) -> Result<(), Fault> {
        let groups = batch.fold.finish();
        let mut transaction = self.database.begin().await?;
        rows::put(&mut transaction, &groups).await?;
        let mut cut = Vec::new();
        for (group, uses) in &groups {
            // A list may be half as long again before it is cut: most commits cut nothing.
            let written = progress.written.get(group).copied().unwrap_or_default() + uses.len();
            let is_long = written > MAX_KEY_USE_VALUES / 2;
            if is_long {
                rows::prune(&mut transaction, group).await?;
            }
            cut.push((group.clone(), if is_long { 0 } else { written }));
        }
        for (stream, next) in &batch.next {
            rows::put_position(&mut transaction, stream, *next).await?;
        }
        transaction.commit().await?;
        progress.next.extend(batch.next);
        progress.written.extend(cut);
        Ok(())
    }
}

fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
