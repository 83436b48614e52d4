//! Dashboards: what a project's pages show, as their makers wrote it.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

/// A dashboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dashboard {
    pub(crate) name: String,
    /// For people.
    pub(crate) display_name: String,
    /// The JSON of the whole.
    pub(crate) content: String,
}

const COLUMNS: &str = "name, display_name, content";

/// The dashboards of a project, by name.
pub(crate) async fn all(connection: &mut AnyConnection, project: &str) -> Result<Vec<Dashboard>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM log_dashboards WHERE project = $1 ORDER BY name");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(project).fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

pub(crate) async fn find(
    connection: &mut AnyConnection,
    project: &str,
    name: &str,
) -> Result<Option<Dashboard>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM log_dashboards WHERE project = $1 AND name = $2");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(project).bind(name).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

pub(crate) async fn count(connection: &mut AnyConnection, project: &str) -> Result<i64, sqlx::Error> {
    let sql = "SELECT COUNT(*) FROM log_dashboards WHERE project = $1";
    sqlx::query_scalar(sql).bind(project).fetch_one(connection).await
}

pub(crate) async fn insert(
    connection: &mut AnyConnection,
    project: &str,
    new: &Dashboard,
    now_s: i64,
) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO log_dashboards (project, name, display_name, content, created_s, modified_s) \
               VALUES ($1, $2, $3, $4, $5, $5)";
    sqlx::query(sql)
        .bind(project)
        .bind(new.name.as_str())
        .bind(new.display_name.as_str())
        .bind(new.content.as_str())
        .bind(now_s)
        .execute(connection)
        .await?;
    Ok(())
}

/// False when there is none of that name.
pub(crate) async fn update(
    connection: &mut AnyConnection,
    project: &str,
    changed: &Dashboard,
    now_s: i64,
) -> Result<bool, sqlx::Error> {
    let sql = "UPDATE log_dashboards SET display_name = $3, content = $4, modified_s = $5 \
               WHERE project = $1 AND name = $2";
    let done = sqlx::query(sql)
        .bind(project)
        .bind(changed.name.as_str())
        .bind(changed.display_name.as_str())
        .bind(changed.content.as_str())
        .bind(now_s)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// False when there is none of that name.
pub(crate) async fn delete(connection: &mut AnyConnection, project: &str, name: &str) -> Result<bool, sqlx::Error> {
    let sql = "DELETE FROM log_dashboards WHERE project = $1 AND name = $2";
    Ok(sqlx::query(sql).bind(project).bind(name).execute(connection).await?.rows_affected() > 0)
}

fn read(row: &AnyRow) -> Result<Dashboard, sqlx::Error> {
    Ok(Dashboard {
        name: row.try_get("name")?,
        display_name: row.try_get("display_name")?,
        content: row.try_get("content")?,
    })
}
