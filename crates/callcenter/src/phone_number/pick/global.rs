//! PickGlobalOutboundNumbers: the numbers of skill groups that suit a callee best.

use std::collections::HashSet;

use openapi::{Call, HandlerResult, OperationSpec, Parameter, ValueFault};

use crate::access;
use crate::center::{CallCenter, CallCenterError};
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_SKILL_GROUP, PARAMETER_FORMAT, PARAMETER_MAXIMUM,
    PARAMETER_MINIMUM, no_such_skill_group,
};
use crate::limits::{MAX_ID_CHARS, MAX_LIST_ELEMENTS, MAX_PICKED_NUMBERS};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::phone_number::{PhoneNumber, pick, rows};
use crate::product::unfit;
use crate::skill_group;
use crate::user::Role;

/// CCC 2017-07-05, "PickGlobalOutboundNumbers".
pub(crate) const SPEC: OperationSpec = OperationSpec::read("PickGlobalOutboundNumbers")
    .takes(&[
        INSTANCE_ID,
        Parameter::text("CalleeNumber").required(),
        Parameter::text_of("SkillGroupId", 1, MAX_ID_CHARS).list(MAX_LIST_ELEMENTS).required(),
        Parameter::integer("Count", 1, MAX_PICKED_NUMBERS),
        // No number here has a virtual one attached, so both values choose alike.
        Parameter::boolean("IsVirtual"),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["DialNumberPairs"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_SKILL_GROUP.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
        PARAMETER_MINIMUM.code,
    ]);

pub(crate) async fn pick_global_outbound_numbers(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    let callee = callee(call)?;
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let groups = skill_group::rows::find(&mut connection, &facts.id).await?;
    let asked: HashSet<&str> = call.list("SkillGroupId").into_iter().collect();
    if let Some(unknown) = asked.iter().find(|id| groups.iter().all(|group| group.id != **id)) {
        return Err(no_such_skill_group(unknown));
    }
    let numbers = rows::of_instance(&mut connection, &facts.id).await?;
    let groups = rows::skill_groups_of_numbers(&mut connection, &facts.id).await?;
    let candidates = numbers
        .iter()
        .filter(|number| number.allow_outbound)
        .filter(|number| groups.get(&number.id).is_some_and(|of| of.iter().any(|(id, _)| asked.contains(id.as_str()))))
        .filter_map(|number| pick::Candidate::of(&number.number))
        .collect();
    let chosen = center.caller_numbers.choose(&center.regions, callee, candidates, count(call));
    Ok(pick::pairs(&center.regions, callee, &chosen))
}

/// `Count`, 1 if absent.
pub(super) fn count(call: &Call) -> usize {
    call.integer("Count").and_then(|count| usize::try_from(count).ok()).unwrap_or(1)
}

/// `CalleeNumber`, refused if it is no number.
pub(super) fn callee(call: &Call) -> Result<&str, openapi::ApiError> {
    let callee = call.required("CalleeNumber");
    match PhoneNumber::parse(callee) {
        Some(_) => Ok(callee),
        None => Err(unfit(ValueFault::Format, "CalleeNumber", "it must be a telephone number, such as 13800138000")),
    }
}
