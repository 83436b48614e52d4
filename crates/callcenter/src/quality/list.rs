//! ListCallQuality: the samples of one call, for people who look into bad audio.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter};
use serde_json::{Value, json};

use crate::access;
use crate::center::{CallCenter, CallCenterError};
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_INSTANCE};
use crate::limits::DEFAULT_PAGE_SIZE;
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::page::{PAGE_NUMBER, PAGE_SIZE, Page};
use crate::quality::rows::{self, Sample};
use crate::user::Role;

/// The public API only takes samples; it shows none.
pub(super) const SPEC: OperationSpec = OperationSpec::read("ListCallQuality")
    .console_operation()
    .takes(&[INSTANCE_ID, Parameter::text_of("CallId", 1, 256).required(), PAGE_NUMBER, PAGE_SIZE])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["QualitySamples"])
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code]);

pub(super) async fn list_call_quality(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let page = Page::of(call, DEFAULT_PAGE_SIZE);
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let (samples, total) =
        rows::of_call(&mut connection, &facts.id, call.required("CallId"), page.size, page.offset()).await?;
    let views = samples.iter().map(view).collect();
    Ok(Answer::empty().with("QualitySamples", page.view(total, "QualitySample", views)))
}

/// Figures that the browser did not give are left out. Rates are averages since the call began.
fn view(sample: &Sample) -> Value {
    let figures = &sample.figures;
    let mut view = json!({
        "CallId": sample.call_id,
        "Uid": sample.agent_id,
        "CallerNumber": sample.caller_number,
        "CalleeNumber": sample.callee_number,
        "CallStartTime": sample.call_started_at_ms,
        "RecordTime": sample.recorded_at_ms,
    });
    for (name, value) in [
        ("PacketsLost", figures.packets_lost.map(Value::from)),
        ("PacketsReceived", figures.packets_received.map(Value::from)),
        ("RemotePacketsLost", figures.remote_packets_lost.map(Value::from)),
        ("JitterMs", figures.jitter_ms.map(Value::from)),
        ("RoundTripMs", figures.round_trip_ms.map(Value::from)),
        ("ReceivedBitsPerSecond", bits_per_second(sample, figures.bytes_received).map(Value::from)),
        ("SentBitsPerSecond", bits_per_second(sample, figures.bytes_sent).map(Value::from)),
        ("Codec", figures.codec.clone().map(Value::from)),
    ] {
        if let Some(value) = value {
            view[name] = value;
        }
    }
    view
}

fn bits_per_second(sample: &Sample, bytes: Option<i64>) -> Option<i64> {
    let elapsed_ms = sample.recorded_at_ms.checked_sub(sample.call_started_at_ms).filter(|elapsed| *elapsed > 0)?;
    let bits_per_second = i128::from(bytes?) * 8_000 / i128::from(elapsed_ms);
    i64::try_from(bits_per_second).ok()
}
