//! RemovePhoneNumber: unbinds a number from its instance. The account still owns it.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter};

use crate::center::{CallCenter, CallCenterError};
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_PHONE_NUMBER, no_such_instance, no_such_number};
use crate::limits::MAX_ID_CHARS;
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE, PHONE_NUMBER_RESOURCE};
use crate::phone_number::rows;
use crate::user::Role;
use crate::{access, instance};

/// CCC 2017-07-05, "RemovePhoneNumber".
pub(crate) const SPEC: OperationSpec = OperationSpec::write("RemovePhoneNumber")
    .takes(&[INSTANCE_ID, Parameter::text_of("PhoneNumberId", 1, MAX_ID_CHARS).required()])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code, NOT_EXIST_PHONE_NUMBER.code]);

pub(crate) async fn remove_phone_number(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let id = call.required("PhoneNumberId");
    let mut transaction = center.database.begin().await.map_err(CallCenterError::from)?;
    if !instance::rows::lock(&mut transaction, &facts.id).await? {
        return Err(no_such_instance(&facts.id));
    }
    if !rows::unbind(&mut transaction, &facts.id, id).await? {
        return Err(no_such_number(id));
    }
    center.commit(transaction, &facts.id).await?;
    Ok(Answer::empty().references(PHONE_NUMBER_RESOURCE, id))
}
