//! GetInstanceState and ListRealTimeAgent: the instance as a whole, and whom a call can go to.

use std::collections::BTreeMap;

use openapi::{Answer, Call, HandlerResult, OperationSpec, wrapped_list};
use serde_json::{Value, json};

use crate::access;
use crate::agent::people::{self, Membership};
use crate::agent::state::State;
use crate::agent::{rows, settle};
use crate::center::{CallCenter, CallCenterError};
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_INSTANCE};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::user::Role;

/// CCC 2017-07-05, "GetInstanceState".
pub(crate) const INSTANCE: OperationSpec = OperationSpec::read("GetInstanceState")
    .takes(&[INSTANCE_ID])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["RealTimeInstanceState"])
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code]);

/// CCC 2017-07-05, "ListRealTimeAgent".
pub(crate) const AGENTS: OperationSpec = OperationSpec::read("ListRealTimeAgent")
    .takes(&[INSTANCE_ID])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["Data"])
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code]);

/// How many agents at work are in each state; states without anybody are left out.
pub(crate) async fn get_instance_state(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    settle::settle_instance(center, &facts.id, call.arrived_at_ms).await?;
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for agent in rows::all(&mut connection, &facts.id).await?.values().filter(|agent| agent.state != State::LoggedOut) {
        *counts.entry(agent.state.wire_name()).or_default() += 1;
    }
    let counts = counts.into_iter().map(|(state, count)| json!({ "State": state, "Count": count })).collect();
    let distributions = json!({ "AgentStateDistributions": wrapped_list("AgentStateCount", counts) });
    Ok(Answer::empty().with("RealTimeInstanceState", distributions))
}

/// Agents to whom a call can be transferred now: the ready ones.
pub(crate) async fn list_real_time_agent(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    settle::settle_instance(center, &facts.id, call.arrived_at_ms).await?;
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let people = people::people(&mut connection, &facts.id).await?;
    let mut users = Vec::new();
    for (id, agent) in rows::all(&mut connection, &facts.id).await? {
        let Some(person) = people.get(&id).filter(|_| agent.state == State::Ready) else { continue };
        let memberships = people::memberships(&mut connection, &facts.id, &id).await?;
        let levels = memberships.iter().map(|membership| skill_level(&facts.id, membership)).collect();
        users.push(json!({
            "RamId": id,
            "DisplayName": person.display_name,
            "Phone": person.phone,
            "Dn": person.extension,
            "State": agent.state.wire_name(),
            "StateDesc": "等待",
            "SkillLevels": wrapped_list("SkillLevel", levels),
        }));
    }
    Ok(Answer::empty().with("Data", wrapped_list("User", users)))
}

fn skill_level(instance_id: &str, (id, level, group_id, name, description): &Membership) -> Value {
    json!({
        "SkillLevelId": id,
        "Level": level,
        "Skill": {
            "InstanceId": instance_id,
            "SkillGroupId": group_id,
            "SkillGroupName": name,
            "SkillGroupDescription": description,
        },
    })
}
