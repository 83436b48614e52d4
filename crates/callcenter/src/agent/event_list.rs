//! ListAgentEvents: what named agents did.

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter, ValueFault, wrapped_list};
use serde_json::{Value, json};
use sqlx::AnyConnection;

use crate::access;
use crate::activity::{Activity, Kind};
use crate::agent::change::no_such_agent;
use crate::agent::literal::{EVENTS, event_of};
use crate::agent::people::{self, Person};
use crate::agent::{rows, settle};
use crate::center::{CallCenter, CallCenterError, without_repetitions};
use crate::contact::{Span, moment};
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_USER, PARAMETER_ENUMERATION, PARAMETER_FORMAT, PARAMETER_INVALID,
    PARAMETER_MAXIMUM,
};
use crate::limits::{MAX_AGENT_EVENT_SPAN_MS, MAX_ID_CHARS, MAX_USERS_PER_CALL};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::product::{missing, unfit};
use crate::user::Role;

/// CCC 2017-07-05, "ListAgentEvents". `RamId` is required; the row does not say so because an earlier generation of
/// clients sends a single `RamId` instead of the list.
pub(crate) const SPEC: OperationSpec = OperationSpec::read("ListAgentEvents")
    .takes(&[
        INSTANCE_ID,
        Parameter::text_of("RamId", 1, MAX_ID_CHARS).list(MAX_USERS_PER_CALL),
        moment("StartTime"),
        moment("StopTime"),
        Parameter::one_of("Event", EVENTS).list(MAX_USERS_PER_CALL),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["AgentEventList"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_USER.code,
        PARAMETER_INVALID.code,
        PARAMETER_FORMAT.code,
        PARAMETER_ENUMERATION.code,
        PARAMETER_MAXIMUM.code,
    ]);

/// By time, oldest first.
pub(crate) async fn list_agent_events(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let now_ms = call.arrived_at_ms;
    let span = Span::asked(
        call,
        ("StartTime", now_ms - MAX_AGENT_EVENT_SPAN_MS),
        ("StopTime", now_ms),
        MAX_AGENT_EVENT_SPAN_MS,
    )?;
    let agents = asked_agents(call)?;
    let events = asked_events(call)?;
    settle::settle_instance(center, &facts.id, now_ms).await?;

    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let people = people::people(&mut connection, &facts.id).await?;
    let groups = people::groups(&mut connection, &facts.id).await?;
    let mut found: Vec<(i64, i64, Value)> = Vec::new();
    for (agent_id, number) in agents {
        let known = people.get(agent_id).cloned();
        let history = History::read(&mut connection, &facts.id, agent_id, span).await?;
        if known.is_none() && history.is_empty() {
            return Err(no_such_agent(agent_id));
        }
        let person = known.unwrap_or_default();
        found.extend(history.views(&facts.id, number, &person, &groups, &events));
    }
    found.sort_by_key(|(at_ms, sequence, _)| (*at_ms, *sequence));
    let views = found.into_iter().map(|(_, _, view)| view).collect();
    Ok(Answer::empty().with("AgentEventList", wrapped_list("AgentEvent", views)))
}

/// `RamId.N`, or `RamId` alone: as text and as the number that the answer shows.
fn asked_agents(call: &Call) -> Result<Vec<(&str, i64)>, ApiError> {
    let agents = without_repetitions(call.text("RamId").into_iter().chain(call.list("RamId")).collect());
    if agents.is_empty() {
        return Err(missing("RamId"));
    }
    let number = |id: &str| id.parse().ok().filter(|number: &i64| *number >= 0);
    let expected = "each must be a RAM user id, a decimal number";
    agents
        .into_iter()
        .map(|id| Ok((id, number(id).ok_or_else(|| unfit(ValueFault::Format, "RamId", expected))?)))
        .collect()
}

/// `Event.N`, or `Event` alone; all if there is none.
fn asked_events(call: &Call) -> Result<Vec<&str>, ApiError> {
    let events: Vec<&str> = call.text("Event").into_iter().chain(call.list("Event")).collect();
    if events.iter().all(|event| EVENTS.contains(event)) {
        return Ok(events);
    }
    Err(unfit(ValueFault::Enumeration, "Event", format!("each must be one of {}", EVENTS.join(", "))))
}

/// An agent's rows in a span, and what he was checked in to when it began.
struct History {
    checked_in_to: Vec<String>,
    rows: Vec<crate::activity::Appended>,
}

impl History {
    async fn read(
        connection: &mut AnyConnection,
        instance_id: &str,
        agent_id: &str,
        span: Span,
    ) -> Result<Self, CallCenterError> {
        let before = rows::last_check_in(connection, instance_id, agent_id, span.from_ms).await?;
        let checked_in_to = match before.map(|row| row.activity.kind) {
            Some(Kind::AgentCheckedIn { skill_group_ids }) => skill_group_ids,
            _ => Vec::new(),
        };
        let rows = rows::activity_between(connection, instance_id, agent_id, span.from_ms, span.to_ms).await?;
        Ok(Self { checked_in_to, rows })
    }

    fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.checked_in_to.is_empty()
    }

    fn views(
        self,
        instance_id: &str,
        number: i64,
        person: &Person,
        groups: &[(String, String)],
        events: &[&str],
    ) -> Vec<(i64, i64, Value)> {
        let mut checked_in_to = self.checked_in_to;
        let mut views = Vec::new();
        for row in self.rows {
            let Activity { at_ms, kind, .. } = row.activity;
            if let Kind::AgentCheckedIn { skill_group_ids } = &kind {
                checked_in_to.clone_from(skill_group_ids);
            }
            let Some(event) = event_of(&kind).filter(|event| events.is_empty() || events.contains(event)) else {
                continue;
            };
            let groups = checked_in_to.iter().map(|id| group(id, groups)).collect();
            let view = json!({
                "Event": event,
                "EventTime": at_ms,
                "InstanceId": instance_id,
                "LoginName": person.login_name,
                "RamId": number,
                "SkillGroupIds": wrapped_list("SkillGroup", groups),
            });
            views.push((at_ms, row.sequence, view));
        }
        views
    }
}

/// A group that is gone has no name any more.
fn group(id: &str, groups: &[(String, String)]) -> Value {
    let name = groups.iter().find(|(known, _)| known == id).map(|(_, name)| name.as_str()).unwrap_or_default();
    json!({ "SkillGroupId": id, "SkillGroupName": name })
}
