//! SaveWebRTCStats, and SaveStats, its older form: one sample of a call.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter, ValueFault};

use crate::access;
use crate::center::{CallCenter, CallCenterError};
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_INSTANCE, PARAMETER_FORMAT};
use crate::limits::{MAX_ID_CHARS, MAX_STATS_CHARS};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::product::unfit;
use crate::quality::parse_stats;
use crate::quality::rows::{self, Sample};
use crate::user::Role;

/// Longest id of a call in the signalling, characters: SIP's are free text with a host in it.
const MAX_CALL_ID_CHARS: usize = 256;

const PARAMETERS: &[Parameter] = &[
    INSTANCE_ID,
    Parameter::text_of("CallId", 1, MAX_CALL_ID_CHARS).required(),
    Parameter::integer("CallStartTime", 0, i64::MAX).required(),
    Parameter::text_of("CallerNumber", 1, MAX_ID_CHARS).required(),
    Parameter::text_of("CalleeNumber", 1, MAX_ID_CHARS).required(),
    Parameter::integer("RecordTime", 0, i64::MAX).required(),
    Parameter::text_of("Stats", 1, MAX_STATS_CHARS).required(),
    Parameter::text_of("TenantId", 1, MAX_ID_CHARS).required(),
    Parameter::text_of("Uid", 1, MAX_ID_CHARS).required(),
];

/// CCC 2017-07-05, "SaveWebRTCStats".
pub(super) const WEB_RTC: OperationSpec = spec("SaveWebRTCStats");
/// CCC 2017-07-05, only in the models of the official clients.
pub(super) const OLDER: OperationSpec = spec("SaveStats");

const fn spec(name: &'static str) -> OperationSpec {
    OperationSpec::write(name)
        .takes(PARAMETERS)
        .permission_on(INSTANCE_ARN)
        .touches(INSTANCE_RESOURCE, "InstanceId")
        .answers(&["RowCount"])
        .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code, PARAMETER_FORMAT.code])
}

/// `TenantId` and `Uid` are the client's word; who really called is in the event.
pub(super) async fn save_stats(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    let figures =
        parse_stats(call.required("Stats")).map_err(|fault| unfit(ValueFault::Format, "Stats", fault.to_string()))?;
    let sample = Sample {
        call_id: call.required("CallId").to_owned(),
        agent_id: call.required("Uid").to_owned(),
        caller_number: call.required("CallerNumber").to_owned(),
        callee_number: call.required("CalleeNumber").to_owned(),
        call_started_at_ms: call.integer("CallStartTime").unwrap_or_default(),
        recorded_at_ms: call.integer("RecordTime").unwrap_or_default(),
        figures,
    };
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    rows::insert(&mut connection, &facts.id, &sample).await?;
    Ok(Answer::empty().with("RowCount", 1))
}
