//! ListCallEventDetailByContactId: what happened in one call, step by step.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter, wrapped_list};
use serde_json::{Map, Value, json};

use crate::access;
use crate::activity::{self, Activity, Appended, ContactType, Kind, LegSide, QueueOutcome, ReleaseReason};
use crate::call::place::CONTACT_RESOURCE;
use crate::center::{CallCenter, CallCenterError};
use crate::contact::appraise::no_such_contact;
use crate::contact::detail::contact_type_name;
use crate::day::wire_time;
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_CONTACT, NOT_EXIST_INSTANCE};
use crate::limits::MAX_ID_CHARS;
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::user::Role;

/// CCC 2017-07-05, "ListCallEventDetailByContactId".
pub(crate) const SPEC: OperationSpec = OperationSpec::read("ListCallEventDetailByContactId")
    .takes(&[INSTANCE_ID, Parameter::text_of("ContactId", 1, MAX_ID_CHARS).required()])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["Data"])
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code, NOT_EXIST_CONTACT.code]);

/// Also of a call that is not over.
pub(crate) async fn list_call_event_detail(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let contact_id = call.required("ContactId");
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let rows = activity::rows::of_contact(&mut connection, &facts.id, contact_id).await?;
    if rows.is_empty() {
        return Err(no_such_contact(contact_id));
    }
    Ok(Answer::empty().with("Data", data(&rows)).references(CONTACT_RESOURCE, contact_id))
}

fn data(rows: &[Appended]) -> Map<String, Value> {
    let activities: Vec<&Activity> = rows.iter().map(|row| &row.activity).collect();
    let names = Names::of(&activities);
    let events: Vec<(&Activity, &'static str)> =
        activities.iter().filter_map(|row| Some((*row, event_name(&row.kind)?))).collect();
    let views = events.iter().enumerate().map(|(place, (row, event))| {
        let next_ms = events.get(place + 1).map_or(row.at_ms, |(next, _)| next.at_ms);
        view(row, event, (next_ms - row.at_ms) / 1_000, &names)
    });
    let mut data = Map::new();
    data.insert("Events".to_owned(), wrapped_list("CallEventDetail", views.collect()));
    for row in &activities {
        head(row, &names, &mut data);
    }
    data
}

/// The fields about the call as a whole, from the rows that know them.
fn head(row: &Activity, names: &Names<'_>, data: &mut Map<String, Value>) {
    let mut put = |name: &str, value: &str| data.insert(name.to_owned(), value.into());
    match &row.kind {
        Kind::ContactStarted { contact_type, calling_number, called_number, center_number } => {
            put("CallType", contact_type_name(*contact_type));
            put("Caller", calling_number);
            put("Callee", called_number);
            put("StartTime", &wire_time(row.at_ms));
            if *contact_type == ContactType::PrivacyDial {
                put("PrivacyNumber", center_number);
            }
        }
        Kind::Released { reason, side, .. } => {
            put("ReleaseReason", reason_name(*reason));
            put("ReleaseAgent", side.map(|side| names.on_side(side)).unwrap_or_default());
        }
        _ => {}
    }
}

/// Push names of version 1.x.
fn event_name(kind: &Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::FlowEntered { .. } => "Route2IVR",
        Kind::ForwardedOutside { .. } => "OneStepTransfer",
        Kind::Queued { .. } => "Enqueue",
        Kind::QueueLeft { outcome: QueueOutcome::Overflow } => "QueueingTimeout",
        Kind::QueueLeft { outcome: QueueOutcome::Abandoned | QueueOutcome::AbandonedRinging } => "CallAbandoned",
        Kind::QueueLeft { outcome: QueueOutcome::Requeued } => "RingingTimeout",
        Kind::QueueLeft { outcome: QueueOutcome::Answered } => "AssignAgent",
        Kind::LegDialing { .. } => "Dialing",
        Kind::LegRinging { .. } => "Ringing",
        Kind::LegHeld { .. } => "CallHeld",
        Kind::LegRetrieved { .. } => "CallRetrieved",
        Kind::Established => "CallEstablished",
        Kind::Released { .. } => "CallReleased",
        Kind::AgentRinging { .. } => "AgentRinging",
        Kind::AgentTalking { .. } => "AgentTalk",
        Kind::AgentWrapUp { .. } => "AgentACW",
        Kind::AgentTransferredBlind { .. } => "BlindTransfer",
        Kind::AgentGaveHelp => "AttendedTransfer",
        Kind::RecordingStored { .. } => "RecordingReady",
        Kind::SurveyOffered { .. } => "SurveyOffered",
        Kind::SurveyAnswered { .. } => "SurveyAnswered",
        _ => return None,
    })
}

fn view(row: &Activity, event: &str, duration_s: i64, names: &Names<'_>) -> Value {
    let mut detail = json!({ "EventType": event });
    let mut put = |name: &str, value: &str| {
        if !value.is_empty() {
            detail[name] = value.into();
        }
    };
    put("SkillGroup", row.skill_group_id.as_deref().map(|id| names.group(id)).unwrap_or_default());
    match &row.kind {
        Kind::Released { side: Some(side), .. } => put("HangUper", side_name(*side)),
        Kind::SurveyAnswered { label, .. } => put("SatisfactionalResearch", label),
        Kind::AgentGaveHelp => put("Helper", row.agent_id.as_deref().map(|id| names.agent(id)).unwrap_or_default()),
        _ => {}
    }
    json!({
        "Event": event,
        "TimeStamp": wire_time(row.at_ms),
        "Duration": duration_s,
        "AgentName": row.agent_id.as_deref().map(|id| names.agent(id)).unwrap_or_default(),
        "Status": status(&row.kind),
        "DetailData": detail,
    })
}

/// Which side the row is about, or how it went.
fn status(kind: &Kind) -> &'static str {
    match kind {
        Kind::LegDialing { leg, .. }
        | Kind::LegRinging { leg }
        | Kind::LegHeld { leg }
        | Kind::LegRetrieved { leg } => side_name(*leg),
        Kind::Released { reason, .. } => reason_name(*reason),
        _ => "",
    }
}

fn side_name(side: LegSide) -> &'static str {
    match side {
        LegSide::Caller => "Caller",
        LegSide::Callee => "Callee",
    }
}

fn reason_name(reason: ReleaseReason) -> &'static str {
    match reason {
        ReleaseReason::Normal => "Normal",
        ReleaseReason::Busy => "Busy",
        ReleaseReason::Rejected => "Rejected",
        ReleaseReason::NoAnswer => "NoAnswer",
        ReleaseReason::Failed => "Failed",
        ReleaseReason::Media => "Media",
        ReleaseReason::CallerLeft => "CallerLeft",
        ReleaseReason::LeftInFlow => "LeftInFlow",
        ReleaseReason::LeftInQueue => "LeftInQueue",
        ReleaseReason::LeftRinging => "LeftRinging",
        ReleaseReason::QueueOverflow => "QueueOverflow",
        ReleaseReason::ForwardedOutside => "ForwardedOutside",
        ReleaseReason::RtpTimeout => "RtpTimeout",
        ReleaseReason::MaxDuration => "MaxDuration",
        ReleaseReason::System => "System",
    }
}

/// Names that the rows of the call carry.
#[derive(Default)]
struct Names<'a> {
    agents: Vec<(&'a str, &'a str)>,
    groups: Vec<(&'a str, &'a str)>,
    /// Who the agents called, or were called by: their own side.
    agent_side: Option<LegSide>,
}

impl<'a> Names<'a> {
    fn of(rows: &[&'a Activity]) -> Self {
        let mut names = Self::default();
        for row in rows {
            match (&row.kind, &row.agent_id, &row.skill_group_id) {
                (Kind::ContactStarted { contact_type, .. }, _, _) => {
                    let incoming = *contact_type == ContactType::Inbound;
                    names.agent_side = Some(if incoming { LegSide::Callee } else { LegSide::Caller });
                }
                (Kind::AgentRinging { agent_name, .. } | Kind::AgentDialing { agent_name }, Some(id), _) => {
                    names.agents.push((id, agent_name));
                }
                (Kind::Queued { skill_group_name } | Kind::DialedForGroup { skill_group_name }, _, Some(id)) => {
                    names.groups.push((id, skill_group_name));
                }
                _ => {}
            }
        }
        names
    }

    fn agent(&self, id: &str) -> &'a str {
        self.agents.iter().find(|(known, _)| *known == id).map(|(_, name)| *name).unwrap_or_default()
    }

    fn group(&self, id: &str) -> &'a str {
        self.groups.iter().find(|(known, _)| *known == id).map(|(_, name)| *name).unwrap_or_default()
    }

    /// The agent on a side; empty for the customer's.
    fn on_side(&self, side: LegSide) -> &'a str {
        let last = self.agents.last().map(|(_, name)| *name).unwrap_or_default();
        if self.agent_side == Some(side) { last } else { "" }
    }
}
