//! Who may do what in an instance. RAM was asked before; this is the instance's own rule on top.
//!
//! * An instance of another account does not exist for the caller.
//! * The account itself is administrator of all its instances.
//! * A session of one of the account's roles is administrator too: a role cannot be made a user of an instance, so RAM,
//!   which had to allow the operation on this very instance, decides alone.
//! * A RAM user must be a user of the instance with a role at least as strong as the operation needs.

use std::sync::Arc;

use openapi::{ApiError, Call, Caller, Principal};

use crate::cache::InstanceFacts;
use crate::center::{CallCenter, CallCenterError};
use crate::errors::{NO_PERMISSION_USER, no_such_instance};
use crate::instance;
use crate::instance::rows::Scope;
use crate::user::Role;

/// The instance that the call names, if the caller may use it with this role.
///
/// # Errors
/// `NotExist.Instance`, `NoPermission.User`.
pub(crate) async fn enter(center: &CallCenter, call: &Call, needed: Role) -> Result<Arc<InstanceFacts>, ApiError> {
    let instance_id = call.required("InstanceId");
    let facts = center.facts(instance_id).await?;
    let Some(facts) = facts.filter(|facts| facts.account_id == call.caller.account_id) else {
        return Err(no_such_instance(instance_id));
    };
    match role_of(&facts, &call.caller) {
        Some(role) if role >= needed => Ok(facts),
        Some(role) => Err(NO_PERMISSION_USER.error(format!(
            "no permission on this instance: {} needs the role {}, the caller has {}. Ask an administrator of the instance.",
            call.operation,
            needed.name(),
            role.name()
        ))),
        None => Err(NO_PERMISSION_USER.error(
            "no permission on this instance: the caller is not a user of it. Ask an administrator of the instance to import the RAM user.",
        )),
    }
}

/// Instances of the caller's account whose reports he may see, for operations that name none.
///
/// # Errors
/// `NoPermission.User` for a RAM user who leads none.
pub(crate) async fn led_instances(center: &CallCenter, caller: &Caller) -> Result<Vec<String>, ApiError> {
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let instances = instance::rows::find(&mut connection, Scope::Account(&caller.account_id)).await?;
    drop(connection);
    let mut led = Vec::new();
    for instance in instances {
        let facts = center.facts(&instance.id).await?;
        if facts.is_some_and(|facts| role_of(&facts, caller).is_some_and(|role| role >= Role::Manager)) {
            led.push(instance.id);
        }
    }
    if led.is_empty() && matches!(caller.principal, Principal::User { .. }) {
        return Err(NO_PERMISSION_USER.error(
            "no permission: the caller leads no instance of this account. Ask an administrator of an instance for the role Manager.",
        ));
    }
    Ok(led)
}

fn role_of(facts: &InstanceFacts, caller: &Caller) -> Option<Role> {
    match &caller.principal {
        Principal::Root | Principal::RoleSession { .. } => Some(Role::Admin),
        Principal::User { user_id, .. } => facts.roles.get(user_id).copied(),
    }
}
