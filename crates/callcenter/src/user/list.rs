//! ListUsers, FindUsers, ListUsersOfSkillGroup: pages of users in the order of joining.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter};
use serde_json::Value;
use sqlx::AnyConnection;

use crate::access;
use crate::center::{CallCenter, CallCenterError};
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_SKILL_GROUP, PARAMETER_FORMAT, PARAMETER_MAXIMUM,
    PARAMETER_MINIMUM, no_such_skill_group,
};
use crate::limits::{MAX_ID_CHARS, MAX_USER_PAGE_SIZE};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::page::{PAGE_NUMBER, Page, page_size};
use crate::skill_group;
use crate::user::whole::{self, User};
use crate::user::{Role, selection, view};

const PAGE_SIZE: Parameter = page_size(MAX_USER_PAGE_SIZE);

/// CCC 2017-07-05, "ListUsers".
pub(crate) const ALL: OperationSpec = OperationSpec::read("ListUsers")
    .takes(&[INSTANCE_ID, PAGE_NUMBER.required(), PAGE_SIZE.required()])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["Users"])
    .fails_with(PAGE_ERRORS);

/// CCC 2017-07-05, "FindUsers".
pub(crate) const MATCHING: OperationSpec = OperationSpec::read("FindUsers")
    .takes(&[INSTANCE_ID, Parameter::text("Criteria").required(), PAGE_NUMBER.required(), PAGE_SIZE.required()])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["Users"])
    .fails_with(PAGE_ERRORS);

/// CCC 2017-07-05, "ListUsersOfSkillGroup".
pub(crate) const OF_SKILL_GROUP: OperationSpec = OperationSpec::read("ListUsersOfSkillGroup")
    .takes(&[
        INSTANCE_ID,
        Parameter::text_of("SkillGroupId", 1, MAX_ID_CHARS).required(),
        PAGE_NUMBER.required(),
        PAGE_SIZE.required(),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["Users"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_SKILL_GROUP.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
        PARAMETER_MINIMUM.code,
    ]);

const PAGE_ERRORS: &[&str] = &[
    NOT_EXIST_INSTANCE.code,
    NO_PERMISSION_USER.code,
    PARAMETER_FORMAT.code,
    PARAMETER_MAXIMUM.code,
    PARAMETER_MINIMUM.code,
];

pub(crate) async fn list_users(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let mut reading = center.begin_read().await?;
    let ids = selection::all(&mut reading, &facts.id).await?;
    Ok(Answer::empty().with("Users", page_of(&mut reading, call, ids, view::listed).await?))
}

pub(crate) async fn find_users(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let mut reading = center.begin_read().await?;
    let ids = selection::matching(&mut reading, &facts.id, call.required("Criteria")).await?;
    Ok(Answer::empty().with("Users", page_of(&mut reading, call, ids, view::found).await?))
}

pub(crate) async fn list_users_of_skill_group(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let skill_group_id = call.required("SkillGroupId");
    let mut reading = center.begin_read().await?;
    if !skill_group::rows::ids(&mut reading, &facts.id).await?.contains(skill_group_id) {
        return Err(no_such_skill_group(skill_group_id));
    }
    let ids = selection::of_skill_group(&mut reading, skill_group_id).await?;
    Ok(Answer::empty().with("Users", page_of(&mut reading, call, ids, view::member).await?))
}

async fn page_of(
    connection: &mut AnyConnection,
    call: &Call,
    ids: Vec<String>,
    view: fn(&User) -> Value,
) -> Result<Value, CallCenterError> {
    let page = Page::of(call, MAX_USER_PAGE_SIZE);
    let total_count = ids.len();
    let users = whole::load(connection, &page.cut(ids)).await?;
    Ok(page.view(total_count, "User", users.iter().map(view).collect()))
}
