//! CreateUser: a new RAM user of the account who is a user of the instance at once.
//!
//! RAM and the call centre write in transactions of their own. Everything is checked first, then the RAM user is made,
//! then the user of the instance under the instance's lock; should that fail after all, the RAM user is taken back. A
//! server that dies in between leaves a RAM user without keys and policies: AssignUsers imports him.
//!
//! The public operation mails an initial console password. There is neither mail nor a console password here, and the
//! event says so: the user needs an access key from RAM.

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter};
use sqlx::AnyConnection;

use crate::access;
use crate::center::{CallCenter, CallCenterError};
use crate::errors::{
    EXISTS_USER_NAME, IMS_SERVICE, LIMIT_EXCEEDED_CCC_USER, NO_PERMISSION_USER, NOT_EXIST_INSTANCE,
    NOT_EXIST_PHONE_NUMBER, NOT_EXIST_ROLE, NOT_EXIST_SKILL_GROUP, PARAMETER_FORMAT, PARAMETER_INVALID,
    PARAMETER_MAXIMUM,
};
use crate::limits::{MAX_ID_CHARS, MAX_ROLES_PER_CALL, MAX_SKILL_GROUPS_PER_CALL};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE, RAM_USER_RESOURCE, USER_RESOURCE};
use crate::ram_users::{NewRamUser, RamUser, RamUserFault};
use crate::skill_group::skill_level_parameter;
use crate::user::Role;
use crate::user::details::{check_login_name, check_private_number, details};
use crate::user::membership::{Membership, refuse_full, replace_roles, replace_skill_levels};
use crate::user::rows::{self, Details, NewUser};

/// CCC 2017-07-05, "CreateUser".
pub(crate) const SPEC: OperationSpec = OperationSpec::write("CreateUser")
    .takes(&[
        INSTANCE_ID,
        Parameter::text("LoginName").required(),
        Parameter::text("DisplayName").required(),
        Parameter::text("Email").required(),
        Parameter::text("Phone"),
        Parameter::text_of("PrivateOutboundNumberId", 1, MAX_ID_CHARS),
        Parameter::text_of("RoleId", 1, MAX_ID_CHARS).required().list(MAX_ROLES_PER_CALL),
        Parameter::text_of("SkillGroupId", 1, MAX_ID_CHARS).list(MAX_SKILL_GROUPS_PER_CALL),
        skill_level_parameter(MAX_SKILL_GROUPS_PER_CALL),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["UserId"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        EXISTS_USER_NAME.code,
        LIMIT_EXCEEDED_CCC_USER.code,
        NOT_EXIST_ROLE.code,
        NOT_EXIST_SKILL_GROUP.code,
        NOT_EXIST_PHONE_NUMBER.code,
        IMS_SERVICE.code,
        PARAMETER_INVALID.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
    ]);

pub(crate) async fn create_user(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let login_name = call.required("LoginName");
    check_login_name(login_name)?;
    let new = New { details: details(call)?, membership: Membership::of(call)?, created_at_ms: call.arrived_at_ms };
    refuse_unfit(center, &facts.id, &new).await?;

    let user_id = create(center, &call.caller.account_id, &facts.id, login_name, &new).await?;
    Ok(Answer::empty()
        .with("UserId", user_id.as_str())
        .references(USER_RESOURCE, user_id)
        .references(RAM_USER_RESOURCE, login_name)
        .event_data("InitialPasswordMail", "not sent: the user has no console password"))
}

/// A user named in CreateInstance: an agent, of whom no more than a login name need be known.
pub(crate) async fn create_agent(
    center: &CallCenter,
    account_id: &str,
    instance_id: &str,
    login_name: &str,
    details: Details<'_>,
    now_ms: i64,
) -> Result<String, ApiError> {
    check_login_name(login_name)?;
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let roles = rows::roles(&mut connection, instance_id).await?;
    drop(connection);
    let role_ids = roles.iter().filter(|role| role.name == Role::Agent.name()).map(|role| role.id.as_str()).collect();
    let membership = Membership { role_ids, skill_levels: Vec::new() };
    create(center, account_id, instance_id, login_name, &New { details, membership, created_at_ms: now_ms }).await
}

async fn create(
    center: &CallCenter,
    account_id: &str,
    instance_id: &str,
    login_name: &str,
    new: &New<'_>,
) -> Result<String, ApiError> {
    let ram_user = create_ram_user(center, account_id, login_name, &new.details).await?;
    match add_to_instance(center, instance_id, &ram_user, new).await {
        Ok(user_id) => Ok(user_id),
        Err(refusal) => {
            take_back(center, account_id, &ram_user).await?;
            Err(refusal)
        }
    }
}

struct New<'a> {
    details: Details<'a>,
    membership: Membership<'a>,
    created_at_ms: i64,
}

/// All refusals that can be foreseen, before anything is made.
async fn refuse_unfit(center: &CallCenter, instance_id: &str, new: &New<'_>) -> Result<(), ApiError> {
    let mut reading = center.begin_read().await?;
    refuse_unknown(&mut reading, instance_id, new).await?;
    refuse_full(&mut reading, instance_id).await
}

async fn refuse_unknown(connection: &mut AnyConnection, instance_id: &str, new: &New<'_>) -> Result<(), ApiError> {
    new.membership.check(connection, instance_id).await?;
    check_private_number(connection, instance_id, new.details.private_outbound_number_id).await
}

async fn create_ram_user(
    center: &CallCenter,
    account_id: &str,
    login_name: &str,
    details: &Details<'_>,
) -> Result<RamUser, ApiError> {
    let new = NewRamUser {
        user_name: login_name.to_owned(),
        display_name: details.display_name.to_owned(),
        email: details.email.to_owned(),
        phone: details.phone.to_owned(),
    };
    center.ram_users.create_user(account_id, &new).await.map_err(|fault| match fault {
        RamUserFault::NameTaken => EXISTS_USER_NAME.error(format!(
            "login name '{login_name}' is taken in this account: choose another, or import the RAM user with AssignUsers."
        )),
        RamUserFault::LimitReached => LIMIT_EXCEEDED_CCC_USER
            .error("the account has as many RAM users as it may have: delete one in RAM first."),
        RamUserFault::Failed(cause) => identity_failed("made", login_name, &cause),
    })
}

async fn add_to_instance(
    center: &CallCenter,
    instance_id: &str,
    ram_user: &RamUser,
    new: &New<'_>,
) -> Result<String, ApiError> {
    let mut transaction = center.begin_change(instance_id).await?;
    refuse_unknown(&mut transaction, instance_id, new).await?;
    refuse_full(&mut transaction, instance_id).await?;
    let user = NewUser {
        instance_id,
        ram_user,
        role: Role::Agent,
        is_primary: false,
        ordinal: rows::next_ordinal(&mut transaction, instance_id).await?,
        created_at_ms: new.created_at_ms,
    };
    let user_id = rows::insert_user(&mut transaction, &user).await?;
    rows::set_details(&mut transaction, &user_id, &new.details).await?;
    replace_roles(&mut transaction, &user_id, &new.membership.role_ids).await?;
    replace_skill_levels(&mut transaction, &user_id, &new.membership.skill_levels).await?;
    center.commit(transaction, instance_id).await?;
    Ok(user_id)
}

async fn take_back(center: &CallCenter, account_id: &str, ram_user: &RamUser) -> Result<(), ApiError> {
    let removed = center.ram_users.delete_user(account_id, &ram_user.user_id).await;
    removed.map_err(|fault| identity_failed("taken back", &ram_user.user_name, &format!("{fault:?}")))
}

/// The cause is for the server's log; it may speak of tables.
fn identity_failed(what: &str, login_name: &str, cause: &str) -> ApiError {
    tracing::error!(login_name, cause, "RAM user could not be {what}");
    IMS_SERVICE.error(format!("RAM user '{login_name}' could not be {what}: look into RAM and try again."))
}
