//! SetConfigItem: changes a setting. The public API of this version can only read settings; in the cloud a person
//! changes them in the console.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter, ValueFault};

use crate::access;
use crate::center::CallCenter;
use crate::config::get::no_such_item;
use crate::config::{fault_of, is_known, rows};
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_CONFIG_ITEM, NOT_EXIST_INSTANCE, PARAMETER_ENUMERATION, PARAMETER_FORMAT,
    PARAMETER_MAXIMUM,
};
use crate::limits::MAX_CONFIG_VALUE_BYTES;
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::product::unfit;
use crate::user::Role;

/// No public document: what the console of Cloud Call Center does under "basic settings".
pub(crate) const SPEC: OperationSpec = OperationSpec::write("SetConfigItem")
    .console_operation()
    .takes(&[
        INSTANCE_ID,
        Parameter::text("Name").required(),
        Parameter::text_of("Value", 1, MAX_CONFIG_VALUE_BYTES).required(),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_CONFIG_ITEM.code,
        PARAMETER_ENUMERATION.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
    ]);

/// The event tells the value from before, so that the audit answers what a setting was at any time.
pub(crate) async fn set_config_item(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let (name, value) = (call.required("Name"), call.required("Value"));
    if !is_known(name) {
        return Err(no_such_item(name));
    }
    if value.len() > MAX_CONFIG_VALUE_BYTES {
        let expected = format!("it has {} bytes, at most {MAX_CONFIG_VALUE_BYTES} are allowed", value.len());
        return Err(unfit(ValueFault::Maximum, "Value", expected));
    }
    if let Some((fault, expected)) = fault_of(name, value) {
        return Err(unfit(fault, "Value", expected));
    }
    let mut transaction = center.begin_change(&facts.id).await?;
    let before = rows::items(&mut transaction, &facts.id).await?.remove(name);
    rows::set_item(&mut transaction, &facts.id, name, value).await?;
    center.commit(transaction, &facts.id).await?;
    let answer = Answer::empty();
    Ok(match before {
        Some(before) => answer.event_data("PreviousValue", before),
        None => answer,
    })
}
