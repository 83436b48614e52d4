//! What the server itself reads back of the logs of a trail.

use super::cursor::open;
use super::pull::read;
use crate::fault::Fault;
use crate::service::LogService;
use crate::wire::LogGroup;

/// Groups of a shard in the order in which they came.
#[derive(Debug, Default)]
pub struct DeliveredGroups {
    /// The groups.
    pub groups: Vec<LogGroup>,
    /// The number of the group that comes next.
    pub next: u64,
    /// Nothing follows now.
    pub is_at_end: bool,
}

/// Most groups that are read at a time.
const MAX_GROUPS: usize = 64;

impl LogService {
    /// Numbers of the shards of a logstore.
    pub async fn shard_numbers(&self, project: &str, logstore: &str) -> Result<Vec<i64>, Fault> {
        let logstore = self.logstores.get(&self.database, project, logstore).await?;
        Ok(logstore.shards.iter().map(|shard| shard.number).collect())
    }

    /// Account that owns a project and its region; `None` when there is no such project.
    pub async fn project_owner(&self, project: &str) -> Result<Option<(String, String)>, Fault> {
        let mut connection = self.database.pool().acquire().await?;
        let found = crate::rows::project::find(&mut connection, project).await?;
        Ok(found.map(|project| (project.account_id, project.region)))
    }

    /// Groups of a shard from a number on; 1 is the first.
    pub async fn delivered_groups(
        &self,
        project: &str,
        logstore: &str,
        shard: i64,
        from: u64,
    ) -> Result<DeliveredGroups, Fault> {
        let logstore = self.logstores.get(&self.database, project, logstore).await?;
        let reader = open(self, &logstore, shard)?;
        self.caught_up().await?;
        let end = reader.last + 1;
        let pulled = super::blocking(move || Ok(read(&reader, from, end, MAX_GROUPS)?)).await?;
        Ok(DeliveredGroups { groups: pulled.list.groups, next: pulled.next, is_at_end: pulled.is_at_end })
    }
}
