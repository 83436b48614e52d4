//! Rows of `ccc_activity`.

use serde_json::{Map, Value};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, FromRow, Row};

use crate::activity::{Activity, Appended, Kind};
use crate::center::CallCenterError;
use crate::day::Day;
use crate::{agent, contact};

/// Appends rows in their order, forgets the day sheets that they make stale, and brings agent states and call
/// detail records up to date. The caller holds the instance's lock, so that sequences are dense, and commits.
pub(crate) async fn append(
    connection: &mut AnyConnection,
    instance_id: &str,
    activities: &[Activity],
) -> Result<(), CallCenterError> {
    let Some(earliest_ms) = activities.iter().map(|activity| activity.at_ms).min() else { return Ok(()) };
    let last: Option<i64> = sqlx::query_scalar("SELECT MAX(sequence) FROM ccc_activity WHERE instance_id = $1")
        .bind(instance_id)
        .fetch_one(&mut *connection)
        .await?;
    for (activity, sequence) in activities.iter().zip(last.unwrap_or(0) + 1..) {
        insert(connection, instance_id, sequence, activity).await?;
    }
    sqlx::query("DELETE FROM ccc_day_sheets WHERE instance_id = $1 AND day >= $2")
        .bind(instance_id)
        .bind(Day::of_ms(earliest_ms).number())
        .execute(&mut *connection)
        .await?;
    agent::rows::advance(connection, instance_id, activities).await?;
    contact::rows::refold(connection, instance_id, activities).await
}

async fn insert(
    connection: &mut AnyConnection,
    instance_id: &str,
    sequence: i64,
    activity: &Activity,
) -> Result<(), CallCenterError> {
    let (kind, detail) = split(&activity.kind);
    sqlx::query(
        "INSERT INTO ccc_activity (instance_id, sequence, at_ms, kind, contact_id, agent_id, skill_group_id, detail)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(instance_id)
    .bind(sequence)
    .bind(activity.at_ms)
    .bind(kind)
    .bind(activity.contact_id.as_deref())
    .bind(activity.agent_id.as_deref())
    .bind(activity.skill_group_id.as_deref())
    .bind(detail)
    .execute(connection)
    .await?;
    Ok(())
}

const COLUMNS: &str = "sequence, at_ms, kind, contact_id, agent_id, skill_group_id, detail";
/// Condition on the rows of one call; a test asks SQLite by which index it finds them.
pub(crate) const OF_CONTACT: &str = "instance_id = $1 AND contact_id = $2";

/// The rows from `from_ms` on and before `until_ms`, in the order of folding.
pub(crate) async fn between(
    connection: &mut AnyConnection,
    instance_id: &str,
    from_ms: i64,
    until_ms: i64,
) -> Result<Vec<Appended>, CallCenterError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM ccc_activity
         WHERE instance_id = $1 AND at_ms >= $2 AND at_ms < $3 ORDER BY at_ms, sequence"
    );
    // The text is made of the program's own constants.
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(instance_id)
        .bind(from_ms)
        .bind(until_ms)
        .fetch_all(connection)
        .await?)
}

/// The rows of one call, in the order of folding.
pub(crate) async fn of_contact(
    connection: &mut AnyConnection,
    instance_id: &str,
    contact_id: &str,
) -> Result<Vec<Appended>, CallCenterError> {
    let sql = format!("SELECT {COLUMNS} FROM ccc_activity WHERE {OF_CONTACT}");
    // The text is made of the program's own constants.
    let query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(instance_id).bind(contact_id);
    let mut rows: Vec<Appended> = query.fetch_all(connection).await?;
    // Sorted here: asked for by time, SQLite walks the index by time, through all rows of the instance.
    rows.sort_by_key(|row| (row.activity.at_ms, row.sequence));
    Ok(rows)
}

impl<'r> FromRow<'r, AnyRow> for Appended {
    fn from_row(row: &'r AnyRow) -> Result<Self, sqlx::Error> {
        let kind: String = row.try_get("kind")?;
        let detail: String = row.try_get("detail")?;
        let activity = Activity {
            at_ms: row.try_get("at_ms")?,
            contact_id: row.try_get("contact_id")?,
            agent_id: row.try_get("agent_id")?,
            skill_group_id: row.try_get("skill_group_id")?,
            kind: joined(&kind, &detail).map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
        };
        Ok(Self { sequence: row.try_get("sequence")?, activity })
    }
}

/// A kind as the two columns keep it: its name, and its fields as JSON.
fn split(kind: &Kind) -> (String, String) {
    let mut fields = match serde_json::to_value(kind) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    let name = fields.shift_remove("kind").and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
    (name, Value::Object(fields).to_string())
}

fn joined(kind: &str, detail: &str) -> Result<Kind, serde_json::Error> {
    let mut fields: Map<String, Value> = serde_json::from_str(detail)?;
    fields.insert("kind".to_owned(), kind.into());
    serde_json::from_value(Value::Object(fields))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::{LegSide, ReleaseReason};

    #[test]
    fn a_kind_survives_its_two_columns() {
        let released =
            Kind::Released { reason: ReleaseReason::NoAnswer, side: Some(LegSide::Callee), cause: "SIP 408".into() };
        let (name, detail) = split(&released);
        assert_eq!(name, "released");
        assert_eq!(detail, r#"{"reason":"no_answer","side":"callee","cause":"SIP 408"}"#);
        assert_eq!(joined(&name, &detail).expect("it was written so"), released);
        let (name, detail) = split(&Kind::Established);
        assert_eq!((name.as_str(), detail.as_str()), ("established", "{}"));
        assert_eq!(joined(&name, &detail).expect("it was written so"), Kind::Established);
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        assert!(joined("teleported", "{}").is_err());
        assert!(joined("released", "{}").is_err());
        assert!(joined("established", "[").is_err());
    }
}
