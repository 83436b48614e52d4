//! Consumer groups. Public documents: Simple Log Service, "CreateConsumerGroup", "ListConsumerGroup",
//! "UpdateConsumerGroup", "DeleteConsumerGroup", "HeartBeat", "GetCheckPoint", "ConsumerGroupUpdateCheckPoint".

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use openapi::clock::now_ms;
use serde_json::{Value, json};

use super::{Fields, cursor};
use crate::answer::{Answer, empty_answer, json_answer};
use crate::fault::{Fault, codes};
use crate::limits::{MAX_CONSUMER_BYTES, MAX_CONSUMER_GROUPS};
use crate::logstores::Logstore;
use crate::names;
use crate::rows::group::{self, Checkpoint, Group};
use crate::rows::logstore;
use crate::service::{LogService, Request};

/// Longest silence that a group may allow, seconds: a day.
const MAX_TIMEOUT_S: i64 = 86_400;

pub(crate) async fn create(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let fields = Fields::of_body(&request.head)?;
    let new = Group {
        name: fields.text("consumerGroup").unwrap_or_default(),
        timeout_s: timeout(&fields)?.unwrap_or(60),
        is_ordered: fields.flag("order").unwrap_or(false),
    };
    if !names::is_group(&new.name) {
        return Err(
            codes::PARAMETER_INVALID.says("consumerGroup must have 1 to 63 letters, digits, hyphens and underscores")
        );
    }
    let known = service.logstore(request).await?;
    let mut transaction = service.database.begin().await?;
    logstore::lock(&mut transaction, &known.row.id).await?;
    let others = group::all(&mut transaction, &known.row.id).await?;
    if others.iter().any(|other| other.name == new.name) {
        return Err(codes::GROUP_EXISTS.says(format!("consumer group {} already exists", new.name)));
    }
    if others.len() as i64 >= MAX_CONSUMER_GROUPS {
        return Err(codes::PROJECT_QUOTA.says("The logstore has 30 consumer groups; delete one first."));
    }
    group::insert(&mut transaction, &known.row.id, &new).await?;
    transaction.commit().await?;
    Ok(empty_answer())
}

fn timeout(fields: &Fields) -> Result<Option<i64>, Fault> {
    match fields.number("timeout")? {
        Some(timeout_s) if !(1..=MAX_TIMEOUT_S).contains(&timeout_s) => {
            Err(codes::PARAMETER_INVALID.says("timeout must be 1 to 86400 seconds"))
        }
        other => Ok(other),
    }
}

pub(crate) async fn list(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let known = service.logstore(request).await?;
    let mut connection = service.database.pool().acquire().await?;
    let groups = group::all(&mut connection, &known.row.id).await?;
    let shown =
        groups.iter().map(|group| json!({"name": group.name, "timeout": group.timeout_s, "order": group.is_ordered}));
    Ok(json_answer(&Value::Array(shown.collect())))
}

/// The group of a request.
async fn find(service: &LogService, logstore: &Logstore, request: &Request) -> Result<Group, Fault> {
    let mut connection = service.database.pool().acquire().await?;
    let found = group::find(&mut connection, &logstore.row.id, &request.target.group).await?;
    found.ok_or_else(|| no_group(&request.target.group))
}

fn no_group(name: &str) -> Fault {
    let name: String = name.chars().take(64).collect();
    codes::NO_GROUP.says(format!("consumer group {name} does not exist"))
}

pub(crate) async fn update(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let fields = Fields::of_body(&request.head)?;
    let known = service.logstore(request).await?;
    let mut transaction = service.database.begin().await?;
    logstore::lock(&mut transaction, &known.row.id).await?;
    let old = group::find(&mut transaction, &known.row.id, &request.target.group).await?;
    let mut changed = old.ok_or_else(|| no_group(&request.target.group))?;
    changed.timeout_s = timeout(&fields)?.unwrap_or(changed.timeout_s);
    changed.is_ordered = fields.flag("order").unwrap_or(changed.is_ordered);
    group::update(&mut transaction, &known.row.id, &changed).await?;
    transaction.commit().await?;
    Ok(empty_answer())
}

pub(crate) async fn delete(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let known = service.logstore(request).await?;
    find(service, &known, request).await?;
    let mut transaction = service.database.begin().await?;
    group::delete(&mut transaction, &known.row.id, &request.target.group).await?;
    transaction.commit().await?;
    service.consumers.forget(&known.row.id, &request.target.group);
    Ok(empty_answer())
}

fn consumer(request: &Request) -> Result<&str, Fault> {
    let name = request.query.text("consumer").unwrap_or_default();
    if name.is_empty() || name.len() > MAX_CONSUMER_BYTES {
        return Err(codes::PARAMETER_INVALID.says("consumer must have 1 to 256 bytes"));
    }
    Ok(name)
}

pub(crate) async fn heartbeat(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let held: BTreeSet<i64> = if request.head.body.is_empty() { BTreeSet::new() } else { request.head.json()? };
    let consumer = consumer(request)?;
    let logstore = service.logstore(request).await?;
    let group = find(service, &logstore, request).await?;
    let shards = offered(service, &logstore, &group).await?;
    let silence = Duration::from_secs(group.timeout_s.unsigned_abs());
    let mine = service.consumers.heartbeat(
        &logstore.row.id,
        &group.name,
        consumer,
        &held,
        &shards,
        silence,
        Instant::now(),
    )?;
    Ok(json_answer(&json!(mine)))
}

/// The shards that consumers are given. In an ordered group a shard waits until those in whose place it came are read to
/// their end.
async fn offered(service: &LogService, logstore: &Logstore, group: &Group) -> Result<BTreeSet<i64>, Fault> {
    let all = logstore.shards.iter().map(|shard| shard.number).collect();
    if !group.is_ordered || logstore.shards.iter().all(|shard| shard.parents.is_empty()) {
        return Ok(all);
    }
    let mut connection = service.database.pool().acquire().await?;
    let checkpoints = group::checkpoints(&mut connection, &logstore.row.id, &group.name).await?;
    drop(connection);
    let mut finished = BTreeSet::new();
    for shard in logstore.shards.iter().filter(|shard| !shard.is_open) {
        let last = cursor::open(service, logstore, shard.number)?.last;
        let read = checkpoints.iter().find(|checkpoint| checkpoint.shard == shard.number);
        let read_until = read.and_then(|checkpoint| cursor::parse(&checkpoint.checkpoint)).unwrap_or_default();
        if last == 0 || read_until > last {
            finished.insert(shard.number);
        }
    }
    let is_offered = |parents: &[i64]| parents.iter().all(|parent| finished.contains(parent));
    Ok(logstore.shards.iter().filter(|shard| is_offered(&shard.parents)).map(|shard| shard.number).collect())
}

pub(crate) async fn checkpoints(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let wanted = request.query.number("shard")?;
    let logstore = service.logstore(request).await?;
    let group = find(service, &logstore, request).await?;
    let mut connection = service.database.pool().acquire().await?;
    let saved = group::checkpoints(&mut connection, &logstore.row.id, &group.name).await?;
    let shards =
        logstore.shards.iter().map(|shard| shard.number).filter(|number| wanted.is_none_or(|one| one == *number));
    let shown = shards.map(|number| match saved.iter().find(|saved| saved.shard == number) {
        Some(saved) => json!({
            "shard": number,
            "checkpoint": saved.checkpoint,
            "updateTime": saved.updated_us,
            "consumer": saved.consumer,
        }),
        None => json!({"shard": number, "checkpoint": "", "updateTime": 0, "consumer": ""}),
    });
    Ok(json_answer(&Value::Array(shown.collect())))
}

pub(crate) async fn save_checkpoint(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let fields = Fields::of_body(&request.head)?;
    let is_forced = request.query.flag("forceSuccess");
    let consumer = request.query.text("consumer").unwrap_or_default().to_owned();
    let logstore = service.logstore(request).await?;
    let group = find(service, &logstore, request).await?;
    let shard = logstore.shard(&fields.text("shard").unwrap_or_default())?.number;
    if !is_forced && !service.consumers.holds(&logstore.row.id, &group.name, &consumer, shard) {
        return Err(
            codes::CONSUMER_MISSING.says(format!("The consumer does not hold shard {shard}; send a heartbeat first."))
        );
    }
    let checkpoint = fields.text("checkpoint").unwrap_or_default();
    let reader = cursor::open(service, &logstore, shard)?;
    if !checkpoint.is_empty() && cursor::checked(&checkpoint, &reader).is_err() {
        return Err(codes::INVALID_CHECKPOINT.fault());
    }
    let saved = Checkpoint { shard, checkpoint, consumer, updated_us: now_ms().saturating_mul(1_000) };
    let mut transaction = service.database.begin().await?;
    group::save(&mut transaction, &logstore.row.id, &group.name, &saved).await?;
    transaction.commit().await?;
    Ok(empty_answer())
}
