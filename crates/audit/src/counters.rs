//! Figures of an account: events and alerts by day, and how well its audit is set up.
//!
//! Public documents: ActionTrail, "DescribeUserLogCount", "DescribeUserAlertCount", "GetGovernanceMetrics" (2020-07-06).

use std::sync::Arc;

use openapi::{Answer, ApiError, Call, Operation, OperationSpec, Parameter};
use serde_json::{Value, json};
use store::{Store, StoreError};

use crate::dates::{self, DAY_S};
use crate::limits::{MAX_COUNT_DAYS, MIN_GOVERNED_RETENTION_DAYS};
use crate::operations::{ActionTrail, invalid};
use crate::recorder::STREAM_PREFIX;
use crate::retention::keeping;
use crate::trail::{DestinationStatus, EventRw, Trail};

const RANGE: &[Parameter] = &[Parameter::text("StartDate"), Parameter::text("EndDate")];
const RANGE_ERRORS: &[&str] = &["InvalidParameterCombination", "InvalidQueryParameter", "ServiceUnavailable"];
/// Days that are counted when the caller names none.
const DEFAULT_DAYS: i64 = 7;

/// The operations.
pub(crate) static OPERATIONS: &[Operation<ActionTrail>] = &[
    Operation {
        spec: OperationSpec::read("DescribeUserLogCount").takes(RANGE).answers(&["Data"]).fails_with(RANGE_ERRORS),
        handler: |audit, call| Box::pin(log_count(audit, call)),
    },
    Operation {
        spec: OperationSpec::read("DescribeUserAlertCount").takes(RANGE).answers(&["Data"]).fails_with(RANGE_ERRORS),
        handler: |audit, call| Box::pin(alert_count(audit, call)),
    },
    Operation {
        spec: OperationSpec::read("GetGovernanceMetrics").answers(&["Data"]),
        handler: |audit, call| Box::pin(governance(audit, call)),
    },
];

/// The events of each day, in all regions, as far as they are kept.
async fn log_count(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let (first, last) = days(call)?;
    audit.indexer.catch_up().await.map_err(|fault| ApiError::unavailable(fault.to_string()))?;
    let (store, now_s) = (audit.store.clone(), call.arrived_at_ms.div_euclid(1_000));
    let stream = format!("{STREAM_PREFIX}{}", call.caller.account_id);
    let counted = tokio::task::spawn_blocking(move || count(&store, &stream, now_s, first, last)).await;
    let counts = counted
        .map_err(|error| ApiError::internal(&error))?
        .map_err(|error| ApiError::unavailable(format!("the event history cannot be read completely: {error}")))?;
    Ok(figures(first, last, counts))
}

/// This server raises no alerts yet, so none was raised on any day.
async fn alert_count(_audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let (first, last) = days(call)?;
    Ok(figures(first, last, vec![0; (last - first + 1).unsigned_abs() as usize]))
}

/// Both ends are counted.
fn days(call: &Call) -> Result<(i64, i64), ApiError> {
    let day = |name: &str| match call.text(name) {
        None => Ok(None),
        Some(text) => dates::parse(text).map(Some).ok_or_else(|| invalid(name, "a day as yyyy-MM-dd")),
    };
    let today = call.arrived_at_ms.div_euclid(1_000 * DAY_S);
    let last = day("EndDate")?.unwrap_or(today);
    let first = day("StartDate")?.unwrap_or(last - DEFAULT_DAYS + 1);
    if first > last {
        return Err(ApiError::bad_request("InvalidParameterCombination", "EndDate must not be before StartDate."));
    }
    if last - first >= MAX_COUNT_DAYS {
        return Err(invalid("StartDate", &format!("at most {MAX_COUNT_DAYS} days are counted: ask in parts")));
    }
    Ok((first, last))
}

/// Counts rows by day; the times of a segment ascend, so each is cut by search.
fn count(store: &Store, stream: &str, now_s: i64, first: i64, last: i64) -> Result<Vec<u64>, StoreError> {
    let snapshot = store.snapshot_kept(stream, now_s)?;
    let mut counts = vec![0_u64; (last - first + 1).unsigned_abs() as usize];
    // What is kept of each day, in seconds, both ends included.
    let ranges: Vec<(usize, i64, i64)> = (first..=last)
        .enumerate()
        .flat_map(|(index, day)| {
            let (from_s, to_s) = (day * DAY_S, (day + 1) * DAY_S - 1);
            let kept = snapshot.kept().iter();
            kept.filter_map(move |(kept_from_s, kept_to_s)| {
                let range = (index, from_s.max(*kept_from_s), to_s.min(*kept_to_s));
                (range.1 <= range.2).then_some(range)
            })
        })
        .collect();
    let mut add = |times: &[i64]| {
        for (index, from_s, to_s) in &ranges {
            let before = times.partition_point(|time_s| time_s < from_s);
            counts[*index] += (times.partition_point(|time_s| time_s <= to_s) - before) as u64;
        }
    };
    let memory: Vec<i64> = snapshot.memory().iter().map(|row| row.cursor.time_s).collect();
    add(&memory);
    for segment in snapshot.segments() {
        let (first_s, last_s) = segment.time_range_s();
        if ranges.iter().any(|(_, from_s, to_s)| *from_s <= last_s && first_s <= *to_s) {
            add(&segment.times_s()?);
        }
    }
    Ok(counts)
}

fn figures(first: i64, last: i64, counts: Vec<u64>) -> Answer {
    let dates: Vec<String> = (first..=last).map(dates::format).collect();
    Answer::empty().with("Data", json!({"Dates": dates, "Counts": counts}))
}

/// The score is 100, less 40 without a trail that takes all events of all regions, less 30 when the best one has errors,
/// less 30 when events are kept for less than half a year.
async fn governance(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let trails = audit.trails.trails();
    let own: Vec<&Arc<Trail>> = trails.iter().filter(|trail| trail.account_id == call.caller.account_id).collect();
    let takes_all = |trail: &Trail| trail.is_logging() && trail.trail_region == "All" && trail.event_rw == EventRw::All;
    let errors = |trail: &Trail| {
        let delivery = audit.delivery.status(trail);
        let has_error = |status: &DestinationStatus| status.latest_error.is_some();
        has_error(&delivery.bucket) || has_error(&delivery.logs)
    };
    let best = own.iter().min_by_key(|trail| (!takes_all(trail), errors(trail), !trail.is_logging()));
    let is_complete = best.is_some_and(|trail| takes_all(trail));
    let has_errors = best.is_some_and(|trail| errors(trail));
    let (rules, _) = keeping(audit, call);
    let period = rules.period.unwrap_or(audit.store.default_period());
    let is_kept = period.days().is_none_or(|days| days >= MIN_GOVERNED_RETENTION_DAYS);
    let score = 100 - if is_complete { 0 } else { 40 } - if has_errors { 30 } else { 0 } - if is_kept { 0 } else { 30 };
    let columns = json!({
        "trailName": best.map(|trail| trail.name.as_str()),
        "homeRegion": best.map(|trail| trail.home_region.as_str()),
        "trailRegion": best.map(|trail| trail.trail_region.as_str()),
        "trailStatus": best.map(|trail| trail.status.as_str()),
        "eventRW": best.map(|trail| trail.event_rw.as_str()),
        "isOrganizationTrail": best.is_some_and(|trail| trail.is_organization_trail),
        "ossDeliveryStatus": best.map(|trail| audit.delivery.status(trail).bucket.latest_error.is_none()),
        "deliveryObjectLifeCycle": Value::Null,
        "ossBucketLifeCycle": Value::Null,
        "eventRetentionDays": period.to_string(),
        "trailTotal": own.len(),
    });
    let metric = json!({
        "GovernanceItem": "actiontrail_storage_audit_log",
        "GovernanceScore": score.to_string(),
        "ColumnsSchema": columns.to_string(),
    });
    Ok(Answer::empty().with("Data", json!({"AccountId": call.caller.account_id, "GovernanceMetrics": [metric]})))
}
