//! CreateMedia: registers an audio prompt.

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter};
use serde_json::json;

use crate::center::{CallCenter, CallCenterError, new_id};
use crate::errors::{
    EXISTS_MEDIA_NAME, LIMIT_EXCEEDED_MEDIA, NO_PERMISSION_USER, NOT_EXIST_INSTANCE, PARAMETER_ENUMERATION,
    PARAMETER_FORMAT, PARAMETER_MAXIMUM, no_such_instance,
};
use crate::limits::{
    MAX_DESCRIPTION_WIDTH, MAX_FILE_NAME_CHARS, MAX_MEDIA_NAME_WIDTH, MAX_MEDIA_PER_INSTANCE, MAX_TTS_CHARS,
};
use crate::media::rows::{self, Media};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE, MEDIA_RESOURCE};
use crate::product::missing;
use crate::text::{check_name, check_text};
use crate::user::Role;
use crate::{access, instance};

/// `Type` of a prompt that is spoken from its text.
const TTS: &str = "TTS";

/// CCC 2017-07-05, "CreateMedia".
pub(crate) const SPEC: OperationSpec = OperationSpec::write("CreateMedia")
    .takes(&[
        INSTANCE_ID,
        Parameter::text("Name").required(),
        Parameter::one_of("Type", &["Audio", TTS]).required(),
        Parameter::text_of("FileName", 1, MAX_FILE_NAME_CHARS).required(),
        Parameter::text_of("OssFileName", 1, MAX_FILE_NAME_CHARS).required(),
        Parameter::text_of("OssFilePath", 1, MAX_FILE_NAME_CHARS).required(),
        Parameter::one_of("UploadResult", &["Success", "Fail"]).required(),
        Parameter::text_of("Content", 1, MAX_TTS_CHARS),
        Parameter::text("Description"),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["MediaUploadParam"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        EXISTS_MEDIA_NAME.code,
        LIMIT_EXCEEDED_MEDIA.code,
        PARAMETER_ENUMERATION.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
    ]);

/// The result of the upload, as the client says it, is the prompt's `Status`.
pub(crate) async fn create_media(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let media = new_media(call, &facts.id)?;
    let mut transaction = center.database.begin().await.map_err(CallCenterError::from)?;
    if !instance::rows::lock(&mut transaction, &facts.id).await? {
        return Err(no_such_instance(&facts.id));
    }
    if !rows::insert(&mut transaction, &media).await? {
        return Err(EXISTS_MEDIA_NAME.error(format!(
            "media name '{}' exists already in this instance: choose another Name, or delete the other one.",
            media.name
        )));
    }
    if rows::count(&mut transaction, &facts.id).await? > MAX_MEDIA_PER_INSTANCE {
        return Err(LIMIT_EXCEEDED_MEDIA.error(format!(
            "the instance has {MAX_MEDIA_PER_INSTANCE} media, as many as it may have: delete one with DeleteMedia first."
        )));
    }
    center.commit(transaction, &facts.id).await?;
    let parameters = json!({
        "FileName": media.file_name,
        "Id": media.id,
        "Instance": media.instance_id,
        "Name": media.name,
        "OssFileName": media.oss_file_name,
        "OssFilePath": media.oss_file_path,
    });
    Ok(Answer::empty().with("MediaUploadParam", parameters).references(MEDIA_RESOURCE, media.id))
}

fn new_media(call: &Call, instance_id: &str) -> Result<Media, ApiError> {
    let text = |name| call.text(name).unwrap_or_default().to_owned();
    let media = Media {
        id: new_id(),
        instance_id: instance_id.to_owned(),
        name: text("Name"),
        media_type: text("Type"),
        description: text("Description"),
        content: text("Content"),
        file_name: text("FileName"),
        oss_file_name: text("OssFileName"),
        oss_file_path: text("OssFilePath"),
        status: text("UploadResult"),
        created_at_ms: call.arrived_at_ms,
    };
    check_name("Name", &media.name, MAX_MEDIA_NAME_WIDTH)?;
    check_text("Description", &media.description, MAX_DESCRIPTION_WIDTH)?;
    if media.media_type == TTS && media.content.is_empty() {
        return Err(missing("Content"));
    }
    Ok(media)
}
