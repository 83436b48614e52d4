//! Rows of settings.

use std::collections::HashMap;

use sqlx::AnyConnection;

use crate::center::CallCenterError;
use crate::config::CONFIG_ITEMS;

/// Writes the defaults of a new instance, so that a later version's defaults do not change an old instance.
pub(crate) async fn insert_defaults(connection: &mut AnyConnection, instance_id: &str) -> Result<(), CallCenterError> {
    for item in CONFIG_ITEMS {
        set_item(connection, instance_id, item.name, item.default_value).await?;
    }
    Ok(())
}

/// Sets one item.
pub(crate) async fn set_item(
    connection: &mut AnyConnection,
    instance_id: &str,
    name: &str,
    value: &str,
) -> Result<(), CallCenterError> {
    sqlx::query(
        "INSERT INTO ccc_config_items (instance_id, name, value) VALUES ($1, $2, $3)
         ON CONFLICT (instance_id, name) DO UPDATE SET value = excluded.value",
    )
    .bind(instance_id)
    .bind(name)
    .bind(value)
    .execute(connection)
    .await?;
    Ok(())
}

/// All items of an instance, by name.
pub(crate) async fn items(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<HashMap<String, String>, CallCenterError> {
    let rows: Vec<(String, String)> = sqlx::query_as("SELECT name, value FROM ccc_config_items WHERE instance_id = $1")
        .bind(instance_id)
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().collect())
}
