//! The logstores as they are now: rows with what is made of them, kept in memory because every write and every search
//! needs one. Every change of rows forgets the copy.

use std::collections::HashMap;
use std::sync::Arc;

use database::Database;
use journal::{JournalError, StreamName};
use parking_lot::RwLock;

use crate::data::STREAM_PREFIX;
use crate::fault::{Fault, codes};
use crate::index::IndexConfig;
use crate::limits::MAX_TTL_DAYS;
use crate::rows::logstore::LogstoreRow;
use crate::rows::shard::Shard;
use crate::rows::{logstore, project, shard};

/// A logstore with everything that a request needs.
pub(crate) struct Logstore {
    pub(crate) row: LogstoreRow,
    pub(crate) account_id: String,
    pub(crate) index: Option<IndexConfig>,
    pub(crate) shards: Vec<Shard>,
}

impl Logstore {
    /// The stream of a shard. The account is in it, so that what becomes of a stream is told to its owner.
    pub(crate) fn stream(&self, shard: i64) -> Result<StreamName, JournalError> {
        StreamName::new(&format!("{STREAM_PREFIX}{}/{}/{shard}", self.account_id, self.row.id))
    }

    /// A shard by the text that a request has.
    pub(crate) fn shard(&self, number: &str) -> Result<&Shard, Fault> {
        let parsed: Option<i64> = number.parse().ok();
        let found = parsed.and_then(|number| self.shards.iter().find(|shard| shard.number == number));
        found.ok_or_else(|| {
            let number: String = number.chars().take(20).collect();
            codes::NO_SHARD.says(format!("shard {number} does not exist"))
        })
    }

    /// Logs that came before this, Unix milliseconds, are not shown any more.
    pub(crate) fn horizon_ms(&self, now_ms: i64) -> i64 {
        match self.row.properties.ttl {
            MAX_TTL_DAYS => i64::MIN,
            days => now_ms.saturating_sub(days.saturating_mul(86_400_000)),
        }
    }
}

/// All logstores that were asked for since the last change.
#[derive(Default)]
pub(crate) struct Logstores {
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    /// Tells whether something changed while a copy was read.
    changes: u64,
    /// By project and name.
    copies: HashMap<(String, String), Arc<Logstore>>,
}

impl Logstores {
    /// Forgets all copies; to be called after every commit that changes a row of a logstore.
    pub(crate) fn forget(&self) {
        let mut known = self.known.write();
        known.changes += 1;
        known.copies.clear();
    }

    /// A logstore of a project.
    pub(crate) async fn get(&self, database: &Database, project: &str, name: &str) -> Result<Arc<Logstore>, Fault> {
        let key = (project.to_owned(), name.to_owned());
        let changes = {
            let known = self.known.read();
            if let Some(logstore) = known.copies.get(&key) {
                return Ok(logstore.clone());
            }
            known.changes
        };
        let logstore = Arc::new(load(database, project, name).await?);
        let mut known = self.known.write();
        if known.changes == changes {
            known.copies.insert(key, logstore.clone());
        }
        Ok(logstore)
    }
}

async fn load(database: &Database, project_name: &str, name: &str) -> Result<Logstore, Fault> {
    let mut connection = database.pool().acquire().await?;
    let found = project::find(&mut connection, project_name).await?;
    let project = found.ok_or_else(|| no_project(project_name))?;
    let row = logstore::find(&mut connection, project_name, name).await?.ok_or_else(|| no_logstore(name))?;
    let shards = shard::all(&mut connection, &row.id).await?;
    let index = row.index_json.as_deref().map(serde_json::from_str).transpose();
    let index = index.map_err(|error| Fault::internal(&error))?;
    Ok(Logstore { row, account_id: project.account_id, index, shards })
}

pub(crate) fn no_project(name: &str) -> Fault {
    codes::NO_PROJECT.says(format!("The Project does not exist : {}", short(name)))
}

pub(crate) fn no_logstore(name: &str) -> Fault {
    codes::NO_LOGSTORE.says(format!("logstore {} does not exist", short(name)))
}

fn short(name: &str) -> String {
    name.chars().take(64).collect()
}
