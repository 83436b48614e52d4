//! GetConfig: the value of one setting.

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter, ValueFault};
use serde_json::json;

use crate::access;
use crate::center::CallCenter;
use crate::config::request::INSTANCE_DIMENSION;
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_CONFIG_ITEM, NOT_EXIST_INSTANCE, PARAMETER_ENUMERATION, PARAMETER_MAXIMUM,
};
use crate::limits::MAX_ID_CHARS;
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::product::unfit;
use crate::user::Role;

/// CCC 2017-07-05, "GetConfig".
pub(crate) const SPEC: OperationSpec = OperationSpec::read("GetConfig")
    .takes(&[
        INSTANCE_ID,
        Parameter::text("Name").required(),
        Parameter::text("ObjectType").required(),
        Parameter::text_of("ObjectId", 1, MAX_ID_CHARS),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["ConfigItem"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_CONFIG_ITEM.code,
        PARAMETER_ENUMERATION.code,
        PARAMETER_MAXIMUM.code,
    ]);

/// Settings belong to the instance, so the only object is the instance itself.
pub(crate) async fn get_config(center: &CallCenter, call: &Call) -> HandlerResult {
    let instance = access::enter(center, call, Role::Agent).await?;
    let name = call.required("Name");
    if !call.required("ObjectType").eq_ignore_ascii_case(INSTANCE_DIMENSION) {
        return Err(unfit(ValueFault::Enumeration, "ObjectType", "it must be instance"));
    }
    if call.text("ObjectId").is_some_and(|id| id != instance.id) {
        return Err(no_such_item(name));
    }
    let value = instance.config_items.get(name).ok_or_else(|| no_such_item(name))?;
    Ok(Answer::empty().with("ConfigItem", json!({ "Name": name, "Value": value })))
}

pub(crate) fn no_such_item(name: &str) -> ApiError {
    NOT_EXIST_CONFIG_ITEM
        .error(format!("setting '{name}' does not exist for this object: take a Name that ListConfig returns."))
}
