//! What the cloud's console does with numbers and the public API does not: buying, giving up, listing what the account
//! owns, and noting that fees are owed.

use std::collections::BTreeMap;

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter};
use serde_json::{Map, Value};

use crate::center::{CallCenter, CallCenterError, without_repetitions};
use crate::errors::{
    IN_USE_PHONE_NUMBER, NOT_EXIST_PHONE_NUMBER, PARAMETER_FORMAT, PARAMETER_MAXIMUM, PARAMETER_MINIMUM, not_owned,
};
use crate::limits::{MAX_LIST_ELEMENTS, MAX_PAGE_SIZE};
use crate::operations::{ACCOUNT_ARN, PHONE_NUMBER_RESOURCE};
use crate::page::{PAGE_NUMBER, PAGE_SIZE, Page};
use crate::phone_number::add::given_number;
use crate::phone_number::owned::{self, Owned};
use crate::phone_number::{PhoneNumber, view};

/// Console: buys numbers for the account.
pub(crate) const BUY_SPEC: OperationSpec = OperationSpec::write("BuyPhoneNumbers")
    .console_operation()
    .takes(&[Parameter::text("PhoneNumber").list(MAX_LIST_ELEMENTS).required()])
    .permission_on(ACCOUNT_ARN)
    .answers(&["PhoneNumbers", "FailedPhoneNumbers"])
    .fails_with(&[PARAMETER_MAXIMUM.code]);

/// Console: gives numbers up.
pub(crate) const RELEASE_SPEC: OperationSpec = OperationSpec::write("ReleasePhoneNumbers")
    .console_operation()
    .takes(&[Parameter::text("PhoneNumber").list(MAX_LIST_ELEMENTS).required()])
    .permission_on(ACCOUNT_ARN)
    .fails_with(&[NOT_EXIST_PHONE_NUMBER.code, IN_USE_PHONE_NUMBER.code, PARAMETER_MAXIMUM.code]);

/// Console: the account's numbers.
pub(crate) const LIST_SPEC: OperationSpec = OperationSpec::read("ListOwnedPhoneNumbers")
    .console_operation()
    .takes(&[PAGE_NUMBER, PAGE_SIZE])
    .permission_on(ACCOUNT_ARN)
    .answers(&["PhoneNumbers"])
    .fails_with(&[PARAMETER_MAXIMUM.code, PARAMETER_MINIMUM.code]);

/// Console: notes that fees are owed for a number, or no longer.
pub(crate) const ARREARS_SPEC: OperationSpec = OperationSpec::write("SetPhoneNumberArrears")
    .console_operation()
    .takes(&[Parameter::text("PhoneNumber").required(), Parameter::boolean("InArrears").required()])
    .permission_on(ACCOUNT_ARN)
    .fails_with(&[NOT_EXIST_PHONE_NUMBER.code, PARAMETER_FORMAT.code]);

/// A text that is no number and a number that has an owner already are listed as failed.
pub(crate) async fn buy_phone_numbers(center: &CallCenter, call: &Call) -> HandlerResult {
    let given = without_repetitions(call.list("PhoneNumber"));
    let mut by_number: BTreeMap<PhoneNumber, &str> = BTreeMap::new();
    for text in &given {
        if let Some(number) = PhoneNumber::parse(text) {
            by_number.entry(number).or_insert(text);
        }
    }
    let mut transaction = center.database.begin().await.map_err(CallCenterError::from)?;
    let mut bought: BTreeMap<&str, PhoneNumber> = BTreeMap::new();
    for (number, text) in by_number {
        if owned::buy(&mut transaction, &call.caller.account_id, &number, call.arrived_at_ms).await? {
            bought.insert(text, number);
        }
    }
    transaction.commit().await.map_err(CallCenterError::from)?;

    let (new, failed): (Vec<&str>, Vec<&str>) = given.into_iter().partition(|text| bought.contains_key(text));
    let numbers: Vec<&str> = new.iter().filter_map(|text| Some(bought.get(text)?.as_str())).collect();
    let answer = Answer::empty()
        .with_wrapped_list("PhoneNumbers", "PhoneNumber", numbers.iter().map(|number| Value::from(*number)).collect())
        .with_wrapped_list("FailedPhoneNumbers", "FailedPhoneNumber", failed.into_iter().map(Value::from).collect());
    Ok(numbers.into_iter().fold(answer, |answer, number| answer.references_number(PHONE_NUMBER_RESOURCE, number)))
}

/// All or none. Refusals name the parameter: event texts are kept unmasked, so they repeat no number.
pub(crate) async fn release_phone_numbers(center: &CallCenter, call: &Call) -> HandlerResult {
    // In the order of the numbers, see `owned::lock`.
    let mut numbers: BTreeMap<PhoneNumber, String> = BTreeMap::new();
    for (text, place) in call.list("PhoneNumber").into_iter().zip(1..) {
        let parameter = format!("PhoneNumber.{place}");
        let number = PhoneNumber::parse(text).ok_or_else(|| not_owned(&parameter))?;
        numbers.entry(number).or_insert(parameter);
    }
    let mut transaction = center.database.begin().await.map_err(CallCenterError::from)?;
    for (number, parameter) in &numbers {
        match owned::lock(&mut transaction, &call.caller.account_id, number).await? {
            None => return Err(not_owned(parameter)),
            Some(Owned { instance_id: Some(instance_id), .. }) => {
                return Err(IN_USE_PHONE_NUMBER.error(format!(
                    "the number in {parameter} is bound to the instance '{instance_id}': remove it there with \
                     RemovePhoneNumber first."
                )));
            }
            Some(_) => owned::release(&mut transaction, number).await?,
        }
    }
    transaction.commit().await.map_err(CallCenterError::from)?;
    let named = |answer: Answer, number: &PhoneNumber| answer.references_number(PHONE_NUMBER_RESOURCE, number.as_str());
    Ok(numbers.keys().fold(Answer::empty(), named))
}

/// In the order of the numbers.
pub(crate) async fn list_owned_phone_numbers(center: &CallCenter, call: &Call) -> HandlerResult {
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let numbers = owned::of_account(&mut connection, &call.caller.account_id).await?;
    let page = Page::of(call, MAX_PAGE_SIZE);
    let total = numbers.len();
    let views = page.cut(numbers).iter().map(|number| owned_view(center, number)).collect();
    Ok(Answer::empty().with("PhoneNumbers", page.view(total, "PhoneNumber", views)))
}

fn owned_view(center: &CallCenter, owned: &Owned) -> Value {
    let mut fields = Map::new();
    fields.insert("Number".to_owned(), owned.number.as_str().into());
    fields.insert("InArrears".to_owned(), owned.in_arrears.into());
    fields.insert("BoughtTime".to_owned(), owned.bought_at_ms.into());
    if let Some(instance_id) = &owned.instance_id {
        fields.insert("InstanceId".to_owned(), instance_id.as_str().into());
    }
    view::add_region(&mut fields, &center.regions, &owned.number);
    Value::Object(fields)
}

pub(crate) async fn set_phone_number_arrears(center: &CallCenter, call: &Call) -> HandlerResult {
    let number = given_number(call, "PhoneNumber")?;
    let mut transaction = center.database.begin().await.map_err(CallCenterError::from)?;
    if owned::lock(&mut transaction, &call.caller.account_id, &number).await?.is_none() {
        return Err(not_owned("PhoneNumber"));
    }
    owned::set_arrears(&mut transaction, &number, call.boolean("InArrears").unwrap_or(false)).await?;
    transaction.commit().await.map_err(CallCenterError::from)?;
    Ok(Answer::empty().references_number(PHONE_NUMBER_RESOURCE, number.as_str()))
}
