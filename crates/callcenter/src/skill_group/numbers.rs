//! Outbound numbers that calls give to a skill group. Numbers that cannot dial out (400 numbers) are dropped without a
//! word, as documented.

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter, ValueFault};
use sqlx::AnyConnection;

use crate::access;
use crate::center::{CallCenter, without_repetitions};
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_PHONE_NUMBER, NOT_EXIST_SKILL_GROUP, PARAMETER_ENUMERATION,
    PARAMETER_FORMAT, PARAMETER_MAXIMUM,
};
use crate::limits::{MAX_ID_CHARS, MAX_LIST_ELEMENTS};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE, SKILL_GROUP_RESOURCE};
use crate::phone_number;
use crate::product::unfit;
use crate::skill_group::rows;
use crate::user::Role;

/// CCC 2017-07-05, "ModifySkillGroupOutboundNumbers".
pub(crate) const MODIFY: OperationSpec = OperationSpec::write("ModifySkillGroupOutboundNumbers")
    .takes(&[
        INSTANCE_ID,
        Parameter::text_of("SkillGroupId", 1, MAX_ID_CHARS).required(),
        // The bounds are the handler's: another number has the code Parameter.Enumeration.
        Parameter::integer("OperationType", i32::MIN as i64, i32::MAX as i64).required(),
        Parameter::text_of("OutboundPhoneNumberId", 1, MAX_ID_CHARS).required().list(MAX_LIST_ELEMENTS),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_SKILL_GROUP.code,
        NOT_EXIST_PHONE_NUMBER.code,
        PARAMETER_ENUMERATION.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
    ]);

/// `OperationType`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Add,
    Remove,
    Reset,
}

impl Change {
    fn of(call: &Call) -> Result<Self, ApiError> {
        match call.integer("OperationType") {
            Some(1) => Ok(Self::Add),
            Some(2) => Ok(Self::Remove),
            Some(3) => Ok(Self::Reset),
            _ => Err(unfit(
                ValueFault::Enumeration,
                "OperationType",
                "it must be 1 to add, 2 to remove or 3 to have exactly these numbers",
            )),
        }
    }
}

pub(crate) async fn modify_skill_group_outbound_numbers(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let change = Change::of(call)?;
    let skill_group_id = call.required("SkillGroupId");
    let mut transaction = center.begin_change(&facts.id).await?;
    rows::refuse_unknown(&mut transaction, &facts.id, skill_group_id).await?;
    match change {
        Change::Reset => replace_numbers(&mut transaction, &facts.id, skill_group_id, call).await?,
        Change::Add => add_numbers(&mut transaction, &facts.id, skill_group_id, call).await?,
        Change::Remove => {
            for phone_number_id in asked_numbers(&mut transaction, &facts.id, call).await? {
                rows::remove_number(&mut transaction, skill_group_id, phone_number_id).await?;
            }
        }
    }
    center.commit(transaction, &facts.id).await?;
    Ok(Answer::empty().references(SKILL_GROUP_RESOURCE, skill_group_id))
}

/// Gives a group the numbers that the call names beside those that it has.
pub(crate) async fn add_numbers(
    connection: &mut AnyConnection,
    instance_id: &str,
    skill_group_id: &str,
    call: &Call,
) -> Result<(), ApiError> {
    for phone_number_id in asked_numbers(connection, instance_id, call).await? {
        rows::set_number(connection, skill_group_id, phone_number_id).await?;
    }
    Ok(())
}

/// Gives a group the numbers that the call names and no others.
pub(crate) async fn replace_numbers(
    connection: &mut AnyConnection,
    instance_id: &str,
    skill_group_id: &str,
    call: &Call,
) -> Result<(), ApiError> {
    rows::remove_numbers(connection, skill_group_id).await?;
    add_numbers(connection, instance_id, skill_group_id, call).await
}

/// `OutboundPhoneNumberId.N` without those that cannot dial out.
async fn asked_numbers<'a>(
    connection: &mut AnyConnection,
    instance_id: &str,
    call: &'a Call,
) -> Result<Vec<&'a str>, ApiError> {
    let mut asked = without_repetitions(call.list("OutboundPhoneNumberId"));
    if asked.is_empty() {
        return Ok(asked);
    }
    let known = phone_number::rows::outbound_by_id(connection, instance_id).await?;
    if let Some(unknown) = asked.iter().find(|id| !known.contains_key(**id)) {
        return Err(NOT_EXIST_PHONE_NUMBER.error(format!(
            "phone number '{unknown}' does not exist in this instance: take a PhoneNumberId that GetInstance returns."
        )));
    }
    asked.retain(|id| known.get(*id).copied().unwrap_or(false));
    Ok(asked)
}
