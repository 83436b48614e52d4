//! ResetUserStatus: agents who are stuck are brought back to a clean state, which is checked out.

use std::collections::HashSet;

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter, Principal};
use sqlx::AnyConnection;

use crate::access;
use crate::activity;
use crate::agent::change::no_such_agent;
use crate::agent::command::{Command, Identity, decide};
use crate::agent::people;
use crate::agent::settle::{rows_of_call, settle};
use crate::cache::InstanceFacts;
use crate::center::{CallCenter, CallCenterError, without_repetitions};
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_USER, PARAMETER_FORMAT, PARAMETER_MAXIMUM, no_such_instance,
};
use crate::instance;
use crate::limits::MAX_USERS_PER_CALL;
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE, USER_RESOURCE};
use crate::product::missing;
use crate::user::Role;

/// CCC 2017-07-05, "ResetUserStatus".
pub(crate) const SPEC: OperationSpec = OperationSpec::write("ResetUserStatus")
    .takes(&[INSTANCE_ID, Parameter::integer("RamIdList", 0, i64::MAX).list(MAX_USERS_PER_CALL)])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_USER.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
    ]);

/// All of them or none: an unknown agent, or one whom the caller does not lead, refuses the whole call.
pub(crate) async fn reset_user_status(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let agent_ids = without_repetitions(call.list("RamIdList"));
    if agent_ids.is_empty() {
        return Err(missing("RamIdList"));
    }
    if let Some(stranger) = agent_ids.iter().find(|id| !facts.roles.contains_key(**id)) {
        return Err(no_such_agent(stranger));
    }
    let mut transaction = center.database.begin().await.map_err(CallCenterError::from)?;
    if !instance::rows::lock(&mut transaction, &facts.id).await? {
        return Err(no_such_instance(&facts.id));
    }
    refuse_those_of_others(&mut transaction, call, &facts, &agent_ids).await?;
    let mut answer = Answer::empty();
    for agent_id in agent_ids {
        reset(&mut transaction, &facts.id, agent_id, call.arrived_at_ms).await?;
        answer = answer.references(USER_RESOURCE, agent_id);
    }
    center.commit(transaction, &facts.id).await?;
    Ok(answer)
}

async fn reset(
    connection: &mut AnyConnection,
    instance_id: &str,
    agent_id: &str,
    now_ms: i64,
) -> Result<(), CallCenterError> {
    let agent = settle(connection, instance_id, agent_id, now_ms).await?;
    let at_ms = now_ms.max(agent.last_at_ms);
    let name = people::display_name(connection, instance_id, agent_id).await?.unwrap_or_default();
    let Ok(own) = decide(&agent, Identity { id: agent_id, name: &name }, &Command::Reset, at_ms) else { return Ok(()) };
    let of_call = rows_of_call(connection, instance_id, &agent, &Command::Reset, at_ms).await?;
    activity::rows::append(connection, instance_id, &[of_call, own].concat()).await
}

/// A leader resets the members of his own skill groups only; an administrator everybody.
async fn refuse_those_of_others(
    connection: &mut AnyConnection,
    call: &Call,
    facts: &InstanceFacts,
    agent_ids: &[&str],
) -> Result<(), ApiError> {
    let Principal::User { user_id, .. } = &call.caller.principal else { return Ok(()) };
    if facts.roles.get(user_id) == Some(&Role::Admin) {
        return Ok(());
    }
    let own = group_ids(connection, &facts.id, user_id).await?;
    for agent_id in agent_ids.iter().filter(|id| **id != user_id.as_str()) {
        if group_ids(connection, &facts.id, agent_id).await?.is_disjoint(&own) {
            return Err(NO_PERMISSION_USER.error(format!(
                "no permission for user '{agent_id}': a leader resets members of his own skill groups. Ask an administrator of the instance."
            )));
        }
    }
    Ok(())
}

async fn group_ids(
    connection: &mut AnyConnection,
    instance_id: &str,
    agent_id: &str,
) -> Result<HashSet<String>, CallCenterError> {
    let memberships = people::memberships(connection, instance_id, agent_id).await?;
    Ok(memberships.into_iter().map(|(_, _, group_id, _, _)| group_id).collect())
}
