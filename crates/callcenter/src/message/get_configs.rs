//! GetSmsConfig: the SMS configs of the named scenarios.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter};
use serde_json::{Value, json};

use crate::access;
use crate::center::{CallCenter, CallCenterError};
use crate::day::wire_time;
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_INSTANCE};
use crate::message::rows::{self, SmsConfig};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::user::Role;

/// CCC 2017-07-05, "GetSmsConfig".
pub(super) const SPEC: OperationSpec = OperationSpec::read("GetSmsConfig")
    .takes(&[INSTANCE_ID, Parameter::integer("Scenario", i32::MIN as i64, i32::MAX as i64).required().list(10)])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["SmsConfigs"])
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code]);

/// A scenario that is not known has no configs.
pub(super) async fn get_sms_config(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let configs = rows::configs(&mut connection, &facts.id).await?;
    let scenarios: Vec<i64> = call.list("Scenario").into_iter().filter_map(|text| text.parse().ok()).collect();
    let views = configs
        .iter()
        .filter(|config| scenarios.contains(&config.scenario))
        .map(|config| view(&facts.id, config))
        .collect();
    Ok(Answer::empty().with_wrapped_list("SmsConfigs", "SmsConfig", views))
}

/// A config on the wire.
pub(super) fn view(instance_id: &str, config: &SmsConfig) -> Value {
    json!({
        "Id": config.id,
        "Instance": instance_id,
        "Name": config.name,
        "SignName": config.sign_name,
        "TemplateCode": config.template_code,
        "Description": config.description,
        "Extra": config.extra,
        "Scenario": config.scenario,
        "GmtCreate": wire_time(config.created_at_ms),
        "GmtModified": wire_time(config.modified_at_ms),
    })
}
