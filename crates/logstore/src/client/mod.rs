//! A client of the log service, the embedded one or the cloud's: what a delivery needs, and what the command line shows.
//!
//! It signs with version 4 where the region is known, else with version 1, by the same rules by which the service checks;
//! repeats what may succeed later; and learns the server's clock from its refusals. Writes are there at least once: each
//! group has a `__pack_id__` by which readers, and a service that looks, recognise a repetition.
//!
//! It blocks. Public document: Simple Log Service, "API reference".

mod send;
mod signing;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use openapi::client::{KeySource, connections};
use openapi::clock::now_ms;
use parking_lot::Mutex;
use prost::Message;
use serde_json::{Value, json};
use uuid::Uuid;

pub use openapi::client::CallError as ClientError;
use send::{Answer, Call};

use crate::data::schema::PACK_ID_TAG;
use crate::limits::{CLIENT_GROUP_BYTES, CLIENT_GROUP_LOGS, CLIENT_TIMEOUTS_S, NEW_LOGSTORE_PATIENCE_S};
use crate::wire::compression::{Format, compress};
use crate::wire::{LogGroup, LogGroupList, LogTag};

/// Speaks to one endpoint with one key.
pub struct LogStoreClient {
    /// `http` or `https`
    scheme: String,
    /// What follows the project in host names, with a port if there is one.
    endpoint: String,
    /// An address has no names below it: the project is then in the Host header alone.
    is_address: bool,
    region: Option<String>,
    keys: KeySource,
    agent: ureq::Agent,
    /// Seconds by which the server's clock is ahead.
    skew_s: AtomicI64,
    /// When this client made logstores, by project and name: their service may not know them everywhere yet.
    made: Mutex<HashMap<(String, String), Instant>>,
    /// Beginning of the ids of this client's groups.
    writer: String,
    group_number: AtomicU64,
}

/// Which logs are asked for.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// Unix seconds, inclusive.
    pub from_s: i64,
    /// Unix seconds, exclusive.
    pub to_s: i64,
    /// A search.
    pub query: &'a str,
    /// Most logs.
    pub line: u32,
    /// Logs to pass over.
    pub offset: u64,
    /// Newest first.
    pub is_reverse: bool,
}

impl LogStoreClient {
    /// A client of `http://HOST[:PORT]` or `https://…`. With a region requests are signed with version 4.
    ///
    /// # Errors
    /// When the endpoint is none.
    pub fn new(endpoint: &str, region: Option<String>, keys: impl Into<KeySource>) -> Result<Self, ClientError> {
        let (scheme, host) = endpoint.split_once("://").unwrap_or(("http", endpoint));
        let host = host.trim_end_matches('/');
        if !matches!(scheme, "http" | "https") || host.is_empty() || host.contains(['/', '?', '#', '@', ' ']) {
            return Err(ClientError::Endpoint(endpoint.to_owned()));
        }
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        let name = name.trim_matches(['[', ']']);
        Ok(Self {
            scheme: scheme.to_owned(),
            endpoint: host.to_owned(),
            is_address: name == "localhost" || name.parse::<std::net::IpAddr>().is_ok(),
            region,
            keys: keys.into(),
            agent: connections(CLIENT_TIMEOUTS_S),
            skew_s: AtomicI64::new(0),
            made: Mutex::default(),
            writer: Uuid::new_v4().simple().to_string().to_uppercase()[..16].to_owned(),
            group_number: AtomicU64::new(0),
        })
    }

    /// Makes a project, unless it is there.
    pub fn create_project(&self, project: &str, description: &str) -> Result<(), ClientError> {
        let body = json!({"projectName": project, "description": description});
        unless_there(self.send(&Call::json("POST", project, "/", &body)), "ProjectAlreadyExist")
    }

    /// Makes a logstore, unless it is there.
    pub fn create_logstore(
        &self,
        project: &str,
        logstore: &str,
        ttl_days: u32,
        shards: u32,
    ) -> Result<(), ClientError> {
        let body = json!({"logstoreName": logstore, "ttl": ttl_days, "shardCount": shards});
        unless_there(self.send(&Call::json("POST", project, "/logstores", &body)), "LogStoreAlreadyExist")?;
        let mut made = self.made.lock();
        made.retain(|_, at| at.elapsed() < NEW_LOGSTORE_PATIENCE);
        made.insert((project.to_owned(), logstore.to_owned()), Instant::now());
        Ok(())
    }

    /// Whether the service may not know a logstore yet, because this client has just made it.
    fn is_just_made(&self, project: &str, logstore: &str) -> bool {
        let made = self.made.lock();
        made.get(&(project.to_owned(), logstore.to_owned())).is_some_and(|at| at.elapsed() < NEW_LOGSTORE_PATIENCE)
    }

    /// Seconds by which the service's clock is ahead of ours, as far as refusals have told.
    pub fn skew_s(&self) -> i64 {
        self.skew_s.load(Ordering::Relaxed)
    }

    /// The service's time, as far as it is known, Unix seconds.
    pub fn now_s(&self) -> i64 {
        now_ms().div_euclid(1_000) + self.skew_s()
    }

    /// Makes the index of a logstore, unless it has one.
    pub fn create_index(&self, project: &str, logstore: &str, index: &Value) -> Result<(), ClientError> {
        let path = format!("/logstores/{logstore}/index");
        unless_there(self.send(&Call::json("POST", project, &path, index)), "IndexAlreadyExist")
    }

    /// Replaces the index that a logstore has.
    pub fn update_index(&self, project: &str, logstore: &str, index: &Value) -> Result<(), ClientError> {
        let path = format!("/logstores/{logstore}/index");
        self.send(&Call::json("PUT", project, &path, index)).map(|_| ())
    }

    /// Whatever a GET answers with JSON.
    pub fn get(&self, project: &str, path: &str, parameters: &[(&str, &str)]) -> Result<Value, ClientError> {
        self.send(&Call::new("GET", project, path).with(parameters))?.json()
    }

    /// Deletes a project (`/`) or what is below it.
    pub fn delete(&self, project: &str, path: &str) -> Result<(), ClientError> {
        self.send(&Call::new("DELETE", project, path)).map(|_| ())
    }

    /// Writes logs, in groups that are not too large. What was written before an error stays.
    pub fn put(&self, project: &str, logstore: &str, mut logs: LogGroup) -> Result<(), ClientError> {
        let mut rest = std::mem::take(&mut logs.logs).into_iter().peekable();
        while rest.peek().is_some() {
            let mut group = logs.clone();
            let mut bytes = group.encoded_len();
            while let Some(log) = rest.next_if(|log| {
                let fits = bytes + log.encoded_len() <= CLIENT_GROUP_BYTES && group.logs.len() < CLIENT_GROUP_LOGS;
                fits || group.logs.is_empty()
            }) {
                bytes += log.encoded_len() + 8;
                group.logs.push(log);
            }
            self.put_group(project, logstore, group)?;
        }
        Ok(())
    }

    /// Writes one group. A logstore that this client has just made may not be known everywhere yet, and is waited for.
    fn put_group(&self, project: &str, logstore: &str, mut group: LogGroup) -> Result<(), ClientError> {
        if !group.log_tags.iter().any(|tag| tag.key.as_deref() == Some(PACK_ID_TAG)) {
            let number = self.group_number.fetch_add(1, Ordering::Relaxed);
            let id = format!("{}-{number:X}", self.writer);
            group.log_tags.push(LogTag { key: Some(PACK_ID_TAG.to_owned()), value: Some(id) });
        }
        let raw = group.encode_to_vec();
        let packed = compress(Format::Lz4, &raw).map_err(|error| ClientError::Body(error.to_string()))?;
        let path = format!("/logstores/{logstore}/shards/lb");
        let call = Call::new("POST", project, &path).packed(packed, raw.len());
        loop {
            match self.send(&call) {
                Err(error) if error.code() == "LogStoreNotExist" && self.is_just_made(project, logstore) => {
                    openapi::client::block(Duration::from_secs(1));
                }
                outcome => return outcome.map(|_| ()),
            }
        }
    }

    /// One page of logs; `meta` and `data` as the service answers.
    pub fn get_logs(&self, project: &str, logstore: &str, question: &Question<'_>) -> Result<Value, ClientError> {
        let body = json!({
            "from": question.from_s,
            "to": question.to_s,
            "query": question.query,
            "line": question.line,
            "offset": question.offset,
            "reverse": question.is_reverse,
        });
        self.send(&Call::json("POST", project, &format!("/logstores/{logstore}/logs"), &body))?.json()
    }

    /// A cursor: `begin`, `end` or Unix seconds.
    pub fn cursor(&self, project: &str, logstore: &str, shard: u64, from: &str) -> Result<String, ClientError> {
        let path = format!("/logstores/{logstore}/shards/{shard}");
        let found = self.get(project, &path, &[("type", "cursor"), ("from", from)])?;
        let cursor = found["cursor"].as_str().map(str::to_owned);
        cursor.ok_or_else(|| ClientError::Body("the answer has no cursor".to_owned()))
    }

    /// Groups from a cursor on, and the next cursor.
    pub fn pull(
        &self,
        project: &str,
        logstore: &str,
        shard: u64,
        cursor: &str,
    ) -> Result<(LogGroupList, String), ClientError> {
        let path = format!("/logstores/{logstore}/shards/{shard}");
        let call = Call::new("GET", project, &path).with(&[("type", "log"), ("cursor", cursor), ("count", "100")]);
        let answer: Answer = self.send(&call)?;
        let list = LogGroupList::decode(&*answer.body).map_err(|error| ClientError::Body(error.to_string()))?;
        Ok((list, answer.next_cursor))
    }
}

/// How long a logstore that was just made may be unknown.
const NEW_LOGSTORE_PATIENCE: Duration = Duration::from_secs(NEW_LOGSTORE_PATIENCE_S);

fn unless_there(outcome: Result<Answer, ClientError>, code_of_there: &str) -> Result<(), ClientError> {
    match outcome {
        Err(ClientError::Refused { code, .. }) if code == code_of_there => Ok(()),
        outcome => outcome.map(|_| ()),
    }
}
