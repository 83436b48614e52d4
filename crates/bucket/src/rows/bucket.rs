//! Buckets.

use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::lifecycle::Rule;
use crate::worm::Worm;

/// A bucket.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bucket {
    pub(crate) name: String,
    pub(crate) account_id: String,
    pub(crate) region: String,
    pub(crate) acl: String,
    pub(crate) storage_class: String,
    pub(crate) redundancy: String,
    pub(crate) created_ms: i64,
    pub(crate) encryption: Option<Encryption>,
    pub(crate) lifecycle: Vec<Rule>,
    pub(crate) worm: Option<Worm>,
}

/// The encryption that a bucket's owner asked for. It is stored and shown; objects are not encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Encryption {
    pub(crate) algorithm: String,
    pub(crate) key_id: String,
}

const COLUMNS: &str =
    "name, account_id, region, acl, storage_class, redundancy, created_ms, encryption, lifecycle, worm";

pub(crate) async fn find(connection: &mut AnyConnection, name: &str) -> Result<Option<Bucket>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM bucket_buckets WHERE name = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(name).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// Buckets of an account behind a name, in order.
pub(crate) async fn page(
    connection: &mut AnyConnection,
    account_id: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<Bucket>, sqlx::Error> {
    let sql =
        format!("SELECT {COLUMNS} FROM bucket_buckets WHERE account_id = $1 AND name > $2 ORDER BY name LIMIT $3");
    let rows =
        sqlx::query(sqlx::AssertSqlSafe(sql)).bind(account_id).bind(after).bind(limit).fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

pub(crate) async fn all(connection: &mut AnyConnection) -> Result<Vec<Bucket>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM bucket_buckets ORDER BY name");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

pub(crate) async fn insert(connection: &mut AnyConnection, bucket: &Bucket) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO bucket_buckets (name, account_id, region, acl, storage_class, redundancy, created_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(bucket.name.as_str())
    .bind(bucket.account_id.as_str())
    .bind(bucket.region.as_str())
    .bind(bucket.acl.as_str())
    .bind(bucket.storage_class.as_str())
    .bind(bucket.redundancy.as_str())
    .bind(bucket.created_ms)
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes the bucket for the rest of the transaction: its writers come one after the other. False when there is none.
/// SQLite has one writer anyway; PostgreSQL locks the row that is written, and both understand this statement.
pub(crate) async fn lock(connection: &mut AnyConnection, name: &str) -> Result<bool, sqlx::Error> {
    let done =
        sqlx::query("UPDATE bucket_buckets SET acl = acl WHERE name = $1").bind(name).execute(connection).await?;
    Ok(done.rows_affected() == 1)
}

/// Writes everything that can change.
pub(crate) async fn update(connection: &mut AnyConnection, bucket: &Bucket) -> Result<(), sqlx::Error> {
    let lifecycle = (!bucket.lifecycle.is_empty()).then(|| json(&bucket.lifecycle));
    sqlx::query("UPDATE bucket_buckets SET acl = $2, encryption = $3, lifecycle = $4, worm = $5 WHERE name = $1")
        .bind(bucket.name.as_str())
        .bind(bucket.acl.as_str())
        .bind(bucket.encryption.as_ref().map(json))
        .bind(lifecycle)
        .bind(bucket.worm.as_ref().map(json))
        .execute(connection)
        .await?;
    Ok(())
}

/// Whether the bucket has objects or uploads.
pub(crate) async fn is_empty(connection: &mut AnyConnection, name: &str) -> Result<bool, sqlx::Error> {
    for sql in [
        "SELECT bucket FROM bucket_objects WHERE bucket = $1 LIMIT 1",
        "SELECT bucket FROM bucket_uploads WHERE bucket = $1 LIMIT 1",
    ] {
        if sqlx::query(sql).bind(name).fetch_optional(&mut *connection).await?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(crate) async fn delete(connection: &mut AnyConnection, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM bucket_buckets WHERE name = $1").bind(name).execute(connection).await?;
    Ok(())
}

pub(crate) async fn count(connection: &mut AnyConnection, account_id: &str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT COUNT(*) FROM bucket_buckets WHERE account_id = $1")
        .bind(account_id)
        .fetch_one(connection)
        .await
}

fn read(row: &AnyRow) -> Result<Bucket, sqlx::Error> {
    Ok(Bucket {
        name: row.try_get("name")?,
        account_id: row.try_get("account_id")?,
        region: row.try_get("region")?,
        acl: row.try_get("acl")?,
        storage_class: row.try_get("storage_class")?,
        redundancy: row.try_get("redundancy")?,
        created_ms: row.try_get("created_ms")?,
        encryption: from_json(row, "encryption")?,
        lifecycle: from_json(row, "lifecycle")?.unwrap_or_default(),
        worm: from_json(row, "worm")?,
    })
}

/// Structures as text: plain data, whose serialization cannot fail.
pub(crate) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

pub(crate) fn from_json<T: for<'de> Deserialize<'de>>(row: &AnyRow, column: &str) -> Result<Option<T>, sqlx::Error> {
    let text: Option<String> = row.try_get(column)?;
    text.map(|text| serde_json::from_str(&text)).transpose().map_err(|error| sqlx::Error::Decode(Box::new(error)))
}
