//! Trails as answers show them.

use openapi::clock::format_utc;
use openapi::{Answer, Call};
use serde_json::{Map, Value};

use super::record::Trail;
use crate::version_2017;

/// Result fields of CreateTrail and UpdateTrail.
pub(super) const CONFIGURATION: &[&str] = &[
    "Name",
    "HomeRegion",
    "EventRW",
    "TrailRegion",
    "OssBucketName",
    "OssKeyPrefix",
    "OssWriteRoleArn",
    "SlsProjectArn",
    "SlsWriteRoleArn",
    "MaxComputeProjectArn",
    "MaxComputeWriteRoleArn",
];

/// What CreateTrail and UpdateTrail answer: texts that are not set are empty.
pub(super) fn configuration(trail: &Trail) -> Answer {
    fields(trail).into_iter().fold(Answer::empty(), |answer, (name, value)| answer.with(name, value))
}

fn fields(trail: &Trail) -> [(&'static str, &str); 11] {
    [
        ("Name", &trail.name),
        ("HomeRegion", &trail.home_region),
        ("EventRW", trail.event_rw.as_str()),
        ("TrailRegion", &trail.trail_region),
        ("OssBucketName", &trail.oss_bucket_name),
        ("OssKeyPrefix", &trail.oss_key_prefix),
        ("OssWriteRoleArn", &trail.oss_write_role_arn),
        ("SlsProjectArn", &trail.sls_project_arn),
        ("SlsWriteRoleArn", &trail.sls_write_role_arn),
        ("MaxComputeProjectArn", ""),
        ("MaxComputeWriteRoleArn", ""),
    ]
}

/// An item of DescribeTrails, seen from the region of the call.
pub(super) fn item(trail: &Trail, call: &Call) -> Value {
    let mut item: Map<String, Value> =
        fields(trail).into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    let mut add = |name: &str, value: Value| item.insert(name.to_owned(), value);
    add("TrailArn", trail.arn().into());
    add("Region", call.region.as_str().into());
    add("Status", trail.status.as_str().into());
    add("IsOrganizationTrail", trail.is_organization_trail.into());
    if trail.is_organization_trail {
        add("OrganizationId", trail.organization_id.as_str().into());
    }
    add("OssBucketLocation", trail.oss_bucket_location.as_str().into());
    add("CreateTime", time(call, trail.create_time_ms).into());
    add("UpdateTime", time(call, trail.update_time_ms).into());
    for (name, time_ms) in
        [("StartLoggingTime", trail.start_logging_time_ms), ("StopLoggingTime", trail.stop_logging_time_ms)]
    {
        if let Some(time_ms) = time_ms {
            add(name, time(call, time_ms).into());
        }
    }
    Value::Object(item)
}

/// A time of a trail: the version of 2017 writes milliseconds.
pub(super) fn time(call: &Call, time_ms: i64) -> String {
    if call.version == version_2017::VERSION { time_ms.to_string() } else { format_utc(time_ms.div_euclid(1_000)) }
}
