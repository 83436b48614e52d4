//! Routing tags of numbers: AddPhoneTags, ModifyPhoneTags, DeletePhoneTags, ListPhoneTags.
//!
//! A number has one tag at most; adding replaces it. A tag can be bound to skill groups, all its numbers with it.

pub(crate) mod list;
mod rows;

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter};
use sqlx::AnyConnection;

use crate::center::{CallCenter, CallCenterError};
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_PHONE_NUMBER, NOT_EXIST_PHONE_TAG, NOT_EXIST_SKILL_GROUP,
    PARAMETER_FORMAT, PARAMETER_MAXIMUM, PARAMETER_MINIMUM, no_such_instance, no_such_skill_group,
};
use crate::limits::{MAX_ID_CHARS, MAX_LIST_ELEMENTS, MAX_TAG_WIDTH};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE, PHONE_NUMBER_RESOURCE};
use crate::phone_number::PhoneNumber;
use crate::text::check_name;
use crate::user::Role;
use crate::{access, instance, phone_number, skill_group};

/// CCC 2017-07-05, "AddPhoneTags".
pub(crate) const ADD_SPEC: OperationSpec = OperationSpec::write("AddPhoneTags")
    .takes(&[
        INSTANCE_ID,
        Parameter::text("PhoneNumberList").list(MAX_LIST_ELEMENTS).required(),
        Parameter::text("ServiceTag").required(),
        Parameter::text("Provider"),
        Parameter::text("RegionNameProvince"),
        Parameter::text("RegionNameCity"),
        Parameter::text("SipTag"),
        Parameter::integer("Concurrency", 0, i32::MAX as i64),
        // 0 ordinary, 1 mobile.
        Parameter::integer("Type", 0, 1),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_PHONE_NUMBER.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
        PARAMETER_MINIMUM.code,
    ]);

/// CCC 2017-07-05, "ModifyPhoneTags".
pub(crate) const MODIFY_SPEC: OperationSpec = OperationSpec::write("ModifyPhoneTags")
    .takes(&[
        INSTANCE_ID,
        Parameter::text("ServiceTag").required(),
        Parameter::text_of("SkillGroupIdList", 1, MAX_ID_CHARS).list(MAX_LIST_ELEMENTS),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_PHONE_TAG.code,
        NOT_EXIST_SKILL_GROUP.code,
        PARAMETER_MAXIMUM.code,
    ]);

/// CCC 2017-07-05, "DeletePhoneTags".
pub(crate) const DELETE_SPEC: OperationSpec = OperationSpec::write("DeletePhoneTags")
    .takes(&[INSTANCE_ID, Parameter::text("PhoneNumberList").list(MAX_LIST_ELEMENTS).required()])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_PHONE_NUMBER.code,
        PARAMETER_MAXIMUM.code,
    ]);

pub(crate) async fn add_phone_tags(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let text = |name| call.text(name).unwrap_or_default();
    for name in ["ServiceTag", "Provider", "RegionNameProvince", "RegionNameCity", "SipTag"] {
        if !text(name).is_empty() {
            check_name(name, text(name), MAX_TAG_WIDTH)?;
        }
    }
    let tag = rows::NewTag {
        service_tag: text("ServiceTag"),
        provider: text("Provider"),
        province: text("RegionNameProvince"),
        city: text("RegionNameCity"),
        sip_tag: text("SipTag"),
        concurrency: call.integer("Concurrency"),
        tag_type: call.integer("Type").unwrap_or(0),
        now_ms: call.arrived_at_ms,
    };
    let mut transaction = center.database.begin().await.map_err(CallCenterError::from)?;
    if !instance::rows::lock(&mut transaction, &facts.id).await? {
        return Err(no_such_instance(&facts.id));
    }
    let ids = tagged_ids(&mut transaction, call, &facts.id).await?;
    for id in &ids {
        rows::set(&mut transaction, id, &tag).await?;
    }
    center.commit(transaction, &facts.id).await?;
    Ok(referring_to(ids))
}

pub(crate) async fn modify_phone_tags(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let service_tag = call.required("ServiceTag");
    let asked = crate::center::without_repetitions(call.list("SkillGroupIdList"));
    let mut transaction = center.database.begin().await.map_err(CallCenterError::from)?;
    if !instance::rows::lock(&mut transaction, &facts.id).await? {
        return Err(no_such_instance(&facts.id));
    }
    if !rows::is_known(&mut transaction, &facts.id, service_tag).await? {
        return Err(NOT_EXIST_PHONE_TAG.error(format!(
            "no number of the instance has the tag '{service_tag}': add it to numbers with AddPhoneTags first."
        )));
    }
    let known = skill_group::rows::find(&mut transaction, &facts.id).await?;
    if let Some(unknown) = asked.iter().find(|id| known.iter().all(|group| group.id != **id)) {
        return Err(no_such_skill_group(unknown));
    }
    rows::bind_to_groups(&mut transaction, &facts.id, service_tag, &asked).await?;
    center.commit(transaction, &facts.id).await?;
    Ok(Answer::empty())
}

/// A number without a tag is passed over.
pub(crate) async fn delete_phone_tags(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let mut transaction = center.database.begin().await.map_err(CallCenterError::from)?;
    if !instance::rows::lock(&mut transaction, &facts.id).await? {
        return Err(no_such_instance(&facts.id));
    }
    let ids = tagged_ids(&mut transaction, call, &facts.id).await?;
    for id in &ids {
        rows::remove(&mut transaction, id).await?;
    }
    center.commit(transaction, &facts.id).await?;
    Ok(referring_to(ids))
}

/// Ids of `PhoneNumberList.N`, all of the instance. The refusal repeats no number: texts of events are kept unmasked.
async fn tagged_ids(connection: &mut AnyConnection, call: &Call, instance_id: &str) -> Result<Vec<String>, ApiError> {
    let by_number = phone_number::rows::ids_by_number(connection, instance_id).await?;
    let ids = call.list("PhoneNumberList").into_iter().zip(1..).map(|(text, place)| {
        let id = PhoneNumber::parse(text).and_then(|number| by_number.get(number.as_str()));
        id.cloned().ok_or_else(|| {
            NOT_EXIST_PHONE_NUMBER.error(format!(
                "the number in PhoneNumberList.{place} does not exist in this instance: take one that ListPhoneNumbers \
                 returns."
            ))
        })
    });
    let mut ids = ids.collect::<Result<Vec<_>, _>>()?;
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

fn referring_to(ids: Vec<String>) -> Answer {
    ids.into_iter().fold(Answer::empty(), |answer, id| answer.references(PHONE_NUMBER_RESOURCE, id))
}
