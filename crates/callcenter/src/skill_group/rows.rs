//! Rows of skill groups, their members and their numbers.

use std::collections::HashSet;

use openapi::ApiError;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, FromRow, Row};

use crate::center::{CallCenterError, new_id};
use crate::errors::no_such_skill_group;
use crate::skill_group::RoutingStrategy;
use crate::skill_group::basics::Basics;

/// Name of the skill group that every instance begins with.
const DEFAULT_NAME: &str = "Default";

/// A skill group to be added.
pub(crate) struct NewSkillGroup<'a> {
    pub(crate) id: &'a str,
    pub(crate) instance_id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) description: &'a str,
    pub(crate) strategy: RoutingStrategy,
    pub(crate) allow_private_outbound_number: bool,
    pub(crate) created_at_ms: i64,
}

/// A skill group with what a list shows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SkillGroup {
    pub(crate) id: String,
    pub(crate) instance_id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) routing_strategy: String,
    pub(crate) allow_private_outbound_number: bool,
    /// Of its instance.
    pub(crate) domain_name: String,
    pub(crate) user_count: i64,
}

impl<'r> FromRow<'r, AnyRow> for SkillGroup {
    fn from_row(row: &'r AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            instance_id: row.try_get("instance_id")?,
            name: row.try_get("name")?,
            description: row.try_get("description")?,
            routing_strategy: row.try_get("routing_strategy")?,
            allow_private_outbound_number: row.try_get::<i64, _>("allow_private_outbound_number")? != 0,
            domain_name: row.try_get("domain_name")?,
            user_count: row.try_get("user_count")?,
        })
    }
}

/// Adds a skill group; `false` if the name is taken.
pub(crate) async fn insert(connection: &mut AnyConnection, group: &NewSkillGroup<'_>) -> Result<bool, CallCenterError> {
    let done = sqlx::query(
        "INSERT INTO ccc_skill_groups (id, instance_id, name, description, routing_strategy,
            allow_private_outbound_number, created_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (instance_id, name) DO NOTHING",
    )
    .bind(group.id)
    .bind(group.instance_id)
    .bind(group.name)
    .bind(group.description)
    .bind(group.strategy.name())
    .bind(i64::from(group.allow_private_outbound_number))
    .bind(group.created_at_ms)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives a new instance its first skill group.
pub(crate) async fn insert_default(
    connection: &mut AnyConnection,
    instance_id: &str,
    now_ms: i64,
) -> Result<(), CallCenterError> {
    let group = NewSkillGroup {
        id: &new_id(),
        instance_id,
        name: DEFAULT_NAME,
        description: "",
        strategy: RoutingStrategy::Default,
        allow_private_outbound_number: false,
        created_at_ms: now_ms,
    };
    insert(connection, &group).await.map(|_inserted| ())
}

/// How many skill groups an instance has.
pub(crate) async fn count(connection: &mut AnyConnection, instance_id: &str) -> Result<i64, CallCenterError> {
    Ok(sqlx::query_scalar("SELECT COUNT(*) FROM ccc_skill_groups WHERE instance_id = $1")
        .bind(instance_id)
        .fetch_one(connection)
        .await?)
}

/// Ids of an instance's skill groups.
pub(crate) async fn ids(connection: &mut AnyConnection, instance_id: &str) -> Result<HashSet<String>, CallCenterError> {
    let ids: Vec<String> = sqlx::query_scalar("SELECT id FROM ccc_skill_groups WHERE instance_id = $1")
        .bind(instance_id)
        .fetch_all(connection)
        .await?;
    Ok(ids.into_iter().collect())
}

/// Makes a user a member, or changes his skill level.
pub(crate) async fn set_member(
    connection: &mut AnyConnection,
    skill_group_id: &str,
    user_id: &str,
    level: i64,
) -> Result<(), CallCenterError> {
    sqlx::query(
        "INSERT INTO ccc_skill_levels (id, skill_group_id, user_id, level) VALUES ($1, $2, $3, $4)
         ON CONFLICT (skill_group_id, user_id) DO UPDATE SET level = excluded.level",
    )
    .bind(new_id())
    .bind(skill_group_id)
    .bind(user_id)
    .bind(level)
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes a member out.
pub(crate) async fn remove_member(
    connection: &mut AnyConnection,
    skill_group_id: &str,
    user_id: &str,
) -> Result<(), CallCenterError> {
    sqlx::query("DELETE FROM ccc_skill_levels WHERE skill_group_id = $1 AND user_id = $2")
        .bind(skill_group_id)
        .bind(user_id)
        .execute(connection)
        .await?;
    Ok(())
}

/// The members of a group, by `UserId`.
pub(crate) async fn member_ids(
    connection: &mut AnyConnection,
    skill_group_id: &str,
) -> Result<Vec<String>, CallCenterError> {
    Ok(sqlx::query_scalar("SELECT user_id FROM ccc_skill_levels WHERE skill_group_id = $1")
        .bind(skill_group_id)
        .fetch_all(connection)
        .await?)
}

/// Lets a group's members dial out with a number.
pub(crate) async fn set_number(
    connection: &mut AnyConnection,
    skill_group_id: &str,
    phone_number_id: &str,
) -> Result<(), CallCenterError> {
    sqlx::query(
        "INSERT INTO ccc_skill_group_numbers (skill_group_id, phone_number_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    )
    .bind(skill_group_id)
    .bind(phone_number_id)
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes a number from a group; it stays in the instance.
pub(crate) async fn remove_number(
    connection: &mut AnyConnection,
    skill_group_id: &str,
    phone_number_id: &str,
) -> Result<(), CallCenterError> {
    sqlx::query("DELETE FROM ccc_skill_group_numbers WHERE skill_group_id = $1 AND phone_number_id = $2")
        .bind(skill_group_id)
        .bind(phone_number_id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes all numbers from a group.
pub(crate) async fn remove_numbers(
    connection: &mut AnyConnection,
    skill_group_id: &str,
) -> Result<(), CallCenterError> {
    sqlx::query("DELETE FROM ccc_skill_group_numbers WHERE skill_group_id = $1")
        .bind(skill_group_id)
        .execute(connection)
        .await?;
    Ok(())
}

/// The id of the group with this name.
pub(crate) async fn id_of_name(
    connection: &mut AnyConnection,
    instance_id: &str,
    name: &str,
) -> Result<Option<String>, CallCenterError> {
    Ok(sqlx::query_scalar("SELECT id FROM ccc_skill_groups WHERE instance_id = $1 AND name = $2")
        .bind(instance_id)
        .bind(name)
        .fetch_optional(connection)
        .await?)
}

/// Replaces name and description, and what else the call names.
pub(crate) async fn set_basics(
    connection: &mut AnyConnection,
    skill_group_id: &str,
    basics: Basics<'_>,
) -> Result<(), CallCenterError> {
    sqlx::query(
        "UPDATE ccc_skill_groups SET name = $1, description = $2, routing_strategy = COALESCE($3, routing_strategy),
            allow_private_outbound_number = COALESCE($4, allow_private_outbound_number)
         WHERE id = $5",
    )
    .bind(basics.name)
    .bind(basics.description)
    .bind(basics.strategy.map(RoutingStrategy::name))
    .bind(basics.allow_private_outbound_number.map(i64::from))
    .bind(skill_group_id)
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes a group with its memberships; members and numbers stay in the instance.
pub(crate) async fn delete(connection: &mut AnyConnection, skill_group_id: &str) -> Result<(), CallCenterError> {
    sqlx::query("DELETE FROM ccc_skill_groups WHERE id = $1").bind(skill_group_id).execute(connection).await?;
    Ok(())
}

/// Calls that entered the group's queue since `since_ms` and are still there.
pub(crate) async fn count_waiting(
    connection: &mut AnyConnection,
    instance_id: &str,
    skill_group_id: &str,
    since_ms: i64,
) -> Result<i64, CallCenterError> {
    Ok(sqlx::query_scalar(
        "SELECT COUNT(*) FROM ccc_activity entered
         WHERE entered.instance_id = $1 AND entered.skill_group_id = $2 AND entered.at_ms >= $3
            AND entered.kind = 'queued' AND NOT EXISTS (
                SELECT 1 FROM ccc_activity ended
                WHERE ended.instance_id = entered.instance_id AND ended.contact_id = entered.contact_id
                    AND ended.kind IN ('queue_left', 'released') AND (ended.at_ms > entered.at_ms
                        OR (ended.at_ms = entered.at_ms AND ended.sequence > entered.sequence)))",
    )
    .bind(instance_id)
    .bind(skill_group_id)
    .bind(since_ms)
    .fetch_one(connection)
    .await?)
}

/// Refuses a group that the instance does not have.
pub(crate) async fn refuse_unknown(
    connection: &mut AnyConnection,
    instance_id: &str,
    skill_group_id: &str,
) -> Result<(), ApiError> {
    let found: Option<String> =
        sqlx::query_scalar("SELECT id FROM ccc_skill_groups WHERE instance_id = $1 AND id = $2")
            .bind(instance_id)
            .bind(skill_group_id)
            .fetch_optional(connection)
            .await
            .map_err(CallCenterError::from)?;
    found.map(|_| ()).ok_or_else(|| no_such_skill_group(skill_group_id))
}

/// The skill groups of an instance, oldest first.
pub(crate) async fn find(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<Vec<SkillGroup>, CallCenterError> {
    Ok(sqlx::query_as(
        "SELECT g.id, g.instance_id, g.name, g.description, g.routing_strategy,
            g.allow_private_outbound_number, i.domain_name,
            (SELECT COUNT(*) FROM ccc_skill_levels l WHERE l.skill_group_id = g.id) AS user_count
         FROM ccc_skill_groups g JOIN ccc_instances i ON i.id = g.instance_id
         WHERE g.instance_id = $1 ORDER BY g.created_at_ms, g.id",
    )
    .bind(instance_id)
    .fetch_all(connection)
    .await?)
}
