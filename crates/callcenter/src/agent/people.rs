//! Names of agents and skill groups as they are now.

use std::collections::BTreeMap;

use sqlx::AnyConnection;

use crate::center::CallCenterError;

/// A user of the instance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) login_name: String,
    pub(super) display_name: String,
    pub(super) phone: String,
    pub(super) extension: String,
}

/// The users of an instance, by RAM user id.
pub(super) async fn people(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<BTreeMap<String, Person>, CallCenterError> {
    let rows: Vec<(String, String, String, String, String)> = sqlx::query_as(
        "SELECT ram_user_id, login_name, display_name, phone, extension FROM ccc_users WHERE instance_id = $1",
    )
    .bind(instance_id)
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(id, login_name, display_name, phone, extension)| {
            (id, Person { login_name, display_name, phone, extension })
        })
        .collect())
}

/// Name for people of one user; his login name if he has no other.
pub(super) async fn display_name(
    connection: &mut AnyConnection,
    instance_id: &str,
    agent_id: &str,
) -> Result<Option<String>, CallCenterError> {
    let names: Option<(String, String)> =
        sqlx::query_as("SELECT display_name, login_name FROM ccc_users WHERE instance_id = $1 AND ram_user_id = $2")
            .bind(instance_id)
            .bind(agent_id)
            .fetch_optional(connection)
            .await?;
    Ok(names.map(|(display, login)| if display.is_empty() { login } else { display }))
}

/// The skill groups of an instance: id and name, oldest first.
pub(super) async fn groups(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<Vec<(String, String)>, CallCenterError> {
    Ok(sqlx::query_as("SELECT id, name FROM ccc_skill_groups WHERE instance_id = $1 ORDER BY created_at_ms, id")
        .bind(instance_id)
        .fetch_all(connection)
        .await?)
}

/// A membership: skill level id, level, skill group id, its name and description.
pub(super) type Membership = (String, i64, String, String, String);

/// The memberships of an agent, oldest group first.
pub(super) async fn memberships(
    connection: &mut AnyConnection,
    instance_id: &str,
    agent_id: &str,
) -> Result<Vec<Membership>, CallCenterError> {
    Ok(sqlx::query_as(
        "SELECT l.id, l.level, g.id, g.name, g.description FROM ccc_skill_levels l
         JOIN ccc_skill_groups g ON g.id = l.skill_group_id JOIN ccc_users u ON u.id = l.user_id
         WHERE g.instance_id = $1 AND u.ram_user_id = $2 ORDER BY g.created_at_ms, g.id",
    )
    .bind(instance_id)
    .bind(agent_id)
    .fetch_all(connection)
    .await?)
}
