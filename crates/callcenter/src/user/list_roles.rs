//! ListRoles: the roles that the caller may assign. Administrators assign all three, others none.

use openapi::{Answer, Call, HandlerResult, OperationSpec};

use crate::access;
use crate::center::{CallCenter, CallCenterError};
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_INSTANCE};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::user::{Role, rows, view};

/// CCC 2017-07-05, "ListRoles".
pub(crate) const SPEC: OperationSpec = OperationSpec::read("ListRoles")
    .takes(&[INSTANCE_ID])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["Roles"])
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code]);

pub(crate) async fn list_roles(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let roles = rows::roles(&mut connection, &facts.id).await?;
    Ok(Answer::empty().with_wrapped_list("Roles", "Role", roles.iter().map(view::role).collect()))
}
