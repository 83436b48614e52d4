//! DeleteMedia: removes an audio prompt by name. Its file in the bucket stays.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter};

use crate::center::{CallCenter, CallCenterError};
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_MEDIA, no_such_instance};
use crate::media::rows;
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE, MEDIA_RESOURCE};
use crate::user::Role;
use crate::{access, instance};

/// CCC 2017-07-05, "DeleteMedia".
pub(crate) const SPEC: OperationSpec = OperationSpec::write("DeleteMedia")
    .takes(&[INSTANCE_ID, Parameter::text("Name").required()])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code, NOT_EXIST_MEDIA.code]);

pub(crate) async fn delete_media(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let name = call.required("Name");
    let mut transaction = center.database.begin().await.map_err(CallCenterError::from)?;
    if !instance::rows::lock(&mut transaction, &facts.id).await? {
        return Err(no_such_instance(&facts.id));
    }
    let id = rows::remove(&mut transaction, &facts.id, name).await?.ok_or_else(|| {
        NOT_EXIST_MEDIA
            .error(format!("media '{name}' does not exist in this instance: take a Name that ListMedias returns."))
    })?;
    center.commit(transaction, &facts.id).await?;
    Ok(Answer::empty().references(MEDIA_RESOURCE, id))
}
