//! CreateSkillGroup: a new skill group with members and outbound numbers, whole or not at all.

use std::collections::HashSet;

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter, ValueFault};
use sqlx::AnyConnection;

use crate::access;
use crate::center::{CallCenter, CallCenterError, new_id, without_repetitions};
use crate::errors::{
    EXISTS_SKILL_GROUP_NAME, LIMIT_EXCEEDED_SKILL_GROUP, NO_PERMISSION_USER, NOT_EXIST_INSTANCE,
    NOT_EXIST_PHONE_NUMBER, NOT_EXIST_USER, PARAMETER_ENUMERATION, PARAMETER_FORMAT, PARAMETER_INVALID,
    PARAMETER_MAXIMUM, no_such_instance,
};
use crate::limits::{
    MAX_ID_CHARS, MAX_LIST_ELEMENTS, MAX_SKILL_GROUP_DESCRIPTION_WIDTH, MAX_SKILL_GROUP_NAME_WIDTH,
    MAX_SKILL_GROUPS_PER_INSTANCE, SKILL_LEVELS,
};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE, SKILL_GROUP_RESOURCE};
use crate::product::{missing, unfit};
use crate::skill_group::RoutingStrategy;
use crate::skill_group::rows::{self, NewSkillGroup};
use crate::text::{check_name, check_text};
use crate::user::Role;
use crate::{instance, phone_number, user};

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
        // The bounds are the handler's: a level out of them has the code Parameter.Invalid.
        Parameter::integer("SkillLevel", i32::MIN as i64, i32::MAX as i64).list(MAX_LIST_ELEMENTS),
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
    let members = members(call)?;

    let mut transaction = center.database.begin().await.map_err(CallCenterError::from)?;
    // Creators in one instance take turns, so that two cannot both be the last that fits.
    if !instance::rows::lock(&mut transaction, &facts.id).await? {
        return Err(no_such_instance(&facts.id));
    }
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

/// `UserId.N` with `SkillLevel.N`.
fn members(call: &Call) -> Result<Vec<(&str, i64)>, ApiError> {
    let user_ids = call.list("UserId");
    let levels = call.list("SkillLevel");
    if user_ids.len() != levels.len() {
        return Err(PARAMETER_INVALID.error(format!(
            "UserId has {} elements and SkillLevel {}: give every UserId.N its SkillLevel.N.",
            user_ids.len(),
            levels.len()
        )));
    }
    if user_ids.iter().collect::<HashSet<_>>().len() != user_ids.len() {
        return Err(PARAMETER_INVALID.error("a UserId occurs twice: give each member one skill level."));
    }
    user_ids.into_iter().zip(levels).map(|(user_id, level)| Ok((user_id, skill_level(level)?))).collect()
}

fn skill_level(text: &str) -> Result<i64, ApiError> {
    let level: i64 =
        text.parse().map_err(|_| unfit(ValueFault::Format, "SkillLevel", "each must be a whole number"))?;
    if SKILL_LEVELS.contains(&level) {
        return Ok(level);
    }
    Err(PARAMETER_INVALID.error(format!(
        "SkillLevel {level} is not allowed: use {} to {}.",
        SKILL_LEVELS.start(),
        SKILL_LEVELS.end()
    )))
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
            return Err(NOT_EXIST_USER.error(format!(
                "user '{user_id}' does not exist in this instance: take a UserId of the instance, not a RAM user id."
            )));
        }
        rows::insert_member(connection, group.id, user_id, *level).await?;
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
