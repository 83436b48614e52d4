//! ModifySkillGroup and ModifySkillGroupBasicInfo.
//!
//! Name and description are replaced: without one the description becomes empty. `RoutingStrategy` and
//! `AllowPrivateOutboundNumber` stay as they are when the call does not name them: clients from before these parameters
//! must not reset them unknowingly. ModifySkillGroup also replaces members and numbers.

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter};
use sqlx::AnyConnection;

use crate::access;
use crate::center::CallCenter;
use crate::errors::{
    EXISTS_SKILL_GROUP_NAME, NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_PHONE_NUMBER, NOT_EXIST_SKILL_GROUP,
    NOT_EXIST_USER, PARAMETER_ENUMERATION, PARAMETER_FORMAT, PARAMETER_INVALID, PARAMETER_MAXIMUM,
};
use crate::limits::{MAX_ID_CHARS, MAX_LIST_ELEMENTS};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE, SKILL_GROUP_RESOURCE};
use crate::skill_group::basics::Basics;
use crate::skill_group::members::replace_members;
use crate::skill_group::numbers::replace_numbers;
use crate::skill_group::{RoutingStrategy, name_taken, rows, skill_level_parameter, with_levels};
use crate::user::Role;

/// CCC 2017-07-05, "ModifySkillGroup".
pub(crate) const WHOLE: OperationSpec = OperationSpec::write("ModifySkillGroup")
    .takes(&[
        INSTANCE_ID,
        Parameter::text_of("SkillGroupId", 1, MAX_ID_CHARS).required(),
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
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_SKILL_GROUP.code,
        EXISTS_SKILL_GROUP_NAME.code,
        NOT_EXIST_USER.code,
        NOT_EXIST_PHONE_NUMBER.code,
        PARAMETER_INVALID.code,
        PARAMETER_FORMAT.code,
        PARAMETER_ENUMERATION.code,
        PARAMETER_MAXIMUM.code,
    ]);

/// CCC 2017-07-05, "ModifySkillGroupBasicInfo".
pub(crate) const BASICS: OperationSpec = OperationSpec::write("ModifySkillGroupBasicInfo")
    .takes(&[
        INSTANCE_ID,
        Parameter::text_of("SkillGroupId", 1, MAX_ID_CHARS).required(),
        Parameter::text("Name").required(),
        Parameter::text("Description"),
        Parameter::boolean("AllowPrivateOutboundNumber"),
        Parameter::one_of("RoutingStrategy", RoutingStrategy::NAMES),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_SKILL_GROUP.code,
        EXISTS_SKILL_GROUP_NAME.code,
        PARAMETER_FORMAT.code,
        PARAMETER_ENUMERATION.code,
        PARAMETER_MAXIMUM.code,
    ]);

pub(crate) async fn modify_skill_group(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let basics = Basics::of(call)?;
    let members = with_levels(call, "UserId")?;
    let skill_group_id = call.required("SkillGroupId");
    let mut transaction = center.begin_change(&facts.id).await?;
    set_basics(&mut transaction, &facts.id, skill_group_id, basics).await?;
    replace_members(&mut transaction, &facts.id, skill_group_id, &members).await?;
    replace_numbers(&mut transaction, &facts.id, skill_group_id, call).await?;
    center.commit(transaction, &facts.id).await?;
    Ok(Answer::empty().references(SKILL_GROUP_RESOURCE, skill_group_id))
}

pub(crate) async fn modify_skill_group_basic_info(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let basics = Basics::of(call)?;
    let skill_group_id = call.required("SkillGroupId");
    let mut transaction = center.begin_change(&facts.id).await?;
    set_basics(&mut transaction, &facts.id, skill_group_id, basics).await?;
    center.commit(transaction, &facts.id).await?;
    Ok(Answer::empty().references(SKILL_GROUP_RESOURCE, skill_group_id))
}

/// The instance's lock is held, so a name that is free now stays free until the commit.
async fn set_basics(
    connection: &mut AnyConnection,
    instance_id: &str,
    skill_group_id: &str,
    basics: Basics<'_>,
) -> Result<(), ApiError> {
    rows::refuse_unknown(connection, instance_id, skill_group_id).await?;
    if rows::id_of_name(connection, instance_id, basics.name).await?.is_some_and(|id| id != skill_group_id) {
        return Err(name_taken(basics.name));
    }
    rows::set_basics(connection, skill_group_id, basics).await?;
    Ok(())
}
