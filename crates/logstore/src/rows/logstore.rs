//! Logstores and their index.

use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::{containing, from_json, to_json};

/// A logstore as its row has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LogstoreRow {
    pub(crate) id: String,
    pub(crate) project: String,
    pub(crate) name: String,
    pub(crate) properties: Properties,
    /// The index configuration as it was sent; none, when there is no index.
    pub(crate) index_json: Option<String>,
    pub(crate) index_modified_s: i64,
    /// The trail that alone may write; empty for none.
    pub(crate) delivered_by: String,
    pub(crate) created_s: i64,
    pub(crate) modified_s: i64,
}

/// What a client says about a logstore (SLS, "CreateLogStore").
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Properties {
    pub(crate) ttl: i64,
    #[serde(rename = "enable_tracking")]
    pub(crate) enable_tracking: bool,
    pub(crate) auto_split: bool,
    pub(crate) max_split_shard: i64,
    pub(crate) append_meta: bool,
    pub(crate) telemetry_type: String,
    #[serde(rename = "hot_ttl")]
    pub(crate) hot_ttl: i64,
    #[serde(rename = "infrequentAccessTTL")]
    pub(crate) infrequent_access_ttl: i64,
    pub(crate) mode: String,
}

impl Default for Properties {
    fn default() -> Self {
        Self {
            ttl: 30,
            enable_tracking: false,
            auto_split: false,
            max_split_shard: 64,
            append_meta: false,
            telemetry_type: String::new(),
            hot_ttl: 0,
            infrequent_access_ttl: 0,
            mode: "standard".to_owned(),
        }
    }
}

const COLUMNS: &str =
    "id, project, name, properties, index_json, index_modified_s, delivered_by, created_s, modified_s";

pub(crate) async fn find(
    connection: &mut AnyConnection,
    project: &str,
    name: &str,
) -> Result<Option<LogstoreRow>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM log_logstores WHERE project = $1 AND name = $2");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(project).bind(name).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// Logstores of a project whose names contain a text, in order.
pub(crate) async fn containing_name(
    connection: &mut AnyConnection,
    project: &str,
    part: &str,
) -> Result<Vec<LogstoreRow>, sqlx::Error> {
    let sql =
        format!("SELECT {COLUMNS} FROM log_logstores WHERE project = $1 AND name LIKE $2 ESCAPE '\\' ORDER BY name");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(project).bind(containing(part)).fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

pub(crate) async fn insert(connection: &mut AnyConnection, logstore: &LogstoreRow) -> Result<(), sqlx::Error> {
    let sql = format!("INSERT INTO log_logstores ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(logstore.id.as_str())
        .bind(logstore.project.as_str())
        .bind(logstore.name.as_str())
        .bind(to_json(&logstore.properties))
        .bind(logstore.index_json.as_deref())
        .bind(logstore.index_modified_s)
        .bind(logstore.delivered_by.as_str())
        .bind(logstore.created_s)
        .bind(logstore.modified_s)
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes the logstore for the rest of the transaction: its writers come one after the other.
pub(crate) async fn lock(connection: &mut AnyConnection, id: &str) -> Result<bool, sqlx::Error> {
    let sql = "UPDATE log_logstores SET id = id WHERE id = $1";
    Ok(sqlx::query(sql).bind(id).execute(connection).await?.rows_affected() > 0)
}

pub(crate) async fn update(
    connection: &mut AnyConnection,
    id: &str,
    properties: &Properties,
    modified_s: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE log_logstores SET properties = $2, modified_s = $3 WHERE id = $1")
        .bind(id)
        .bind(to_json(properties))
        .bind(modified_s)
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn set_index(
    connection: &mut AnyConnection,
    id: &str,
    index_json: Option<&str>,
    modified_s: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE log_logstores SET index_json = $2, index_modified_s = $3 WHERE id = $1")
        .bind(id)
        .bind(index_json)
        .bind(modified_s)
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn set_delivered_by(connection: &mut AnyConnection, id: &str, trail: &str) -> Result<(), sqlx::Error> {
    let sql = "UPDATE log_logstores SET delivered_by = $2 WHERE id = $1";
    sqlx::query(sql).bind(id).bind(trail).execute(connection).await?;
    Ok(())
}

pub(crate) async fn delete(connection: &mut AnyConnection, id: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM log_logstores WHERE id = $1").bind(id).execute(connection).await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<LogstoreRow, sqlx::Error> {
    Ok(LogstoreRow {
        id: row.try_get("id")?,
        project: row.try_get("project")?,
        name: row.try_get("name")?,
        properties: from_json(row.try_get("properties")?)?,
        index_json: row.try_get("index_json")?,
        index_modified_s: row.try_get("index_modified_s")?,
        delivered_by: row.try_get("delivered_by")?,
        created_s: row.try_get("created_s")?,
        modified_s: row.try_get("modified_s")?,
    })
}
