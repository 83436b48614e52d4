//! A logstore elsewhere. A log service has no name for a group: one that was written and not answered is written again, and
//! is recognised by its `__pack_id__` alone.

use std::sync::Arc;

use audit::trail::DestinationFault;
use logstore::client::{ClientError, LogStoreClient};
use logstore::limits::{MAX_AGE_S, MAX_AHEAD_S, MAX_TTL_DAYS};
use logstore::wire::{LogGroup, LogTag};
use serde_json::Value;

use super::remote::blocking;
use super::{LogPlace, PACK_ID_TAG, Waiting, default_index};
use crate::failure::Failure;
use crate::limits::MAX_TOLD_CHARS;

/// Shards of a logstore that is made.
const SHARDS: u32 = 2;
/// How far inside the service's window of times a log must be, seconds: calls wait and travel.
const TIME_MARGIN_S: i64 = 120;

/// A logstore elsewhere, as a trail sees it.
pub(super) struct RemoteLogs {
    pub client: Arc<LogStoreClient>,
    pub project: String,
    pub logstore: String,
}

impl RemoteLogs {
    /// Makes the logstore with its index where it is missing.
    pub(super) async fn prepare(self) -> Result<(), DestinationFault> {
        let making = tokio::task::spawn_blocking(move || make(&self.client, &self.project, &self.logstore));
        let made = making.await.map_err(|error| DestinationFault::Unavailable(error.to_string()))?;
        made.map_err(|error| fault(&error))
    }

    /// Whether the logstore is there for this key.
    pub(super) async fn check(self) -> Result<(), DestinationFault> {
        let RemoteLogs { client, project, logstore } = self;
        let asking = move || client.get(&project, &format!("/logstores/{logstore}"), &[]);
        let asked = tokio::task::spawn_blocking(asking).await;
        let asked = asked.map_err(|error| DestinationFault::Unavailable(error.to_string()))?;
        asked.map(drop).map_err(|error| fault(&error))
    }

    async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&LogStoreClient, &str, &str) -> Result<T, ClientError> + Send + 'static,
    ) -> Result<T, Failure> {
        let (client, project, logstore) = (self.client.clone(), self.project.clone(), self.logstore.clone());
        blocking(move || work(&client, &project, &logstore).map_err(|error| failed(&project, &logstore, &error))).await
    }
}

/// What an error says of the service as a destination.
fn fault(error: &ClientError) -> DestinationFault {
    let text = error.to_string();
    match error {
        ClientError::Refused { code, .. } if is_no_project(code) => DestinationFault::Missing(text),
        error if error.is_passing() => DestinationFault::Unavailable(text),
        ClientError::Refused { status: 401 | 403, .. } => DestinationFault::NotAllowed(text),
        ClientError::Refused { .. } => DestinationFault::Refused(text),
        ClientError::Role { is_passing: false, .. } => DestinationFault::NotAllowed(text),
        _ => DestinationFault::Unavailable(text),
    }
}

fn make(client: &LogStoreClient, project: &str, logstore: &str) -> Result<(), ClientError> {
    let days = u32::try_from(MAX_TTL_DAYS).unwrap_or(3_650);
    client.create_logstore(project, logstore, days, SHARDS)?;
    client.create_index(project, logstore, &Value::Object(default_index()))
}

/// Writes a group, also where somebody deleted the logstore: it is made again, and what follows is in it.
fn append(client: &LogStoreClient, project: &str, logstore: &str, logs: &LogGroup) -> Result<(), ClientError> {
    let put = || client.put(project, logstore, at_accepted_times(logs.clone(), client.now_s()));
    let skew_s = client.skew_s();
    let outcome = match put() {
        Err(error) if error.code() == "LogStoreNotExist" => {
            make(client, project, logstore)?;
            put()
        }
        outcome => outcome,
    };
    match outcome {
        // The refusal told the service's clock, by which the times of logs are judged, too.
        Err(ClientError::Refused { .. }) if client.skew_s() != skew_s => put(),
        outcome => outcome,
    }
}

/// A service refuses a group with a log of another week or of the future, for ever; when an event was, is in the event.
fn at_accepted_times(mut logs: LogGroup, now_s: i64) -> LogGroup {
    let accepted = now_s - MAX_AGE_S + TIME_MARGIN_S..=now_s + MAX_AHEAD_S - TIME_MARGIN_S;
    for log in &mut logs.logs {
        if log.time.is_none_or(|time| !accepted.contains(&i64::from(time))) {
            log.time = u32::try_from(now_s).ok();
        }
    }
    logs
}

fn is_no_project(code: &str) -> bool {
    matches!(code, "ProjectNotExist" | "ProjectNotExists")
}

fn failed(project: &str, logstore: &str, error: &ClientError) -> Failure {
    let what_to_do = match error {
        ClientError::Refused { code, .. } if is_no_project(code) => {
            "create the project again, or give the trail another one"
        }
        ClientError::Refused { code, status: 403, .. } if code.contains("Quota") => {
            "raise the quota of the project, or split the shards of the logstore; delivery is repeated"
        }
        ClientError::Refused { code, .. } if code.contains("RequestTime") => {
            "set the clocks of this server and of the service; delivery is repeated"
        }
        ClientError::Refused { code, .. }
            if code.contains("SignatureNotMatch") || code.contains("AccessKey") || code.contains("SecurityToken") =>
        {
            "put an active key and its secret into [[delivery.projects]]; delivery is repeated"
        }
        ClientError::Refused { status: 401 | 403, .. } => {
            "see that the key in [[delivery.projects]] is active, and give it log:PostLogStoreLogs, log:CreateLogStore and \
             log:CreateIndex there; delivery is repeated"
        }
        ClientError::Refused { status: 500.., .. } => "the service failed; delivery is repeated",
        ClientError::Unreachable { .. } => {
            "look at the network and at the endpoint in [[delivery.projects]]; delivery is repeated"
        }
        ClientError::Role { .. } => "delivery is repeated",
        _ => "see the service's documentation of the code; delivery is repeated",
    };
    // A service may say much; what to do comes behind it.
    let told: String = error.to_string().chars().take(MAX_TOLD_CHARS).collect();
    let where_to = format!("logstore {logstore} of project {project}");
    Failure::new(format!("write sls failed, exception: {where_to}: {told}; {what_to_do}"))
}

impl LogPlace for RemoteLogs {
    fn append_once<'a>(&'a self, pack_id: &'a str, mut logs: LogGroup) -> Waiting<'a, ()> {
        logs.log_tags.push(LogTag { key: Some(PACK_ID_TAG.to_owned()), value: Some(pack_id.to_owned()) });
        Box::pin(self.call(move |client, project, logstore| append(client, project, logstore, &logs)))
    }

    fn may_repeat(&self) -> bool {
        true
    }

    fn shards(&self) -> Waiting<'_, Vec<u64>> {
        Box::pin(self.call(|client, project, logstore| {
            let found = client.get(project, &format!("/logstores/{logstore}/shards"), &[])?;
            let shards = found.as_array().map(|shards| shards.iter().map(|shard| shard["shardID"].as_u64()).collect());
            shards.flatten().ok_or_else(|| ClientError::Body("the answer is no list of shards".to_owned()))
        }))
    }

    fn groups<'a>(&'a self, shard: u64, cursor: &'a str) -> Waiting<'a, (Vec<LogGroup>, Option<String>)> {
        let cursor = cursor.to_owned();
        Box::pin(self.call(move |client, project, logstore| {
            let from = if cursor.is_empty() { client.cursor(project, logstore, shard, "begin")? } else { cursor };
            let (list, next) = client.pull(project, logstore, shard, &from)?;
            Ok((list.groups, (next != from).then_some(next)))
        }))
    }
}

#[cfg(test)]
mod tests;
