//! Asks RAM whether a call may be done, and words its refusal.

use crate::call::{Call, Caller, Principal};
use crate::directory::{Decision, Directory, PermissionRequest};
use crate::error::{AccessDenied, ApiError};
use crate::operation::{OperationSpec, Permission};
use crate::params::Params;
use crate::product::Product;

/// `NoPermission` unless the policies allow the call.
pub(crate) fn check(
    directory: &dyn Directory,
    product: &Product,
    operation: &OperationSpec,
    call: &Call,
) -> Result<(), ApiError> {
    let Permission::On(template) = operation.permission else { return Ok(()) };
    let action = format!("{}:{}", product.ram_code, operation.name);
    let resource = resource_arn(template, call);
    let decision = directory.decide(&PermissionRequest {
        caller: &call.caller,
        action: &action,
        resource: &resource,
        source_ip: call.source_ip,
        secure: call.secure,
        now_s: call.arrived_at_ms.div_euclid(1_000),
    });
    match decision {
        Decision::Allow => Ok(()),
        Decision::Deny { explicit, policy_type } => {
            Err(no_permission(&call.caller, action, &resource, explicit, policy_type))
        }
    }
}

/// What a call is about.
pub(crate) fn resource_arn(template: &str, call: &Call) -> String {
    fill(template, &call.region, &call.caller.account_id, &call.params)
}

/// 403 `NoPermission` with its detail. For handlers that ask the policies something of their own.
pub fn no_permission(
    caller: &Caller,
    action: String,
    resource: &str,
    explicit: bool,
    policy_type: &'static str,
) -> ApiError {
    let (principal_type, principal_name) = match &caller.principal {
        Principal::Root => ("RootUser", caller.account_id.clone()),
        Principal::User { user_id, .. } => ("SubUser", user_id.clone()),
        Principal::RoleSession { role_name, session_name, .. } => {
            ("AssumedRoleUser", format!("{role_name}:{session_name}"))
        }
    };
    let reason = if explicit { "a policy denies it" } else { "no policy allows it" };
    let mut error = ApiError::new(
        403,
        "NoPermission",
        format!(
            "You are not authorized to do this action: {reason}. Ask an administrator to allow {action} on {resource}."
        ),
    );
    error.access_denied = Some(Box::new(AccessDenied {
        action,
        principal_type,
        principal_owner_id: caller.account_id.clone(),
        principal_name,
        policy_type,
        no_permission_type: if explicit { "ExplicitDeny" } else { "ImplicitDeny" },
    }));
    error
}

/// Fills an ARN template; what the call does not name becomes `*`.
fn fill(template: &str, region: &str, account_id: &str, params: &Params) -> String {
    let mut out = String::with_capacity(template.len() + 48);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(match name {
            "region" => region,
            "account" => account_id,
            parameter => params.text(parameter).unwrap_or("*"),
        });
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_filled() {
        let params = Params::new([("InstanceId".to_owned(), "acc-{region}".to_owned())].into());
        let filled = fill("acs:ccc:{region}:{account}:instance/{InstanceId}", "cn-shanghai", "105", &params);
        assert_eq!(filled, "acs:ccc:cn-shanghai:105:instance/acc-{region}");
        assert_eq!(fill("acs:ram::{account}:user/{UserName}", "r", "105", &params), "acs:ram::105:user/*");
        assert_eq!(fill("*", "r", "105", &params), "*");
    }
}
