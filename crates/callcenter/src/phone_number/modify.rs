//! ModifyPhoneNumber: changes usage, contact flow and skill groups of a bound number.
//!
//! Without `ContactFlowId` the flow stays, without `SkillGroupId.N` the groups stay; but an outbound number has no flow
//! and an inbound one no groups.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter};
use serde_json::Value;

use crate::center::{CallCenter, CallCenterError};
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_CONTACT_FLOW, NOT_EXIST_INSTANCE, NOT_EXIST_PHONE_NUMBER, NOT_EXIST_SKILL_GROUP,
    PARAMETER_ENUMERATION, PARAMETER_INVALID, PARAMETER_MAXIMUM, no_such_instance, no_such_number,
};
use crate::limits::{MAX_ID_CHARS, MAX_LIST_ELEMENTS};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE, PHONE_NUMBER_RESOURCE};
use crate::phone_number::add_bulk::{asked_flow, asked_groups, join_groups, usage};
use crate::phone_number::{PhoneNumber, Usage, rows, view};
use crate::user::Role;
use crate::{access, instance};

/// CCC 2017-07-05, "ModifyPhoneNumber".
pub(crate) const SPEC: OperationSpec = OperationSpec::write("ModifyPhoneNumber")
    .takes(&[
        INSTANCE_ID,
        Parameter::text_of("PhoneNumberId", 1, MAX_ID_CHARS).required(),
        Parameter::one_of("Usage", Usage::GIVEN).required(),
        Parameter::text_of("ContactFlowId", 1, MAX_ID_CHARS),
        Parameter::text_of("SkillGroupId", 1, MAX_ID_CHARS).list(MAX_LIST_ELEMENTS),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["PhoneNumber"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_PHONE_NUMBER.code,
        NOT_EXIST_CONTACT_FLOW.code,
        NOT_EXIST_SKILL_GROUP.code,
        PARAMETER_ENUMERATION.code,
        PARAMETER_INVALID.code,
        PARAMETER_MAXIMUM.code,
    ]);

pub(crate) async fn modify_phone_number(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let id = call.required("PhoneNumberId");

    let mut transaction = center.database.begin().await.map_err(CallCenterError::from)?;
    if !instance::rows::lock(&mut transaction, &facts.id).await? {
        return Err(no_such_instance(&facts.id));
    }
    let before = rows::find(&mut transaction, &facts.id, id).await?.ok_or_else(|| no_such_number(id))?;
    let usage = usage(call, PhoneNumber::parse(&before.number))?;
    let asked_flow = asked_flow(&mut transaction, call, &facts.id, usage).await?;
    let kept_flow = before.contact_flow.as_ref().map(|flow| flow.id.as_str()).filter(|_| usage.takes_calls());
    rows::update(&mut transaction, id, usage, asked_flow.or(kept_flow)).await?;
    let groups = asked_groups(&mut transaction, call, &facts.id).await?;
    if !groups.is_empty() || !usage.makes_calls() {
        rows::leave_skill_groups(&mut transaction, id).await?;
        join_groups(&mut transaction, id, usage, &groups).await?;
    }
    let after = rows::find(&mut transaction, &facts.id, id).await?.ok_or_else(|| no_such_number(id))?;
    let groups = rows::skill_groups_of_numbers(&mut transaction, &facts.id).await?;
    center.commit(transaction, &facts.id).await?;

    let groups = groups.get(id).map(Vec::as_slice).unwrap_or_default();
    let view = Value::Object(view::with_groups(&after, groups));
    Ok(Answer::empty().with("PhoneNumber", view).references(PHONE_NUMBER_RESOURCE, id))
}
