//! `GetTrailStatus`. Beside the public fields it tells how far behind each destination is.

use openapi::{Answer, ApiError, Call};

use super::describe::{is_here, is_visible};
use super::destinations::{is_bucket_usable, is_logstore_usable};
use super::seams::DestinationStatus;
use super::{not_found, values, view};
use crate::operations::ActionTrail;

pub(crate) async fn get_trail_status(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let name = call.required("Name");
    values::check_name(name)?;
    let of_organization = call.boolean("IsOrganizationTrail").unwrap_or(false);
    let trails = audit.trails.trails();
    let mut shown = trails.iter().filter(|trail| {
        trail.is_organization_trail == of_organization
            && is_visible(trail, call, of_organization)
            && is_here(trail, call, true)
    });
    let trail = shown.find(|trail| trail.name == name).ok_or_else(|| not_found(name))?;
    let delivery = audit.delivery.status(trail);
    // Deliveries know of failures alone, and only while there is something to deliver: who asks is told how it is now.
    let (is_bucket_usable, is_logstore_usable) =
        tokio::join!(is_bucket_usable(audit, trail), is_logstore_usable(audit, trail));
    let time = |time_ms: Option<i64>| time_ms.map(|time_ms| view::time(call, time_ms));
    let mut answer = Answer::empty()
        .with("IsLogging", trail.is_logging())
        .with_optional("StartLoggingTime", time(trail.start_logging_time_ms))
        .with_optional("StopLoggingTime", time(trail.stop_logging_time_ms))
        .with("OssBucketStatus", is_bucket_usable && delivery.bucket.latest_error.is_none())
        .with("SlsLogStoreStatus", is_logstore_usable && delivery.logs.latest_error.is_none());
    if trail.has_bucket() {
        answer =
            answer.with("OssFileIntervalSeconds", trail.file_interval_s).with("OssFileMaxBytes", trail.file_max_bytes);
        let names = ["LatestDeliveryTime", "LatestDeliveryError", "OssLagEvents", "OssLagSeconds", "OssExpiredEvents"];
        answer = add(answer, names, &delivery.bucket, call);
    }
    if trail.has_logs() {
        let names = [
            "LatestDeliveryLogServiceTime",
            "LatestDeliveryLogServiceError",
            "SlsLagEvents",
            "SlsLagSeconds",
            "SlsExpiredEvents",
        ];
        answer = add(answer, names, &delivery.logs, call);
    }
    Ok(answer)
}

fn add(answer: Answer, names: [&str; 5], status: &DestinationStatus, call: &Call) -> Answer {
    let [time, error, events, seconds, expired] = names;
    answer
        .with_optional(time, status.latest_delivery_ms.map(|time_ms| view::time(call, time_ms)))
        .with_optional(error, status.latest_error.as_deref())
        .with_optional(events, status.lag_events)
        .with_optional(seconds, status.lag_s)
        .with_optional(expired, status.expired_events)
}
