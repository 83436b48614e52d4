//! SendPredefinedShortMessage: a message by an SMS config, to one number or several.

use std::sync::Arc;

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter, ValueFault};
use serde_json::{Map, Value};

use crate::access;
use crate::center::{CallCenter, CallCenterError, new_id, without_repetitions};
use crate::errors::{
    INTERNAL_SERVICE_COMMON, NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_SMS_CONFIG, PARAMETER_FORMAT,
    PARAMETER_MAXIMUM,
};
use crate::limits::{MAX_PHONE_NUMBERS_CHARS, MAX_PHONE_NUMBERS_PER_MESSAGE};
use crate::message::batch::{self, Batch, Sent};
use crate::message::rows::{self, SmsConfig};
use crate::message::{SHORT_MESSAGE_RESOURCE, configs};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::phone_number::PhoneNumber;
use crate::product::{missing, unfit};
use crate::user::Role;

/// The comma list of both sending operations.
pub(super) const PHONE_NUMBERS: Parameter = Parameter::text_of("PhoneNumbers", 1, MAX_PHONE_NUMBERS_CHARS).required();

/// CCC 2017-07-05, "SendPredefinedShortMessage".
pub(super) const SPEC: OperationSpec = OperationSpec::write("SendPredefinedShortMessage")
    .data_event()
    .takes(&[
        INSTANCE_ID,
        Parameter::integer("ConfigId", i64::MIN, i64::MAX).required(),
        PHONE_NUMBERS,
        Parameter::json("TemplateParam"),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["BizId"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_SMS_CONFIG.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
        INTERNAL_SERVICE_COMMON.code,
    ]);

pub(super) async fn send_predefined_short_message(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    let numbers = numbers(call)?;
    let parameters = template_parameters(call)?;
    let id = call.integer("ConfigId").unwrap_or_default();
    let config = {
        let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
        let configs = rows::configs(&mut connection, &facts.id).await?;
        configs.into_iter().find(|config| config.id == id).ok_or_else(|| configs::no_such_config(id))?
    };
    let text = text(&config, &parameters)?;
    let batch = Batch { id: new_id(), config: &config, numbers, parameters, text, survey_of: None };
    let sent = send(center, &facts.id, &batch, call.arrived_at_ms).await?.unwrap_or_default();
    let sent = refuse_if_none_was_taken(sent)?;
    Ok(answer(&batch, &sent).with("BizId", biz_id(&batch, &sent)))
}

/// Stores and sends; `None` if the batch is a survey that was offered before. The sending runs in a task of its own.
pub(super) async fn send(
    center: &CallCenter,
    instance_id: &str,
    batch: &Batch<'_>,
    now_ms: i64,
) -> Result<Option<Sent>, CallCenterError> {
    let provider = Arc::clone(&center.short_messages);
    let Some(messages) = batch::store(&center.database, provider.as_ref(), instance_id, batch, now_ms).await? else {
        return Ok(None);
    };
    let sending = tokio::spawn(batch::submit(center.database.clone(), provider, messages));
    sending.await.map_err(|_| CallCenterError::Interrupted)?.map(Some)
}

/// Events say how many, and by which driver; texts and numbers are in the parameters, masked as set.
pub(super) fn answer(batch: &Batch<'_>, sent: &Sent) -> Answer {
    Answer::empty()
        .references(SHORT_MESSAGE_RESOURCE, batch.id.as_str())
        .event_data("AcceptedMessages", sent.taken - sent.unknown)
        .event_data("UnknownMessages", sent.unknown)
        .event_data("RejectedMessages", sent.rejected)
}

/// The provider's reference when there is one message, ours when there are several or the answer was lost.
fn biz_id(batch: &Batch<'_>, sent: &Sent) -> String {
    match &sent.reference {
        Some(reference) if batch.numbers.len() == 1 => reference.clone(),
        _ => batch.id.clone(),
    }
}

/// A message whose fate is not known counts as taken: an error would make the client send it a second time.
pub(super) fn refuse_if_none_was_taken(sent: Sent) -> Result<Sent, ApiError> {
    match &sent.refusal {
        Some((code, text)) if sent.taken == 0 => Err(INTERNAL_SERVICE_COMMON.error(format!(
            "the short message service refused the message ({code}: {text}); nothing was sent. Look the code up at the service."
        ))),
        _ => Ok(sent),
    }
}

/// The numbers of the comma list, each once.
pub(super) fn numbers(call: &Call) -> Result<Vec<String>, ApiError> {
    let listed: Vec<&str> =
        call.required("PhoneNumbers").split(',').map(str::trim).filter(|number| !number.is_empty()).collect();
    if listed.is_empty() {
        return Err(missing("PhoneNumbers"));
    }
    if listed.len() > MAX_PHONE_NUMBERS_PER_MESSAGE {
        let expected = format!("it has {} numbers, at most {MAX_PHONE_NUMBERS_PER_MESSAGE} are allowed", listed.len());
        return Err(unfit(ValueFault::Maximum, "PhoneNumbers", expected));
    }
    let mut numbers = Vec::with_capacity(listed.len());
    for given in without_repetitions(listed) {
        let number = PhoneNumber::parse(given).ok_or_else(|| {
            unfit(ValueFault::Format, "PhoneNumbers", "it must be telephone numbers with commas between them")
        })?;
        numbers.push(number.as_str().to_owned());
    }
    Ok(numbers)
}

fn template_parameters(call: &Call) -> Result<Map<String, Value>, ApiError> {
    let Some(text) = call.text("TemplateParam") else { return Ok(Map::new()) };
    match serde_json::from_str(text) {
        Ok(Value::Object(parameters)) => Ok(parameters),
        _ => Err(unfit(
            ValueFault::Format,
            "TemplateParam",
            "it must be the JSON text of an object, such as {\"name\":\"王芳\"}",
        )),
    }
}

/// The text as the customer reads it: signature in its brackets, then the filled template.
pub(super) fn text(config: &SmsConfig, parameters: &Map<String, Value>) -> Result<String, ApiError> {
    let signed = format!("【{}】{}", config.sign_name, config.description);
    sms::render(&signed, parameters).map_err(|fault| unfit(ValueFault::Format, "TemplateParam", fault.to_string()))
}
