//! AddBulkPhoneNumbers: binds bought numbers to an instance, those that can be bound; the answer lists the others.

use std::collections::BTreeMap;

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter, ValueFault};
use serde_json::Value;
use sqlx::AnyConnection;

use crate::cache::InstanceFacts;
use crate::center::{CallCenter, CallCenterError, without_repetitions};
use crate::errors::{
    LIMIT_EXCEEDED_PHONE_NUMBER, NO_PERMISSION_USER, NOT_EXIST_CONTACT_FLOW, NOT_EXIST_INSTANCE, NOT_EXIST_SKILL_GROUP,
    PARAMETER_ENUMERATION, PARAMETER_INVALID, PARAMETER_MAXIMUM, no_such_instance, no_such_skill_group,
};
use crate::limits::{MAX_ID_CHARS, MAX_LIST_ELEMENTS, MAX_PHONE_NUMBERS_PER_INSTANCE};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE, PHONE_NUMBER_RESOURCE};
use crate::phone_number::rows::{self, Binding, NewBinding};
use crate::phone_number::{PhoneNumber, Usage, view};
use crate::product::unfit;
use crate::user::Role;
use crate::{access, contact_flow, instance, skill_group};

/// CCC 2017-07-05, "AddBulkPhoneNumbers".
pub(crate) const SPEC: OperationSpec = OperationSpec::write("AddBulkPhoneNumbers")
    .takes(&[
        INSTANCE_ID,
        Parameter::text("PhoneNumber").list(MAX_LIST_ELEMENTS).required(),
        Parameter::one_of("Usage", Usage::GIVEN).required(),
        Parameter::text_of("ContactFlowId", 1, MAX_ID_CHARS),
        Parameter::text_of("SkillGroupId", 1, MAX_ID_CHARS).list(MAX_LIST_ELEMENTS),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["PhoneNumbers", "ArrearagePhoneNumbers", "FailedPhoneNumbers", "UserdPhoneNumbers"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_CONTACT_FLOW.code,
        NOT_EXIST_SKILL_GROUP.code,
        PARAMETER_ENUMERATION.code,
        PARAMETER_INVALID.code,
        PARAMETER_MAXIMUM.code,
        LIMIT_EXCEEDED_PHONE_NUMBER.code,
    ]);

pub(crate) async fn add_bulk_phone_numbers(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let given = without_repetitions(call.list("PhoneNumber"));
    let usage = usage(call, given.iter().filter_map(|text| PhoneNumber::parse(text)))?;

    let mut transaction = center.database.begin().await.map_err(CallCenterError::from)?;
    if !instance::rows::lock(&mut transaction, &facts.id).await? {
        return Err(no_such_instance(&facts.id));
    }
    let flow_id = asked_flow(&mut transaction, call, &facts.id, usage).await?;
    let group_ids = asked_groups(&mut transaction, call, &facts.id).await?;
    let outcomes = bind_all(&mut transaction, call, &facts, &given, usage, flow_id).await?;
    for id in outcomes.values().filter_map(bound_id) {
        join_groups(&mut transaction, id, usage, &group_ids).await?;
    }
    refuse_too_many(&mut transaction, &facts.id).await?;
    let views = views(&mut transaction, &facts.id, &outcomes).await?;
    center.commit(transaction, &facts.id).await?;
    Ok(answer(&given, &outcomes, views))
}

/// Outcome of each given text; texts of one number share it.
async fn bind_all<'a>(
    connection: &mut AnyConnection,
    call: &Call,
    facts: &InstanceFacts,
    given: &[&'a str],
    usage: Usage,
    flow_id: Option<&str>,
) -> Result<BTreeMap<&'a str, Binding>, CallCenterError> {
    let mut texts_of: BTreeMap<PhoneNumber, Vec<&str>> = BTreeMap::new();
    let mut outcomes = BTreeMap::new();
    for text in given {
        match PhoneNumber::parse(text) {
            Some(number) => texts_of.entry(number).or_default().push(text),
            None => drop(outcomes.insert(*text, Binding::NotOwned)),
        }
    }
    let binding = NewBinding {
        account_id: &facts.account_id,
        instance_id: &facts.id,
        usage,
        contact_flow_id: flow_id,
        now_ms: call.arrived_at_ms,
    };
    // In the order of the numbers, so that two calls with the same numbers never wait for each other in a ring.
    for (number, texts) in texts_of {
        let outcome = rows::bind(connection, &number, &binding).await?;
        outcomes.extend(texts.into_iter().map(|text| (text, outcome.clone())));
    }
    Ok(outcomes)
}

/// `Usage`, refused if one of the numbers cannot be used so.
pub(super) fn usage(call: &Call, numbers: impl IntoIterator<Item = PhoneNumber>) -> Result<Usage, ApiError> {
    let expected = || format!("it must be one of {}", Usage::GIVEN.join(", "));
    let usage = Usage::of_given(call.required("Usage"));
    let usage = usage.ok_or_else(|| unfit(ValueFault::Enumeration, "Usage", expected()))?;
    match numbers.into_iter().find(|number| !usage.fits(number)) {
        None => Ok(usage),
        Some(number) => Err(unfit(
            ValueFault::Enumeration,
            "Usage",
            format!("{} takes calls only, its Usage must be Inbound", number.as_str()),
        )),
    }
}

/// `ContactFlowId`, if it is there and calls come in; it must be a flow of the instance that numbers can have.
pub(super) async fn asked_flow<'a>(
    connection: &mut AnyConnection,
    call: &'a Call,
    instance_id: &str,
    usage: Usage,
) -> Result<Option<&'a str>, ApiError> {
    let Some(flow_id) = call.text("ContactFlowId") else { return Ok(None) };
    let flow = contact_flow::rows::find(connection, instance_id, flow_id).await?;
    let flow = flow.ok_or_else(|| contact_flow::no_such_flow(flow_id))?;
    if !flow.takes_numbers() {
        return Err(PARAMETER_INVALID.error(format!(
            "contact flow '{flow_id}' is of the type {}: only a Mainflow takes the calls of numbers.",
            flow.head.flow_type
        )));
    }
    Ok(usage.takes_calls().then_some(flow_id))
}

/// `SkillGroupId.N`, all of the instance.
pub(super) async fn asked_groups<'a>(
    connection: &mut AnyConnection,
    call: &'a Call,
    instance_id: &str,
) -> Result<Vec<&'a str>, ApiError> {
    let asked = without_repetitions(call.list("SkillGroupId"));
    if asked.is_empty() {
        return Ok(asked);
    }
    let known = skill_group::rows::find(connection, instance_id).await?;
    match asked.iter().find(|id| known.iter().all(|group| group.id != **id)) {
        None => Ok(asked),
        Some(unknown) => Err(no_such_skill_group(unknown)),
    }
}

/// Lets groups dial out with a number; a number that takes calls only is dropped without a word, as CreateSkillGroup
/// does.
pub(super) async fn join_groups(
    connection: &mut AnyConnection,
    phone_number_id: &str,
    usage: Usage,
    group_ids: &[&str],
) -> Result<(), CallCenterError> {
    for group_id in group_ids.iter().filter(|_| usage.makes_calls()) {
        skill_group::rows::set_number(connection, group_id, phone_number_id).await?;
    }
    Ok(())
}

/// A full instance is noticed afterwards, when the rollback undoes the rows.
pub(super) async fn refuse_too_many(connection: &mut AnyConnection, instance_id: &str) -> Result<(), ApiError> {
    if rows::count(connection, instance_id).await? > MAX_PHONE_NUMBERS_PER_INSTANCE {
        return Err(LIMIT_EXCEEDED_PHONE_NUMBER.error(format!(
            "an instance has at most {MAX_PHONE_NUMBERS_PER_INSTANCE} numbers: remove some with RemovePhoneNumber first."
        )));
    }
    Ok(())
}

/// The bound numbers, oldest first.
async fn views(
    connection: &mut AnyConnection,
    instance_id: &str,
    outcomes: &BTreeMap<&str, Binding>,
) -> Result<Vec<Value>, CallCenterError> {
    let groups = rows::skill_groups_of_numbers(connection, instance_id).await?;
    let numbers = rows::of_instance(connection, instance_id).await?;
    let is_new = |id: &str| outcomes.values().filter_map(bound_id).any(|bound| bound == id);
    let views = numbers.iter().filter(|number| is_new(&number.id)).map(|number| {
        let groups = groups.get(&number.id).map(Vec::as_slice).unwrap_or_default();
        Value::Object(view::with_groups(number, groups))
    });
    Ok(views.collect())
}

fn bound_id(outcome: &Binding) -> Option<&str> {
    match outcome {
        Binding::Bound(id) => Some(id),
        Binding::Used | Binding::InArrears | Binding::NotOwned => None,
    }
}

fn answer(given: &[&str], outcomes: &BTreeMap<&str, Binding>, views: Vec<Value>) -> Answer {
    let with = |wanted: Binding| -> Vec<Value> {
        given.iter().filter(|text| outcomes.get(**text) == Some(&wanted)).map(|text| Value::from(*text)).collect()
    };
    let mut ids: Vec<&str> = outcomes.values().filter_map(bound_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let answer = Answer::empty()
        .with_wrapped_list("PhoneNumbers", "PhoneNumber", views)
        .with_wrapped_list("ArrearagePhoneNumbers", "ArrearagePhoneNumber", with(Binding::InArrears))
        .with_wrapped_list("FailedPhoneNumbers", "FailedPhoneNumber", with(Binding::NotOwned))
        .with_wrapped_list("UserdPhoneNumbers", "UserdPhoneNumber", with(Binding::Used));
    ids.into_iter().fold(answer, |answer, id| answer.references(PHONE_NUMBER_RESOURCE, id))
}
