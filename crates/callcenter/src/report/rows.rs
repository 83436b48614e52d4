//! What the reports read of the tables, and the rows of `ccc_day_sheets`.

use std::collections::{BTreeMap, HashMap};

use sqlx::AnyConnection;

use crate::activity::Appended;
use crate::center::CallCenterError;
use crate::day::Day;

/// The last sequence; 0 without rows.
pub(super) async fn last_sequence(connection: &mut AnyConnection, instance_id: &str) -> Result<i64, CallCenterError> {
    let last: Option<i64> = sqlx::query_scalar("SELECT MAX(sequence) FROM ccc_activity WHERE instance_id = $1")
        .bind(instance_id)
        .fetch_one(connection)
        .await?;
    Ok(last.unwrap_or(0))
}

/// The last sequence, and the earliest time among the rows after a sequence, if there are any.
pub(super) async fn news(
    connection: &mut AnyConnection,
    instance_id: &str,
    after_sequence: i64,
) -> Result<Option<(i64, i64)>, CallCenterError> {
    let last = last_sequence(connection, instance_id).await?;
    if last <= after_sequence {
        return Ok(None);
    }
    // Both ends are given because PostgreSQL, when it plans without knowing the values, expects a third of the table
    // beyond one end and reads all of it. The count keeps it from seeking the minimum along the index by time.
    let (_, earliest_ms): (i64, Option<i64>) = sqlx::query_as(
        "SELECT COUNT(*), MIN(at_ms) FROM ccc_activity WHERE instance_id = $1 AND sequence > $2 AND sequence <= $3",
    )
    .bind(instance_id)
    .bind(after_sequence)
    .bind(last)
    .fetch_one(connection)
    .await?;
    Ok(earliest_ms.map(|earliest_ms| (last, earliest_ms)))
}

/// The rows after a sequence up to another, in the order of folding.
pub(super) async fn rows_after(
    connection: &mut AnyConnection,
    instance_id: &str,
    after_sequence: i64,
    last_sequence: i64,
) -> Result<Vec<Appended>, CallCenterError> {
    // Sorted here: asked for by time, a database may walk the index by time, through all rows.
    let mut rows: Vec<Appended> = sqlx::query_as(
        "SELECT sequence, at_ms, kind, contact_id, agent_id, skill_group_id, detail FROM ccc_activity
         WHERE instance_id = $1 AND sequence > $2 AND sequence <= $3 ORDER BY sequence",
    )
    .bind(instance_id)
    .bind(after_sequence)
    .bind(last_sequence)
    .fetch_all(connection)
    .await?;
    rows.sort_by_key(|row| (row.activity.at_ms, row.sequence));
    Ok(rows)
}

/// The time of the first row from a moment on.
pub(super) async fn next_at_ms(
    connection: &mut AnyConnection,
    instance_id: &str,
    from_ms: i64,
) -> Result<Option<i64>, CallCenterError> {
    Ok(sqlx::query_scalar("SELECT MIN(at_ms) FROM ccc_activity WHERE instance_id = $1 AND at_ms >= $2")
        .bind(instance_id)
        .bind(from_ms)
        .fetch_one(connection)
        .await?)
}

/// The sheets of these days, both ends included; days without one are missing.
pub(super) async fn sheets(
    connection: &mut AnyConnection,
    instance_id: &str,
    first: Day,
    last: Day,
) -> Result<BTreeMap<Day, Vec<u8>>, CallCenterError> {
    let rows: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT day, sheet FROM ccc_day_sheets WHERE instance_id = $1 AND day >= $2 AND day <= $3")
            .bind(instance_id)
            .bind(first.number())
            .bind(last.number())
            .fetch_all(connection)
            .await?;
    Ok(rows.into_iter().map(|(day, sheet)| (Day::of_number(day), sheet)).collect())
}

/// The newest sheet of a day before this one.
pub(super) async fn sheet_before(
    connection: &mut AnyConnection,
    instance_id: &str,
    day: Day,
) -> Result<Option<(Day, Vec<u8>)>, CallCenterError> {
    let row: Option<(i64, Vec<u8>)> = sqlx::query_as(
        "SELECT day, sheet FROM ccc_day_sheets WHERE instance_id = $1 AND day < $2 ORDER BY day DESC LIMIT 1",
    )
    .bind(instance_id)
    .bind(day.number())
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|(day, sheet)| (Day::of_number(day), sheet)))
}

/// Keeps a day's sheet. The caller holds the instance's lock and knows that no row came meanwhile.
pub(super) async fn keep_sheet(
    connection: &mut AnyConnection,
    instance_id: &str,
    day: Day,
    sheet: &[u8],
) -> Result<(), CallCenterError> {
    sqlx::query(
        "INSERT INTO ccc_day_sheets (instance_id, day, sheet) VALUES ($1, $2, $3)
         ON CONFLICT (instance_id, day) DO UPDATE SET sheet = excluded.sheet",
    )
    .bind(instance_id)
    .bind(day.number())
    .bind(sheet)
    .execute(connection)
    .await?;
    Ok(())
}

/// A user as reports name him.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) display_name: String,
    pub(super) login_name: String,
    /// Skill groups that he is a member of: ids and names.
    pub(super) groups: Vec<(String, String)>,
}

/// The users of an instance, by RAM user id.
pub(super) async fn people(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<HashMap<String, Person>, CallCenterError> {
    let users: Vec<(String, String, String)> =
        sqlx::query_as("SELECT ram_user_id, display_name, login_name FROM ccc_users WHERE instance_id = $1")
            .bind(instance_id)
            .fetch_all(&mut *connection)
            .await?;
    let mut people: HashMap<String, Person> = users
        .into_iter()
        .map(|(id, display_name, login_name)| (id, Person { display_name, login_name, groups: Vec::new() }))
        .collect();
    let members: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT u.ram_user_id, g.id, g.name FROM ccc_skill_levels l
         JOIN ccc_users u ON u.id = l.user_id JOIN ccc_skill_groups g ON g.id = l.skill_group_id
         WHERE g.instance_id = $1 ORDER BY g.created_at_ms, g.id",
    )
    .bind(instance_id)
    .fetch_all(connection)
    .await?;
    for (ram_user_id, id, name) in members {
        if let Some(person) = people.get_mut(&ram_user_id) {
            person.groups.push((id, name));
        }
    }
    Ok(people)
}

/// Ids and names of an instance's skill groups, oldest first.
pub(super) async fn groups(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<Vec<(String, String)>, CallCenterError> {
    Ok(sqlx::query_as("SELECT id, name FROM ccc_skill_groups WHERE instance_id = $1 ORDER BY created_at_ms, id")
        .bind(instance_id)
        .fetch_all(connection)
        .await?)
}
