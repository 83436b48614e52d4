//! ListRecordings, ListRecordingsByContactId, ListRecordingOfDualTrack.

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter};
use serde_json::{Value, json};

use crate::access;
use crate::center::{CallCenter, CallCenterError};
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_INSTANCE, PARAMETER_INVALID};
use crate::limits::{DEFAULT_PAGE_SIZE, MAX_ID_CHARS};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::page::{PAGE_NUMBER, PAGE_SIZE, Page};
use crate::recording::object_key;
use crate::recording::rows::{self, Filter, Recording};
use crate::user::Role;

const AGENT_ID: Parameter = Parameter::text_of("AgentId", 0, MAX_ID_CHARS);
const START_TIME: Parameter = Parameter::integer("StartTime", 0, i64::MAX);
const STOP_TIME: Parameter = Parameter::integer("StopTime", 0, i64::MAX);
const ERRORS: &[&str] = &[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code, PARAMETER_INVALID.code];

/// CCC 2017-07-05, "ListRecordings".
pub(super) const RECORDINGS: OperationSpec = OperationSpec::read("ListRecordings")
    .takes(&[
        INSTANCE_ID,
        PAGE_NUMBER.required(),
        PAGE_SIZE.required(),
        AGENT_ID,
        Parameter::text_of("Criteria", 0, MAX_ID_CHARS),
        Parameter::text_of("PhoneNumber", 0, MAX_ID_CHARS),
        START_TIME,
        STOP_TIME,
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["Recordings"])
    .fails_with(ERRORS);

/// CCC 2017-07-05, "ListRecordingsByContactId".
pub(super) const OF_CONTACT: OperationSpec = OperationSpec::read("ListRecordingsByContactId")
    .takes(&[INSTANCE_ID, Parameter::text_of("ContactId", 1, MAX_ID_CHARS).required()])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["Recordings"])
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code]);

/// CCC 2017-07-05, "ListRecordingOfDualTrack".
pub(super) const DUAL_TRACK: OperationSpec = OperationSpec::read("ListRecordingOfDualTrack")
    .takes(&[
        INSTANCE_ID,
        PAGE_NUMBER.required(),
        PAGE_SIZE.required(),
        START_TIME.required(),
        STOP_TIME.required(),
        AGENT_ID,
        Parameter::text_of("CallingNumber", 0, MAX_ID_CHARS),
        Parameter::text_of("CalledNumber", 0, MAX_ID_CHARS),
        Parameter::text_of("ConnectId", 0, MAX_ID_CHARS),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["Recordings"])
    .fails_with(ERRORS);

pub(super) async fn list_recordings(center: &CallCenter, call: &Call) -> HandlerResult {
    let filter =
        Filter { phone_number: call.required("PhoneNumber"), criteria: call.required("Criteria"), ..in_time(call)? };
    list(center, call, &filter).await
}

/// Two tracks: one side of the call on each.
pub(super) async fn list_recording_of_dual_track(center: &CallCenter, call: &Call) -> HandlerResult {
    let filter = Filter {
        calling_number: call.required("CallingNumber"),
        called_number: call.required("CalledNumber"),
        contact_id: call.required("ConnectId"),
        min_channels: 2,
        ..in_time(call)?
    };
    list(center, call, &filter).await
}

pub(super) async fn list_recordings_by_contact_id(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let found = rows::of_contact(&mut connection, &facts.id, call.required("ContactId")).await?;
    let views = found.iter().map(view).collect();
    Ok(Answer::empty().with_wrapped_list("Recordings", "Recording", views))
}

fn in_time(call: &Call) -> Result<Filter<'_>, ApiError> {
    let from_ms = call.integer("StartTime").unwrap_or(0);
    let until_ms = call.integer("StopTime").unwrap_or(i64::MAX);
    if from_ms > until_ms {
        return Err(PARAMETER_INVALID.error("StartTime is after StopTime: give the earlier one as StartTime."));
    }
    Ok(Filter { from_ms, until_ms, agent_id: call.required("AgentId"), ..Filter::default() })
}

async fn list(center: &CallCenter, call: &Call, filter: &Filter<'_>) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let page = Page::of(call, DEFAULT_PAGE_SIZE);
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let (found, total) = rows::find(&mut connection, &facts.id, filter, page.size, page.offset()).await?;
    let views = found.iter().map(view).collect();
    Ok(Answer::empty().with("Recordings", page.view(total, "Recording", views)))
}

/// Fields without a value are left out.
fn view(recording: &Recording) -> Value {
    let mut view = json!({
        "ContactId": recording.contact_id,
        "Duration": recording.duration_s,
        "FileName": recording.file_name,
        "FilePath": object_key(&recording.instance_id, &recording.file_name),
        "InstanceId": recording.instance_id,
        "StartTime": recording.started_at_ms,
    });
    for (name, value) in [
        ("AgentId", &recording.agent_id),
        ("AgentName", &recording.agent_name),
        ("CallingNumber", &recording.calling_number),
        ("CalledNumber", &recording.called_number),
        ("ContactType", &recording.contact_type),
    ] {
        if !value.is_empty() {
            view[name] = value.as_str().into();
        }
    }
    view
}
