//! `GetTrailDelivery` and `VerifyTrailDelivery`: how far the deliveries of a trail are, and whether they are whole. Not in the
//! public API, whose "GetTrailStatus" has times and errors alone.

use std::sync::Arc;

use openapi::clock::format_utc;
use openapi::{Answer, ApiError, Call, OperationSpec, Parameter};
use serde_json::{Value, json};

use super::record::Trail;
use super::seams::DestinationStatus;
use crate::operations::ActionTrail;

/// No public document.
pub(crate) const DELIVERY_SPEC: OperationSpec = OperationSpec::read("GetTrailDelivery")
    .console_operation()
    .permission_on("acs:actiontrail:{region}:{account}:trail/{Name}")
    .touches(super::TRAIL, "Name")
    .takes(&[Parameter::text("Name").required()])
    .answers(&["Status", "Destinations"])
    .fails_with(&["TrailNotFoundException"]);

/// No public document.
pub(crate) const VERIFY_SPEC: OperationSpec = OperationSpec::read("VerifyTrailDelivery")
    .console_operation()
    .permission_on("acs:actiontrail:{region}:{account}:trail/{Name}")
    .touches(super::TRAIL, "Name")
    .takes(&[Parameter::text("Name").required()])
    .answers(&["Destinations"])
    .fails_with(&["TrailNotFoundException", "ServiceUnavailable"]);

pub(crate) async fn get_trail_delivery(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let trail = find(audit, call)?;
    let status = audit.delivery.status(&trail);
    let mut destinations = Vec::new();
    if trail.has_bucket() {
        destinations.push(shown("bucket", &status.bucket));
    }
    if trail.has_logs() {
        destinations.push(shown("logstore", &status.logs));
    }
    if trail.delivers_data() {
        destinations.push(shown("data", &status.data.status));
    }
    Ok(Answer::empty().with("Status", trail.status.as_str()).with("Destinations", destinations))
}

pub(crate) async fn verify_trail_delivery(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let trail = find(audit, call)?;
    match audit.delivery.verify(&trail).await {
        Ok(reports) => Ok(Answer::empty().with("Destinations", reports)),
        Err(problem) => {
            Err(ApiError::new(503, "ServiceUnavailable", format!("The destinations cannot be compared: {problem}.")))
        }
    }
}

fn find(audit: &ActionTrail, call: &Call) -> Result<Arc<Trail>, ApiError> {
    let found = audit.trails.find(&call.caller.account_id, call.required("Name"));
    found.ok_or_else(|| {
        ApiError::new(404, "TrailNotFoundException", "The trail does not exist: DescribeTrails lists those that do.")
    })
}

fn shown(kind: &str, status: &DestinationStatus) -> Value {
    json!({
        "Kind": kind,
        // Not known for a moment after a start.
        "LagEvents": status.lag_events,
        "LagSeconds": status.lag_s,
        "ExpiredEvents": status.expired_events,
        "LatestDeliveryTime": status.latest_delivery_ms.map(|ms| format_utc(ms.div_euclid(1_000))).unwrap_or_default(),
        "LatestDeliveryError": status.latest_error.clone().unwrap_or_default(),
    })
}
