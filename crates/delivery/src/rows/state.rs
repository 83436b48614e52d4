//! Deliveries.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::number;

/// A delivery: one trail to one destination, live or as a history job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Never used again, as trails' ids are not.
    pub id: String,
    /// Its trail.
    pub trail_id: String,
    /// Kind and generation of the destination: what has been delivered to one says nothing of another.
    pub target: String,
    /// The history job; 0 for what is delivered live.
    pub job_id: i64,
    /// When something was last delivered, Unix milliseconds; 0 for never.
    pub delivered_ms: i64,
    /// Why nothing is delivered; empty when it is.
    pub error: String,
    /// Events that were not delivered before their retention was over.
    pub expired: u64,
}

impl State {
    /// A delivery that begins.
    pub(crate) fn new(id: &str, trail_id: &str, target: &str, job_id: i64) -> State {
        State {
            id: id.to_owned(),
            trail_id: trail_id.to_owned(),
            target: target.to_owned(),
            job_id,
            delivered_ms: 0,
            error: String::new(),
            expired: 0,
        }
    }
}

const COLUMNS: &str = "id, trail_id, target, job_id, delivered_ms, error, expired";

pub(super) async fn insert(connection: &mut AnyConnection, state: &State) -> Result<(), sqlx::Error> {
    let sql = format!(
        "INSERT INTO delivery_states ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(state.id.as_str())
        .bind(state.trail_id.as_str())
        .bind(state.target.as_str())
        .bind(state.job_id)
        .bind(state.delivered_ms)
        .bind(state.error.as_str())
        .bind(number(state.expired))
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn find(connection: &mut AnyConnection, id: &str) -> Result<Option<State>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM delivery_states WHERE id = $1");
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(connection).await?.as_ref().map(read).transpose()
}

pub(super) async fn all(connection: &mut AnyConnection, trail_id: Option<&str>) -> Result<Vec<State>, sqlx::Error> {
    let rows = match trail_id {
        Some(trail_id) => {
            let sql = format!("SELECT {COLUMNS} FROM delivery_states WHERE trail_id = $1 ORDER BY job_id, id");
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(trail_id.to_owned()).fetch_all(connection).await?
        }
        None => {
            let sql = format!("SELECT {COLUMNS} FROM delivery_states ORDER BY trail_id, job_id, id");
            sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(connection).await?
        }
    };
    rows.iter().map(read).collect()
}

/// Pieces and batch go with it: SQLite and PostgreSQL both cascade, but only where foreign keys are on, so it is said.
pub(super) async fn delete(connection: &mut AnyConnection, id: &str) -> Result<(), sqlx::Error> {
    for sql in [
        "DELETE FROM delivery_batches WHERE delivery_id = $1",
        "DELETE FROM delivery_pieces WHERE delivery_id = $1",
        "DELETE FROM delivery_states WHERE id = $1",
    ] {
        sqlx::query(sql).bind(id).execute(&mut *connection).await?;
    }
    Ok(())
}

pub(super) async fn set_error(connection: &mut AnyConnection, id: &str, error: &str) -> Result<(), sqlx::Error> {
    let sql = "UPDATE delivery_states SET error = $2 WHERE id = $1";
    sqlx::query(sql).bind(id).bind(error).execute(connection).await?;
    Ok(())
}

/// A success ends the error.
pub(super) async fn set_delivered(connection: &mut AnyConnection, id: &str, now_ms: i64) -> Result<(), sqlx::Error> {
    let sql = "UPDATE delivery_states SET delivered_ms = $2, error = '' WHERE id = $1";
    sqlx::query(sql).bind(id).bind(now_ms).execute(connection).await?;
    Ok(())
}

pub(super) async fn add_expired(connection: &mut AnyConnection, id: &str, count: u64) -> Result<(), sqlx::Error> {
    let sql = "UPDATE delivery_states SET expired = expired + $2 WHERE id = $1";
    sqlx::query(sql).bind(id).bind(number(count)).execute(connection).await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<State, sqlx::Error> {
    Ok(State {
        id: row.try_get("id")?,
        trail_id: row.try_get("trail_id")?,
        target: row.try_get("target")?,
        job_id: row.try_get("job_id")?,
        delivered_ms: row.try_get("delivered_ms")?,
        error: row.try_get("error")?,
        expired: row.try_get::<i64, _>("expired")? as u64,
    })
}
