//! For whom a workbench asks: nearly always for its own user.

use openapi::{ApiError, Call, Principal};
use sqlx::AnyConnection;

use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_USER};
use crate::user::selection;
use crate::user::whole::{User, load};

/// RAM user id under which the caller may be a user of an instance. A session of a role cannot be one.
pub(crate) fn ram_user_id(call: &Call) -> Option<&str> {
    match &call.caller.principal {
        Principal::User { user_id, .. } => Some(user_id),
        Principal::Root => Some(&call.caller.account_id),
        Principal::RoleSession { .. } => None,
    }
}

/// The user that the caller is.
///
/// # Errors
/// `NoPermission.User`: the account and its roles administer instances that they are not users of.
pub(crate) async fn own_user(connection: &mut AnyConnection, instance_id: &str, call: &Call) -> Result<User, ApiError> {
    let found = match ram_user_id(call) {
        Some(ram_user_id) => find(connection, instance_id, ram_user_id).await?,
        None => None,
    };
    found.ok_or_else(|| {
        NO_PERMISSION_USER.error(
            "no permission on this instance: the caller is not a user of it and has no extension. Call as a RAM user that AssignUsers has imported.",
        )
    })
}

/// The user of a RAM user.
pub(crate) async fn user_of(
    connection: &mut AnyConnection,
    instance_id: &str,
    ram_user_id: &str,
) -> Result<User, ApiError> {
    find(connection, instance_id, ram_user_id).await?.ok_or_else(|| {
        NOT_EXIST_USER.error(format!(
            "RAM user '{ram_user_id}' is not a user of this instance: import him with AssignUsers first."
        ))
    })
}

async fn find(connection: &mut AnyConnection, instance_id: &str, ram_user_id: &str) -> Result<Option<User>, ApiError> {
    let ids = selection::with_ram_user_id(connection, instance_id, ram_user_id).await?;
    Ok(load(connection, &ids).await?.pop())
}
