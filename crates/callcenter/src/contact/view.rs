//! A record as answers show it. Public document: CCC 2017-07-05, "ListCallDetailRecords".

use std::collections::BTreeSet;

use openapi::wrapped_list;
use serde_json::{Map, Value, json};

use crate::contact::detail::{CallDetail, Disposition, Recording, Survey, contact_type_name};
use crate::day::compact_time;

/// No survey was offered.
const NOT_SENT: &str = "未发送";
/// A survey was offered and not answered.
const NOT_RATED: &str = "未评价";

/// The fields that every list of records has; `Satisfaction` is there only if the customer rated.
pub(super) fn record(instance_id: &str, detail: &CallDetail, disposition: Disposition) -> Map<String, Value> {
    let answer = detail.last_answer();
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    put("ContactId", detail.contact_id.as_str().into());
    put("ContactType", contact_type_name(detail.contact_type).into());
    put("ContactDisposition", disposition.name().into());
    put("InstanceId", instance_id.into());
    put("CallingNumber", detail.calling_number.as_str().into());
    put("CalledNumber", detail.called_number.as_str().into());
    put("StartTime", detail.started_at_ms.into());
    put("Duration", detail.duration_s().into());
    put("AgentNames", joined(detail.agents.iter().map(|agent| agent.agent_name.as_str())).into());
    put("SkillGroupNames", joined(detail.groups.iter().map(|group| group.skill_group_name.as_str())).into());
    put("SatisfactionDesc", satisfaction(&detail.surveys, |_| true).into());
    put("Feedback", answer.map(|answer| answer.feedback.as_str()).unwrap_or_default().into());
    if let Some(answer) = answer {
        put("Satisfaction", answer.key.into());
    }
    fields
}

/// The record as ListCallDetailRecords shows it.
pub(super) fn call_detail_record(instance_id: &str, detail: &CallDetail, with_recording: bool) -> Value {
    let mut fields = record(instance_id, detail, detail.disposition);
    let group_ids = joined(detail.groups.iter().map(|group| group.skill_group_id.as_str()));
    fields.insert("SkillGroupIdList".to_owned(), group_ids.into());
    fields.insert("Agents".to_owned(), wrapped_list("CallDetailAgent", rated_agents(detail)));
    let recordings = if with_recording { detail.recordings.as_slice() } else { &[] };
    let recordings = recordings.iter().map(|found| recording(&detail.contact_id, found)).map(Value::Object).collect();
    fields.insert("Recordings".to_owned(), wrapped_list("Recording", recordings));
    Value::Object(fields)
}

/// Empty unless a survey was offered.
fn rated_agents(detail: &CallDetail) -> Vec<Value> {
    let ids: BTreeSet<&str> = detail.surveys.iter().map(|survey| survey.agent_id.as_str()).collect();
    let of = |agent_id: &str| satisfaction(&detail.surveys, |survey| survey.agent_id == agent_id).to_owned();
    ids.into_iter()
        .filter(|id| !id.is_empty())
        .map(|id| json!({ "AgentId": id, "Satisfaction": of(id), "Feedback": feedback(&detail.surveys, id) }))
        .collect()
}

/// Label of the last pressed key among these surveys, or why there is none.
pub(super) fn satisfaction(surveys: &[Survey], about: impl Fn(&Survey) -> bool) -> &str {
    let mut surveys = surveys.iter().filter(|survey| about(survey)).rev().peekable();
    if surveys.peek().is_none() {
        return NOT_SENT;
    }
    surveys.find_map(|survey| survey.answer.as_ref()).map_or(NOT_RATED, |answer| answer.label.as_str())
}

/// Reason of the last answer about an agent; empty if there is none.
pub(super) fn feedback<'a>(surveys: &'a [Survey], agent_id: &str) -> &'a str {
    let mut surveys = surveys.iter().rev().filter(|survey| survey.agent_id == agent_id);
    surveys.find_map(|survey| survey.answer.as_ref()).map_or("", |answer| answer.feedback.as_str())
}

/// A recording; without the ids of a speech analysis, which there is none.
pub(super) fn recording(contact_id: &str, recording: &Recording) -> Map<String, Value> {
    let description = format!("{}-{}", compact_time(recording.started_at_ms), recording.agent_name);
    [
        ("AgentId", Value::from(recording.agent_id.as_str())),
        ("AgentName", recording.agent_name.as_str().into()),
        ("ContactId", contact_id.into()),
        ("Duration", recording.duration_s.into()),
        ("FileDescription", description.into()),
        ("FileName", recording.file_name.as_str().into()),
        ("StartTime", recording.started_at_ms.into()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// With commas between them, empty ones left out.
pub(super) fn joined<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(",")
}
