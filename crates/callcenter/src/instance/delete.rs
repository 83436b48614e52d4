//! DeleteInstance: the call centre and everything that belongs to it.
//!
//! Gone are users, roles, groups, settings, flows, the binding of numbers and the activity that reports and call records
//! are folded from. Kept are the RAM users, the numbers that the account owns, objects in its buckets, and the audit
//! with all events about the instance. While a user is in a call the instance stays.

use openapi::{Answer, Call, HandlerResult, OperationSpec};

use crate::center::CallCenter;
use crate::errors::{IN_USE_INSTANCE, NO_PERMISSION_USER, NOT_EXIST_INSTANCE};
use crate::instance::rows::{self, Scope};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::user::{Role, presence};
use crate::{access, user};

/// CCC 2017-07-05, "DeleteInstance".
pub(crate) const SPEC: OperationSpec = OperationSpec::write("DeleteInstance")
    .takes(&[INSTANCE_ID])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code, IN_USE_INSTANCE.code]);

pub(crate) async fn delete_instance(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let mut transaction = center.begin_change(&facts.id).await?;
    for ram_user_id in user::rows::ram_user_ids(&mut transaction, &facts.id).await? {
        if presence::is_in_call(&mut transaction, &facts.id, &ram_user_id).await? {
            return Err(IN_USE_INSTANCE.error(format!(
                "user {ram_user_id} is in a call: wait for its end, or free a stuck agent with ResetUserStatus."
            )));
        }
    }
    let names = rows::find(&mut transaction, Scope::Instance(&facts.id)).await?.pop();
    rows::delete(&mut transaction, &facts.id).await?;
    center.commit(transaction, &facts.id).await?;
    // Nobody can look the names up any more; the event keeps them.
    let answer = Answer::empty();
    Ok(match names {
        Some(gone) => answer.event_data("InstanceName", gone.name).event_data("DomainName", gone.domain_name),
        None => answer,
    })
}
