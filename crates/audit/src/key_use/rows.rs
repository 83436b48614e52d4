//! The table of uses, and how far each stream is folded into it.

use std::collections::HashMap;

use database::{Database, DatabaseError, Migration};
use event::{Category, Event};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::fold::{Dimension, Group, Use, Value};
use crate::limits::{KEY_USE_ROWS_PER_STATEMENT, MAX_KEY_USE_DETAIL_BYTES, MAX_KEY_USE_VALUES};

/// The tables.
pub(crate) const MIGRATION: Migration = Migration {
    version: 3,
    name: "use of access keys",
    sql: &[
        // The event stands last: whoever sorts uses does not read it.
        "CREATE TABLE audit_key_use (
            account_id TEXT NOT NULL,
            access_key_id TEXT NOT NULL,
            dimension BIGINT NOT NULL,
            service_name TEXT NOT NULL,
            value_kind TEXT NOT NULL,
            value TEXT NOT NULL,
            used_s BIGINT NOT NULL,
            position BIGINT NOT NULL,
            source TEXT NOT NULL,
            user_name TEXT NOT NULL,
            owner_id TEXT NOT NULL,
            detail TEXT NOT NULL,
            PRIMARY KEY (account_id, access_key_id, dimension, service_name, value_kind, value)
        )",
        "CREATE INDEX audit_key_use_age ON audit_key_use (used_s)",
        "CREATE TABLE audit_key_use_streams (stream TEXT PRIMARY KEY, next_position BIGINT NOT NULL)",
    ],
};

/// `Source` of uses that events of calls tell.
const MANAGEMENT: &str = "ManagementEvent";
/// `Source` of uses that data events tell.
const DATA: &str = "DataEvent";

/// A use as it is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptUse {
    pub(crate) value: Value,
    pub(crate) used_s: i64,
    pub(crate) source: String,
    pub(crate) user_name: String,
    pub(crate) owner_id: String,
    /// The event; empty when it was too long to be kept.
    pub(crate) detail: String,
}

/// The next position of each stream.
pub(super) async fn next_positions(database: &Database) -> Result<HashMap<String, u64>, sqlx::Error> {
    let rows =
        sqlx::query("SELECT stream, next_position FROM audit_key_use_streams").fetch_all(database.pool()).await?;
    let read = |row: &AnyRow| Ok((row.try_get(0)?, row.try_get::<i64, _>(1)?.cast_unsigned()));
    rows.iter().map(read).collect()
}

/// Writes where the next fold of a stream begins.
pub(super) async fn put_position(connection: &mut AnyConnection, stream: &str, next: u64) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO audit_key_use_streams (stream, next_position) VALUES ($1, $2)
               ON CONFLICT (stream) DO UPDATE SET next_position = excluded.next_position";
    sqlx::query(sql).bind(stream).bind(next.cast_signed()).execute(connection).await?;
    Ok(())
}

/// Writes uses, where there is no newer one.
pub(super) async fn put(
    connection: &mut AnyConnection,
    groups: &[(Group, HashMap<Value, Use>)],
) -> Result<(), sqlx::Error> {
    let rows: Vec<(&Group, &Value, &Use)> = groups
        .iter()
        .flat_map(|(group, uses)| uses.iter().map(move |(value, newest)| (group, value, newest)))
        .collect();
    // Two texts of statements, so that databases prepare each once.
    let (many, one) = (upsert(KEY_USE_ROWS_PER_STATEMENT), upsert(1));
    let chunks = rows.chunks_exact(KEY_USE_ROWS_PER_STATEMENT);
    let rest = chunks.remainder().chunks(1);
    for (sql, chunk) in chunks.map(|chunk| (&many, chunk)).chain(rest.map(|chunk| (&one, chunk))) {
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql.as_str()));
        for (group, value, newest) in chunk {
            let (source, detail) = told(newest);
            query = query
                .bind(group.account_id.as_str())
                .bind(group.access_key_id.as_str())
                .bind(group.dimension as i64)
                .bind(group.service.as_str())
                .bind(value.kind.as_str())
                .bind(value.name.as_str())
                .bind(newest.used_s)
                .bind(newest.position.cast_signed())
                .bind(source)
                .bind(newest.user_name.as_str())
                .bind(newest.owner_id.as_str())
                .bind(detail);
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

fn upsert(rows: usize) -> String {
    const COLUMNS: usize = 12;
    let row = |row: usize| {
        let places: Vec<String> = (1..=COLUMNS).map(|column| format!("${}", row * COLUMNS + column)).collect();
        format!("({})", places.join(", "))
    };
    let values: Vec<String> = (0..rows).map(row).collect();
    format!(
        "INSERT INTO audit_key_use (account_id, access_key_id, dimension, service_name, value_kind, value,
             used_s, position, source, user_name, owner_id, detail)
         VALUES {}
         ON CONFLICT (account_id, access_key_id, dimension, service_name, value_kind, value) DO UPDATE SET
             used_s = excluded.used_s, position = excluded.position, source = excluded.source,
             user_name = excluded.user_name, owner_id = excluded.owner_id, detail = excluded.detail
         WHERE (excluded.used_s, excluded.position) > (audit_key_use.used_s, audit_key_use.position)",
        values.join(", ")
    )
}

/// The kind of event, and its text if it is not too long.
fn told(newest: &Use) -> (&'static str, &str) {
    let is_data = Event::parse(&newest.event).is_ok_and(|event| matches!(event.category(), Category::Data));
    let is_short = newest.event.len() <= MAX_KEY_USE_DETAIL_BYTES;
    let text = std::str::from_utf8(&newest.event).ok().filter(|_| is_short);
    (if is_data { DATA } else { MANAGEMENT }, text.unwrap_or_default())
}

/// Gives up the uses of a group that no list shows any more.
pub(super) async fn prune(connection: &mut AnyConnection, group: &Group) -> Result<(), sqlx::Error> {
    prune_group(connection, &group.account_id, &group.access_key_id, group.dimension as i64, &group.service).await
}

async fn prune_group(
    connection: &mut AnyConnection,
    account_id: &str,
    access_key_id: &str,
    dimension: i64,
    service: &str,
) -> Result<(), sqlx::Error> {
    let sql = "DELETE FROM audit_key_use
               WHERE account_id = $1 AND access_key_id = $2 AND dimension = $3 AND service_name = $4
                 AND (used_s, position) < (
                     SELECT used_s, position FROM audit_key_use
                     WHERE account_id = $1 AND access_key_id = $2 AND dimension = $3 AND service_name = $4
                     ORDER BY used_s DESC, position DESC LIMIT 1 OFFSET $5)";
    sqlx::query(sql)
        .bind(account_id)
        .bind(access_key_id)
        .bind(dimension)
        .bind(service)
        .bind(MAX_KEY_USE_VALUES as i64 - 1)
        .execute(connection)
        .await?;
    Ok(())
}

/// Gives up uses before a time, and in every group what no list shows.
pub(super) async fn sweep(database: &Database, oldest_s: i64) -> Result<(), DatabaseError> {
    let mut transaction = database.begin().await?;
    sqlx::query("DELETE FROM audit_key_use WHERE used_s < $1").bind(oldest_s).execute(&mut *transaction).await?;
    let sql = "SELECT account_id, access_key_id, dimension, service_name FROM audit_key_use
               GROUP BY account_id, access_key_id, dimension, service_name HAVING COUNT(*) > $1";
    let full = sqlx::query(sql).bind(MAX_KEY_USE_VALUES as i64).fetch_all(&mut *transaction).await?;
    for row in full {
        let (account_id, key): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let (dimension, service): (i64, String) = (row.try_get(2)?, row.try_get(3)?);
        prune_group(&mut transaction, &account_id, &key, dimension, &service).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Uses of a group, newest first, that are not older than a time.
pub(super) async fn list(
    database: &Database,
    group: &Group,
    oldest_s: i64,
    from: usize,
    count: usize,
) -> Result<Vec<KeptUse>, sqlx::Error> {
    let count = count.min(MAX_KEY_USE_VALUES.saturating_sub(from));
    let sql = "SELECT value_kind, value, used_s, source, user_name, owner_id, detail FROM audit_key_use
               WHERE account_id = $1 AND access_key_id = $2 AND dimension = $3 AND service_name = $4 AND used_s >= $5
               ORDER BY used_s DESC, position DESC, value_kind, value LIMIT $6 OFFSET $7";
    let rows = sqlx::query(sql)
        .bind(group.account_id.as_str())
        .bind(group.access_key_id.as_str())
        .bind(group.dimension as i64)
        .bind(group.service.as_str())
        .bind(oldest_s)
        .bind(count as i64)
        .bind(from as i64)
        .fetch_all(database.pool())
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<KeptUse, sqlx::Error> {
    Ok(KeptUse {
        value: Value { kind: row.try_get(0)?, name: row.try_get(1)? },
        used_s: row.try_get(2)?,
        source: row.try_get(3)?,
        user_name: row.try_get(4)?,
        owner_id: row.try_get(5)?,
        detail: row.try_get(6)?,
    })
}

impl Group {
    /// A list of an account's key.
    pub(super) fn of(account_id: &str, access_key_id: &str, dimension: Dimension, service: &str) -> Group {
        Group {
            account_id: account_id.to_owned(),
            access_key_id: access_key_id.to_owned(),
            dimension,
            service: service.to_owned(),
        }
    }
}
