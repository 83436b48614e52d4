//! The table of jobs.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::book::{HistoryJob, JobStatus, RegionStatus};

const COLUMNS: &str = "id, account_id, trail_id, trail_name, home_region, client_token, status, regions, problem, from_s, \
                       to_s, created_ms, updated_ms";

pub(super) async fn unfinished(connection: &mut AnyConnection) -> Result<Vec<HistoryJob>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM audit_history_jobs WHERE status < 2 ORDER BY id");
    sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(connection).await?.iter().map(read).collect()
}

pub(super) async fn find(connection: &mut AnyConnection, id: i64) -> Result<Option<HistoryJob>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM audit_history_jobs WHERE id = $1");
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(connection).await?.as_ref().map(read).transpose()
}

pub(super) async fn of_account(
    connection: &mut AnyConnection,
    account_id: &str,
) -> Result<Vec<HistoryJob>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM audit_history_jobs WHERE account_id = $1 ORDER BY id DESC");
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(account_id).fetch_all(connection).await?.iter().map(read).collect()
}

pub(super) async fn insert(connection: &mut AnyConnection, job: &HistoryJob) -> Result<(), sqlx::Error> {
    let sql = format!(
        "INSERT INTO audit_history_jobs ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(job.id)
        .bind(job.account_id.as_str())
        .bind(job.trail_id.as_str())
        .bind(job.trail_name.as_str())
        .bind(job.home_region.as_str())
        .bind(job.client_token.as_str())
        .bind(job.status.number())
        .bind(text_of(&job.regions)?)
        .bind(job.problem.as_str())
        .bind(job.from_s)
        .bind(job.to_s)
        .bind(job.created_ms)
        .bind(job.updated_ms)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn advance(
    connection: &mut AnyConnection,
    job: &HistoryJob,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let sql = "UPDATE audit_history_jobs SET status = $2, regions = $3, problem = $4, updated_ms = $5 WHERE id = $1";
    let changed = sqlx::query(sql)
        .bind(job.id)
        .bind(job.status.number())
        .bind(text_of(&job.regions)?)
        .bind(job.problem.as_str())
        .bind(now_ms)
        .execute(connection)
        .await?;
    Ok(changed.rows_affected() == 1)
}

pub(super) async fn delete(connection: &mut AnyConnection, id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM audit_history_jobs WHERE id = $1").bind(id).execute(connection).await?;
    Ok(())
}

fn text_of(regions: &[RegionStatus]) -> Result<String, sqlx::Error> {
    serde_json::to_string(regions).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

fn read(row: &AnyRow) -> Result<HistoryJob, sqlx::Error> {
    let status: i64 = row.try_get(6)?;
    let regions: String = row.try_get(7)?;
    Ok(HistoryJob {
        id: row.try_get(0)?,
        account_id: row.try_get(1)?,
        trail_id: row.try_get(2)?,
        trail_name: row.try_get(3)?,
        home_region: row.try_get(4)?,
        client_token: row.try_get(5)?,
        status: JobStatus::from_number(status)
            .ok_or_else(|| sqlx::Error::Decode(format!("a job has the unknown status {status}").into()))?,
        regions: serde_json::from_str(&regions).map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
        problem: row.try_get(8)?,
        from_s: row.try_get(9)?,
        to_s: row.try_get(10)?,
        created_ms: row.try_get(11)?,
        updated_ms: row.try_get(12)?,
    })
}

/// A job is running on the trail.
pub(crate) async fn is_running_on(
    connection: &mut AnyConnection,
    trail: &crate::trail::Trail,
) -> Result<bool, sqlx::Error> {
    let sql = "SELECT COUNT(*) FROM audit_history_jobs WHERE account_id = $1 AND trail_id = $2 AND status < 2";
    let count: i64 =
        sqlx::query_scalar(sql).bind(trail.account_id.as_str()).bind(trail.id.as_str()).fetch_one(connection).await?;
    Ok(count > 0)
}

/// The trail was not deleted meanwhile.
pub(super) async fn trail_exists(connection: &mut AnyConnection, id: &str) -> Result<bool, sqlx::Error> {
    let count: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM audit_trails WHERE id = $1").bind(id).fetch_one(connection).await?;
    Ok(count > 0)
}
