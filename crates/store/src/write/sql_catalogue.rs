//! The catalogue in the control database.

use database::{Database, DatabaseError, Migration};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};
use tokio::runtime::Handle;

use super::catalogue::{Catalogue, CatalogueEntry, CatalogueState, Change};
use crate::retention::sql::{self, RETENTION_MIGRATION};
use crate::retention::{ChangeRefused, Changed, Expired, Expiry, Period, RetentionChange, RetentionLedger, Rules};
use crate::segment::SegmentSummary;

/// Component name under which the migrations are remembered.
const COMPONENT: &str = "store";

const MIGRATIONS: &[Migration] = &[SEGMENTS, DOOMED, RETENTION_MIGRATION];

const SEGMENTS: Migration = Migration {
    version: 1,
    name: "segments and covered positions",
    sql: &[
        "CREATE TABLE store_segments (
            name TEXT PRIMARY KEY,
            stream TEXT NOT NULL,
            row_count BIGINT NOT NULL,
            first_time_s BIGINT NOT NULL,
            last_time_s BIGINT NOT NULL,
            lowest_position BIGINT NOT NULL,
            highest_position BIGINT NOT NULL,
            raw_bytes BIGINT NOT NULL,
            parquet_bytes BIGINT NOT NULL,
            parquet_crc32c BIGINT NOT NULL,
            sidecar_bytes BIGINT NOT NULL
        )",
        "CREATE TABLE store_covered (stream TEXT PRIMARY KEY, position BIGINT NOT NULL)",
    ],
};

/// Files of segments that are replaced by others or out of retention live until their last reader is done.
const DOOMED: Migration = Migration {
    version: 2,
    name: "segments that leave",
    sql: &[
        "CREATE TABLE store_doomed (name TEXT PRIMARY KEY)",
        "ALTER TABLE store_segments ADD COLUMN zstd_level BIGINT NOT NULL DEFAULT 3",
    ],
};

/// Creates or updates the tables.
pub async fn migrate_catalogue(database: &Database) -> Result<(), DatabaseError> {
    database.migrate(COMPONENT, MIGRATIONS).await
}

/// A catalogue in the tables that [`migrate_catalogue`] made. Its calls block, so they belong on threads that are not the
/// runtime's.
pub struct SqlCatalogue {
    database: Database,
    runtime: Handle,
}

impl SqlCatalogue {
    /// Uses a database whose connections live on this runtime.
    pub fn new(database: Database, runtime: Handle) -> SqlCatalogue {
        SqlCatalogue { database, runtime }
    }

    #[expect(clippy::disallowed_methods, reason = "called on threads of the store, never on one of the runtime")]
    fn wait<T>(&self, work: impl Future<Output = Result<T, DatabaseError>>) -> Result<T, String> {
        self.runtime.block_on(work).map_err(|error| error.to_string())
    }
}

impl Catalogue for SqlCatalogue {
    fn load(&self) -> Result<CatalogueState, String> {
        self.wait(load(&self.database))
    }

    fn commit(&self, change: &Change) -> Result<(), String> {
        if self.wait(commit(&self.database, change))? {
            return Ok(());
        }
        let names = change.remove.join(", ");
        Err(format!(
            "it does not have all of the segments {names} any more: another program has changed it, end that one"
        ))
    }

    fn forget_doomed(&self, names: &[String]) -> Result<(), String> {
        self.wait(forget_doomed(&self.database, names))
    }
}

impl RetentionLedger for SqlCatalogue {
    fn rules(&self) -> Result<Rules, String> {
        self.wait(sql::rules(&self.database))
    }

    fn change(&self, stream: &str, change: &RetentionChange) -> Result<Result<Changed, ChangeRefused>, String> {
        self.wait(sql::change(&self.database, stream, change))
    }

    fn expire(
        &self,
        stream: &str,
        candidates: &[&CatalogueEntry],
        default: Period,
        now_s: i64,
    ) -> Result<Expired, String> {
        self.wait(sql::expire(&self.database, stream, candidates, default, now_s))
    }

    fn unreported(&self) -> Result<Vec<Expiry>, String> {
        self.wait(sql::unreported(&self.database))
    }

    fn forget(&self, expiry: &Expiry) -> Result<(), String> {
        self.wait(sql::forget(&self.database, expiry))
    }
}

async fn load(database: &Database) -> Result<CatalogueState, DatabaseError> {
    let rows = sqlx::query(
        "SELECT name, stream, row_count, first_time_s, last_time_s, lowest_position, highest_position, raw_bytes, \
         parquet_bytes, parquet_crc32c, sidecar_bytes, zstd_level FROM store_segments ORDER BY name",
    )
    .fetch_all(database.pool())
    .await?;
    let covered: Vec<(String, i64)> =
        sqlx::query_as("SELECT stream, position FROM store_covered").fetch_all(database.pool()).await?;
    let expired: Vec<(String, i64)> =
        sqlx::query_as("SELECT stream, expired_rows FROM store_retention WHERE expired_rows > 0")
            .fetch_all(database.pool())
            .await?;
    let doomed = sqlx::query_scalar("SELECT name FROM store_doomed ORDER BY name").fetch_all(database.pool()).await?;
    Ok(CatalogueState {
        doomed,
        segments: rows.iter().map(entry).collect::<Result<_, _>>()?,
        covered: covered.into_iter().map(|(stream, position)| (stream, position as u64)).collect(),
        expired: expired.into_iter().map(|(stream, rows)| (stream, rows as u64)).collect(),
    })
}

fn entry(row: &AnyRow) -> Result<CatalogueEntry, sqlx::Error> {
    let number = |column| row.try_get::<i64, _>(column);
    Ok(CatalogueEntry {
        name: row.try_get("name")?,
        stream: row.try_get("stream")?,
        summary: SegmentSummary {
            rows: number("row_count")? as usize,
            first_time_s: number("first_time_s")?,
            last_time_s: number("last_time_s")?,
            lowest_position: number("lowest_position")? as u64,
            highest_position: number("highest_position")? as u64,
            raw_bytes: number("raw_bytes")? as u64,
            parquet_bytes: number("parquet_bytes")? as u64,
            parquet_crc32c: number("parquet_crc32c")? as u32,
        },
        sidecar_bytes: number("sidecar_bytes")? as u64,
        zstd_level: number("zstd_level")? as i32,
    })
}

/// Whether the change is made, now or before; false when it cannot be.
async fn commit(database: &Database, change: &Change) -> Result<bool, DatabaseError> {
    let mut transaction = database.begin().await?;
    let mut new = 0;
    for segment in &change.add {
        new += insert(&mut transaction, segment).await?;
    }
    let mut left = 0;
    for name in &change.remove {
        left += u64::from(take_out(&mut transaction, name).await?);
    }
    let is_first_time = left == change.remove.len() as u64;
    let was_made_before = left == 0 && new == 0;
    if !is_first_time && !was_made_before {
        return Ok(false);
    }
    for (stream, position) in &change.covered {
        sqlx::query(
            "INSERT INTO store_covered (stream, position) VALUES ($1, $2) \
             ON CONFLICT (stream) DO UPDATE SET position = excluded.position \
             WHERE store_covered.position < excluded.position",
        )
        .bind(stream.as_str())
        .bind(*position as i64)
        .execute(&mut *transaction)
        .await?;
    }
    transaction.commit().await?;
    Ok(true)
}

/// Enters a segment; how many were not there before.
async fn insert(connection: &mut AnyConnection, segment: &CatalogueEntry) -> Result<u64, DatabaseError> {
    let summary = &segment.summary;
    let inserted = sqlx::query(
        "INSERT INTO store_segments (name, stream, row_count, first_time_s, last_time_s, lowest_position, \
         highest_position, raw_bytes, parquet_bytes, parquet_crc32c, sidecar_bytes, zstd_level) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (name) DO NOTHING",
    )
    .bind(segment.name.as_str())
    .bind(segment.stream.as_str())
    .bind(summary.rows as i64)
    .bind(summary.first_time_s)
    .bind(summary.last_time_s)
    .bind(summary.lowest_position as i64)
    .bind(summary.highest_position as i64)
    .bind(summary.raw_bytes as i64)
    .bind(summary.parquet_bytes as i64)
    .bind(i64::from(summary.parquet_crc32c))
    .bind(segment.sidecar_bytes as i64)
    .bind(i64::from(segment.zstd_level))
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected())
}

/// Takes a segment out and dooms its files, inside the caller's transaction; whether it was there.
pub(crate) async fn take_out(connection: &mut AnyConnection, name: &str) -> Result<bool, DatabaseError> {
    let deleted =
        sqlx::query("DELETE FROM store_segments WHERE name = $1").bind(name).execute(&mut *connection).await?;
    if deleted.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query("INSERT INTO store_doomed (name) VALUES ($1) ON CONFLICT (name) DO NOTHING")
        .bind(name)
        .execute(connection)
        .await?;
    Ok(true)
}

async fn forget_doomed(database: &Database, names: &[String]) -> Result<(), DatabaseError> {
    let mut transaction = database.begin().await?;
    for name in names {
        sqlx::query("DELETE FROM store_doomed WHERE name = $1").bind(name.as_str()).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(())
}
