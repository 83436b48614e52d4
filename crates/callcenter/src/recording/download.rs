//! DownloadRecording and DownloadAllTypeRecording: links. Whoever asks is in the call's event, and so is what for.

use std::sync::Arc;

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter};
use serde_json::{Value, json};

use crate::access;
use crate::center::{CallCenter, CallCenterError};
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_RECORD, OSS_NOT_OPEN, no_such_instance};
use crate::limits::{MAX_ID_CHARS, MAX_RECORDING_NAME_CHARS, RECORDING_LINK_S};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::recording::{InstanceBucket, RECORDING_RESOURCE, Recordings, object_key, rows};
use crate::user::Role;

const ERRORS: &[&str] = &[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code, NOT_EXIST_RECORD.code, OSS_NOT_OPEN.code];

/// CCC 2017-07-05, "DownloadRecording".
pub(super) const ONE: OperationSpec = OperationSpec::read("DownloadRecording")
    .data_event()
    .takes(&[
        INSTANCE_ID,
        Parameter::text_of("FileName", 1, MAX_RECORDING_NAME_CHARS).required(),
        Parameter::text_of("Channel", 0, MAX_ID_CHARS),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["MediaDownloadParam"])
    .fails_with(ERRORS);

/// CCC 2017-07-05, "DownloadAllTypeRecording".
pub(super) const ALL: OperationSpec = OperationSpec::read("DownloadAllTypeRecording")
    .data_event()
    .takes(&[
        INSTANCE_ID,
        Parameter::text_of("ContactId", 1, MAX_ID_CHARS).required(),
        Parameter::text_of("Channel", 0, MAX_ID_CHARS),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["MediaDownloadParamList"])
    .fails_with(ERRORS);

pub(super) async fn download_recording(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let recordings = kept(center)?;
    let file_name = call.required("FileName");
    let (is_listed, bucket) = {
        let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
        let is_listed = rows::exists(&mut connection, &facts.id, file_name).await?;
        (is_listed, bucket(&mut connection, &facts.id).await?)
    };
    if !is_listed || !is_there(recordings, &bucket, &object_key(&facts.id, file_name)).await? {
        return Err(NOT_EXIST_RECORD.error(format!(
            "recording '{file_name}' does not exist in this instance: take a FileName that ListRecordings returns."
        )));
    }
    let link = link(recordings, call, &bucket, &facts.id, file_name);
    Ok(Answer::empty().with("MediaDownloadParam", link).references(RECORDING_RESOURCE, file_name))
}

/// The recording as it was made, and its mono mix where it has two tracks.
pub(super) async fn download_all_type_recording(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let recordings = kept(center)?;
    let contact_id = call.required("ContactId");
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let found = rows::of_contact(&mut connection, &facts.id, contact_id).await?;
    let bucket = bucket(&mut connection, &facts.id).await?;
    if found.is_empty() {
        return Err(NOT_EXIST_RECORD.error(format!(
            "call '{contact_id}' has no recording in this instance: take a ContactId that ListRecordings returns."
        )));
    }
    let names = found.into_iter().flat_map(|recording| [recording.file_name, recording.mixed_file_name]);
    let names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
    let links = names.iter().map(|name| link(recordings, call, &bucket, &facts.id, name)).collect();
    let answer = Answer::empty().with_wrapped_list("MediaDownloadParamList", "MediaDownloadParam", links);
    Ok(names.into_iter().fold(answer, |answer, name| answer.references(RECORDING_RESOURCE, name)))
}

fn kept(center: &CallCenter) -> Result<&Recordings, ApiError> {
    center.recordings.as_ref().ok_or_else(|| OSS_NOT_OPEN.error("this server keeps no recordings."))
}

async fn bucket(connection: &mut sqlx::AnyConnection, instance_id: &str) -> Result<InstanceBucket, ApiError> {
    rows::bucket(connection, instance_id).await?.ok_or_else(|| no_such_instance(instance_id))
}

async fn is_there(recordings: &Recordings, bucket: &InstanceBucket, key: &str) -> Result<bool, CallCenterError> {
    let objects = Arc::clone(&recordings.bucket);
    let (bucket, key) = (bucket.clone(), key.to_owned());
    let looking = tokio::task::spawn_blocking(move || objects.has(&bucket, &key));
    Ok(looking.await.map_err(|_| CallCenterError::Interrupted)??)
}

/// On the host that was called: that is where the caller reaches this server.
fn link(recordings: &Recordings, call: &Call, bucket: &InstanceBucket, instance_id: &str, file_name: &str) -> Value {
    let expires_s = call.arrived_at_ms.div_euclid(1_000) + RECORDING_LINK_S;
    let path = recordings.bucket.link(bucket, &object_key(instance_id, file_name), expires_s);
    let scheme = if call.secure { "https" } else { "http" };
    json!({"FileName": file_name, "SignatureUrl": format!("{scheme}://{}{path}", call.host)})
}
