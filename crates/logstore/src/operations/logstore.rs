//! Logstores. Public documents: Simple Log Service, "CreateLogStore", "GetLogStore", "ListLogStores", "UpdateLogStore",
//! "DeleteLogStore".

use openapi::clock::now_ms;
use serde_json::{Value, json};
use sqlx::AnyConnection;
use uuid::Uuid;

use super::keeping::{self, keep};
use super::{Fields, shard, window};
use crate::answer::{Answer, empty_answer, json_answer};
use crate::data::STREAM_PREFIX;
use crate::fault::{Fault, codes};
use crate::limits::{MAX_FIRST_SHARDS, MAX_LOGSTORES, MAX_SHARDS, MAX_TTL_DAYS, MIN_AUDIT_TTL_DAYS};
use crate::logstores::{no_logstore, no_project};
use crate::names;
use crate::rows::logstore::{self, LogstoreRow, Properties};
use crate::rows::{project, shard as shard_rows};
use crate::service::{LogService, Request};

pub(crate) async fn create(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let fields = Fields::of_body(&request.head)?;
    let name = fields.text("logstoreName").unwrap_or_default();
    if !names::is_logstore(&name) {
        let name: String = name.chars().take(64).collect();
        return Err(codes::LOGSTORE_INVALID.says(format!("logstore name {name} is invalid")));
    }
    let mut properties = Properties::default();
    change(&mut properties, &fields)?;
    let shard_count = fields.number("shardCount")?.unwrap_or(1);
    if !(1..=MAX_FIRST_SHARDS).contains(&shard_count) {
        return Err(codes::LOGSTORE_INVALID.says("shardCount must be within range [1, 100]"));
    }
    let new = new_row(&request.project, name, properties);
    insert(service, &new, shard_count).await?;
    service.logstores.forget();
    keep(service, &*service.logstores.get(&service.database, &new.project, &new.name).await?).await?;
    Ok(empty_answer())
}

/// The row of a new logstore, without an index.
pub(crate) fn new_row(project: &str, name: String, properties: Properties) -> LogstoreRow {
    let now_s = now_ms().div_euclid(1_000);
    LogstoreRow {
        id: Uuid::new_v4().simple().to_string(),
        project: project.to_owned(),
        name,
        properties,
        index_json: None,
        index_modified_s: 0,
        delivered_by: String::new(),
        created_s: now_s,
        modified_s: now_s,
    }
}

/// Makes a logstore, which must not be there.
pub(crate) async fn insert(service: &LogService, new: &LogstoreRow, shard_count: i64) -> Result<(), Fault> {
    shard::has_room(service, shard_count as usize)?;
    let mut transaction = service.database.begin().await?;
    if !project::lock(&mut transaction, &new.project).await? {
        return Err(no_project(&new.project));
    }
    let others = logstore::containing_name(&mut transaction, &new.project, "").await?;
    if others.iter().any(|other| other.name == new.name) {
        return Err(codes::LOGSTORE_EXISTS.says(format!("logstore {} already exists", new.name)));
    }
    if others.len() as i64 >= MAX_LOGSTORES {
        return Err(codes::PROJECT_QUOTA.says("The project has 400 logstores; delete one first."));
    }
    logstore::insert(&mut transaction, new).await?;
    for shard in shard::first_shards(shard_count, new.created_s) {
        shard_rows::insert(&mut transaction, &new.id, &shard).await?;
    }
    transaction.commit().await?;
    Ok(())
}

fn change(properties: &mut Properties, fields: &Fields) -> Result<(), Fault> {
    let in_range = |name: &'static str, least: i64, most: i64| match fields.number(name) {
        Ok(Some(number)) if !(least..=most).contains(&number) => {
            Err(codes::LOGSTORE_INVALID.says(format!("{name} must be within range [{least}, {most}]")))
        }
        other => other,
    };
    if let Some(ttl) = in_range("ttl", 1, MAX_TTL_DAYS)? {
        properties.ttl = ttl;
    }
    if let Some(most) = in_range("maxSplitShard", 1, MAX_SHARDS as i64)? {
        properties.max_split_shard = most;
    }
    if let Some(days) = in_range("hot_ttl", 0, MAX_TTL_DAYS)? {
        properties.hot_ttl = days;
    }
    if let Some(days) = in_range("infrequentAccessTTL", 0, MAX_TTL_DAYS)? {
        properties.infrequent_access_ttl = days;
    }
    for (name, flag) in [
        ("enable_tracking", &mut properties.enable_tracking),
        ("autoSplit", &mut properties.auto_split),
        ("appendMeta", &mut properties.append_meta),
    ] {
        *flag = fields.flag(name).unwrap_or(*flag);
    }
    match fields.text("telemetryType").as_deref() {
        None => {}
        Some(kind @ ("" | "None" | "Metrics" | "Event")) => properties.telemetry_type = kind.to_owned(),
        Some(_) => return Err(codes::LOGSTORE_INVALID.says("telemetryType must be None, Metrics or Event")),
    }
    match fields.text("mode").as_deref() {
        None | Some("") => {}
        Some(mode @ ("standard" | "query" | "lite")) => properties.mode = mode.to_owned(),
        Some(_) => return Err(codes::LOGSTORE_INVALID.says("mode must be standard, query or lite")),
    }
    if fields.flag("enableModify") == Some(true) {
        return Err(codes::NOT_SUPPORTED.says("Logs here are not modified: leave out enableModify."));
    }
    if fields.value("encrypt_conf").and_then(|conf| conf.get("enable")).and_then(Value::as_bool) == Some(true) {
        return Err(codes::NOT_SUPPORTED.says("Logs are not encrypted at rest here: leave out encrypt_conf."));
    }
    Ok(())
}

pub(crate) async fn get(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let logstore = service.logstore(request).await?;
    let (row, properties) = (&logstore.row, &logstore.row.properties);
    let open = logstore.shards.iter().filter(|shard| shard.is_open).count();
    Ok(json_answer(&json!({
        "logstoreName": row.name,
        "ttl": properties.ttl,
        "shardCount": open,
        "enable_tracking": properties.enable_tracking,
        "autoSplit": properties.auto_split,
        "maxSplitShard": properties.max_split_shard,
        "appendMeta": properties.append_meta,
        "telemetryType": properties.telemetry_type,
        "hot_ttl": properties.hot_ttl,
        "infrequentAccessTTL": properties.infrequent_access_ttl,
        "mode": properties.mode,
        "productType": "",
        "createTime": row.created_s,
        "lastModifyTime": row.modified_s,
    })))
}

pub(crate) async fn list(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let (offset, size) = window(request, 200)?;
    let part = request.query.text("logstoreName").unwrap_or_default();
    let mut connection = service.database.pool().acquire().await?;
    let mut all = logstore::containing_name(&mut connection, &request.project, part).await?;
    if let Some(mode) = request.query.text("mode") {
        all.retain(|found| found.properties.mode == mode);
    }
    if let Some(kind) = request.query.text("telemetryType") {
        let kind = if kind == "None" { "" } else { kind };
        all.retain(|found| found.properties.telemetry_type.trim_start_matches("None") == kind);
    }
    let page: Vec<&str> = all.iter().skip(offset).take(size).map(|found| found.name.as_str()).collect();
    Ok(json_answer(&json!({"count": page.len(), "total": all.len(), "logstores": page})))
}

pub(crate) async fn update(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let fields = Fields::of_body(&request.head)?;
    let old = service.logstore(request).await?;
    let open = old.shards.iter().filter(|shard| shard.is_open).count() as i64;
    if fields.number("shardCount")?.is_some_and(|count| count != open) {
        return Err(codes::PARAMETER_INVALID.says("shardCount cannot be changed; split or merge shards instead"));
    }
    let mut transaction = service.database.begin().await?;
    logstore::lock(&mut transaction, &old.row.id).await?;
    let found = logstore::find(&mut transaction, &request.project, &request.target.logstore).await?;
    let LogstoreRow { mut properties, delivered_by, .. } =
        found.ok_or_else(|| no_logstore(&request.target.logstore))?;
    let ttl_before = properties.ttl;
    change(&mut properties, &fields)?;
    if !delivered_by.is_empty() && properties.ttl < ttl_before.min(MIN_AUDIT_TTL_DAYS) {
        return Err(codes::WRITE_FORBIDDEN.says(format!(
            "The trail {delivered_by} delivers to this logstore: ttl must be at least {MIN_AUDIT_TTL_DAYS} days, or as long \
             as it is."
        )));
    }
    logstore::update(&mut transaction, &old.row.id, &properties, now_ms().div_euclid(1_000)).await?;
    transaction.commit().await?;
    service.logstores.forget();
    keep(service, &*service.logstore(request).await?).await?;
    Ok(empty_answer())
}

pub(crate) async fn delete(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let mut transaction = service.database.begin().await?;
    let found = logstore::find(&mut transaction, &request.project, &request.target.logstore).await?;
    let row = found.ok_or_else(|| no_logstore(&request.target.logstore))?;
    if !row.delivered_by.is_empty() {
        return Err(belongs_to_a_trail(&row));
    }
    let streams = remove(&mut transaction, &request.caller.account_id, &row).await?;
    transaction.commit().await?;
    service.logstores.forget();
    keeping::let_go(service, streams).await;
    Ok(empty_answer())
}

pub(crate) fn belongs_to_a_trail(row: &LogstoreRow) -> Fault {
    codes::WRITE_FORBIDDEN
        .says(format!("The trail {} delivers to logstore {}: delete the trail first.", row.delivered_by, row.name))
}

/// Deletes the rows of a logstore; the streams that nobody can read any more come back.
pub(crate) async fn remove(
    connection: &mut AnyConnection,
    account_id: &str,
    row: &LogstoreRow,
) -> Result<Vec<String>, Fault> {
    let shards = shard_rows::all(&mut *connection, &row.id).await?;
    logstore::delete(connection, &row.id).await?;
    Ok(shards.iter().map(|shard| format!("{STREAM_PREFIX}{account_id}/{}/{}", row.id, shard.number)).collect())
}
