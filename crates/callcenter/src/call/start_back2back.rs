//! StartBack2BackCall: calls two parties one after the other and joins them.

use openapi::{Call, HandlerResult, OperationSpec, Parameter};

use crate::access;
use crate::activity::{ContactType, LegSide};
use crate::call::admission::{Parties, destination};
use crate::call::dialler::{Party, Then};
use crate::call::place::{Order, place};
use crate::center::CallCenter;
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_PHONE_NUMBER, PARAMETER_FORMAT, PARAMETER_INVALID,
    PERMISSION_COOL_DOWN, PERMISSION_DEMO_INSTANCE, PERMISSION_DESTINATION, PERMISSION_LOOP, PERMISSION_QUIET_HOURS,
    SERVICE_UNAVAILABLE, THROTTLING_USER,
};
use crate::limits::MAX_ID_CHARS;
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::user::Role;

/// CCC 2017-07-05, "StartBack2BackCall".
pub(crate) const SPEC: OperationSpec = OperationSpec::write("StartBack2BackCall")
    .data_event()
    .takes(&[
        INSTANCE_ID,
        Parameter::text("Caller").required(),
        Parameter::text("Callee").required(),
        Parameter::text("CallCenterNumber"),
        Parameter::text_of("WorkflowId", 0, MAX_ID_CHARS),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(super::TASK_FIELDS)
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        PARAMETER_FORMAT.code,
        PARAMETER_INVALID.code,
        PERMISSION_LOOP.code,
        NOT_EXIST_PHONE_NUMBER.code,
        SERVICE_UNAVAILABLE.code,
        PERMISSION_DESTINATION.code,
        THROTTLING_USER.code,
        PERMISSION_COOL_DOWN.code,
        PERMISSION_QUIET_HOURS.code,
        PERMISSION_DEMO_INSTANCE.code,
    ]);

pub(crate) async fn start_back2back_call(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    if call.text("WorkflowId").is_some() {
        return Err(PARAMETER_INVALID
            .error("WorkflowId is reserved: leave it empty, a double call is not assisted by a contact flow."));
    }
    let caller = destination("Caller", call.required("Caller"))?;
    let callee = destination("Callee", call.required("Callee"))?;
    let order = Order {
        center_number: call.text("CallCenterNumber"),
        contact_type: ContactType::Back2Back,
        first: Party { side: LegSide::Caller, number: caller.number.clone() },
        then: Then::Dial(Party { side: LegSide::Callee, number: callee.number.clone() }),
        agent: None,
        parties: Parties { caller: Some(caller), callee },
    };
    place(center, call, &facts.id, order).await
}
