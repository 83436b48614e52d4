//! Members that calls give to a skill group, and take from it.

use std::collections::HashSet;

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter};
use sqlx::AnyConnection;

use crate::center::{CallCenter, without_repetitions};
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_SKILL_GROUP, NOT_EXIST_USER, PARAMETER_MAXIMUM, no_such_user,
};
use crate::limits::{MAX_ID_CHARS, MAX_LIST_ELEMENTS};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE, SKILL_GROUP_RESOURCE, USER_RESOURCE};
use crate::skill_group::rows;
use crate::user::Role;
use crate::{access, user};

/// CCC 2017-07-05, "RemoveUsersFromSkillGroup". A user of the instance who is no member need not be taken out.
pub(crate) const REMOVE: OperationSpec = OperationSpec::write("RemoveUsersFromSkillGroup")
    .takes(&[
        INSTANCE_ID,
        Parameter::text_of("SkillGroupId", 1, MAX_ID_CHARS).required(),
        Parameter::text_of("UserId", 1, MAX_ID_CHARS).required().list(MAX_LIST_ELEMENTS),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_SKILL_GROUP.code,
        NOT_EXIST_USER.code,
        PARAMETER_MAXIMUM.code,
    ]);

pub(crate) async fn remove_users_from_skill_group(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let skill_group_id = call.required("SkillGroupId");
    let user_ids = without_repetitions(call.list("UserId"));
    let mut transaction = center.begin_change(&facts.id).await?;
    rows::refuse_unknown(&mut transaction, &facts.id, skill_group_id).await?;
    refuse_unknown_users(&mut transaction, &facts.id, user_ids.iter().copied()).await?;
    for user_id in &user_ids {
        rows::remove_member(&mut transaction, skill_group_id, user_id).await?;
    }
    center.commit(transaction, &facts.id).await?;
    let answer = Answer::empty().references(SKILL_GROUP_RESOURCE, skill_group_id);
    Ok(user_ids.into_iter().fold(answer, |answer, id| answer.references(USER_RESOURCE, id)))
}

/// Gives a group these members and no others. A membership that stays keeps its `SkillLevelId`.
pub(crate) async fn replace_members(
    connection: &mut AnyConnection,
    instance_id: &str,
    skill_group_id: &str,
    members: &[(&str, i64)],
) -> Result<(), ApiError> {
    refuse_unknown_users(connection, instance_id, members.iter().map(|(id, _)| *id)).await?;
    let kept: HashSet<&str> = members.iter().map(|(id, _)| *id).collect();
    for user_id in rows::member_ids(connection, skill_group_id).await? {
        if !kept.contains(user_id.as_str()) {
            rows::remove_member(connection, skill_group_id, &user_id).await?;
        }
    }
    for (user_id, level) in members {
        rows::set_member(connection, skill_group_id, user_id, *level).await?;
    }
    Ok(())
}

async fn refuse_unknown_users(
    connection: &mut AnyConnection,
    instance_id: &str,
    mut user_ids: impl Iterator<Item = &str> + Send,
) -> Result<(), ApiError> {
    let known = user::rows::user_ids(connection, instance_id).await?;
    match user_ids.find(|id| !known.contains(*id)) {
        Some(unknown) => Err(no_such_user(unknown)),
        None => Ok(()),
    }
}
