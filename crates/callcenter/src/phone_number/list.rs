//! ListPhoneNumbers: the numbers of an instance with region, flow and skill groups.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter};
use serde_json::Value;

use crate::access;
use crate::center::{CallCenter, CallCenterError};
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_INSTANCE, PARAMETER_FORMAT};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::phone_number::{rows, view};
use crate::user::Role;

/// CCC 2017-07-05, "ListPhoneNumbers".
pub(crate) const SPEC: OperationSpec = OperationSpec::read("ListPhoneNumbers")
    .takes(&[INSTANCE_ID, Parameter::boolean("OutboundOnly").required()])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["PhoneNumbers"])
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code, PARAMETER_FORMAT.code]);

/// Oldest first. Numbers have no privacy number here, so those fields are left out.
pub(crate) async fn list_phone_numbers(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let outbound_only = call.boolean("OutboundOnly").unwrap_or(false);
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let numbers = rows::of_instance(&mut connection, &facts.id).await?;
    let groups = rows::skill_groups_of_numbers(&mut connection, &facts.id).await?;
    let views = numbers.iter().filter(|number| number.allow_outbound || !outbound_only).map(|number| {
        let groups = groups.get(&number.id).map(Vec::as_slice).unwrap_or_default();
        let mut view = view::with_groups(number, groups);
        view::add_region(&mut view, &center.regions, &number.number);
        Value::Object(view)
    });
    Ok(Answer::empty().with_wrapped_list("PhoneNumbers", "PhoneNumber", views.collect()))
}
