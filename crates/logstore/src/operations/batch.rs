//! Batches of a trail: logs that are accepted once, however often they are delivered.
//!
//! A batch has an id, which its logs carry as the tag `__pack_id__`. Whether a batch is there is asked of the store, after
//! it has caught up with everything durable; so a batch whose answer was lost, in a crash or otherwise, is found and not
//! written again. Batches of a logstore take turns.

use std::sync::Arc;

use openapi::clock::now_ms;

use super::put::{append, check_delivered};
use crate::data::reader::has_row;
use crate::data::schema::{PACK_ID, PACK_ID_TAG};
use crate::fault::{Fault, codes};
use crate::limits::MAX_GROUP_BYTES;
use crate::rows::logstore;
use crate::service::LogService;
use crate::wire::{LogGroup, LogTag};

use super::page::streams;

/// Logs that are delivered together.
pub type NewLogs = LogGroup;

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchOutcome {
    /// It is durable now.
    Written,
    /// It was there.
    AlreadyThere,
}

impl LogService {
    /// Says which trail delivers to a logstore: nobody else writes to it from now on, and it is not deleted, until this is
    /// called with none.
    pub async fn set_delivered_by(&self, project: &str, logstore_name: &str, trail: Option<&str>) -> Result<(), Fault> {
        let _alone = self.shards_change.write().await;
        let known = self.logstores.get(&self.database, project, logstore_name).await?;
        let mut transaction = self.database.begin().await?;
        logstore::set_delivered_by(&mut transaction, &known.row.id, trail.unwrap_or_default()).await?;
        transaction.commit().await?;
        self.logstores.forget();
        Ok(())
    }

    /// Writes a batch, unless it was written before. When this returns, it is durable and there once. It goes on when the
    /// caller stops waiting.
    pub async fn append_batch(
        self: &Arc<Self>,
        project: &str,
        logstore: &str,
        batch_id: &str,
        mut logs: NewLogs,
    ) -> Result<BatchOutcome, Fault> {
        logs.log_tags.retain(|tag| tag.key.as_deref() != Some(PACK_ID_TAG));
        logs.log_tags.push(LogTag { key: Some(PACK_ID_TAG.to_owned()), value: Some(batch_id.to_owned()) });
        if prost::Message::encoded_len(&logs) > MAX_GROUP_BYTES || logs.logs.is_empty() || batch_id.is_empty() {
            return Err(codes::BODY_TOO_LARGE.says("A batch has an id, at least one log and at most 10 MB."));
        }
        let (service, batch_id) = (Arc::clone(self), batch_id.to_owned());
        let (project, logstore) = (project.to_owned(), logstore.to_owned());
        let writing = tokio::spawn(async move { service.append_once(&project, &logstore, &batch_id, logs).await });
        writing.await.map_err(|error| Fault::internal(&error))?
    }

    async fn append_once(
        &self,
        project: &str,
        logstore: &str,
        batch_id: &str,
        logs: NewLogs,
    ) -> Result<BatchOutcome, Fault> {
        let logstore = self.logstores.get(&self.database, project, logstore).await?;
        let turn = self.batches.lock().entry(logstore.row.id.clone()).or_default().clone();
        let _turn = turn.lock().await;
        let _open = self.shards_change.read().await;
        let logstore = self.logstores.get(&self.database, project, &logstore.row.name).await?;
        self.caught_up().await?;
        let (store, streams, id) = (Arc::clone(&self.store), streams(&logstore)?, batch_id.to_owned());
        let is_there = super::blocking(move || {
            for (_, stream) in &streams {
                if has_row(&store, stream, PACK_ID, &id)? {
                    return Ok(true);
                }
            }
            Ok(false)
        });
        if is_there.await? {
            return Ok(BatchOutcome::AlreadyThere);
        }
        let received_ms = now_ms();
        // A trail delivers again what could not be delivered for long, and its history: the times of its logs may lie back.
        check_delivered(&logs)?;
        let shard = logstore.shards.iter().find(|shard| shard.is_open);
        let shard = shard.ok_or_else(|| codes::NO_WRITABLE_SHARD.fault())?.number;
        append(self, &logstore, shard, received_ms, &logs).await?;
        Ok(BatchOutcome::Written)
    }
}
