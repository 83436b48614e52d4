//! AddAgentDevice, ModifyAgentDevice, ListAgentDevices: with which browser and from where agents signed in.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter};

use crate::access;
use crate::center::{CallCenter, without_repetitions};
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_AGENT_DEVICE, NOT_EXIST_INSTANCE, PARAMETER_FORMAT, PARAMETER_INVALID,
    PARAMETER_MAXIMUM, PARAMETER_MINIMUM,
};
use crate::limits::{MAX_ADDRESS_CHARS, MAX_LIST_ELEMENTS};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::product::missing;
use crate::user::Role;
use crate::workbench::device_rows::{self, NewDevice};
use crate::workbench::subject::own_user;

/// CCC 2017-07-05, "AddAgentDevice".
pub(crate) const ADD: OperationSpec = OperationSpec::write("AddAgentDevice")
    .takes(&[
        INSTANCE_ID,
        Parameter::text("BrowserVersion").required(),
        Parameter::text_of("ClientIp", 1, MAX_ADDRESS_CHARS).required(),
        Parameter::text_of("ClientPort", 1, MAX_ADDRESS_CHARS),
        Parameter::text("Remark"),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["AgentDeviceId"])
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code, PARAMETER_MAXIMUM.code]);

/// CCC 2017-07-05, "ModifyAgentDevice".
pub(crate) const MODIFY: OperationSpec = OperationSpec::write("ModifyAgentDevice")
    .takes(&[INSTANCE_ID, Parameter::integer("AgentDeviceId", 0, i64::MAX), Parameter::integer("IsLogin", 0, 1)])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_AGENT_DEVICE.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
        PARAMETER_MINIMUM.code,
    ]);

/// CCC 2017-07-05, "ListAgentDevices".
pub(crate) const LIST: OperationSpec = OperationSpec::read("ListAgentDevices")
    .takes(&[
        INSTANCE_ID,
        Parameter::text_of("RamIds", 0, 20 * MAX_LIST_ELEMENTS),
        Parameter::integer("StartTime", 0, i64::MAX),
        Parameter::integer("StopTime", 0, i64::MAX),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["AgentDeviceList"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        PARAMETER_INVALID.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
        PARAMETER_MINIMUM.code,
    ]);

pub(crate) async fn add_agent_device(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    let mut transaction = center.begin_change(&facts.id).await?;
    let user = own_user(&mut transaction, &facts.id, call).await?;
    let device = NewDevice {
        instance_id: &facts.id,
        ram_user_id: &user.ram_user_id,
        browser_version: call.required("BrowserVersion"),
        client_ip: call.required("ClientIp"),
        client_port: call.text("ClientPort").unwrap_or_default(),
        remark: call.text("Remark").unwrap_or_default(),
        login_at_ms: call.arrived_at_ms,
    };
    let id = device_rows::insert(&mut transaction, &device).await?;
    center.commit(transaction, &facts.id).await?;
    Ok(Answer::empty().with("AgentDeviceId", id))
}

/// Without an id the caller's last sign-in is meant. Other users' sign-ins cannot be reached.
pub(crate) async fn modify_agent_device(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    let is_login = call.integer("IsLogin").ok_or_else(|| missing("IsLogin"))?;
    let id = call.integer("AgentDeviceId");
    let mut transaction = center.begin_change(&facts.id).await?;
    let user = own_user(&mut transaction, &facts.id, call).await?;
    if !device_rows::set_is_login(&mut transaction, &facts.id, &user.ram_user_id, id, is_login).await? {
        return Err(NOT_EXIST_AGENT_DEVICE
            .error("the caller has no such sign-in: take an AgentDeviceId that AddAgentDevice returned to him."));
    }
    center.commit(transaction, &facts.id).await?;
    Ok(Answer::empty())
}

pub(crate) async fn list_agent_devices(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let (from_ms, until_ms) = (call.integer("StartTime").unwrap_or(0), call.integer("StopTime").unwrap_or(i64::MAX));
    if from_ms > until_ms {
        return Err(PARAMETER_INVALID.error("StartTime is after StopTime: give the earlier time as StartTime."));
    }
    let ids = call.text("RamIds").unwrap_or_default().split(',').map(str::trim).filter(|id| !id.is_empty());
    let ids = without_repetitions(ids.collect());
    if ids.len() > MAX_LIST_ELEMENTS {
        return Err(PARAMETER_INVALID.error(format!("RamIds has more than {MAX_LIST_ELEMENTS} ids: ask for fewer.")));
    }
    let mut reading = center.begin_read().await?;
    let devices = device_rows::list(&mut reading, &facts.id, &ids, from_ms, until_ms).await?;
    Ok(Answer::empty().with_wrapped_list("AgentDeviceList", "AgentDevice", devices))
}
