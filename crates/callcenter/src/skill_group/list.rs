//! ListSkillGroups: all skill groups of an instance, or the selected ones; ListTransferableSkillGroups: all of them.

use std::collections::HashSet;

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter, wrapped_list};
use serde_json::{Value, json};

use crate::access;
use crate::center::{CallCenter, CallCenterError};
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_INSTANCE};
use crate::limits::{MAX_ID_CHARS, MAX_LIST_ELEMENTS};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::phone_number;
use crate::skill_group::rows::{self, SkillGroup};
use crate::user::Role;

/// CCC 2017-07-05, "ListSkillGroups".
pub(crate) const SPEC: OperationSpec = OperationSpec::read("ListSkillGroups")
    .takes(&[
        INSTANCE_ID,
        Parameter::text_of("SkillGroupId", 1, MAX_ID_CHARS).list(MAX_LIST_ELEMENTS),
        Parameter::text("SkillGroupName").list(MAX_LIST_ELEMENTS),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["SkillGroups"])
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code]);

/// CCC 2017-07-05, "ListTransferableSkillGroups".
pub(crate) const TRANSFERABLE: OperationSpec = OperationSpec::read("ListTransferableSkillGroups")
    .takes(&[INSTANCE_ID])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["SkillGroups"])
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code]);

/// The answer is a bare array, as in all operations from late 2020 on. Nothing is published about which groups take
/// transfers: all do.
pub(crate) async fn list_transferable_skill_groups(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let groups = rows::find(&mut connection, &facts.id).await?;
    let views = groups.into_iter().map(|group| {
        let allow = group.allow_private_outbound_number;
        let mut view = fields(group);
        view["AllowPrivateOutboundNumber"] = allow.into();
        view
    });
    Ok(Answer::empty().with("SkillGroups", Value::Array(views.collect())))
}

/// Both filters must match; an id or name that is not there is missing from the answer.
pub(crate) async fn list_skill_groups(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    let mut reading = center.begin_read().await?;
    let groups = rows::find(&mut reading, &facts.id).await?;
    let mut numbers = phone_number::rows::numbers_of_skill_groups(&mut reading, &facts.id).await?;

    let ids: HashSet<&str> = call.list("SkillGroupId").into_iter().collect();
    let names: HashSet<&str> = call.list("SkillGroupName").into_iter().collect();
    let views = groups
        .into_iter()
        .filter(|group| ids.is_empty() || ids.contains(group.id.as_str()))
        .filter(|group| names.is_empty() || names.contains(group.name.as_str()))
        .map(|group| {
            let numbers = numbers.remove(&group.id).unwrap_or_default();
            view(group, numbers)
        })
        .collect();
    Ok(Answer::empty().with_wrapped_list("SkillGroups", "SkillGroup", views))
}

fn view(group: SkillGroup, numbers: Vec<Value>) -> Value {
    let mut view = fields(group);
    view["OutboundPhoneNumbers"] = wrapped_list("PhoneNumber", numbers);
    view
}

/// The engine's names of group and queue are opaque to clients and unique here.
fn fields(group: SkillGroup) -> Value {
    json!({
        "AccQueueName": format!("{}@{}", group.id, group.domain_name),
        "AccSkillGroupName": group.id,
        "InstanceId": group.instance_id,
        "RoutingStrategy": group.routing_strategy,
        "SkillGroupDescription": group.description,
        "SkillGroupId": group.id,
        "SkillGroupName": group.name,
        "UserCount": group.user_count,
    })
}
