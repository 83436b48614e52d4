//! The table of trails.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::record::{Properties, Trail};

const COLUMNS: &str = "id, account_id, name, home_region, is_organization_trail, properties";

pub(super) async fn all(connection: &mut AnyConnection) -> Result<Vec<Trail>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM audit_trails ORDER BY account_id, name");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

pub(super) async fn insert(connection: &mut AnyConnection, trail: &Trail) -> Result<(), sqlx::Error> {
    let sql = format!("INSERT INTO audit_trails ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)");
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(trail.id.as_str())
        .bind(trail.account_id.as_str())
        .bind(trail.name.as_str())
        .bind(trail.home_region.as_str())
        .bind(i64::from(trail.is_organization_trail))
        .bind(text_of(&trail.properties)?)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn update(connection: &mut AnyConnection, trail: &Trail) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE audit_trails SET properties = $2 WHERE id = $1")
        .bind(trail.id.as_str())
        .bind(text_of(&trail.properties)?)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn delete(connection: &mut AnyConnection, id: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM audit_trails WHERE id = $1").bind(id).execute(connection).await?;
    Ok(())
}

fn text_of(properties: &Properties) -> Result<String, sqlx::Error> {
    serde_json::to_string(properties).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

fn read(row: &AnyRow) -> Result<Trail, sqlx::Error> {
    let properties: String = row.try_get(5)?;
    let mut properties: Properties =
        serde_json::from_str(&properties).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    properties.complete_data_spans();
    Ok(Trail {
        id: row.try_get(0)?,
        account_id: row.try_get(1)?,
        name: row.try_get(2)?,
        home_region: row.try_get(3)?,
        is_organization_trail: row.try_get::<i64, _>(4)? != 0,
        properties,
    })
}
