//! Multipart uploads and their parts.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::bucket::{from_json, json};
use super::object::{Attributes, Piece, key};

/// An upload that was begun and neither completed nor aborted.
pub(crate) struct Upload {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) begun_ms: i64,
    pub(crate) attributes: Attributes,
}

/// A part.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) number: i64,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) size: u64,
    pub(crate) etag: String,
    pub(crate) crc64: u64,
    pub(crate) modified_ms: i64,
}

pub(crate) async fn insert(connection: &mut AnyConnection, bucket: &str, upload: &Upload) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO bucket_uploads (id, bucket, key, begun_ms, attributes) VALUES ($1, $2, $3, $4, $5)")
        .bind(upload.id.as_str())
        .bind(bucket)
        .bind(upload.key.as_bytes())
        .bind(upload.begun_ms)
        .bind(json(&upload.attributes))
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn find(
    connection: &mut AnyConnection,
    bucket: &str,
    key: &str,
    id: &str,
) -> Result<Option<Upload>, sqlx::Error> {
    let sql = "SELECT id, key, begun_ms, attributes FROM bucket_uploads WHERE id = $1 AND bucket = $2 AND key = $3";
    let row = sqlx::query(sql).bind(id).bind(bucket).bind(key.as_bytes()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// Uploads of a bucket behind a key and an id, in that order.
pub(crate) async fn page(
    connection: &mut AnyConnection,
    bucket: &str,
    after: (&[u8], &str),
    limit: i64,
) -> Result<Vec<Upload>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT id, key, begun_ms, attributes FROM bucket_uploads \
         WHERE bucket = $1 AND (key > $2 OR (key = $2 AND id > $3)) ORDER BY key, id LIMIT $4",
    )
    .bind(bucket)
    .bind(after.0)
    .bind(after.1)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

/// Removes an upload with its parts.
pub(crate) async fn delete(connection: &mut AnyConnection, id: &str) -> Result<(), sqlx::Error> {
    for sql in ["DELETE FROM bucket_parts WHERE upload_id = $1", "DELETE FROM bucket_uploads WHERE id = $1"] {
        sqlx::query(sql).bind(id).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Parts behind a number, in order.
pub(crate) async fn parts(
    connection: &mut AnyConnection,
    id: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<Part>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT number, piece, size, etag, crc64, modified_ms FROM bucket_parts \
         WHERE upload_id = $1 AND number > $2 ORDER BY number LIMIT $3",
    )
    .bind(id)
    .bind(after)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read_part).collect()
}

/// Files of the parts of all uploads to a key.
pub(crate) async fn pieces_of_key(
    connection: &mut AnyConnection,
    bucket: &str,
    key: &str,
) -> Result<Vec<Piece>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT piece FROM bucket_parts WHERE upload_id IN (SELECT id FROM bucket_uploads WHERE bucket = $1 AND key = $2)",
    )
    .bind(bucket)
    .bind(key.as_bytes())
    .fetch_all(connection)
    .await?;
    let pieces = rows.iter().map(|row| Ok(from_json::<Vec<Piece>>(row, "piece")?.unwrap_or_default()));
    pieces.collect::<Result<Vec<_>, sqlx::Error>>().map(|pieces| pieces.concat())
}

/// Puts a part in the place of the one that had its number.
pub(crate) async fn put_part(connection: &mut AnyConnection, id: &str, part: &Part) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO bucket_parts (upload_id, number, piece, size, etag, crc64, modified_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (upload_id, number) DO UPDATE SET piece = excluded.piece, \
         size = excluded.size, etag = excluded.etag, crc64 = excluded.crc64, modified_ms = excluded.modified_ms",
    )
    .bind(id)
    .bind(part.number)
    .bind(json(&part.pieces))
    .bind(part.size as i64)
    .bind(part.etag.as_str())
    .bind(part.crc64 as i64)
    .bind(part.modified_ms)
    .execute(connection)
    .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Upload, sqlx::Error> {
    Ok(Upload {
        id: row.try_get("id")?,
        key: key(row)?,
        begun_ms: row.try_get("begun_ms")?,
        attributes: from_json(row, "attributes")?.unwrap_or_default(),
    })
}

fn read_part(row: &AnyRow) -> Result<Part, sqlx::Error> {
    Ok(Part {
        number: row.try_get("number")?,
        pieces: from_json(row, "piece")?.unwrap_or_default(),
        size: row.try_get::<i64, _>("size")? as u64,
        etag: row.try_get("etag")?,
        crc64: row.try_get::<i64, _>("crc64")? as u64,
        modified_ms: row.try_get("modified_ms")?,
    })
}
