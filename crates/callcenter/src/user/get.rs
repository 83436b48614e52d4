//! GetUser and GetUserByExtension: one user.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter};

use crate::access;
use crate::center::CallCenter;
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_USER, PARAMETER_MAXIMUM, no_such_user};
use crate::limits::MAX_ID_CHARS;
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::user::{Role, selection, view, whole};

/// CCC 2017-07-05, "GetUser".
pub(crate) const BY_ID: OperationSpec = OperationSpec::read("GetUser")
    .takes(&[INSTANCE_ID, Parameter::text_of("UserId", 1, MAX_ID_CHARS).required()])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["User"])
    .fails_with(ERRORS);

/// CCC 2017-07-05, "GetUserByExtension". A soft phone asks it who is calling, so every user may.
pub(crate) const BY_EXTENSION: OperationSpec = OperationSpec::read("GetUserByExtension")
    .takes(&[INSTANCE_ID, Parameter::text_of("Extension", 1, MAX_ID_CHARS).required()])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["User"])
    .fails_with(ERRORS);

const ERRORS: &[&str] =
    &[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code, NOT_EXIST_USER.code, PARAMETER_MAXIMUM.code];

pub(crate) async fn get_user(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let user_id = call.required("UserId");
    let mut reading = center.begin_read().await?;
    let ids = selection::with_id(&mut reading, &facts.id, user_id).await?;
    let user = whole::load(&mut reading, &ids).await?.pop().ok_or_else(|| no_such_user(user_id))?;
    Ok(Answer::empty().with("User", view::got(&user)))
}

pub(crate) async fn get_user_by_extension(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    let extension = call.required("Extension");
    let mut reading = center.begin_read().await?;
    let ids = selection::with_extension(&mut reading, &facts.id, extension).await?;
    let user = whole::load(&mut reading, &ids).await?.pop().ok_or_else(|| {
        NOT_EXIST_USER.error(format!(
            "no user of this instance has the extension '{extension}': take one that RequestLoginInfo returns."
        ))
    })?;
    Ok(Answer::empty().with("User", view::with_extension(&user)))
}
