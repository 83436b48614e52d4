//! Objects.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::bucket::{from_json, json};
use crate::content::Received;

/// An object as its row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) key: String,
    /// Its bytes, in this order.
    pub(crate) pieces: Vec<Piece>,
    pub(crate) size: u64,
    /// Without quotes.
    pub(crate) etag: String,
    pub(crate) crc64: u64,
    pub(crate) kind: ObjectKind,
    pub(crate) modified_ms: i64,
    pub(crate) attributes: Attributes,
}

impl Object {
    /// An object that is one file, as it was received; it gets its time when it takes its place.
    pub(crate) fn of_file(key: &str, file: String, received: &Received, attributes: Attributes) -> Object {
        Object {
            key: key.to_owned(),
            pieces: vec![Piece { file, size: received.size }],
            size: received.size,
            etag: received.md5.etag(),
            crc64: received.crc64,
            kind: ObjectKind::Normal,
            modified_ms: 0,
            attributes,
        }
    }
}

/// A file and how much of it belongs to the object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Piece {
    pub(crate) file: String,
    pub(crate) size: u64,
}

/// How an object came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ObjectKind {
    Normal,
    Appendable,
    Multipart,
}

impl ObjectKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            ObjectKind::Normal => "Normal",
            ObjectKind::Appendable => "Appendable",
            ObjectKind::Multipart => "Multipart",
        }
    }
}

/// What a client gave with an object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attributes {
    /// Headers that are returned as they came: content headers, user metadata, encryption; lower-case names.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) storage_class: String,
    pub(crate) acl: String,
    pub(crate) tags: BTreeMap<String, String>,
}

/// What a listing shows.
pub(crate) struct Listed {
    pub(crate) key: String,
    pub(crate) size: u64,
    pub(crate) etag: String,
    pub(crate) kind: String,
    pub(crate) modified_ms: i64,
    pub(crate) storage_class: String,
}

const COLUMNS: &str = "key, pieces, size, etag, crc64, kind, modified_ms, attributes";

pub(crate) async fn find(
    connection: &mut AnyConnection,
    bucket: &str,
    key: &str,
) -> Result<Option<Object>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM bucket_objects WHERE bucket = $1 AND key = $2");
    let row =
        sqlx::query(sqlx::AssertSqlSafe(sql)).bind(bucket).bind(key.as_bytes()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// Puts the object in the place of whatever had its key.
pub(crate) async fn put(connection: &mut AnyConnection, bucket: &str, object: &Object) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO bucket_objects (bucket, key, pieces, size, etag, crc64, kind, modified_ms, attributes) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (bucket, key) DO UPDATE SET \
         pieces = excluded.pieces, size = excluded.size, etag = excluded.etag, crc64 = excluded.crc64, \
         kind = excluded.kind, modified_ms = excluded.modified_ms, attributes = excluded.attributes",
    )
    .bind(bucket)
    .bind(object.key.as_bytes())
    .bind(json(&object.pieces))
    .bind(object.size as i64)
    .bind(object.etag.as_str())
    .bind(object.crc64 as i64)
    .bind(object.kind.as_str())
    .bind(object.modified_ms)
    .bind(json(&object.attributes))
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn delete(connection: &mut AnyConnection, bucket: &str, key: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM bucket_objects WHERE bucket = $1 AND key = $2")
        .bind(bucket)
        .bind(key.as_bytes())
        .execute(connection)
        .await?;
    Ok(())
}

/// Objects of a bucket from a key on, itself included, in the order of their bytes.
pub(crate) async fn page(
    connection: &mut AnyConnection,
    bucket: &str,
    from: &[u8],
    limit: i64,
) -> Result<Vec<Listed>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT key, size, etag, kind, modified_ms, attributes FROM bucket_objects \
         WHERE bucket = $1 AND key >= $2 ORDER BY key LIMIT $3",
    )
    .bind(bucket)
    .bind(from)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read_listed).collect()
}

fn read(row: &AnyRow) -> Result<Object, sqlx::Error> {
    let kind: String = row.try_get("kind")?;
    Ok(Object {
        key: key(row)?,
        pieces: from_json(row, "pieces")?.unwrap_or_default(),
        size: row.try_get::<i64, _>("size")? as u64,
        etag: row.try_get("etag")?,
        crc64: row.try_get::<i64, _>("crc64")? as u64,
        kind: match kind.as_str() {
            "Appendable" => ObjectKind::Appendable,
            "Multipart" => ObjectKind::Multipart,
            _ => ObjectKind::Normal,
        },
        modified_ms: row.try_get("modified_ms")?,
        attributes: from_json(row, "attributes")?.unwrap_or_default(),
    })
}

fn read_listed(row: &AnyRow) -> Result<Listed, sqlx::Error> {
    let attributes: Attributes = from_json(row, "attributes")?.unwrap_or_default();
    Ok(Listed {
        key: key(row)?,
        size: row.try_get::<i64, _>("size")? as u64,
        etag: row.try_get("etag")?,
        kind: row.try_get("kind")?,
        modified_ms: row.try_get("modified_ms")?,
        storage_class: attributes.storage_class,
    })
}

pub(super) fn key(row: &AnyRow) -> Result<String, sqlx::Error> {
    let bytes: Vec<u8> = row.try_get("key")?;
    String::from_utf8(bytes).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}
