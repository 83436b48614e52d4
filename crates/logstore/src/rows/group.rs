//! Consumer groups and their checkpoints.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

/// A consumer group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) name: String,
    /// A consumer that is silent for so long loses its shards.
    pub(crate) timeout_s: i64,
    /// The shards that came from a split wait until the split one is read.
    pub(crate) is_ordered: bool,
}

/// How far a group has read a shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    pub(crate) shard: i64,
    /// A cursor; empty for none.
    pub(crate) checkpoint: String,
    pub(crate) consumer: String,
    /// Unix microseconds.
    pub(crate) updated_us: i64,
}

pub(crate) async fn all(connection: &mut AnyConnection, logstore_id: &str) -> Result<Vec<Group>, sqlx::Error> {
    let sql = "SELECT name, timeout_s, is_ordered FROM log_consumer_groups WHERE logstore_id = $1 ORDER BY name";
    let rows = sqlx::query(sql).bind(logstore_id).fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

pub(crate) async fn find(
    connection: &mut AnyConnection,
    logstore_id: &str,
    name: &str,
) -> Result<Option<Group>, sqlx::Error> {
    let sql = "SELECT name, timeout_s, is_ordered FROM log_consumer_groups WHERE logstore_id = $1 AND name = $2";
    let row = sqlx::query(sql).bind(logstore_id).bind(name).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

pub(crate) async fn insert(
    connection: &mut AnyConnection,
    logstore_id: &str,
    group: &Group,
) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO log_consumer_groups (logstore_id, name, timeout_s, is_ordered) VALUES ($1, $2, $3, $4)";
    sqlx::query(sql)
        .bind(logstore_id)
        .bind(group.name.as_str())
        .bind(group.timeout_s)
        .bind(i64::from(group.is_ordered))
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn update(
    connection: &mut AnyConnection,
    logstore_id: &str,
    group: &Group,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE log_consumer_groups SET timeout_s = $3, is_ordered = $4 WHERE logstore_id = $1 AND name = $2")
        .bind(logstore_id)
        .bind(group.name.as_str())
        .bind(group.timeout_s)
        .bind(i64::from(group.is_ordered))
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn delete(connection: &mut AnyConnection, logstore_id: &str, name: &str) -> Result<(), sqlx::Error> {
    let sql = "DELETE FROM log_consumer_groups WHERE logstore_id = $1 AND name = $2";
    sqlx::query(sql).bind(logstore_id).bind(name).execute(connection).await?;
    Ok(())
}

/// The checkpoints of a group by shard; a shard without one is not among them.
pub(crate) async fn checkpoints(
    connection: &mut AnyConnection,
    logstore_id: &str,
    group: &str,
) -> Result<Vec<Checkpoint>, sqlx::Error> {
    let sql = "SELECT shard, checkpoint, consumer, updated_us FROM log_checkpoints \
               WHERE logstore_id = $1 AND consumer_group = $2 ORDER BY shard";
    let rows = sqlx::query(sql).bind(logstore_id).bind(group).fetch_all(connection).await?;
    let read = |row: &AnyRow| {
        Ok(Checkpoint {
            shard: row.try_get("shard")?,
            checkpoint: row.try_get("checkpoint")?,
            consumer: row.try_get("consumer")?,
            updated_us: row.try_get("updated_us")?,
        })
    };
    rows.iter().map(read).collect()
}

pub(crate) async fn save(
    connection: &mut AnyConnection,
    logstore_id: &str,
    group: &str,
    checkpoint: &Checkpoint,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO log_checkpoints (logstore_id, consumer_group, shard, checkpoint, consumer, updated_us) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (logstore_id, consumer_group, shard) DO UPDATE SET \
         checkpoint = excluded.checkpoint, consumer = excluded.consumer, updated_us = excluded.updated_us",
    )
    .bind(logstore_id)
    .bind(group)
    .bind(checkpoint.shard)
    .bind(checkpoint.checkpoint.as_str())
    .bind(checkpoint.consumer.as_str())
    .bind(checkpoint.updated_us)
    .execute(connection)
    .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Group, sqlx::Error> {
    Ok(Group {
        name: row.try_get("name")?,
        timeout_s: row.try_get("timeout_s")?,
        is_ordered: row.try_get::<i64, _>("is_ordered")? != 0,
    })
}
