//! Rows of telephone numbers.

use std::collections::HashMap;

use serde_json::{Value, json};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::center::{CallCenterError, new_id};
use crate::instance::rows::Scope;
use crate::limits::DEFAULT_TRUNKS;
use crate::phone_number::PhoneNumber;

const COLUMNS: &str = "p.id, p.instance_id, p.number, p.description, p.usage, p.allow_outbound, p.test_only,
    p.remaining_minutes, p.trunks";

/// Binds a number to an instance; `false` if it is bound already.
pub(crate) async fn bind_number(
    connection: &mut AnyConnection,
    instance_id: &str,
    number: &PhoneNumber,
    now_ms: i64,
) -> Result<bool, CallCenterError> {
    let done = sqlx::query(
        "INSERT INTO ccc_phone_numbers (id, instance_id, number, description, usage, allow_outbound, test_only,
            remaining_minutes, trunks, created_at_ms)
         VALUES ($1, $2, $3, '', $4, $5, 0, 0, $6, $7) ON CONFLICT (number) DO NOTHING",
    )
    .bind(new_id())
    .bind(instance_id)
    .bind(number.as_str())
    .bind(number.default_usage())
    .bind(i64::from(number.allows_outbound()))
    .bind(DEFAULT_TRUNKS)
    .bind(now_ms)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The numbers as `PhoneNumbers.PhoneNumber[]` shows them, by instance, oldest first.
pub(crate) async fn numbers_of_instances(
    connection: &mut AnyConnection,
    scope: Scope<'_>,
) -> Result<HashMap<String, Vec<Value>>, CallCenterError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM ccc_phone_numbers p JOIN ccc_instances i ON i.id = p.instance_id
         WHERE {} ORDER BY p.created_at_ms, p.number",
        scope.condition()
    );
    // The text is made of the program's own constants.
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(scope.value()).fetch_all(connection).await?;
    grouped(&rows, "instance_id")
}

/// The outbound numbers of an instance's skill groups, by skill group, oldest first.
pub(crate) async fn numbers_of_skill_groups(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<HashMap<String, Vec<Value>>, CallCenterError> {
    let sql = format!(
        "SELECT g.skill_group_id, {COLUMNS} FROM ccc_phone_numbers p
         JOIN ccc_skill_group_numbers g ON g.phone_number_id = p.id
         WHERE p.instance_id = $1 ORDER BY p.created_at_ms, p.number"
    );
    // The text is made of the program's own constants.
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(instance_id).fetch_all(connection).await?;
    grouped(&rows, "skill_group_id")
}

/// Which numbers an instance has, by `PhoneNumberId`, and whether each may dial out.
pub(crate) async fn outbound_by_id(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<HashMap<String, bool>, CallCenterError> {
    let rows: Vec<(String, i64)> =
        sqlx::query_as("SELECT id, allow_outbound FROM ccc_phone_numbers WHERE instance_id = $1")
            .bind(instance_id)
            .fetch_all(connection)
            .await?;
    Ok(rows.into_iter().map(|(id, allowed)| (id, allowed != 0)).collect())
}

fn grouped(rows: &[AnyRow], owner_column: &str) -> Result<HashMap<String, Vec<Value>>, CallCenterError> {
    let mut by_owner: HashMap<String, Vec<Value>> = HashMap::new();
    for row in rows {
        by_owner.entry(row.try_get(owner_column)?).or_default().push(phone_number(row)?);
    }
    Ok(by_owner)
}

fn phone_number(row: &AnyRow) -> Result<Value, CallCenterError> {
    let text = |column| row.try_get::<String, _>(column);
    let number = |column| row.try_get::<i64, _>(column);
    Ok(json!({
        "AllowOutbound": number("allow_outbound")? != 0,
        "InstanceId": text("instance_id")?,
        "Number": text("number")?,
        "PhoneNumberDescription": text("description")?,
        "PhoneNumberId": text("id")?,
        "RemainingTime": number("remaining_minutes")?,
        "TestOnly": number("test_only")? != 0,
        "Trunks": number("trunks")?,
        "Usage": text("usage")?,
    }))
}
