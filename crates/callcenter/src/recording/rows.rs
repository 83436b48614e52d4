//! Rows of recordings.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, FromRow, Row};

use super::InstanceBucket;
use crate::center::CallCenterError;

/// A recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Recording {
    pub(super) instance_id: String,
    pub(super) file_name: String,
    /// Empty when there is no mono mix.
    pub(super) mixed_file_name: String,
    pub(super) contact_id: String,
    /// Empty when the call is not known.
    pub(super) contact_type: String,
    pub(super) agent_id: String,
    pub(super) agent_name: String,
    pub(super) calling_number: String,
    pub(super) called_number: String,
    pub(super) started_at_ms: i64,
    pub(super) duration_s: i64,
    pub(super) channels: i64,
}

impl<'r> FromRow<'r, AnyRow> for Recording {
    fn from_row(row: &'r AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            instance_id: row.try_get("instance_id")?,
            file_name: row.try_get("file_name")?,
            mixed_file_name: row.try_get("mixed_file_name")?,
            contact_id: row.try_get("contact_id")?,
            contact_type: row.try_get("contact_type")?,
            agent_id: row.try_get("agent_id")?,
            agent_name: row.try_get("agent_name")?,
            calling_number: row.try_get("calling_number")?,
            called_number: row.try_get("called_number")?,
            started_at_ms: row.try_get("started_at_ms")?,
            duration_s: row.try_get("duration_s")?,
            channels: row.try_get("channels")?,
        })
    }
}

/// Adds a recording.
pub(super) async fn insert(connection: &mut AnyConnection, recording: &Recording) -> Result<(), CallCenterError> {
    sqlx::query(
        "INSERT INTO ccc_recordings (instance_id, file_name, mixed_file_name, contact_id, contact_type, agent_id,
            agent_name, calling_number, called_number, started_at_ms, duration_s, channels)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(&recording.instance_id)
    .bind(&recording.file_name)
    .bind(&recording.mixed_file_name)
    .bind(&recording.contact_id)
    .bind(&recording.contact_type)
    .bind(&recording.agent_id)
    .bind(&recording.agent_name)
    .bind(&recording.calling_number)
    .bind(&recording.called_number)
    .bind(recording.started_at_ms)
    .bind(recording.duration_s)
    .bind(recording.channels)
    .execute(connection)
    .await?;
    Ok(())
}

/// The bucket of an instance.
pub(super) async fn bucket(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<Option<InstanceBucket>, CallCenterError> {
    let row = sqlx::query_as("SELECT storage_bucket, account_id FROM ccc_instances WHERE id = $1")
        .bind(instance_id)
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|(name, account_id)| InstanceBucket { name, account_id }))
}

/// The buckets of all instances.
pub(super) async fn buckets(connection: &mut AnyConnection) -> Result<Vec<InstanceBucket>, CallCenterError> {
    let rows = sqlx::query_as("SELECT storage_bucket, account_id FROM ccc_instances ORDER BY storage_bucket")
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().map(|(name, account_id)| InstanceBucket { name, account_id }).collect())
}

/// Whether a file name is a recording's, or its mix's.
pub(super) async fn exists(
    connection: &mut AnyConnection,
    instance_id: &str,
    file_name: &str,
) -> Result<bool, CallCenterError> {
    let found: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM ccc_recordings WHERE instance_id = $1 AND (file_name = $2 OR mixed_file_name = $2)",
    )
    .bind(instance_id)
    .bind(file_name)
    .fetch_one(connection)
    .await?;
    Ok(found > 0)
}

/// The recordings of one call, in the order of the call.
pub(super) async fn of_contact(
    connection: &mut AnyConnection,
    instance_id: &str,
    contact_id: &str,
) -> Result<Vec<Recording>, CallCenterError> {
    Ok(sqlx::query_as(
        "SELECT * FROM ccc_recordings WHERE instance_id = $1 AND contact_id = $2 ORDER BY started_at_ms, file_name",
    )
    .bind(instance_id)
    .bind(contact_id)
    .fetch_all(connection)
    .await?)
}

/// What a list is narrowed to; empty texts narrow nothing.
#[derive(Debug, Default)]
pub(super) struct Filter<'a> {
    pub(super) from_ms: i64,
    pub(super) until_ms: i64,
    pub(super) agent_id: &'a str,
    /// Either number.
    pub(super) phone_number: &'a str,
    pub(super) calling_number: &'a str,
    pub(super) called_number: &'a str,
    pub(super) contact_id: &'a str,
    /// A part of a number, of the agent's name, or the contact id.
    pub(super) criteria: &'a str,
    pub(super) min_channels: i64,
}

const CONDITION: &str = "instance_id = $1 AND started_at_ms >= $2 AND started_at_ms <= $3
    AND ($4 = '' OR agent_id = $4) AND ($5 = '' OR calling_number = $5 OR called_number = $5)
    AND ($6 = '' OR calling_number = $6) AND ($7 = '' OR called_number = $7) AND ($8 = '' OR contact_id = $8)
    AND ($9 = '' OR contact_id = $9 OR calling_number LIKE $10 ESCAPE '!' OR called_number LIKE $10 ESCAPE '!'
        OR agent_name LIKE $10 ESCAPE '!')
    AND channels >= $11";

/// One page, newest first, and how many there are in all.
pub(super) async fn find(
    connection: &mut AnyConnection,
    instance_id: &str,
    filter: &Filter<'_>,
    size: i64,
    offset: i64,
) -> Result<(Vec<Recording>, i64), CallCenterError> {
    let pattern = pattern(filter.criteria);
    let bound = |sql: String| {
        // The text is made of the program's own constants.
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(instance_id)
            .bind(filter.from_ms)
            .bind(filter.until_ms)
            .bind(filter.agent_id)
            .bind(filter.phone_number)
            .bind(filter.calling_number)
            .bind(filter.called_number)
            .bind(filter.contact_id)
            .bind(filter.criteria)
            .bind(pattern.as_str())
            .bind(filter.min_channels)
    };
    let total = bound(format!("SELECT COUNT(*) AS total FROM ccc_recordings WHERE {CONDITION}"))
        .fetch_one(&mut *connection)
        .await?
        .try_get("total")?;
    let sql = format!(
        "SELECT * FROM ccc_recordings WHERE {CONDITION} ORDER BY started_at_ms DESC, file_name LIMIT $12 OFFSET $13"
    );
    let rows = bound(sql).bind(size).bind(offset).fetch_all(connection).await?;
    Ok((rows.iter().map(Recording::from_row).collect::<Result<_, _>>()?, total))
}

fn pattern(part: &str) -> String {
    let mut pattern = String::from("%");
    for character in part.chars() {
        if matches!(character, '!' | '%' | '_') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}
