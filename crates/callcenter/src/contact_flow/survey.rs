//! The voice survey: CreateVoiceAppraise sets it up and switches it on or off, ListVoiceAppraise shows it,
//! GetServiceExtensions answers the number to transfer a call to.
//!
//! It is a flow that every instance has. Whether it is on stands in the setting `SatisfactionSurvey`, which soft phones
//! read with ListConfig: `{"Enabled":true,"ContactFlowId":"…"}`.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter};
use serde_json::{Value, json};
use sqlx::AnyConnection;

use crate::center::{CallCenter, CallCenterError};
use crate::contact_flow::commit::{no_such_version, refuse_other_editor};
use crate::contact_flow::rows::{self, ContactFlow, FlowVersion};
use crate::contact_flow::{system_flows, view};
use crate::errors::{
    IN_USE_CONTACT_FLOW_VERSION, NO_PERMISSION_USER, NOT_EXIST_CONTACT_FLOW_VERSION, NOT_EXIST_INSTANCE,
    PARAMETER_FORMAT, PARAMETER_MAXIMUM, no_such_instance,
};
use crate::limits::{MAX_FLOW_TEXT_CHARS, MAX_ID_CHARS};
use crate::operations::{CONTACT_FLOW_RESOURCE, INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::user::Role;
use crate::{access, config, instance, phone_number};

/// Setting that says whether the survey is on, and `ServiceType` of its number.
const SURVEY: &str = "SatisfactionSurvey";

/// CCC 2017-07-05, "CreateVoiceAppraise".
pub(crate) const CREATE_SPEC: OperationSpec = OperationSpec::write("CreateVoiceAppraise")
    .takes(&[
        INSTANCE_ID,
        Parameter::text_of("ContactFlowVersionId", 1, MAX_ID_CHARS).required(),
        Parameter::text_of("Content", 1, MAX_FLOW_TEXT_CHARS).required(),
        Parameter::boolean("IsAppraise"),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_CONTACT_FLOW_VERSION.code,
        IN_USE_CONTACT_FLOW_VERSION.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
    ]);

/// CCC 2017-07-05, "ListVoiceAppraise".
pub(crate) const LIST_SPEC: OperationSpec = OperationSpec::read("ListVoiceAppraise")
    .takes(&[INSTANCE_ID])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["ContactFlow", "Notice"])
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code]);

/// CCC 2017-07-05, "GetServiceExtensions".
pub(crate) const EXTENSIONS_SPEC: OperationSpec = OperationSpec::read("GetServiceExtensions")
    .takes(&[INSTANCE_ID, Parameter::text_of("ServiceType", 1, MAX_ID_CHARS).required()])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["ServiceExtensions"])
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code]);

/// The version must be the survey's, as ListVoiceAppraise shows it; its content runs at once.
pub(crate) async fn create_voice_appraise(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let id = call.required("ContactFlowVersionId");
    let enabled = call.boolean("IsAppraise").unwrap_or(true);
    let mut transaction = center.database.begin().await.map_err(CallCenterError::from)?;
    if !instance::rows::lock(&mut transaction, &facts.id).await? {
        return Err(no_such_instance(&facts.id));
    }
    let (flow, version) = survey(&mut transaction, &facts.id).await?.ok_or_else(|| no_such_version(id))?;
    let mut version = Some(version).filter(|version| version.id == id).ok_or_else(|| no_such_version(id))?;
    refuse_other_editor(&version, call)?;
    version.content = call.required("Content").to_owned();
    version.last_modified_ms = call.arrived_at_ms;
    version.last_modified_by = call.caller.principal_id();
    rows::save_version(&mut transaction, &version).await?;
    rows::publish(&mut transaction, &version).await?;
    let setting = json!({"Enabled": enabled, "ContactFlowId": flow.head.id}).to_string();
    config::rows::set_item(&mut transaction, &facts.id, SURVEY, &setting).await?;
    center.commit(transaction, &facts.id).await?;
    Ok(Answer::empty().references(CONTACT_FLOW_RESOURCE, flow.head.id))
}

/// `Notice` is the field of that name in the content, left out if the content has none.
pub(crate) async fn list_voice_appraise(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let Some((flow, version)) = survey(&mut connection, &facts.id).await? else { return Ok(Answer::empty()) };
    let mut numbers = phone_number::rows::numbers_of_flows(&mut connection, &facts.id).await?;
    let mut shown = view::version(&version, call.arrived_at_ms);
    shown.insert("Content".to_owned(), version.content.as_str().into());
    let numbers = numbers.remove(&flow.head.id).unwrap_or_default();
    Ok(Answer::empty()
        .with("ContactFlow", view::flow(&flow, numbers, vec![Value::Object(shown)]))
        .with_optional("Notice", notice(&version.content)))
}

/// The survey's number while the survey is on; other service types have no numbers here.
pub(crate) async fn get_service_extensions(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    let mut extensions = Vec::new();
    if call.required("ServiceType") == SURVEY && is_enabled(facts.config_items.get(SURVEY)) {
        let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
        if let Some((flow, _)) = survey(&mut connection, &facts.id).await? {
            extensions.push(json!({"Name": SURVEY, "Number": flow.route_point.to_string()}));
        }
    }
    Ok(Answer::empty().with_wrapped_list("ServiceExtensions", "ServiceExtension", extensions))
}

async fn survey(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<Option<(ContactFlow, FlowVersion)>, CallCenterError> {
    let Some(flow) = system_flows::survey(connection, instance_id).await? else { return Ok(None) };
    let versions = rows::versions(connection, instance_id).await?;
    Ok(versions.into_iter().find(|version| version.contact_flow_id == flow.head.id).map(|version| (flow, version)))
}

fn is_enabled(setting: Option<&String>) -> bool {
    let setting: Option<Value> = setting.and_then(|text| serde_json::from_str(text).ok());
    setting.is_some_and(|setting| setting["Enabled"] == Value::Bool(true))
}

fn notice(content: &str) -> Option<String> {
    let content: Value = serde_json::from_str(content).ok()?;
    config::text_field(content.as_object()?, "Notice")
}
