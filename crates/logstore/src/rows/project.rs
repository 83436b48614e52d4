//! Projects.

use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::{containing, from_json, to_json};

/// A project.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Project {
    pub(crate) name: String,
    pub(crate) account_id: String,
    pub(crate) region: String,
    pub(crate) properties: Properties,
    pub(crate) created_s: i64,
    pub(crate) modified_s: i64,
}

/// What a client says about a project.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Properties {
    pub(crate) description: String,
    pub(crate) resource_group_id: String,
    pub(crate) data_redundancy_type: String,
    pub(crate) recycle_bin_enabled: bool,
}

const COLUMNS: &str = "name, account_id, region, properties, created_s, modified_s";

pub(crate) async fn find(connection: &mut AnyConnection, name: &str) -> Result<Option<Project>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM log_projects WHERE name = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(name).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// Projects of an account whose names contain a text, in order.
pub(crate) async fn containing_name(
    connection: &mut AnyConnection,
    account_id: &str,
    part: &str,
) -> Result<Vec<Project>, sqlx::Error> {
    let sql =
        format!("SELECT {COLUMNS} FROM log_projects WHERE account_id = $1 AND name LIKE $2 ESCAPE '\\' ORDER BY name");
    let rows =
        sqlx::query(sqlx::AssertSqlSafe(sql)).bind(account_id).bind(containing(part)).fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

/// The projects of all accounts.
pub(crate) async fn all_names(connection: &mut AnyConnection) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT name FROM log_projects ORDER BY name").fetch_all(connection).await
}

pub(crate) async fn count(connection: &mut AnyConnection, account_id: &str) -> Result<i64, sqlx::Error> {
    let sql = "SELECT COUNT(*) FROM log_projects WHERE account_id = $1";
    sqlx::query_scalar(sql).bind(account_id).fetch_one(connection).await
}

pub(crate) async fn insert(connection: &mut AnyConnection, project: &Project) -> Result<(), sqlx::Error> {
    let sql = format!("INSERT INTO log_projects ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)");
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(project.name.as_str())
        .bind(project.account_id.as_str())
        .bind(project.region.as_str())
        .bind(to_json(&project.properties))
        .bind(project.created_s)
        .bind(project.modified_s)
        .execute(connection)
        .await?;
    Ok(())
}

/// Changes the properties; the writers of a project take turns from here to the end of the transaction.
pub(crate) async fn update(
    connection: &mut AnyConnection,
    name: &str,
    properties: &Properties,
    modified_s: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE log_projects SET properties = $2, modified_s = $3 WHERE name = $1")
        .bind(name)
        .bind(to_json(properties))
        .bind(modified_s)
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes the project for the rest of the transaction. False when there is none.
pub(crate) async fn lock(connection: &mut AnyConnection, name: &str) -> Result<bool, sqlx::Error> {
    let sql = "UPDATE log_projects SET name = name WHERE name = $1";
    Ok(sqlx::query(sql).bind(name).execute(connection).await?.rows_affected() > 0)
}

pub(crate) async fn delete(connection: &mut AnyConnection, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM log_projects WHERE name = $1").bind(name).execute(connection).await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Project, sqlx::Error> {
    Ok(Project {
        name: row.try_get("name")?,
        account_id: row.try_get("account_id")?,
        region: row.try_get("region")?,
        properties: from_json(row.try_get("properties")?)?,
        created_s: row.try_get("created_s")?,
        modified_s: row.try_get("modified_s")?,
    })
}
