//! CreateSmsConfig, ModifySmsConfig, DeleteSmsConfig: in the cloud a person does this in the console; the public API has
//! no operations for it.

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter};

use crate::access;
use crate::center::{CallCenter, CallCenterError};
use crate::errors::{
    LIMIT_EXCEEDED_SMS_CONFIG, NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_SMS_CONFIG, PARAMETER_FORMAT,
    no_such_instance,
};
use crate::instance;
use crate::limits::{MAX_SMS_CONFIGS_PER_INSTANCE, MAX_SMS_NAME_CHARS, MAX_SMS_TEMPLATE_CHARS};
use crate::message::rows::{self, SmsConfig};
use crate::message::{SMS_CONFIG_RESOURCE, get_configs};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::text::{check_name, check_text};
use crate::user::Role;

const CONFIG_ID: Parameter = Parameter::integer("ConfigId", 1, i64::MAX).required();
/// Widths are twice the characters: Chinese ones count 2.
const NAME_WIDTH: usize = 2 * MAX_SMS_NAME_CHARS;

/// CCC 2017-07-05, "GetSmsConfig" has the fields.
pub(super) const CREATE: OperationSpec = OperationSpec::write("CreateSmsConfig")
    .console_operation()
    .takes(&[
        INSTANCE_ID,
        Parameter::text_of("Name", 1, MAX_SMS_NAME_CHARS).required(),
        Parameter::text_of("SignName", 1, MAX_SMS_NAME_CHARS).required(),
        Parameter::text_of("TemplateCode", 1, MAX_SMS_NAME_CHARS).required(),
        Parameter::text_of("Description", 1, MAX_SMS_TEMPLATE_CHARS).required(),
        Parameter::integer("Scenario", 1, 3).required(),
        Parameter::text("Extra"),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["SmsConfig"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        LIMIT_EXCEEDED_SMS_CONFIG.code,
        PARAMETER_FORMAT.code,
    ]);

/// What is not given stays.
pub(super) const MODIFY: OperationSpec = OperationSpec::write("ModifySmsConfig")
    .console_operation()
    .takes(&[
        INSTANCE_ID,
        CONFIG_ID,
        Parameter::text_of("Name", 1, MAX_SMS_NAME_CHARS),
        Parameter::text_of("SignName", 1, MAX_SMS_NAME_CHARS),
        Parameter::text_of("TemplateCode", 1, MAX_SMS_NAME_CHARS),
        Parameter::text_of("Description", 1, MAX_SMS_TEMPLATE_CHARS),
        Parameter::integer("Scenario", 1, 3),
        Parameter::text("Extra"),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["SmsConfig"])
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code, NOT_EXIST_SMS_CONFIG.code, PARAMETER_FORMAT.code]);

/// Messages that were sent by it stay listed.
pub(super) const DELETE: OperationSpec = OperationSpec::write("DeleteSmsConfig")
    .console_operation()
    .takes(&[INSTANCE_ID, CONFIG_ID])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code, NOT_EXIST_SMS_CONFIG.code]);

pub(super) async fn create(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let blank = SmsConfig {
        id: 0,
        name: String::new(),
        sign_name: String::new(),
        template_code: String::new(),
        description: String::new(),
        extra: String::new(),
        scenario: 0,
        created_at_ms: call.arrived_at_ms,
        modified_at_ms: call.arrived_at_ms,
    };
    let mut config = with_given_fields(call, blank)?;
    let mut transaction = center.database.begin().await.map_err(CallCenterError::from)?;
    if !instance::rows::lock(&mut transaction, &facts.id).await? {
        return Err(no_such_instance(&facts.id));
    }
    let count = rows::configs(&mut transaction, &facts.id).await?.len();
    if i64::try_from(count).unwrap_or(i64::MAX) >= MAX_SMS_CONFIGS_PER_INSTANCE {
        return Err(LIMIT_EXCEEDED_SMS_CONFIG.error(format!(
            "the instance has {MAX_SMS_CONFIGS_PER_INSTANCE} SMS configs, as many as it may have: delete one first."
        )));
    }
    config.id = rows::next_config_id(&mut transaction, &facts.id).await?;
    rows::put_config(&mut transaction, &facts.id, &config).await?;
    center.commit(transaction, &facts.id).await?;
    Ok(answer(&facts.id, &config))
}

pub(super) async fn modify(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let mut transaction = center.database.begin().await.map_err(CallCenterError::from)?;
    if !instance::rows::lock(&mut transaction, &facts.id).await? {
        return Err(no_such_instance(&facts.id));
    }
    let id = call.integer("ConfigId").unwrap_or_default();
    let configs = rows::configs(&mut transaction, &facts.id).await?;
    let found = configs.into_iter().find(|config| config.id == id).ok_or_else(|| no_such_config(id))?;
    let config = SmsConfig { modified_at_ms: call.arrived_at_ms, ..with_given_fields(call, found)? };
    rows::put_config(&mut transaction, &facts.id, &config).await?;
    center.commit(transaction, &facts.id).await?;
    Ok(answer(&facts.id, &config))
}

pub(super) async fn delete(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let mut transaction = center.database.begin().await.map_err(CallCenterError::from)?;
    if !instance::rows::lock(&mut transaction, &facts.id).await? {
        return Err(no_such_instance(&facts.id));
    }
    let id = call.integer("ConfigId").unwrap_or_default();
    if !rows::delete_config(&mut transaction, &facts.id, id).await? {
        return Err(no_such_config(id));
    }
    center.commit(transaction, &facts.id).await?;
    Ok(Answer::empty().references(SMS_CONFIG_RESOURCE, id.to_string()))
}

/// The one answer for a config that is not there.
pub(super) fn no_such_config(id: i64) -> ApiError {
    NOT_EXIST_SMS_CONFIG
        .error(format!("SMS config {id} does not exist in this instance: take an Id that GetSmsConfig returns."))
}

fn with_given_fields(call: &Call, mut config: SmsConfig) -> Result<SmsConfig, ApiError> {
    for (parameter, field) in
        [("Name", &mut config.name), ("SignName", &mut config.sign_name), ("TemplateCode", &mut config.template_code)]
    {
        if let Some(text) = call.text(parameter) {
            check_name(parameter, text, NAME_WIDTH)?;
            text.clone_into(field);
        }
    }
    for (parameter, field) in [("Description", &mut config.description), ("Extra", &mut config.extra)] {
        if let Some(text) = call.text(parameter) {
            check_text(parameter, text, 2 * MAX_SMS_TEMPLATE_CHARS)?;
            text.clone_into(field);
        }
    }
    config.scenario = call.integer("Scenario").unwrap_or(config.scenario);
    Ok(config)
}

fn answer(instance_id: &str, config: &SmsConfig) -> Answer {
    Answer::empty()
        .with("SmsConfig", get_configs::view(instance_id, config))
        .references(SMS_CONFIG_RESOURCE, config.id.to_string())
}
