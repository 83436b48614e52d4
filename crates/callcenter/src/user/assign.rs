//! AssignUsers: RAM users of the account become users of the instance, all of them or none.
//!
//! A RAM user who is a user already is not refused: he gets the roles and groups that the call names, keeps those of a
//! kind that it does not name, and keeps his `UserId`, extension and details. A new user without a named role is an
//! agent.

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter, wrapped_list};
use serde_json::json;
use sqlx::AnyConnection;

use crate::access;
use crate::center::{CallCenter, without_repetitions};
use crate::errors::{
    LIMIT_EXCEEDED_CCC_USER, NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_ROLE, NOT_EXIST_SKILL_GROUP,
    NOT_EXIST_USER, NOT_MODIFIED_PRIMARY_USER, PARAMETER_FORMAT, PARAMETER_INVALID, PARAMETER_MAXIMUM,
};
use crate::limits::{MAX_ID_CHARS, MAX_ROLES_PER_CALL, MAX_SKILL_GROUPS_PER_CALL, MAX_USERS_PER_CALL};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE, USER_RESOURCE};
use crate::ram_users::RamUser;
use crate::skill_group::skill_level_parameter;
use crate::user::Role;
use crate::user::membership::{Membership, refuse_primary, refuse_too_many, replace_roles, replace_skill_levels};
use crate::user::rows::{self, KnownUser, NewUser};

/// CCC 2017-07-05, "AssignUsers".
pub(crate) const SPEC: OperationSpec = OperationSpec::write("AssignUsers")
    .takes(&[
        INSTANCE_ID,
        Parameter::text_of("UserRamId", 1, MAX_ID_CHARS).required().list(MAX_USERS_PER_CALL),
        Parameter::text_of("RoleId", 1, MAX_ID_CHARS).list(MAX_ROLES_PER_CALL),
        Parameter::text_of("SkillGroupId", 1, MAX_ID_CHARS).list(MAX_SKILL_GROUPS_PER_CALL),
        skill_level_parameter(MAX_SKILL_GROUPS_PER_CALL),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["Data"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_USER.code,
        NOT_EXIST_ROLE.code,
        NOT_EXIST_SKILL_GROUP.code,
        LIMIT_EXCEEDED_CCC_USER.code,
        NOT_MODIFIED_PRIMARY_USER.code,
        PARAMETER_INVALID.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
    ]);

pub(crate) async fn assign_users(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let ram_users = asked_ram_users(center, call)?;
    let membership = Membership::of(call)?;

    let mut transaction = center.begin_change(&facts.id).await?;
    membership.check(&mut transaction, &facts.id).await?;
    let mut users = Vec::with_capacity(ram_users.len());
    for ram_user in &ram_users {
        users.push(assign(&mut transaction, &facts.id, ram_user, &membership, call.arrived_at_ms).await?);
    }
    refuse_too_many(&mut transaction, &facts.id).await?;
    center.commit(transaction, &facts.id).await?;

    let views = users.iter().map(|user| {
        json!({
            "InstanceId": facts.id,
            "Primary": user.is_primary,
            "RamId": user.ram_user_id,
            "UserId": user.id,
        })
    });
    let answer = Answer::empty().with("Data", wrapped_list("User", views.collect()));
    Ok(users.into_iter().fold(answer, |answer, user| answer.references(USER_RESOURCE, user.id)))
}

/// One unknown RAM user refuses the whole call.
fn asked_ram_users(center: &CallCenter, call: &Call) -> Result<Vec<RamUser>, ApiError> {
    let account_id = &call.caller.account_id;
    let ids = without_repetitions(call.list("UserRamId"));
    ids.into_iter().map(|id| center.ram_user(account_id, id)).collect()
}

async fn assign(
    connection: &mut AnyConnection,
    instance_id: &str,
    ram_user: &RamUser,
    membership: &Membership<'_>,
    now_ms: i64,
) -> Result<KnownUser, ApiError> {
    let user = match rows::find_by_ram_user(connection, instance_id, &ram_user.user_id).await? {
        Some(user) => user,
        None => insert(connection, instance_id, ram_user, now_ms).await?,
    };
    refuse_primary(&user)?;
    if !membership.role_ids.is_empty() {
        replace_roles(connection, &user.id, &membership.role_ids).await?;
    }
    if !membership.skill_levels.is_empty() {
        replace_skill_levels(connection, &user.id, &membership.skill_levels).await?;
    }
    Ok(user)
}

async fn insert(
    connection: &mut AnyConnection,
    instance_id: &str,
    ram_user: &RamUser,
    now_ms: i64,
) -> Result<KnownUser, ApiError> {
    let new = NewUser {
        instance_id,
        ram_user,
        role: Role::Agent,
        is_primary: false,
        ordinal: rows::next_ordinal(connection, instance_id).await?,
        created_at_ms: now_ms,
    };
    let id = rows::insert_user(connection, &new).await?;
    Ok(KnownUser { id, ram_user_id: ram_user.user_id.clone(), is_primary: false })
}
