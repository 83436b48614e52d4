//! ModifyUser and ModifySkillGroupOfUser: what the call names replaces what the user had; what it leaves out is gone.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter};
use sqlx::{Any, Transaction};

use crate::access;
use crate::center::CallCenter;
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_PHONE_NUMBER, NOT_EXIST_ROLE, NOT_EXIST_SKILL_GROUP,
    NOT_EXIST_USER, NOT_MODIFIED_PRIMARY_USER, PARAMETER_FORMAT, PARAMETER_INVALID, PARAMETER_MAXIMUM, no_such_user,
};
use crate::limits::{MAX_ID_CHARS, MAX_ROLES_PER_CALL, MAX_SKILL_GROUPS_PER_CALL};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE, USER_RESOURCE};
use crate::skill_group::skill_level_parameter;
use crate::user::Role;
use crate::user::details::{check_private_number, details};
use crate::user::membership::{Membership, refuse_primary, replace_roles, replace_skill_levels};
use crate::user::rows::{self, Details};

/// CCC 2017-07-05, "ModifyUser". The RAM user keeps his own details.
pub(crate) const WHOLE: OperationSpec = OperationSpec::write("ModifyUser")
    .takes(&[
        INSTANCE_ID,
        Parameter::text_of("UserId", 1, MAX_ID_CHARS).required(),
        Parameter::text("DisplayName").required(),
        Parameter::text("Email").required(),
        Parameter::text("Phone").required(),
        Parameter::text_of("PrivateOutboundNumberId", 1, MAX_ID_CHARS),
        Parameter::text_of("RoleId", 1, MAX_ID_CHARS).required().list(MAX_ROLES_PER_CALL),
        Parameter::text_of("SkillGroupId", 1, MAX_ID_CHARS).list(MAX_SKILL_GROUPS_PER_CALL),
        skill_level_parameter(MAX_SKILL_GROUPS_PER_CALL),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_USER.code,
        NOT_EXIST_ROLE.code,
        NOT_EXIST_SKILL_GROUP.code,
        NOT_EXIST_PHONE_NUMBER.code,
        NOT_MODIFIED_PRIMARY_USER.code,
        PARAMETER_INVALID.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
    ]);

/// CCC 2017-07-05, "ModifySkillGroupOfUser".
pub(crate) const MEMBERSHIP: OperationSpec = OperationSpec::write("ModifySkillGroupOfUser")
    .takes(&[
        INSTANCE_ID,
        Parameter::text_of("UserId", 1, MAX_ID_CHARS).required(),
        Parameter::text_of("RoleId", 1, MAX_ID_CHARS).required().list(MAX_ROLES_PER_CALL),
        Parameter::text_of("SkillGroupId", 1, MAX_ID_CHARS).list(MAX_SKILL_GROUPS_PER_CALL),
        skill_level_parameter(MAX_SKILL_GROUPS_PER_CALL),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_USER.code,
        NOT_EXIST_ROLE.code,
        NOT_EXIST_SKILL_GROUP.code,
        NOT_MODIFIED_PRIMARY_USER.code,
        PARAMETER_INVALID.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
    ]);

pub(crate) async fn modify_user(center: &CallCenter, call: &Call) -> HandlerResult {
    access::enter(center, call, Role::Admin).await?;
    modify(center, call, Some(details(call)?)).await
}

pub(crate) async fn modify_skill_group_of_user(center: &CallCenter, call: &Call) -> HandlerResult {
    access::enter(center, call, Role::Admin).await?;
    modify(center, call, None).await
}

async fn modify(center: &CallCenter, call: &Call, details: Option<Details<'_>>) -> HandlerResult {
    let (instance_id, user_id) = (call.required("InstanceId"), call.required("UserId"));
    let membership = Membership::of(call)?;
    let mut transaction: Transaction<'static, Any> = center.begin_change(instance_id).await?;
    let user = rows::find(&mut transaction, instance_id, user_id).await?.ok_or_else(|| no_such_user(user_id))?;
    refuse_primary(&user)?;
    membership.check(&mut transaction, instance_id).await?;
    if let Some(details) = details {
        check_private_number(&mut transaction, instance_id, details.private_outbound_number_id).await?;
        rows::set_details(&mut transaction, user_id, &details).await?;
    }
    replace_roles(&mut transaction, user_id, &membership.role_ids).await?;
    replace_skill_levels(&mut transaction, user_id, &membership.skill_levels).await?;
    center.commit(transaction, instance_id).await?;
    Ok(Answer::empty().references(USER_RESOURCE, user_id))
}
