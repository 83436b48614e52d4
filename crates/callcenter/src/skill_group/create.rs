//! CreateSkillGroup: a new skill group with members and outbound numbers, whole or not at all.

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter};
use sqlx::AnyConnection;

use crate::access;
use crate::center::{CallCenter, new_id};
use crate::errors::{
    EXISTS_SKILL_GROUP_NAME, LIMIT_EXCEEDED_SKILL_GROUP, NO_PERMISSION_USER, NOT_EXIST_INSTANCE,
    NOT_EXIST_PHONE_NUMBER, NOT_EXIST_USER, PARAMETER_ENUMERATION, PARAMETER_FORMAT, PARAMETER_INVALID,
    PARAMETER_MAXIMUM,
};
use crate::limits::{MAX_ID_CHARS, MAX_LIST_ELEMENTS, MAX_SKILL_GROUPS_PER_INSTANCE};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE, SKILL_GROUP_RESOURCE};
use crate::skill_group::basics::Basics;
use crate::skill_group::members::replace_members;
use crate::skill_group::numbers::add_numbers;
use crate::skill_group::rows::{self, NewSkillGroup};
use crate::skill_group::{RoutingStrategy, name_taken, skill_level_parameter, with_levels};
use crate::user::Role;

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
    replace_members(&mut transaction, &facts.id, &id, &members).await?;
    add_numbers(&mut transaction, &facts.id, &id, call).await?;
    center.commit(transaction, &facts.id).await?;

    Ok(Answer::empty().with("SkillGroupId", id.as_str()).references(SKILL_GROUP_RESOURCE, id))
}

fn new_group<'a>(call: &'a Call, id: &'a str, instance_id: &'a str) -> Result<NewSkillGroup<'a>, ApiError> {
    let basics = Basics::of(call)?;
    Ok(NewSkillGroup {
        id,
        instance_id,
        name: basics.name,
        description: basics.description,
        strategy: basics.strategy.unwrap_or(RoutingStrategy::Default),
        allow_private_outbound_number: basics.allow_private_outbound_number.unwrap_or(false),
        created_at_ms: call.arrived_at_ms,
    })
}

/// The unique index decides about the name; a full instance is noticed afterwards, when the rollback undoes the row.
async fn insert_group(connection: &mut AnyConnection, group: &NewSkillGroup<'_>) -> Result<(), ApiError> {
    if !rows::insert(connection, group).await? {
        return Err(name_taken(group.name));
    }
    if rows::count(connection, group.instance_id).await? > MAX_SKILL_GROUPS_PER_INSTANCE {
        return Err(LIMIT_EXCEEDED_SKILL_GROUP.error(format!(
            "the instance has {MAX_SKILL_GROUPS_PER_INSTANCE} skill groups, as many as it may have: delete one first."
        )));
    }
    Ok(())
}
