//! A logstore of this server, written without the way over HTTP.

use std::sync::Arc;

use audit::trail::DestinationFault;
use logstore::wire::LogGroup;
use logstore::{Fault, LogService, Wanted, codes};

use super::prepare::default_index;
use super::rights::Wish;
use super::{LogPlace, Rights, Waiting, dashboards};
use crate::failure::Failure;

/// Delivered logs are kept for ever, unless their owner says otherwise.
const TTL_DAYS: i64 = logstore::limits::MAX_TTL_DAYS;

/// A logstore of this server, as a trail sees it.
pub struct EmbeddedLogs {
    /// The service.
    pub service: Arc<LogService>,
    /// What may be written.
    pub rights: Rights,
    /// Owner of the trail.
    pub account_id: String,
    /// The trail.
    pub trail_name: String,
    /// The project.
    pub project: String,
    /// The logstore.
    pub logstore: String,
    /// Role that writes; empty for the account itself.
    pub role_arn: String,
    /// The region of a project that is the account's for its data events: it is made when it is not there.
    pub made_in: Option<String>,
}

impl EmbeddedLogs {
    /// Whether the project is there and may be written.
    pub async fn check(&self) -> Result<(), DestinationFault> {
        let owner = self.service.project_owner(&self.project).await;
        let owner = owner.map_err(|fault| DestinationFault::Unavailable(fault.to_string()))?;
        if owner.is_none() && self.made_in.is_some() {
            return Ok(());
        }
        let (owner, _) = owner.ok_or_else(|| {
            DestinationFault::Missing(format!(
                "project {} does not exist: create it, or give the trail another project",
                self.project
            ))
        })?;
        self.rights.check(&Wish {
            account_id: &self.account_id,
            role_arn: &self.role_arn,
            role_parameter: "SlsWriteRoleArn",
            owner: &owner,
            action: "log:PostLogStoreLogs",
            resource: &format!("acs:log:*:{owner}:project/{}/logstore/{}", self.project, self.logstore),
            what: &format!("logstore {} of project {}", self.logstore, self.project),
        })
    }

    /// Makes the logstore with its index where it is missing, and says whose it is.
    pub async fn prepare(&self) -> Result<(), DestinationFault> {
        self.check().await?;
        let refused = |fault: Fault| {
            DestinationFault::Refused(format!("logstore {} of project {}: {fault}", self.logstore, self.project))
        };
        let owner = self.service.project_owner(&self.project).await.map_err(refused)?;
        let wanted = Wanted {
            account_id: owner.map_or_else(|| self.account_id.clone(), |(account_id, _)| account_id),
            project: self.project.clone(),
            region: self.made_in.clone().unwrap_or_default(),
            logstore: self.logstore.clone(),
            ttl_days: TTL_DAYS,
            index: default_index(),
        };
        self.service.provide(&wanted).await.map_err(refused)?;
        self.provide_dashboards().await.map_err(refused)?;
        self.service.set_delivered_by(&self.project, &self.logstore, Some(&self.trail_name)).await.map_err(refused)
    }

    /// Makes the dashboards that are missing. A project that is full of others goes without: events matter more.
    async fn provide_dashboards(&self) -> Result<(), Fault> {
        for dashboard in dashboards::of_logstore(&self.logstore) {
            match self.service.provide_dashboard(&self.project, dashboard).await {
                Err(fault) if fault.code == codes::PROJECT_QUOTA => {
                    tracing::warn!(project = self.project, %fault, "a trail goes without its dashboards");
                    return Ok(());
                }
                outcome => outcome?,
            }
        }
        Ok(())
    }

    /// Others may write the logstore, too.
    pub async fn release(&self) -> Result<(), Failure> {
        match self.service.set_delivered_by(&self.project, &self.logstore, None).await {
            Err(fault) if fault.code == codes::NO_PROJECT || fault.code == codes::NO_LOGSTORE => Ok(()),
            outcome => outcome.map_err(|fault| self.failed(&fault)),
        }
    }

    fn may_be_made(&self, fault: &Fault) -> bool {
        fault.code == codes::NO_LOGSTORE || (fault.code == codes::NO_PROJECT && self.made_in.is_some())
    }

    fn failed(&self, fault: &Fault) -> Failure {
        let (logstore, project) = (&self.logstore, &self.project);
        let what_to_do = match fault.code {
            codes::NO_PROJECT => "create the project again, or give the trail another one",
            codes::SERVER_BUSY => "delivery goes on by itself then",
            _ => "see the server's log; delivery is repeated",
        };
        Failure::new(format!(
            "write sls failed, exception: logstore {logstore} of project {project}: {}: {}; {what_to_do}",
            fault.code.name, fault.message
        ))
    }
}

impl LogPlace for EmbeddedLogs {
    fn append_once<'a>(&'a self, pack_id: &'a str, logs: LogGroup) -> Waiting<'a, ()> {
        Box::pin(async move {
            self.check().await.map_err(|fault| Failure::new(format!("write sls failed, exception: {fault}")))?;
            let append = |logs| self.service.append_batch(&self.project, &self.logstore, pack_id, logs);
            match append(logs.clone()).await {
                // Somebody deleted it: it is made again, and what follows is in it.
                Err(fault) if self.may_be_made(&fault) => {
                    self.prepare()
                        .await
                        .map_err(|fault| Failure::new(format!("write sls failed, exception: {fault}")))?;
                    append(logs).await.map(|_| ()).map_err(|fault| self.failed(&fault))
                }
                outcome => outcome.map(|_| ()).map_err(|fault| self.failed(&fault)),
            }
        })
    }

    fn shards(&self) -> Waiting<'_, Vec<u64>> {
        Box::pin(async move {
            let numbers = self.service.shard_numbers(&self.project, &self.logstore).await;
            let numbers = numbers.map_err(|fault| self.failed(&fault))?;
            Ok(numbers.into_iter().filter_map(|number| u64::try_from(number).ok()).collect())
        })
    }

    fn groups<'a>(&'a self, shard: u64, cursor: &'a str) -> Waiting<'a, (Vec<LogGroup>, Option<String>)> {
        Box::pin(async move {
            let from = if cursor.is_empty() { 1 } else { cursor.parse().unwrap_or(1) };
            let shard = i64::try_from(shard).unwrap_or_default();
            let read = self.service.delivered_groups(&self.project, &self.logstore, shard, from).await;
            let read = read.map_err(|fault| self.failed(&fault))?;
            Ok((read.groups, (!read.is_at_end).then(|| read.next.to_string())))
        })
    }
}
