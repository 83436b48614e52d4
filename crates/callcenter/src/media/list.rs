//! ListMedias: the audio prompts of an instance by the beginning of their names, in pages.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter, wrapped_list};
use serde_json::{Value, json};

use crate::access;
use crate::center::{CallCenter, CallCenterError};
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_INSTANCE, PARAMETER_MAXIMUM, PARAMETER_MINIMUM};
use crate::limits::MAX_PAGE_SIZE;
use crate::media::rows::{self, Media};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::page::{PAGE_NUMBER, PAGE_SIZE, Page};
use crate::user::Role;

/// CCC 2017-07-05, "ListMedias".
pub(crate) const SPEC: OperationSpec = OperationSpec::read("ListMedias")
    .takes(&[INSTANCE_ID, PAGE_NUMBER.required(), PAGE_SIZE.required(), Parameter::text("NamePrefix")])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["Medias"])
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code, PARAMETER_MAXIMUM.code, PARAMETER_MINIMUM.code]);

/// Oldest first.
pub(crate) async fn list_medias(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let prefix = call.text("NamePrefix").unwrap_or_default();
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let mut media = rows::of_instance(&mut connection, &facts.id).await?;
    media.retain(|media| media.name.starts_with(prefix));
    let page = Page::of(call, MAX_PAGE_SIZE);
    let views = page.cut(&media).into_iter().map(view).collect();
    let list = json!({
        "List": wrapped_list("Media", views),
        "PageNumber": page.number,
        "PageSize": page.size,
        "TotalCount": media.len(),
    });
    Ok(Answer::empty().with("Medias", list))
}

fn view(media: &Media) -> Value {
    let mut fields = json!({
        "Description": media.description,
        "FileName": media.file_name,
        "FilePath": media.oss_file_path,
        "Instance": media.instance_id,
        "Name": media.name,
        "OssFileName": media.oss_file_name,
        "Status": media.status,
        "Type": media.media_type,
    });
    if !media.content.is_empty() {
        fields["Content"] = media.content.as_str().into();
    }
    fields
}
