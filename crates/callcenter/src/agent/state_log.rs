//! ListAgentStateLogs: the states that one agent went through.

use std::collections::HashMap;

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter};
use serde_json::{Value, json};
use sqlx::AnyConnection;

use crate::access;
use crate::activity::{self, Activity, ContactType, Kind};
use crate::agent::change::no_such_agent;
use crate::agent::literal::state_of;
use crate::agent::{rows, settle};
use crate::center::{CallCenter, CallCenterError};
use crate::contact::{Span, moment};
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_USER, PARAMETER_FORMAT, PARAMETER_INVALID, PARAMETER_MAXIMUM,
    PARAMETER_MINIMUM,
};
use crate::limits::{MAX_STATE_LOG_SPAN_MS, MAX_STATE_PAGE_SIZE};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::page::{PAGE_NUMBER, Page, page_size};
use crate::user::Role;

/// CCC 2017-07-05, "ListAgentStateLogs".
pub(crate) const SPEC: OperationSpec = OperationSpec::read("ListAgentStateLogs")
    .takes(&[
        INSTANCE_ID,
        Parameter::integer("RamId", 0, i64::MAX).required(),
        moment("StartTime").required(),
        moment("EndTime").required(),
        PAGE_NUMBER.required(),
        page_size(MAX_STATE_PAGE_SIZE).required(),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["AgentStateLogPage"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_USER.code,
        PARAMETER_INVALID.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
        PARAMETER_MINIMUM.code,
    ]);

/// Oldest first. The list is a bare array.
pub(crate) async fn list_agent_state_logs(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let now_ms = call.arrived_at_ms;
    let agent_id = call.required("RamId");
    let span = Span::asked(call, ("StartTime", now_ms), ("EndTime", now_ms), MAX_STATE_LOG_SPAN_MS)?;
    settle::settle_instance(center, &facts.id, now_ms).await?;

    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let known = facts.roles.contains_key(agent_id) || rows::find(&mut connection, &facts.id, agent_id).await?.is_some();
    if !known {
        return Err(no_such_agent(agent_id));
    }
    let before = rows::last_check_in(&mut connection, &facts.id, agent_id, span.from_ms).await?;
    let found = rows::activity_between(&mut connection, &facts.id, agent_id, span.from_ms, span.to_ms).await?;
    let activities: Vec<Activity> = before.into_iter().chain(found).map(|row| row.activity).collect();
    let entries = entries(&activities, span.from_ms);

    let page = Page::of(call, MAX_STATE_PAGE_SIZE);
    let mut parties = Parties::default();
    let mut list = Vec::new();
    for entry in page.cut(&entries) {
        let party = parties.of(&mut connection, &facts.id, entry.row).await?;
        list.push(view(&facts.id, call.integer("RamId").unwrap_or_default(), entry, &party));
    }
    Ok(Answer::empty().with("AgentStateLogPage", page.bare_view(entries.len(), list)))
}

struct Entry<'a> {
    row: &'a Activity,
    state: (&'static str, &'static str),
    group_ids: String,
}

fn entries(activities: &[Activity], from_ms: i64) -> Vec<Entry<'_>> {
    let mut group_ids = String::new();
    let mut entries = Vec::new();
    for row in activities {
        if let Kind::AgentCheckedIn { skill_group_ids } = &row.kind {
            group_ids = skill_group_ids.join(",");
        }
        // The check-in from before the span only tells the groups.
        if let Some(state) = state_of(&row.kind).filter(|_| row.at_ms >= from_ms) {
            entries.push(Entry { row, state, group_ids: group_ids.clone() });
        }
    }
    entries
}

fn view(instance_id: &str, ram_id: i64, entry: &Entry<'_>, party: &str) -> Value {
    let contact_id = entry.row.contact_id.as_deref().unwrap_or_default();
    json!({
        "ConnectId": contact_id,
        "ContactId": contact_id,
        "CounterParty": party,
        "InstanceId": instance_id,
        "RamId": ram_id,
        "SkillGroupIds": entry.group_ids,
        "State": entry.state.0,
        "StateCode": entry.state.1,
        "StateTime": entry.row.at_ms,
    })
}

/// Numbers of the other sides of calls, by contact.
#[derive(Default)]
struct Parties(HashMap<String, String>);

impl Parties {
    async fn of(
        &mut self,
        connection: &mut AnyConnection,
        instance_id: &str,
        row: &Activity,
    ) -> Result<String, CallCenterError> {
        let Some(contact_id) = row.contact_id.as_deref() else { return Ok(String::new()) };
        if let Some(known) = self.0.get(contact_id) {
            return Ok(known.clone());
        }
        let rows = activity::rows::of_contact(connection, instance_id, contact_id).await?;
        let party = rows.iter().find_map(|row| match &row.activity.kind {
            Kind::ContactStarted { contact_type: ContactType::Inbound, calling_number, .. } => {
                Some(calling_number.clone())
            }
            Kind::ContactStarted { called_number, .. } => Some(called_number.clone()),
            _ => None,
        });
        Ok(self.0.entry(contact_id.to_owned()).or_insert(party.unwrap_or_default()).clone())
    }
}
