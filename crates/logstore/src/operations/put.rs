//! Writing logs. Public documents: Simple Log Service, "PutLogs", "PutWebtracking" for the form of JSON bodies.
//!
//! A call is checked as a whole before any of it is written. A group is one record, so it is there wholly or not at all.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use journal::JournalError;
use openapi::clock::now_ms;
use prost::Message;
use serde_json::{Map, Value};

use super::shard::{parse_key, takes};
use crate::answer::{Answer, empty_answer};
use crate::data::record;
use crate::fault::{Fault, codes};
use crate::logstores::Logstore;
use crate::request::Head;
use crate::rows::shard::Shard;
use crate::service::{LogService, Request};
use crate::wire::compression::raw_body;
use crate::wire::{Content, LogGroup, LogGroupList, LogTag, PutLog};

mod check;

pub use check::check;
pub(crate) use check::check_delivered;

/// Spreads groups over shards.
static NEXT: AtomicU64 = AtomicU64::new(0);

pub(crate) async fn put(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let _open = service.shards_change.read().await;
    let logstore = service.logstore(request).await?;
    may_be_written(&logstore)?;
    let received_ms = now_ms();
    let groups = read_groups(&request.head, received_ms.div_euclid(1_000))?;
    write(service, &logstore, hash_key(request)?, groups, request.head.source_ip, received_ms).await?;
    Ok(empty_answer())
}

/// Only its trail writes to a logstore that a trail delivers to.
pub(crate) fn may_be_written(logstore: &Logstore) -> Result<(), Fault> {
    if logstore.row.delivered_by.is_empty() {
        return Ok(());
    }
    Err(codes::WRITE_FORBIDDEN.says(format!(
        "The trail {} delivers to logstore {}, and nobody else writes to it.",
        logstore.row.delivered_by, logstore.row.name
    )))
}

/// Writes checked groups to one shard; to be called while no shard can be closed.
pub(crate) async fn write(
    service: &LogService,
    logstore: &Logstore,
    hash_key: Option<u128>,
    mut groups: Vec<LogGroup>,
    client_ip: IpAddr,
    received_ms: i64,
) -> Result<(), Fault> {
    if logstore.row.properties.append_meta {
        groups.iter_mut().for_each(|group| append_meta(group, &client_ip.to_string(), received_ms));
    }
    let shard = choose(logstore, hash_key)?.number;
    for group in groups.iter().filter(|group| !group.logs.is_empty()) {
        append(service, logstore, shard, received_ms, group).await?;
    }
    Ok(())
}

/// Appends a group and waits until it is durable.
pub(crate) async fn append(
    service: &LogService,
    logstore: &Logstore,
    shard: i64,
    received_ms: i64,
    group: &LogGroup,
) -> Result<(), Fault> {
    let stream = logstore.stream(shard).map_err(|error| Fault::internal(&error))?;
    service.journal.ready().map_err(|error| refused(&error))?;
    let appended = service.journal.append(&stream, record::encode(received_ms, group)).await;
    appended.map(|_| ()).map_err(|error| {
        tracing::error!(%error, "logs could not be made durable");
        refused(&error)
    })
}

fn refused(error: &JournalError) -> Fault {
    codes::SERVER_BUSY.says(format!("The logs could not be made durable, so they are not acknowledged: {error}."))
}

fn hash_key(request: &Request) -> Result<Option<u128>, Fault> {
    let key = match request.target.shard.as_str() {
        "route" => Some(request.query.text("key").unwrap_or_default()),
        _ => Some(request.head.header("x-log-hashkey")).filter(|key| !key.is_empty()),
    };
    key.map(parse_key).transpose()
}

/// The shard of a hash key, or any that is open.
fn choose(logstore: &Logstore, hash_key: Option<u128>) -> Result<&Shard, Fault> {
    let open: Vec<&Shard> = logstore.shards.iter().filter(|shard| shard.is_open).collect();
    let found = match hash_key {
        Some(key) => open.into_iter().find(|shard| takes(shard, key)),
        None if open.is_empty() => None,
        None => Some(open[(NEXT.fetch_add(1, Ordering::Relaxed) % open.len() as u64) as usize]),
    };
    found.ok_or_else(|| codes::NO_WRITABLE_SHARD.fault())
}

/// The groups in the body of a call, when every one of them may be written.
pub fn read_groups(head: &Head, now_s: i64) -> Result<Vec<LogGroup>, Fault> {
    let groups = groups(head)?;
    groups.iter().try_for_each(|group| check(group, now_s))?;
    Ok(groups)
}

fn groups(head: &Head) -> Result<Vec<LogGroup>, Fault> {
    let body = raw_body(head)?;
    if head.header("content-type").starts_with("application/json") && body.first() == Some(&b'{') {
        return from_json(&body).map(|group| vec![group]);
    }
    if head.header("x-log-mode") == "batch_group" {
        return decode::<LogGroupList>(body).map(|list| list.groups);
    }
    decode(body).map(|group| vec![group])
}

fn decode<M: Message + Default>(body: Bytes) -> Result<M, Fault> {
    M::decode(body).map_err(|error| {
        let code = if error.to_string().contains("UTF-8") { codes::INVALID_ENCODING } else { codes::BODY_INVALID };
        code.says(format!("The body is not a LogGroup: {error}."))
    })
}

/// The form in which one client and web pages write.
pub(crate) fn from_json(body: &[u8]) -> Result<LogGroup, Fault> {
    let invalid = |text: String| codes::BODY_INVALID.says(text);
    let document: Map<String, Value> = serde_json::from_slice(body)
        .map_err(|error| invalid(format!("The body is neither a LogGroup nor its JSON: {error}.")))?;
    let text = |name: &str| document.get(name).and_then(Value::as_str).map(str::to_owned);
    let tags = document.get("__tags__").and_then(Value::as_object).into_iter().flatten();
    let logs = document.get("__logs__").and_then(Value::as_array);
    let logs = logs.ok_or_else(|| invalid("The JSON needs __logs__, an array of objects.".to_owned()))?;
    let log = |log: &Value| {
        let members = log.as_object().ok_or_else(|| invalid("Every log must be an object.".to_owned()))?;
        let time = members.get("__time__").and_then(|time| plain(time).parse().ok());
        let contents = members.iter().filter(|(key, _)| *key != "__time__");
        Ok(PutLog {
            time: Some(time.unwrap_or_else(|| now_ms().div_euclid(1_000) as u32)),
            contents: contents
                .map(|(key, value)| Content { key: Some(key.clone()), value: Some(plain(value)) })
                .collect(),
            time_ns: None,
        })
    };
    Ok(LogGroup {
        logs: logs.iter().map(log).collect::<Result<_, Fault>>()?,
        topic: text("__topic__"),
        source: text("__source__"),
        log_tags: tags.map(|(key, value)| LogTag { key: Some(key.clone()), value: Some(plain(value)) }).collect(),
        ..LogGroup::default()
    })
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What a logstore may ask the server to add.
fn append_meta(group: &mut LogGroup, client_ip: &str, received_ms: i64) {
    let received_s = received_ms.div_euclid(1_000).to_string();
    for (key, value) in [("__client_ip__", client_ip), ("__receive_time__", &received_s)] {
        group.log_tags.push(LogTag { key: Some(key.to_owned()), value: Some(value.to_owned()) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_becomes_a_group() {
        let body =
            r#"{"__topic__":"t","__logs__":[{"__time__":5,"n":1,"o":{"a":true}},{"k":"v"}],"__tags__":{"h":"x"}}"#;
        let group = from_json(body.as_bytes()).unwrap();
        assert_eq!((group.topic.as_deref(), group.logs.len(), group.log_tags.len()), (Some("t"), 2, 1));
        assert_eq!((group.logs[0].time, group.logs[0].contents[1].value.as_deref()), (Some(5), Some(r#"{"a":true}"#)));
        assert!(group.logs[1].time.is_some_and(|time| time > 1_700_000_000));
        assert!(from_json(b"{}").is_err() && from_json(b"{\"__logs__\":[1]}").is_err());
    }
}
