//! `GetCallerIdentity`

use openapi::{Answer, ApiError, Call, Principal};

pub(super) async fn get_caller_identity(call: &Call) -> Result<Answer, ApiError> {
    let caller = &call.caller;
    let answer = Answer::empty()
        .with("AccountId", caller.account_id.as_str())
        .with("PrincipalId", caller.principal_id())
        .with("Arn", caller.arn());
    Ok(match &caller.principal {
        Principal::Root => answer.with("IdentityType", "Account").with("UserId", caller.account_id.as_str()),
        Principal::User { user_id, .. } => answer.with("IdentityType", "RAMUser").with("UserId", user_id.as_str()),
        Principal::RoleSession { role_id, .. } => {
            answer.with("IdentityType", "AssumedRoleUser").with("RoleId", role_id.as_str())
        }
    })
}
