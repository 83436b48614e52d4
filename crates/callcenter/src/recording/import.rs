//! ImportRecording: the recording of a call that an earlier system handled, with the call itself.
//!
//! An operator puts the file into the server's import folder; the call says whose it is. The file moves into the bucket,
//! and the call gets a record of its own, so that old recordings are found, heard and audited like new ones.

use std::path::{Component, Path};

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter, ValueFault};

use crate::access;
use crate::activity::{self, Activity, ContactType, Kind, ReleaseReason};
use crate::center::{CallCenter, CallCenterError, new_id};
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_IMPORT_FILE, NOT_EXIST_INSTANCE, OSS_NOT_OPEN, PARAMETER_FORMAT, PARAMETER_INVALID,
};
use crate::limits::{MAX_ID_CHARS, MAX_INSTANCE_NAME_WIDTH, MAX_RECORDING_NAME_CHARS};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::phone_number::PhoneNumber;
use crate::product::unfit;
use crate::recording::{NewRecording, RECORDING_RESOURCE, wav};
use crate::user::Role;

/// The public API has no such operation.
pub(super) const SPEC: OperationSpec = OperationSpec::write("ImportRecording")
    .console_operation()
    .takes(&[
        INSTANCE_ID,
        Parameter::text_of("SourceFile", 1, MAX_RECORDING_NAME_CHARS).required(),
        Parameter::integer("StartTime", 1, 9_999_999_999_999).required(),
        Parameter::one_of("ContactType", &["Inbound", "Outbound"]).required(),
        Parameter::text_of("CallingNumber", 1, MAX_ID_CHARS).required(),
        Parameter::text_of("CalledNumber", 1, MAX_ID_CHARS).required(),
        Parameter::text_of("AgentId", 0, MAX_ID_CHARS),
        Parameter::text_of("AgentName", 0, MAX_INSTANCE_NAME_WIDTH),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["ContactId", "FileName"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_IMPORT_FILE.code,
        OSS_NOT_OPEN.code,
        PARAMETER_FORMAT.code,
        PARAMETER_INVALID.code,
    ]);

pub(super) async fn import_recording(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let Some(recordings) = &center.recordings else {
        return Err(OSS_NOT_OPEN.error("this server keeps no recordings."));
    };
    let source = call.required("SourceFile");
    let is_plain = matches!(Path::new(source).components().collect::<Vec<_>>()[..], [Component::Normal(_)]);
    if !is_plain || source.contains('\0') {
        return Err(unfit(ValueFault::Format, "SourceFile", "it must be the name of a file, without a folder"));
    }
    let file = recordings.import_folder.join(source);
    let inspecting = tokio::task::spawn_blocking({
        let file = file.clone();
        move || std::fs::File::open(file).and_then(|mut file| wav::inspect(&mut file))
    });
    let inspected = match inspecting.await.map_err(|_| CallCenterError::Interrupted)? {
        Ok(inspected) => inspected,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(no_such_file(source)),
        Err(error) => return Err(CallCenterError::from(error).into()),
    };
    let inspected =
        inspected.ok_or_else(|| PARAMETER_INVALID.error("SourceFile is not a WAV file with one or two channels."))?;

    let contact_id = free_contact_id(center, &facts.id).await?;
    let started_at_ms = call.integer("StartTime").unwrap_or_default();
    let activities = activities(call, &contact_id, started_at_ms, inspected.duration_s)?;
    center.record(&facts.id, &activities).await?;
    let new = NewRecording {
        file,
        contact_id: contact_id.clone(),
        agent_id: call.text("AgentId").map(str::to_owned),
        agent_name: call.required("AgentName").to_owned(),
        extension: None,
        started_at_ms,
    };
    let file_name = center.store_recording(&facts.id, new).await?;
    Ok(Answer::empty()
        .with("ContactId", contact_id.as_str())
        .with("FileName", file_name.as_str())
        .references(RECORDING_RESOURCE, file_name)
        .references("ACS::CCC::Contact", contact_id))
}

fn no_such_file(source: &str) -> ApiError {
    NOT_EXIST_IMPORT_FILE
        .error(format!("file '{source}' does not exist: put it into the folder 'import' of the server's data folder."))
}

/// Ten digits that no call of the instance has.
async fn free_contact_id(center: &CallCenter, instance_id: &str) -> Result<String, CallCenterError> {
    let mut connection = center.database.pool().acquire().await?;
    loop {
        let digits: u128 = new_id()
            .replace('-', "")
            .chars()
            .filter_map(|digit| digit.to_digit(16))
            .fold(0, |all, digit| all * 16 + u128::from(digit));
        let contact_id = format!("{:010}", digits % 10_000_000_000);
        if activity::rows::of_contact(&mut connection, instance_id, &contact_id).await?.is_empty() {
            return Ok(contact_id);
        }
    }
}

/// The call as far as a recording shows it: joined when it begins, over when it ends.
fn activities(call: &Call, contact_id: &str, started_at_ms: i64, duration_s: i64) -> Result<Vec<Activity>, ApiError> {
    let number = |name: &str| {
        PhoneNumber::parse(call.required(name))
            .map(|number| number.as_str().to_owned())
            .ok_or_else(|| unfit(ValueFault::Format, name, "it must be a telephone number"))
    };
    let (calling_number, called_number) = (number("CallingNumber")?, number("CalledNumber")?);
    let (contact_type, center_number) = match call.required("ContactType") {
        "Inbound" => (ContactType::Inbound, called_number.clone()),
        _ => (ContactType::Outbound, calling_number.clone()),
    };
    let ended_at_ms = started_at_ms.saturating_add(duration_s.saturating_mul(1_000));
    let started = Kind::ContactStarted { contact_type, calling_number, called_number, center_number };
    let released = Kind::Released { reason: ReleaseReason::Normal, side: None, cause: "imported".to_owned() };
    let rows = [(started_at_ms, started), (started_at_ms, Kind::Established), (ended_at_ms, released)];
    Ok(rows.into_iter().map(|(at_ms, kind)| Activity::at(at_ms, kind).of_contact(contact_id)).collect())
}
