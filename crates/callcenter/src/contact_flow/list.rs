//! ListContactFlows: every contact flow of an instance with its versions and numbers.

use std::collections::HashMap;

use openapi::{Answer, Call, HandlerResult, OperationSpec};
use serde_json::Value;

use crate::center::{CallCenter, CallCenterError};
use crate::contact_flow::{rows, view};
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_INSTANCE};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::user::Role;
use crate::{access, phone_number};

/// CCC 2017-07-05, "ListContactFlows".
pub(crate) const SPEC: OperationSpec = OperationSpec::read("ListContactFlows")
    .takes(&[INSTANCE_ID])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["ContactFlows"])
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code]);

/// Oldest first, without canvas and content.
pub(crate) async fn list_contact_flows(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let flows = rows::of_instance(&mut connection, &facts.id).await?;
    let mut numbers = phone_number::rows::numbers_of_flows(&mut connection, &facts.id).await?;
    let mut versions: HashMap<String, Vec<Value>> = HashMap::new();
    for version in rows::versions(&mut connection, &facts.id).await? {
        let view = Value::Object(view::version(&version, call.arrived_at_ms));
        versions.entry(version.contact_flow_id).or_default().push(view);
    }
    let views = flows.iter().map(|flow| {
        let numbers = numbers.remove(&flow.head.id).unwrap_or_default();
        Value::Object(view::flow(flow, numbers, versions.remove(&flow.head.id).unwrap_or_default()))
    });
    Ok(Answer::empty().with_wrapped_list("ContactFlows", "ContactFlow", views.collect()))
}
