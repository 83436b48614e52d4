//! ListRecentCallRecords: the calling agent's own calls, newest first, with his times in each.

use std::collections::HashMap;

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter, Principal, wrapped_list};
use serde_json::{Value, json};
use sqlx::AnyConnection;

use crate::access;
use crate::center::{CallCenter, CallCenterError};
use crate::contact::detail::{AgentPart, CallDetail, contact_type_name};
use crate::contact::list::PAGE_SIZE;
use crate::contact::rows::{self, Filter, Search};
use crate::contact::span::{Span, moment};
use crate::contact::view::{feedback, record, recording, satisfaction};
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_INSTANCE, PARAMETER_FORMAT, PARAMETER_INVALID, PARAMETER_MAXIMUM, PARAMETER_MINIMUM,
};
use crate::limits::{MAX_RECENT_CALL_AGE_MS, MAX_RECENT_CALLS};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::page::{PAGE_NUMBER, Page};
use crate::user::Role;

/// CCC 2017-07-05, "ListRecentCallRecords".
pub(crate) const SPEC: OperationSpec = OperationSpec::read("ListRecentCallRecords")
    .takes(&[
        INSTANCE_ID,
        PAGE_NUMBER.required(),
        PAGE_SIZE,
        moment("StartTime"),
        moment("StopTime"),
        Parameter::text("Criteria"),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["CallDetailRecords"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        PARAMETER_INVALID.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
        PARAMETER_MINIMUM.code,
    ]);

/// The account itself and sessions of roles are no agents: they have no calls.
pub(crate) async fn list_recent_call_records(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    let now_ms = call.arrived_at_ms;
    let oldest_ms = (now_ms - MAX_RECENT_CALL_AGE_MS).max(0);
    let span = Span::asked(call, ("StartTime", oldest_ms), ("StopTime", now_ms), i64::MAX)?;
    let span = Span { from_ms: span.from_ms.max(oldest_ms), ..span };

    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let mut calls = match &call.caller.principal {
        Principal::User { user_id, .. } => recent(&mut connection, &facts.id, user_id, span).await?,
        Principal::Root | Principal::RoleSession { .. } => Vec::new(),
    };
    if let Some(criteria) = call.text("Criteria") {
        calls.retain(|detail| detail.criteria().contains(criteria));
    }
    let page = Page::of(call, MAX_RECENT_CALLS);
    let total = i64::try_from(calls.len()).unwrap_or(MAX_RECENT_CALLS);
    let mut views = Vec::new();
    for detail in page.cut(&calls) {
        let work_s = work_times(&mut connection, &facts.id, detail).await?;
        views.push(view(&facts.id, detail, &work_s));
    }
    Ok(Answer::empty().with("CallDetailRecords", page.view(total, "CallDetailRecord", views)))
}

async fn recent(
    connection: &mut AnyConnection,
    instance_id: &str,
    agent_id: &str,
    span: Span,
) -> Result<Vec<CallDetail>, CallCenterError> {
    let filter = Filter {
        instance_id,
        span,
        center_number: None,
        search: Some(Search::Agent(agent_id)),
        contact_types: Vec::new(),
        dispositions: Vec::new(),
    };
    let page = rows::Page { newest_first: true, offset: 0, limit: MAX_RECENT_CALLS };
    Ok(rows::page(connection, &filter, page).await?.1)
}

/// What ends an agent's after-call work, of the kind of `agent::rows::CONDITIONS`.
pub(crate) const NEXT_STEP: &str = "agent_id = $2 AND instance_id || '' = $1 AND at_ms >= $3
    AND kind IN ('agent_ready', 'agent_on_break', 'agent_checked_out', 'agent_ringing', 'agent_dialing')";

/// After-call work of each agent, seconds: until the next row that says what else he does.
async fn work_times(
    connection: &mut AnyConnection,
    instance_id: &str,
    detail: &CallDetail,
) -> Result<HashMap<String, i64>, CallCenterError> {
    let mut times = HashMap::new();
    for part in &detail.agents {
        let Some(from_ms) = part.wrap_up_from_ms else { continue };
        let sql = format!("SELECT MIN(at_ms) FROM ccc_activity WHERE {NEXT_STEP}");
        // The text is made of the program's own constants.
        let until_ms: Option<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .bind(instance_id)
            .bind(&part.agent_id)
            .bind(from_ms)
            .fetch_one(&mut *connection)
            .await?;
        times.insert(part.agent_id.clone(), until_ms.map_or(0, |until_ms| (until_ms - from_ms) / 1_000));
    }
    Ok(times)
}

fn view(instance_id: &str, detail: &CallDetail, work_s: &HashMap<String, i64>) -> Value {
    let mut fields = record(instance_id, detail, detail.fine_disposition());
    let agents = detail.agents.iter().map(|part| agent(detail, part, work_s)).collect();
    fields.insert("Agents".to_owned(), wrapped_list("CallDetailAgent", agents));
    let recordings = detail.recordings.iter().map(|found| {
        let mut fields = recording(&detail.contact_id, found);
        fields.insert("CallingNumber".to_owned(), detail.calling_number.as_str().into());
        fields.insert("CalledNumber".to_owned(), detail.called_number.as_str().into());
        fields.insert("ContactType".to_owned(), contact_type_name(detail.contact_type).into());
        fields.insert("InstanceId".to_owned(), instance_id.into());
        Value::Object(fields)
    });
    fields.insert("Recordings".to_owned(), wrapped_list("Recording", recordings.collect()));
    Value::Object(fields)
}

fn agent(detail: &CallDetail, part: &AgentPart, work_s: &HashMap<String, i64>) -> Value {
    let group = detail.groups.iter().find(|group| group.skill_group_id == part.skill_group_id);
    json!({
        "AgentId": part.agent_id,
        "AgentName": part.agent_name,
        "ContactId": detail.contact_id,
        "SkillGroupName": group.map(|group| group.skill_group_name.as_str()).unwrap_or_default(),
        "StartTime": part.started_at_ms,
        "QueueTime": part.queue_ms / 1_000,
        "RingTime": part.ring_ms / 1_000,
        "TalkTime": part.talk_ms / 1_000,
        "HoldTime": part.hold_ms / 1_000,
        "WorkTime": work_s.get(&part.agent_id).copied().unwrap_or_default(),
        "Satisfaction": satisfaction(&detail.surveys, |survey| survey.agent_id == part.agent_id),
        "Feedback": feedback(&detail.surveys, &part.agent_id),
    })
}
