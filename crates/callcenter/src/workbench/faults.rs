//! CreateFault: an agent reports a bad call. ListFaults shows the reports: the public API has no operation that does.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter};
use serde_json::{Map, Value};

use crate::access;
use crate::center::CallCenter;
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_USER, PARAMETER_FORMAT, PARAMETER_INVALID, PARAMETER_MAXIMUM,
    PARAMETER_MINIMUM,
};
use crate::limits::{MAX_FAULTS_PER_PAGE, MAX_ID_CHARS};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::page::{PAGE_NUMBER, Page, page_size};
use crate::user::Role;
use crate::workbench::fault_rows;
use crate::workbench::subject::{ram_user_id, user_of};

/// CCC 2017-07-05, "CreateFault".
pub(crate) const CREATE: OperationSpec = OperationSpec::write("CreateFault")
    .takes(&[
        INSTANCE_ID,
        Parameter::integer("AgentId", 0, i64::MAX).required(),
        Parameter::text_of("ConnectId", 1, MAX_ID_CHARS).required(),
        Parameter::integer("StartTime", 0, i64::MAX).required(),
        Parameter::integer("EndTime", 0, i64::MAX).required(),
        Parameter::text("AgentFilePath"),
        Parameter::text("AgentOssFileName"),
        Parameter::text("BrowserVersion"),
        Parameter::text("ClientIp"),
        Parameter::text("ClientPort"),
        Parameter::text("CustomFilePath"),
        Parameter::text("CustomOssFileName"),
        Parameter::text("Description"),
        Parameter::text("MicrophoneEquipment"),
        Parameter::text("MicrophoneList"),
        Parameter::text("OperatingSystemVersion"),
        Parameter::text("ServiceIp"),
        Parameter::text("ServicePort"),
        Parameter::text("SpeakerEquipment"),
        Parameter::text("SpeakerList"),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_USER.code,
        PARAMETER_INVALID.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
        PARAMETER_MINIMUM.code,
    ]);

/// No public document: in the cloud the service staff reads the reports.
pub(crate) const LIST: OperationSpec = OperationSpec::read("ListFaults")
    .console_operation()
    .takes(&[INSTANCE_ID, PAGE_NUMBER.required(), page_size(MAX_FAULTS_PER_PAGE).required()])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["Faults"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
        PARAMETER_MINIMUM.code,
    ]);

/// Agents report for themselves, leaders for anybody.
pub(crate) async fn create_fault(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    let agent_id = call.required("AgentId");
    if ram_user_id(call) != Some(agent_id) {
        access::enter(center, call, Role::Manager).await?;
    }
    if call.integer("StartTime") > call.integer("EndTime") {
        return Err(PARAMETER_INVALID.error("StartTime is after EndTime: give the earlier time as StartTime."));
    }
    let mut transaction = center.begin_change(&facts.id).await?;
    let agent = user_of(&mut transaction, &facts.id, agent_id).await?;
    let reporter = call.caller.principal_id();
    let report = report(call);
    fault_rows::insert(&mut transaction, &facts.id, &agent.ram_user_id, &reporter, call.arrived_at_ms, &report).await?;
    center.commit(transaction, &facts.id).await?;
    Ok(Answer::empty())
}

/// What the call says, with numbers as numbers.
fn report(call: &Call) -> Map<String, Value> {
    let own = CREATE.parameters.iter().filter(|parameter| parameter.name != "InstanceId");
    let fields = own.filter_map(|parameter| {
        let value = match parameter.kind {
            openapi::Kind::Integer { .. } => call.integer(parameter.name).map(Value::from),
            _ => call.text(parameter.name).map(Value::from),
        };
        Some((parameter.name.to_owned(), value?))
    });
    fields.collect()
}

pub(crate) async fn list_faults(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let mut reading = center.begin_read().await?;
    let page = Page::of(call, MAX_FAULTS_PER_PAGE);
    let total_count = fault_rows::count(&mut reading, &facts.id).await?;
    let faults = fault_rows::list(&mut reading, &facts.id, page).await?;
    Ok(Answer::empty().with("Faults", page.view(total_count, "Fault", faults)))
}
