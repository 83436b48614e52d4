//! ListConfig: the values of several settings at once. The agent workbench calls it at every start.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter, wrapped_list};
use serde_json::{Value, json};

use crate::access;
use crate::center::CallCenter;
use crate::config::CONFIG_ITEMS;
use crate::config::request::asked_names;
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_INSTANCE, PARAMETER_FORMAT};
use crate::limits::MAX_CONFIG_ITEMS_PER_CALL;
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::user::Role;

/// CCC 2017-07-05, "ListConfig".
pub(crate) const SPEC: OperationSpec = OperationSpec::read("ListConfig")
    .takes(&[INSTANCE_ID, Parameter::json("ConfigItem").list(MAX_CONFIG_ITEMS_PER_CALL)])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["ConfigItems"])
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code, PARAMETER_FORMAT.code]);

/// Items in the order asked for; an unknown name, an unset value or another dimension is left out.
pub(crate) async fn list_config(center: &CallCenter, call: &Call) -> HandlerResult {
    let instance = access::enter(center, call, Role::Agent).await?;
    let values = &instance.config_items;
    let items: Vec<Value> = match asked_names(call)? {
        Some(names) => names.iter().filter_map(|name| Some(config_item(name, values.get(name)?))).collect(),
        None => CONFIG_ITEMS.iter().filter_map(|item| Some(config_item(item.name, values.get(item.name)?))).collect(),
    };
    Ok(Answer::empty().with("ConfigItems", wrapped_list("ConfigItem", items)))
}

fn config_item(name: &str, value: &str) -> Value {
    json!({ "Name": name, "Value": value })
}
