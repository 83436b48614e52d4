//! The rules in the control database.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use database::{Database, DatabaseError, Migration};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::ledger::{ChangeRefused, Changed, Expired, Expiry, RetentionChange};
use super::period::Period;
use super::rules::{Hold, Rules, StreamRules};
use crate::write::{CatalogueEntry, take_out};

/// Tables of retention; a migration of the store.
///
/// `keep_days` is null where the store's period counts, and 0 for unlimited.
pub(crate) const RETENTION_MIGRATION: Migration = Migration {
    version: 3,
    name: "retention and legal holds",
    sql: &[
        "CREATE TABLE store_retention (
            stream TEXT PRIMARY KEY,
            keep_days BIGINT,
            expiries BIGINT NOT NULL,
            expired_rows BIGINT NOT NULL,
            expired_until_s BIGINT
        )",
        "CREATE TABLE store_holds (
            stream TEXT NOT NULL,
            name TEXT NOT NULL,
            from_s BIGINT NOT NULL,
            to_s BIGINT NOT NULL,
            reason TEXT NOT NULL,
            placed_by TEXT NOT NULL,
            placed_at_ms BIGINT NOT NULL,
            PRIMARY KEY (stream, name)
        )",
        "CREATE TABLE store_expiries (
            stream TEXT NOT NULL,
            number BIGINT NOT NULL,
            segments BIGINT NOT NULL,
            row_count BIGINT NOT NULL,
            first_time_s BIGINT NOT NULL,
            last_time_s BIGINT NOT NULL,
            keep_days BIGINT NOT NULL,
            expired_at_s BIGINT NOT NULL,
            PRIMARY KEY (stream, number)
        )",
    ],
};

pub(crate) async fn rules(database: &Database) -> Result<Rules, DatabaseError> {
    let streams = sqlx::query("SELECT stream, keep_days, expired_rows, expired_until_s FROM store_retention")
        .fetch_all(database.pool())
        .await?;
    let mut rules = BTreeMap::new();
    for row in &streams {
        rules.insert(row.try_get::<String, _>("stream")?, stream_rules(row)?);
    }
    let holds = sqlx::query(
        "SELECT stream, name, from_s, to_s, reason, placed_by, placed_at_ms FROM store_holds ORDER BY stream, name",
    )
    .fetch_all(database.pool())
    .await?;
    for row in &holds {
        rules.entry(row.try_get::<String, _>("stream")?).or_default().holds.push(hold(row)?);
    }
    Ok(rules.into_iter().map(|(stream, rules)| (stream, Arc::new(sorted(rules)))).collect())
}

/// Takes the turn at a stream until the transaction ends; its rules, and how many expiries it has had.
async fn take_turn(connection: &mut AnyConnection, stream: &str) -> Result<(StreamRules, u64), DatabaseError> {
    let row = sqlx::query(
        "INSERT INTO store_retention (stream, keep_days, expiries, expired_rows, expired_until_s) \
         VALUES ($1, NULL, 0, 0, NULL) \
         ON CONFLICT (stream) DO UPDATE SET stream = excluded.stream \
         RETURNING keep_days, expiries, expired_rows, expired_until_s",
    )
    .bind(stream)
    .fetch_one(&mut *connection)
    .await?;
    let mut rules = stream_rules(&row)?;
    let holds =
        sqlx::query("SELECT name, from_s, to_s, reason, placed_by, placed_at_ms FROM store_holds WHERE stream = $1")
            .bind(stream)
            .fetch_all(&mut *connection)
            .await?;
    rules.holds = holds.iter().map(hold).collect::<Result<_, _>>()?;
    Ok((sorted(rules), row.try_get::<i64, _>("expiries")? as u64))
}

pub(crate) async fn change(
    database: &Database,
    stream: &str,
    change: &RetentionChange,
) -> Result<Result<Changed, ChangeRefused>, DatabaseError> {
    let mut transaction = database.begin().await?;
    let (before, _) = take_turn(&mut transaction, stream).await?;
    let mut after = before.clone();
    if let Err(refused) = after.apply(change) {
        return Ok(Err(refused));
    }
    match change {
        RetentionChange::SetPeriod(period) => set_period(&mut transaction, stream, *period).await?,
        RetentionChange::Place(hold) => insert_hold(&mut transaction, stream, hold).await?,
        RetentionChange::Release(name) => {
            sqlx::query("DELETE FROM store_holds WHERE stream = $1 AND name = $2")
                .bind(stream)
                .bind(name.as_str())
                .execute(&mut *transaction)
                .await?;
        }
    }
    transaction.commit().await?;
    Ok(Ok(Changed { before, after }))
}

async fn set_period(connection: &mut AnyConnection, stream: &str, period: Option<Period>) -> Result<(), DatabaseError> {
    sqlx::query("UPDATE store_retention SET keep_days = $1 WHERE stream = $2")
        .bind(period.map(keep_days))
        .bind(stream)
        .execute(connection)
        .await?;
    Ok(())
}

async fn insert_hold(connection: &mut AnyConnection, stream: &str, hold: &Hold) -> Result<(), DatabaseError> {
    sqlx::query(
        "INSERT INTO store_holds (stream, name, from_s, to_s, reason, placed_by, placed_at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(stream)
    .bind(hold.name.as_str())
    .bind(hold.from_s)
    .bind(hold.to_s)
    .bind(hold.reason.as_str())
    .bind(hold.placed_by.as_str())
    .bind(hold.placed_at_ms)
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn expire(
    database: &Database,
    stream: &str,
    candidates: &[&CatalogueEntry],
    default: Period,
    now_s: i64,
) -> Result<Expired, DatabaseError> {
    let mut transaction = database.begin().await?;
    let (mut rules, expiries) = take_turn(&mut transaction, stream).await?;
    let existing: Vec<String> = sqlx::query_scalar("SELECT name FROM store_segments WHERE stream = $1")
        .bind(stream)
        .fetch_all(&mut *transaction)
        .await?;
    let existing: HashSet<&str> = existing.iter().map(String::as_str).collect();
    let (there, gone): (Vec<&CatalogueEntry>, Vec<&CatalogueEntry>) =
        candidates.iter().copied().partition(|entry| existing.contains(entry.name.as_str()));
    let leaving: Vec<&CatalogueEntry> =
        there.into_iter().filter(|entry| rules.may_leave(&entry.summary, default, now_s)).collect();
    let period = rules.period.unwrap_or(default);
    if let Some(expiry) = Expiry::of(stream, expiries + 1, &leaving, period, now_s) {
        for entry in &leaving {
            take_out(&mut transaction, &entry.name).await?;
        }
        write_down(&mut transaction, &expiry).await?;
        rules.expired_rows += expiry.rows;
        rules.expired_until_s = rules.expired_until_s.max(Some(expiry.last_time_s));
        transaction.commit().await?;
    }
    let gone = gone.into_iter().chain(leaving).map(|entry| entry.name.clone()).collect();
    Ok(Expired { gone, rules })
}

async fn write_down(connection: &mut AnyConnection, expiry: &Expiry) -> Result<(), DatabaseError> {
    sqlx::query(
        "UPDATE store_retention SET expiries = $1, expired_rows = expired_rows + $2, \
         expired_until_s = CASE WHEN expired_until_s > $3 THEN expired_until_s ELSE $3 END WHERE stream = $4",
    )
    .bind(expiry.number as i64)
    .bind(expiry.rows as i64)
    .bind(expiry.last_time_s)
    .bind(expiry.stream.as_str())
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO store_expiries (stream, number, segments, row_count, first_time_s, last_time_s, keep_days, \
         expired_at_s) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(expiry.stream.as_str())
    .bind(expiry.number as i64)
    .bind(expiry.segments as i64)
    .bind(expiry.rows as i64)
    .bind(expiry.first_time_s)
    .bind(expiry.last_time_s)
    .bind(keep_days(expiry.period))
    .bind(expiry.expired_at_s)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

pub(crate) async fn unreported(database: &Database) -> Result<Vec<Expiry>, DatabaseError> {
    let rows = sqlx::query(
        "SELECT stream, number, segments, row_count, first_time_s, last_time_s, keep_days, expired_at_s \
         FROM store_expiries ORDER BY stream, number",
    )
    .fetch_all(database.pool())
    .await?;
    Ok(rows.iter().map(expiry).collect::<Result<_, _>>()?)
}

pub(crate) async fn forget(database: &Database, expiry: &Expiry) -> Result<(), DatabaseError> {
    sqlx::query("DELETE FROM store_expiries WHERE stream = $1 AND number = $2")
        .bind(expiry.stream.as_str())
        .bind(expiry.number as i64)
        .execute(database.pool())
        .await?;
    Ok(())
}

fn keep_days(period: Period) -> i64 {
    period.days().map_or(0, i64::from)
}

fn period(keep_days: i64) -> Result<Period, sqlx::Error> {
    match u32::try_from(keep_days) {
        Ok(0) => Ok(Period::UNLIMITED),
        Ok(days) => Period::of_days(days).map_err(|error| sqlx::Error::Decode(Box::new(error))),
        Err(error) => Err(sqlx::Error::Decode(Box::new(error))),
    }
}

/// The database's order of texts may be another one.
fn sorted(mut rules: StreamRules) -> StreamRules {
    rules.holds.sort_unstable_by(|left, right| left.name.cmp(&right.name));
    rules
}

fn stream_rules(row: &AnyRow) -> Result<StreamRules, sqlx::Error> {
    Ok(StreamRules {
        period: row.try_get::<Option<i64>, _>("keep_days")?.map(period).transpose()?,
        holds: Vec::new(),
        expired_rows: row.try_get::<i64, _>("expired_rows")? as u64,
        expired_until_s: row.try_get("expired_until_s")?,
    })
}

fn hold(row: &AnyRow) -> Result<Hold, sqlx::Error> {
    Ok(Hold {
        name: row.try_get("name")?,
        from_s: row.try_get("from_s")?,
        to_s: row.try_get("to_s")?,
        reason: row.try_get("reason")?,
        placed_by: row.try_get("placed_by")?,
        placed_at_ms: row.try_get("placed_at_ms")?,
    })
}

fn expiry(row: &AnyRow) -> Result<Expiry, sqlx::Error> {
    let number = |column| row.try_get::<i64, _>(column);
    Ok(Expiry {
        stream: row.try_get("stream")?,
        number: number("number")? as u64,
        segments: number("segments")? as u64,
        rows: number("row_count")? as u64,
        first_time_s: number("first_time_s")?,
        last_time_s: number("last_time_s")?,
        period: period(number("keep_days")?)?,
        expired_at_s: number("expired_at_s")?,
    })
}
