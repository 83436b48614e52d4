//! GetInstance: the instance itself.

use openapi::{Answer, Call, HandlerResult, OperationSpec};

use crate::access;
use crate::center::{CallCenter, CallCenterError};
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_INSTANCE, no_such_instance};
use crate::instance::rows::Scope;
use crate::instance::view;
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::user::Role;

/// CCC 2017-07-05, "GetInstance".
pub(crate) const SPEC: OperationSpec = OperationSpec::read("GetInstance")
    .takes(&[INSTANCE_ID])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["Instance"])
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code]);

pub(crate) async fn get_instance(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let found = view::instances(&mut connection, Scope::Instance(&facts.id)).await?.pop();
    let instance = found.ok_or_else(|| no_such_instance(&facts.id))?;
    Ok(Answer::empty().with("Instance", instance))
}
