//! CreateSkillGroup: a new skill group with members and outbound numbers, whole or not at all.

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter, ValueFault};
use sqlx::AnyConnection;

use crate::access;
use crate::center::{CallCenter, new_id, without_repetitions};
use crate::errors::{
    EXISTS_SKILL_GROUP_NAME, LIMIT_EXCEEDED_SKILL_GROUP, NO_PERMISSION_USER, NOT_EXIST_INSTANCE,
    NOT_EXIST_PHONE_NUMBER, NOT_EXIST_USER, PARAMETER_ENUMERATION, PARAMETER_FORMAT, PARAMETER_INVALID,
    PARAMETER_MAXIMUM, no_such_user,
};
use crate::limits::{
    MAX_ID_CHARS, MAX_LIST_ELEMENTS, MAX_SKILL_GROUP_DESCRIPTION_WIDTH, MAX_SKILL_GROUP_NAME_WIDTH,
    MAX_SKILL_GROUPS_PER_INSTANCE,
};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE, SKILL_GROUP_RESOURCE};
use crate::product::{missing, unfit};
use crate::skill_group::rows::{self, NewSkillGroup};
use crate::skill_group::{RoutingStrategy, skill_level_parameter, with_levels};
use crate::text::{check_name, check_text};
use crate::user::Role;
use crate::{phone_number, user};

/// CCC 2017-07-05, "CreateSkillGroup".
pub(crate) const SPEC: OperationSpec = OperationSpec::write("CreateSkillGroup")
    .takes(&[
        INSTANCE_ID,
        Parameter::text("Name").required(),
        Parameter::text("Description"),
        Parameter::boolean("AllowPrivateOutboundNumber"),
        Parameter::one_of("RoutingStrategy", RoutingStrategy::NAMES),
        Parameter::text_of("OutboundPhoneNumberId", 1, MAX_ID_CHARS).list(MAX_LIST_ELEMENTS),
        Parameter::text_of("UserId", 1, MAX_ID_CHARS).list(MAX_LIST_ELEMENTS),
        skill_level_parameter(MAX_LIST_ELEMENTS),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["SkillGroupId"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        EXISTS_SKILL_GROUP_NAME.code,
        LIMIT_EXCEEDED_SKILL_GROUP.code,
        NOT_EXIST_USER.code,
        NOT_EXIST_PHONE_NUMBER.code,
        PARAMETER_INVALID.code,
        PARAMETER_FORMAT.code,
        PARAMETER_ENUMERATION.code,
        PARAMETER_MAXIMUM.code,
    ]);

pub(crate) async fn create_skill_group(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let id = new_id();
    let group = new_group(call, &id, &facts.id)?;
    let members = with_levels(call, "UserId")?;

    // Creators in one instance take turns, so that two cannot both be the last that fits.
    let mut transaction = center.begin_change(&facts.id).await?;
    insert_group(&mut transaction, &group).await?;
    insert_members(&mut transaction, &group, &members).await?;
    insert_numbers(&mut transaction, &group, call).await?;
    center.commit(transaction, &facts.id).await?;

    Ok(Answer::empty().with("SkillGroupId", id.as_str()).references(SKILL_GROUP_RESOURCE, id))
}

fn new_group<'a>(call: &'a Call, id: &'a str, instance_id: &'a str) -> Result<NewSkillGroup<'a>, ApiError> {
    let name = call.text("Name").ok_or_else(|| missing("Name"))?;
    let description = call.text("Description").unwrap_or_default();
    check_name("Name", name, MAX_SKILL_GROUP_NAME_WIDTH)?;
    check_text("Description", description, MAX_SKILL_GROUP_DESCRIPTION_WIDTH)?;
    let strategy = match call.text("RoutingStrategy") {
        None => RoutingStrategy::Default,
        Some(name) => RoutingStrategy::of_name(name).ok_or_else(|| {
            let expected = format!("it must be one of {}", RoutingStrategy::NAMES.join(", "));
            unfit(ValueFault::Enumeration, "RoutingStrategy", expected)
        })?,
    };
    Ok(NewSkillGroup {
        id,
        instance_id,
        name,
        description,
        strategy,
        allow_private_outbound_number: call.boolean("AllowPrivateOutboundNumber").unwrap_or(false),
        created_at_ms: call.arrived_at_ms,
    })
}

/// The unique index decides about the name; a full instance is noticed afterwards, when the rollback undoes the row.
async fn insert_group(connection: &mut AnyConnection, group: &NewSkillGroup<'_>) -> Result<(), ApiError> {
    if !rows::insert(connection, group).await? {
        return Err(EXISTS_SKILL_GROUP_NAME.error(format!(
            "skill group name '{}' exists already in this instance: choose another Name.",
            group.name
        )));
    }
    if rows::count(connection, group.instance_id).await? > MAX_SKILL_GROUPS_PER_INSTANCE {
        return Err(LIMIT_EXCEEDED_SKILL_GROUP.error(format!(
            "the instance has {MAX_SKILL_GROUPS_PER_INSTANCE} skill groups, as many as it may have: delete one first."
        )));
    }
    Ok(())
}

async fn insert_members(
    connection: &mut AnyConnection,
    group: &NewSkillGroup<'_>,
    members: &[(&str, i64)],
) -> Result<(), ApiError> {
    if members.is_empty() {
        return Ok(());
    }
    let known = user::rows::user_ids(connection, group.instance_id).await?;
    for (user_id, level) in members {
        if !known.contains(*user_id) {
            return Err(no_such_user(user_id));
        }
        rows::set_member(connection, group.id, user_id, *level).await?;
    }
    Ok(())
}

/// Numbers that cannot dial out (400 numbers) are dropped without a word, as documented.
async fn insert_numbers(
    connection: &mut AnyConnection,
    group: &NewSkillGroup<'_>,
    call: &Call,
) -> Result<(), ApiError> {
    let asked = without_repetitions(call.list("OutboundPhoneNumberId"));
    if asked.is_empty() {
        return Ok(());
    }
    let known = phone_number::rows::outbound_by_id(connection, group.instance_id).await?;
    for phone_number_id in asked {
        match known.get(phone_number_id) {
            Some(true) => rows::insert_number(connection, group.id, phone_number_id).await?,
            Some(false) => {}
            None => {
                return Err(NOT_EXIST_PHONE_NUMBER.error(format!(
                    "phone number '{phone_number_id}' does not exist in this instance: take a PhoneNumberId that GetInstance returns."
                )));
            }
        }
    }
    Ok(())
}
