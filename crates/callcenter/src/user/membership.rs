//! Roles and skill groups that a call gives to users: `RoleId.N`, and `SkillGroupId.N` with `SkillLevel.N`.

use std::collections::HashSet;

use openapi::{ApiError, Call};
use sqlx::AnyConnection;

use crate::center::{CallCenterError, without_repetitions};
use crate::errors::{LIMIT_EXCEEDED_CCC_USER, NOT_EXIST_ROLE, NOT_MODIFIED_PRIMARY_USER, no_such_skill_group};
use crate::skill_group::with_levels;
use crate::user::rows;
use crate::{instance, skill_group};

/// What a call gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Membership<'a> {
    pub(crate) role_ids: Vec<&'a str>,
    pub(crate) skill_levels: Vec<(&'a str, i64)>,
}

impl<'a> Membership<'a> {
    pub(crate) fn of(call: &'a Call) -> Result<Self, ApiError> {
        Ok(Self {
            role_ids: without_repetitions(call.list("RoleId")),
            skill_levels: with_levels(call, "SkillGroupId")?,
        })
    }

    /// Refuses roles and groups that the instance does not have.
    pub(crate) async fn check(&self, connection: &mut AnyConnection, instance_id: &str) -> Result<(), ApiError> {
        let roles = rows::role_ids(connection, instance_id).await?;
        if let Some(unknown) = self.role_ids.iter().find(|id| !roles.contains(**id)) {
            return Err(NOT_EXIST_ROLE.error(format!(
                "role '{unknown}' does not exist in this instance: take a RoleId that ListRoles returns."
            )));
        }
        let groups = skill_group::rows::ids(connection, instance_id).await?;
        match self.skill_levels.iter().find(|(id, _)| !groups.contains(*id)) {
            Some((unknown, _)) => Err(no_such_skill_group(unknown)),
            None => Ok(()),
        }
    }
}

/// Gives a user these roles and no others.
pub(crate) async fn replace_roles(
    connection: &mut AnyConnection,
    user_id: &str,
    role_ids: &[&str],
) -> Result<(), CallCenterError> {
    sqlx::query("DELETE FROM ccc_user_roles WHERE user_id = $1").bind(user_id).execute(&mut *connection).await?;
    for role_id in role_ids {
        sqlx::query("INSERT INTO ccc_user_roles (user_id, role_id) VALUES ($1, $2)")
            .bind(user_id)
            .bind(*role_id)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Makes a user a member of these groups and no others. A membership that stays keeps its `SkillLevelId`.
pub(crate) async fn replace_skill_levels(
    connection: &mut AnyConnection,
    user_id: &str,
    skill_levels: &[(&str, i64)],
) -> Result<(), CallCenterError> {
    let present: Vec<String> = sqlx::query_scalar("SELECT skill_group_id FROM ccc_skill_levels WHERE user_id = $1")
        .bind(user_id)
        .fetch_all(&mut *connection)
        .await?;
    let kept: HashSet<&str> = skill_levels.iter().map(|(id, _)| *id).collect();
    for skill_group_id in present.iter().filter(|id| !kept.contains(id.as_str())) {
        skill_group::rows::remove_member(connection, skill_group_id, user_id).await?;
    }
    for (skill_group_id, level) in skill_levels {
        skill_group::rows::set_member(connection, skill_group_id, user_id, *level).await?;
    }
    Ok(())
}

/// Refuses a change of the instance's owner. He is an administrator from the beginning, so an instance is never without
/// one.
pub(crate) fn refuse_primary(user: &rows::KnownUser) -> Result<(), ApiError> {
    if !user.is_primary {
        return Ok(());
    }
    Err(NOT_MODIFIED_PRIMARY_USER.error(format!(
        "user '{}' is the primary user of the instance and may not be changed or removed: leave him out.",
        user.id
    )))
}

/// Refuses another user when the instance is full.
pub(crate) async fn refuse_full(connection: &mut AnyConnection, instance_id: &str) -> Result<(), ApiError> {
    let limit = instance::rows::max_users(connection, instance_id).await?;
    if rows::count(connection, instance_id).await? < limit { Ok(()) } else { Err(too_many(limit)) }
}

fn too_many(limit: i64) -> ApiError {
    LIMIT_EXCEEDED_CCC_USER.error(format!(
        "the instance may have {limit} users: remove some first, or raise the limit with SetInstanceLimits."
    ))
}

/// Looks after a change whether the instance has too many users; the rollback undoes the change if so.
pub(crate) async fn refuse_too_many(connection: &mut AnyConnection, instance_id: &str) -> Result<(), ApiError> {
    let limit = instance::rows::max_users(connection, instance_id).await?;
    if rows::count(connection, instance_id).await? <= limit { Ok(()) } else { Err(too_many(limit)) }
}
