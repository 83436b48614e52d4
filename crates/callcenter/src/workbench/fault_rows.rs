//! Rows of fault reports.

use serde_json::{Map, Value};
use sqlx::AnyConnection;

use crate::center::CallCenterError;
use crate::limits::MAX_FAULTS_PER_INSTANCE;
use crate::page::Page;

/// Keeps a report and forgets the oldest beyond the bound. The caller holds the instance's lock.
pub(crate) async fn insert(
    connection: &mut AnyConnection,
    instance_id: &str,
    agent_ram_user_id: &str,
    reported_by: &str,
    now_ms: i64,
    report: &Map<String, Value>,
) -> Result<i64, CallCenterError> {
    let last: Option<i64> = sqlx::query_scalar("SELECT MAX(id) FROM ccc_faults WHERE instance_id = $1")
        .bind(instance_id)
        .fetch_one(&mut *connection)
        .await?;
    let id = last.unwrap_or(0) + 1;
    sqlx::query(
        "INSERT INTO ccc_faults (instance_id, id, agent_ram_user_id, reported_by, reported_at_ms, report)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(instance_id)
    .bind(id)
    .bind(agent_ram_user_id)
    .bind(reported_by)
    .bind(now_ms)
    .bind(Value::Object(report.clone()).to_string())
    .execute(&mut *connection)
    .await?;
    sqlx::query("DELETE FROM ccc_faults WHERE instance_id = $1 AND id <= $2")
        .bind(instance_id)
        .bind(id - MAX_FAULTS_PER_INSTANCE)
        .execute(connection)
        .await?;
    Ok(id)
}

/// How many reports an instance has.
pub(crate) async fn count(connection: &mut AnyConnection, instance_id: &str) -> Result<i64, CallCenterError> {
    Ok(sqlx::query_scalar("SELECT COUNT(*) FROM ccc_faults WHERE instance_id = $1")
        .bind(instance_id)
        .fetch_one(connection)
        .await?)
}

/// The reports of a page, newest first.
pub(crate) async fn list(
    connection: &mut AnyConnection,
    instance_id: &str,
    page: Page,
) -> Result<Vec<Value>, CallCenterError> {
    let rows: Vec<(i64, String, i64, String)> = sqlx::query_as(
        "SELECT id, reported_by, reported_at_ms, report FROM ccc_faults WHERE instance_id = $1
         ORDER BY id DESC LIMIT $2 OFFSET $3",
    )
    .bind(instance_id)
    .bind(page.size)
    .bind(page.offset())
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(view).collect()
}

fn view((id, reported_by, reported_at_ms, report): (i64, String, i64, String)) -> Result<Value, CallCenterError> {
    let unreadable = |_| CallCenterError::UnreadableRow { table: "ccc_faults", value: report.clone() };
    let mut view: Map<String, Value> = serde_json::from_str(&report).map_err(unreadable)?;
    view.insert("FaultId".to_owned(), id.into());
    view.insert("ReportedBy".to_owned(), reported_by.into());
    view.insert("ReportedTime".to_owned(), reported_at_ms.into());
    Ok(Value::Object(view))
}
