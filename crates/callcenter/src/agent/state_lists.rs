//! ListAgentStates and ListSkillGroupStates: who does what now.

use std::collections::{BTreeMap, HashMap};

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter, ValueFault};
use serde_json::{Value, json};
use sqlx::AnyConnection;

use crate::access;
use crate::agent::people::{self, Person};
use crate::agent::state::{Agent, State};
use crate::agent::{rows, settle};
use crate::center::{CallCenter, CallCenterError};
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_INSTANCE, PARAMETER_ENUMERATION, PARAMETER_FORMAT, PARAMETER_MAXIMUM,
    PARAMETER_MINIMUM,
};
use crate::limits::{DEFAULT_STATE_PAGE_SIZE, MAX_ID_CHARS, MAX_STATE_IDS, MAX_STATE_PAGE_SIZE, SHOWN_STATE_CHANGE_MS};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::page::{PAGE_NUMBER, Page, page_size};
use crate::product::unfit;
use crate::user::Role;

const PAGE_SIZE: Parameter = page_size(MAX_STATE_PAGE_SIZE);
const ID_LIST_CHARS: usize = MAX_STATE_IDS * (MAX_ID_CHARS + 1);
const FAULTS: &[&str] = &[
    NOT_EXIST_INSTANCE.code,
    NO_PERMISSION_USER.code,
    PARAMETER_ENUMERATION.code,
    PARAMETER_FORMAT.code,
    PARAMETER_MAXIMUM.code,
    PARAMETER_MINIMUM.code,
];

/// State names of agents who are at work.
const STATES: &[&str] = &["ACW", "Break", "Dialing", "Ringing", "Ready", "Talking"];

/// CCC 2017-07-05, "ListAgentStates".
pub(crate) const AGENTS: OperationSpec = OperationSpec::read("ListAgentStates")
    .takes(&[
        INSTANCE_ID,
        Parameter::text_of("AgentIds", 0, ID_LIST_CHARS),
        PAGE_NUMBER,
        PAGE_SIZE,
        Parameter::text_of("SkillGroupId", 1, MAX_ID_CHARS),
        Parameter::text("State"),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["Data"])
    .fails_with(FAULTS);

/// CCC 2017-07-05, "ListSkillGroupStates".
pub(crate) const GROUPS: OperationSpec = OperationSpec::read("ListSkillGroupStates")
    .takes(&[INSTANCE_ID, PAGE_NUMBER, PAGE_SIZE, Parameter::text_of("SkillGroupIds", 0, ID_LIST_CHARS)])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["Data"])
    .fails_with(FAULTS);

/// Agents at work whose state changed within the last four hours.
pub(crate) async fn list_agent_states(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let now_ms = call.arrived_at_ms;
    let states = asked(call, "State");
    if states.iter().any(|state| !STATES.contains(state)) {
        return Err(unfit(ValueFault::Enumeration, "State", format!("it must be one of {}", STATES.join(", "))));
    }
    let agent_ids = asked_ids(call, "AgentIds")?;
    let group_id = call.text("SkillGroupId");
    settle::settle_instance(center, &facts.id, now_ms).await?;
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let people = people::people(&mut connection, &facts.id).await?;
    let agents = rows::all(&mut connection, &facts.id).await?;
    let shown = agents.iter().filter(|(id, agent)| {
        agent.state != State::LoggedOut
            && now_ms - agent.since_ms <= SHOWN_STATE_CHANGE_MS
            && (agent_ids.is_empty() || agent_ids.contains(&id.as_str()))
            && (states.is_empty() || states.contains(&agent.state.wire_name()))
            && group_id.is_none_or(|group| agent.skill_group_ids.iter().any(|own| own == group))
    });
    let views = shown.map(|(id, agent)| agent_view(&facts.id, id, agent, people.get(id), now_ms)).collect();
    Ok(Answer::empty().with("Data", page(call, "RealTimeAgentState", views)))
}

fn agent_view(instance_id: &str, id: &str, agent: &Agent, person: Option<&Person>, now_ms: i64) -> Value {
    let nobody = Person::default();
    let person = person.unwrap_or(&nobody);
    json!({
        "AgentId": id,
        "AgentName": person.display_name,
        "LoginName": person.login_name,
        "Dn": person.extension,
        "InstanceId": instance_id,
        "State": agent.state.wire_name(),
        "StateDuration": ((now_ms - agent.since_ms).max(0) / 1_000).to_string(),
    })
}

/// The groups in the order of their creation, with counts of now.
pub(crate) async fn list_skill_group_states(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let now_ms = call.arrived_at_ms;
    let ids = asked_ids(call, "SkillGroupIds")?;
    settle::settle_instance(center, &facts.id, now_ms).await?;
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let groups = people::groups(&mut connection, &facts.id).await?;
    let agents = rows::all(&mut connection, &facts.id).await?;
    let waiting = waiting_calls(&mut connection, &facts.id, now_ms).await?;
    let shown = groups.iter().filter(|(id, _)| ids.is_empty() || ids.contains(&id.as_str()));
    let views = shown
        .map(|(id, name)| {
            let waits = waiting.get(id).map_or(&[][..], Vec::as_slice);
            group_view(&facts.id, (id, name), &agents, waits, now_ms)
        })
        .collect();
    Ok(Answer::empty().with("Data", page(call, "RealTimeSkillGroupState", views)))
}

/// `LongestCall`: seconds that the call waits that waits longest.
fn group_view(
    instance_id: &str,
    (id, name): (&str, &str),
    agents: &BTreeMap<String, Agent>,
    waiting_since_ms: &[i64],
    now_ms: i64,
) -> Value {
    let members = || agents.values().filter(|agent| agent.skill_group_ids.iter().any(|own| own == id));
    let count = |wanted: &[&str]| members().filter(|agent| wanted.contains(&agent.state.wire_name())).count();
    let longest_ms = waiting_since_ms.iter().min().map_or(0, |since_ms| (now_ms - since_ms).max(0));
    json!({
        "InstanceId": instance_id,
        "SkillGroupId": id,
        "SkillGroupName": name,
        "LoggedInAgents": members().count(),
        "ReadyAgents": count(&["Ready"]),
        "TalkingAgents": count(&["Talking", "Ringing", "Dialing"]),
        "WorkingAgents": count(&["ACW"]),
        "BreakingAgents": count(&["Break"]),
        "WaitingCalls": waiting_since_ms.len(),
        "LongestCall": longest_ms / 1_000,
    })
}

/// Since when calls wait, by skill group: entries of the last hours into a queue that the call has not left since.
async fn waiting_calls(
    connection: &mut AnyConnection,
    instance_id: &str,
    now_ms: i64,
) -> Result<HashMap<String, Vec<i64>>, CallCenterError> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT q.skill_group_id, q.at_ms FROM ccc_activity q
         WHERE q.instance_id = $1 AND q.at_ms >= $2 AND q.kind = 'queued' AND q.skill_group_id IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM ccc_activity l
            WHERE l.instance_id = $1 AND l.contact_id = q.contact_id AND l.sequence > q.sequence
            AND (l.kind = 'released' OR (l.kind = 'queue_left' AND l.skill_group_id = q.skill_group_id)))",
    )
    .bind(instance_id)
    .bind(now_ms - SHOWN_STATE_CHANGE_MS)
    .fetch_all(connection)
    .await?;
    let mut waiting: HashMap<String, Vec<i64>> = HashMap::new();
    for (group_id, at_ms) in rows {
        waiting.entry(group_id).or_default().push(at_ms);
    }
    Ok(waiting)
}

fn asked<'a>(call: &'a Call, parameter: &str) -> Vec<&'a str> {
    let text = call.text(parameter).unwrap_or_default();
    text.split(',').map(str::trim).filter(|element| !element.is_empty()).collect()
}

fn asked_ids<'a>(call: &'a Call, parameter: &str) -> Result<Vec<&'a str>, ApiError> {
    let ids = asked(call, parameter);
    if ids.len() <= MAX_STATE_IDS {
        return Ok(ids);
    }
    let expected = format!("it has {} ids, at most {MAX_STATE_IDS} are allowed", ids.len());
    Err(unfit(ValueFault::Maximum, parameter, expected))
}

fn page(call: &Call, element: &str, views: Vec<Value>) -> Value {
    let page = Page::of(call, DEFAULT_STATE_PAGE_SIZE);
    page.view(views.len(), element, page.cut(views))
}
