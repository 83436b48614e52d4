//! RemoveUsers: users leave the instance, all of them or none. The RAM users stay; what the users did stays in reports
//! and in the audit.

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter};
use sqlx::AnyConnection;

use crate::center::{CallCenter, without_repetitions};
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_USER, NOT_MODIFIED_PRIMARY_USER, PARAMETER_MAXIMUM, USER_BUSY,
    no_such_user,
};
use crate::limits::{MAX_ID_CHARS, MAX_USERS_PER_CALL};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE, USER_RESOURCE};
use crate::user::membership::refuse_primary;
use crate::user::{Role, presence, rows};
use crate::{access, activity};

/// CCC 2017-07-05, "RemoveUsers".
pub(crate) const SPEC: OperationSpec = OperationSpec::write("RemoveUsers")
    .takes(&[INSTANCE_ID, Parameter::text_of("UserId", 1, MAX_ID_CHARS).required().list(MAX_USERS_PER_CALL)])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_USER.code,
        NOT_MODIFIED_PRIMARY_USER.code,
        USER_BUSY.code,
        PARAMETER_MAXIMUM.code,
    ]);

pub(crate) async fn remove_users(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let user_ids = without_repetitions(call.list("UserId"));

    let mut transaction = center.begin_change(&facts.id).await?;
    for user_id in &user_ids {
        remove(&mut transaction, &facts.id, user_id, call.arrived_at_ms).await?;
    }
    center.commit(transaction, &facts.id).await?;
    Ok(user_ids.into_iter().fold(Answer::empty(), |answer, id| answer.references(USER_RESOURCE, id)))
}

async fn remove(connection: &mut AnyConnection, instance_id: &str, user_id: &str, now_ms: i64) -> Result<(), ApiError> {
    let user = rows::find(connection, instance_id, user_id).await?.ok_or_else(|| no_such_user(user_id))?;
    refuse_primary(&user)?;
    if presence::is_in_call(connection, instance_id, &user.ram_user_id).await? {
        return Err(USER_BUSY.error(format!(
            "user '{user_id}' is in a call: wait for its end, or free a stuck agent with ResetUserStatus."
        )));
    }
    if presence::checked_in_groups(connection, instance_id, &user.ram_user_id).await?.is_some() {
        let checked_out = [presence::checked_out(&user.ram_user_id, now_ms)];
        activity::rows::append(connection, instance_id, &checked_out).await?;
    }
    rows::delete(connection, &user.id).await?;
    Ok(())
}
