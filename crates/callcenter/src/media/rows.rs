//! Rows of audio prompts.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, FromRow, Row};

use crate::center::CallCenterError;

/// An audio prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Media {
    pub(super) id: String,
    pub(super) instance_id: String,
    pub(super) name: String,
    pub(super) media_type: String,
    pub(super) description: String,
    pub(super) content: String,
    pub(super) file_name: String,
    pub(super) oss_file_name: String,
    pub(super) oss_file_path: String,
    pub(super) status: String,
    pub(super) created_at_ms: i64,
}

impl<'r> FromRow<'r, AnyRow> for Media {
    fn from_row(row: &'r AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            instance_id: row.try_get("instance_id")?,
            name: row.try_get("name")?,
            media_type: row.try_get("type")?,
            description: row.try_get("description")?,
            content: row.try_get("content")?,
            file_name: row.try_get("file_name")?,
            oss_file_name: row.try_get("oss_file_name")?,
            oss_file_path: row.try_get("oss_file_path")?,
            status: row.try_get("status")?,
            created_at_ms: row.try_get("created_at_ms")?,
        })
    }
}

/// Adds a prompt; `false` if the name is taken.
pub(super) async fn insert(connection: &mut AnyConnection, media: &Media) -> Result<bool, CallCenterError> {
    let done = sqlx::query(
        "INSERT INTO ccc_media (id, instance_id, name, type, description, content, file_name, oss_file_name,
            oss_file_path, status, created_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (instance_id, name) DO NOTHING",
    )
    .bind(&media.id)
    .bind(&media.instance_id)
    .bind(&media.name)
    .bind(&media.media_type)
    .bind(&media.description)
    .bind(&media.content)
    .bind(&media.file_name)
    .bind(&media.oss_file_name)
    .bind(&media.oss_file_path)
    .bind(&media.status)
    .bind(media.created_at_ms)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// How many prompts an instance has.
pub(super) async fn count(connection: &mut AnyConnection, instance_id: &str) -> Result<i64, CallCenterError> {
    Ok(sqlx::query_scalar("SELECT COUNT(*) FROM ccc_media WHERE instance_id = $1")
        .bind(instance_id)
        .fetch_one(connection)
        .await?)
}

/// Removes a prompt by name; its id, if there was one.
pub(super) async fn remove(
    connection: &mut AnyConnection,
    instance_id: &str,
    name: &str,
) -> Result<Option<String>, CallCenterError> {
    Ok(sqlx::query_scalar("DELETE FROM ccc_media WHERE instance_id = $1 AND name = $2 RETURNING id")
        .bind(instance_id)
        .bind(name)
        .fetch_optional(connection)
        .await?)
}

/// The prompts of an instance, oldest first.
pub(super) async fn of_instance(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<Vec<Media>, CallCenterError> {
    Ok(sqlx::query_as("SELECT * FROM ccc_media WHERE instance_id = $1 ORDER BY created_at_ms, name")
        .bind(instance_id)
        .fetch_all(connection)
        .await?)
}
