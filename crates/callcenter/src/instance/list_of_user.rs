//! ListInstancesOfUser: the call centres that the caller belongs to.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Principal};
use serde_json::{Map, Value};

use crate::center::{CallCenter, CallCenterError};
use crate::instance::rows::{Scope, ids_of_member};
use crate::instance::view;
use crate::operations::ACCOUNT_ARN;

/// CCC 2017-07-05, "ListInstancesOfUser".
pub(crate) const SPEC: OperationSpec =
    OperationSpec::read("ListInstancesOfUser").permission_on(ACCOUNT_ARN).answers(&["Instances"]);

/// A RAM user sees the instances that he is a user of; the account and its role sessions see all of the account.
pub(crate) async fn list_instances_of_user(center: &CallCenter, call: &Call) -> HandlerResult {
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let mut instances = view::instances(&mut connection, Scope::Account(&call.caller.account_id)).await?;
    if let Principal::User { user_id, .. } = &call.caller.principal {
        let own = ids_of_member(&mut connection, user_id).await?;
        instances.retain(|instance| instance_id(instance).is_some_and(|id| own.contains(id)));
    }
    let instances = instances.into_iter().map(Value::Object).collect();
    Ok(Answer::empty().with_wrapped_list("Instances", "CallCenterInstance", instances))
}

fn instance_id(instance: &Map<String, Value>) -> Option<&str> {
    instance.get("InstanceId").and_then(Value::as_str)
}
