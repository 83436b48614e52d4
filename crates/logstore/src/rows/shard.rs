//! Shards.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::{from_json, to_json};

/// A shard: a part of the range of hash keys, open for writing or closed by a split or a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shard {
    pub(crate) number: i64,
    pub(crate) is_open: bool,
    /// 32 hexadecimal digits, inclusive.
    pub(crate) begin_key: String,
    /// 32 hexadecimal digits, exclusive.
    pub(crate) end_key: String,
    /// Shards in whose place it came.
    pub(crate) parents: Vec<i64>,
    pub(crate) created_s: i64,
}

/// The shards of a logstore by number.
pub(crate) async fn all(connection: &mut AnyConnection, logstore_id: &str) -> Result<Vec<Shard>, sqlx::Error> {
    let sql = "SELECT number, is_open, begin_key, end_key, parents, created_s FROM log_shards \
               WHERE logstore_id = $1 ORDER BY number";
    let rows = sqlx::query(sql).bind(logstore_id).fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

pub(crate) async fn insert(
    connection: &mut AnyConnection,
    logstore_id: &str,
    shard: &Shard,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO log_shards (logstore_id, number, is_open, begin_key, end_key, parents, created_s) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(logstore_id)
    .bind(shard.number)
    .bind(i64::from(shard.is_open))
    .bind(shard.begin_key.as_str())
    .bind(shard.end_key.as_str())
    .bind(to_json(&shard.parents))
    .bind(shard.created_s)
    .execute(connection)
    .await?;
    Ok(())
}

/// Nobody writes to the shard any more.
pub(crate) async fn close(connection: &mut AnyConnection, logstore_id: &str, number: i64) -> Result<(), sqlx::Error> {
    let sql = "UPDATE log_shards SET is_open = 0 WHERE logstore_id = $1 AND number = $2";
    sqlx::query(sql).bind(logstore_id).bind(number).execute(connection).await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Shard, sqlx::Error> {
    Ok(Shard {
        number: row.try_get("number")?,
        is_open: row.try_get::<i64, _>("is_open")? != 0,
        begin_key: row.try_get("begin_key")?,
        end_key: row.try_get("end_key")?,
        parents: from_json(row.try_get("parents")?)?,
        created_s: row.try_get("created_s")?,
    })
}
