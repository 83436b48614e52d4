//! DeleteSkillGroup.
//!
//! The group that every instance begins with is a group like the others: nothing refers to it, and it may be deleted.
//! Members and numbers stay in the instance. A group is in use while agents are checked in to it or calls wait in its
//! queue: they would be left in a queue that nobody serves. What happened in the group stays in reports and records.

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter};
use sqlx::AnyConnection;

use crate::center::CallCenter;
use crate::errors::{
    IN_USE_SKILL_GROUP, NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_SKILL_GROUP, PARAMETER_MAXIMUM,
};
use crate::limits::{LONGEST_WAIT_MS, MAX_ID_CHARS};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE, SKILL_GROUP_RESOURCE};
use crate::skill_group::rows;
use crate::user::{Role, presence};
use crate::{access, user};

/// CCC 2017-07-05, "DeleteSkillGroup".
pub(crate) const SPEC: OperationSpec = OperationSpec::write("DeleteSkillGroup")
    .takes(&[INSTANCE_ID, Parameter::text_of("SkillGroupId", 1, MAX_ID_CHARS).required()])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_SKILL_GROUP.code,
        IN_USE_SKILL_GROUP.code,
        PARAMETER_MAXIMUM.code,
    ]);

pub(crate) async fn delete_skill_group(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let skill_group_id = call.required("SkillGroupId");
    let mut transaction = center.begin_change(&facts.id).await?;
    rows::refuse_unknown(&mut transaction, &facts.id, skill_group_id).await?;
    refuse_in_use(&mut transaction, &facts.id, skill_group_id, call.arrived_at_ms).await?;
    rows::delete(&mut transaction, skill_group_id).await?;
    center.commit(transaction, &facts.id).await?;
    Ok(Answer::empty().references(SKILL_GROUP_RESOURCE, skill_group_id))
}

async fn refuse_in_use(
    connection: &mut AnyConnection,
    instance_id: &str,
    skill_group_id: &str,
    now_ms: i64,
) -> Result<(), ApiError> {
    let waiting = rows::count_waiting(connection, instance_id, skill_group_id, now_ms - LONGEST_WAIT_MS).await?;
    if waiting > 0 {
        return Err(IN_USE_SKILL_GROUP.error(format!(
            "{waiting} calls wait in the queue of skill group '{skill_group_id}': wait until they are served."
        )));
    }
    for ram_user_id in user::rows::ram_user_ids(connection, instance_id).await? {
        let groups = presence::checked_in_groups(connection, instance_id, &ram_user_id).await?;
        if groups.is_some_and(|groups| groups.iter().any(|id| id == skill_group_id)) {
            return Err(IN_USE_SKILL_GROUP.error(format!(
                "agent {ram_user_id} is checked in to skill group '{skill_group_id}': let the agents check out first."
            )));
        }
    }
    Ok(())
}
