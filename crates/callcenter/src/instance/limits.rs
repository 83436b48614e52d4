//! SetInstanceLimits: how many users an instance may have, and how many agents may be on line. In the cloud the bought
//! package decides it; here the operator does.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter};

use crate::access;
use crate::center::CallCenter;
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_INSTANCE, PARAMETER_FORMAT, PARAMETER_INVALID, PARAMETER_MAXIMUM, PARAMETER_MINIMUM,
};
use crate::instance::rows;
use crate::limits::{MAX_ONLINE_AGENTS, MAX_USERS_PER_INSTANCE};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::user::Role;

/// No public document: what buying a package of Cloud Call Center does.
pub(crate) const SPEC: OperationSpec = OperationSpec::write("SetInstanceLimits")
    .console_operation()
    .takes(&[
        INSTANCE_ID,
        Parameter::integer("MaxUsers", 1, MAX_USERS_PER_INSTANCE),
        Parameter::integer("MaxOnlineAgents", 1, MAX_ONLINE_AGENTS),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["MaxUsers", "MaxOnlineAgents"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        PARAMETER_INVALID.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
        PARAMETER_MINIMUM.code,
    ]);

/// A limit that is not named stays. One below what is there refuses more, and removes nobody.
pub(crate) async fn set_instance_limits(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let (max_users, max_online_agents) = (call.integer("MaxUsers"), call.integer("MaxOnlineAgents"));
    if max_users.is_none() && max_online_agents.is_none() {
        return Err(PARAMETER_INVALID.error("there is no limit to set: give MaxUsers, MaxOnlineAgents or both."));
    }
    let mut transaction = center.begin_change(&facts.id).await?;
    let (max_users, max_online_agents) =
        rows::set_limits(&mut transaction, &facts.id, max_users, max_online_agents).await?;
    center.commit(transaction, &facts.id).await?;
    Ok(Answer::empty().with("MaxUsers", max_users).with("MaxOnlineAgents", max_online_agents))
}
