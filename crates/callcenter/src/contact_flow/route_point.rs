//! GetRoutePoint: the number inside the instance that leads into a contact flow, for transfers.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter};

use crate::access;
use crate::center::{CallCenter, CallCenterError};
use crate::contact_flow::{no_such_flow, rows};
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_CONTACT_FLOW, NOT_EXIST_INSTANCE};
use crate::limits::MAX_ID_CHARS;
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::user::Role;

/// CCC 2017-07-05, "GetRoutePoint".
pub(crate) const SPEC: OperationSpec = OperationSpec::read("GetRoutePoint")
    .takes(&[INSTANCE_ID, Parameter::text_of("ContactFlowId", 1, MAX_ID_CHARS).required()])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["RoutePoint", "StatusCode", "StatusDesc"])
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code, NOT_EXIST_CONTACT_FLOW.code]);

pub(crate) async fn get_route_point(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    let id = call.required("ContactFlowId");
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let flow = rows::find(&mut connection, &facts.id, id).await?.ok_or_else(|| no_such_flow(id))?;
    Ok(Answer::empty()
        .with("RoutePoint", flow.route_point.to_string())
        .with("StatusCode", "200")
        .with("StatusDesc", "Okay"))
}
