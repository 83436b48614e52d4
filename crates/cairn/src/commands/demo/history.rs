//! Two months of generated calls, recorded by the recorder of real ones, and what is found among them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use audit::{AuditRecorder, Indexer};
use demo_data::{History, Plan};
use openapi::clock::{format_utc, now_ms};
use openapi::{CallRecord, Principal, Recorder, RecorderFault};
use serde_json::Value;
use tokio::runtime::Runtime;

use super::super::CommandError;
use super::super::api::{ACTIONTRAIL, Api};
use super::{Checks, heading};

const CALLS: u64 = 50_000;
const DAYS: u64 = 60;
const SEED: u64 = 7;
const DAY_S: i64 = 86_400;
/// Calls under way together: each waits for the disk, many wait together.
const CALLERS: u64 = 64;
/// An index that does not come to an end within this time has stopped.
const PATIENCE: Duration = Duration::from_secs(120);
const PAGE: usize = 50;

/// The parts of the server that take the history.
pub(super) struct Recording<'a> {
    pub runtime: &'a Runtime,
    pub recorder: Arc<AuditRecorder>,
    pub indexer: Arc<Indexer>,
}

/// Records the history and looks for one call, one person's calls, and one person's refused calls.
pub(super) fn tour(
    recording: &Recording<'_>,
    root: &Api,
    account_id: &str,
    checks: &mut Checks,
) -> Result<(), CommandError> {
    heading("11. Two months of calls: generated, recorded as real ones are, marked as demo data");
    let end_s = now_ms().div_euclid(1_000);
    let plan = Plan { calls: CALLS, days: DAYS, seed: SEED, end_s, account_id: account_id.to_owned() };
    let history = Arc::new(History::new(plan));
    let began = Instant::now();
    recording.record(&history)?;
    let took_s = began.elapsed().as_secs_f64();
    println!("   {CALLS} calls of {DAYS} days recorded and found in {took_s:.1} s, each on disk before its answer\n");

    let failed = history.calls().find(|call| call.error.is_some() && user_of(call).is_some());
    let sought = failed.ok_or("the history has no failed call of a user")?;
    let sought_s = sought.arrived_at_ms.div_euclid(1_000);
    let user = user_of(&sought).unwrap_or_default();
    let code = sought.error.as_ref().map(|(code, _)| code.as_str()).unwrap_or_default();
    let mut desk = Desk { root, checks, end_s };

    let by_id = [("LookupAttribute.1.Key", "EventId"), ("LookupAttribute.1.Value", sought.request_id.as_str())];
    let what = format!("the call {} of {}", sought.request_id, format_utc(sought_s));
    desk.find(&what, "LookupEvents", sought_s, &by_id, 1)?;

    let month_s = end_s - 29 * DAY_S;
    let in_month = |call: &CallRecord| user_of(call) == Some(user) && call.arrived_at_ms >= month_s * 1_000;
    let of_user = history.calls().filter(in_month).count();
    let by_user = [("LookupAttribute.1.Key", "User"), ("LookupAttribute.1.Value", user)];
    desk.find(&format!("what {user} did last, this month"), "LookupEvents", month_s, &by_user, of_user)?;

    let refused = |call: &CallRecord| user_of(call) == Some(user) && call.error.as_ref().is_some_and(|e| e.0 == code);
    let expected = history.calls().filter(refused).count();
    let query = format!("User:\"{user}\" AND \"{code}\"");
    let oldest_s = end_s - (DAYS as i64 + 1) * DAY_S;
    desk.find(&format!("search {query}"), "SearchEvents", oldest_s, &[("Query", &query)], expected)
}

impl Recording<'_> {
    fn record(&self, history: &Arc<History>) -> Result<(), CommandError> {
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let (history, recorder) = (history.clone(), self.recorder.clone());
                self.runtime.spawn(async move {
                    // Neighbours in time are under way together, so the journal has them nearly in order.
                    for number in (caller..history.len()).step_by(CALLERS as usize) {
                        recorder.record(history.call(number)).await?;
                    }
                    Ok::<_, RecorderFault>(())
                })
            })
            .collect();
        for caller in callers {
            self.runtime.block_on(caller).map_err(std::io::Error::other)?.map_err(|fault| fault.to_string())?;
        }
        let caught_up = self.runtime.block_on(self.indexer.catch_up_within(PATIENCE));
        Ok(caught_up.map_err(|fault| fault.to_string())?)
    }
}

fn user_of(call: &CallRecord) -> Option<&str> {
    match &call.caller.principal {
        Principal::User { user_name, .. } => Some(user_name),
        _ => None,
    }
}

/// Asks from a time on, and compares with what the history has.
struct Desk<'a, 'c> {
    root: &'a Api,
    checks: &'c mut Checks,
    end_s: i64,
}

impl Desk<'_, '_> {
    fn find(
        &mut self,
        what: &str,
        operation: &str,
        from_s: i64,
        parameters: &[(&str, &str)],
        expected: usize,
    ) -> Result<(), CommandError> {
        // A lookup looks at 30 days at most, a search at any time.
        let to_s = if operation == "LookupEvents" { self.end_s.min(from_s + 30 * DAY_S) } else { self.end_s };
        let (start, end) = (format_utc(from_s), format_utc(to_s));
        let mut all = vec![("StartTime", start.as_str()), ("EndTime", end.as_str()), ("MaxResults", "50")];
        all.extend_from_slice(parameters);
        let began = Instant::now();
        let page = self.root.call(ACTIONTRAIL, operation, &all)?;
        let took_ms = began.elapsed().as_secs_f64() * 1_000.0;
        let found = page["Events"].as_array().map_or(0, Vec::len);
        let held = found == expected.min(PAGE) && page["Complete"] != Value::Bool(false);
        self.checks.expect(&format!("{what}: {found} of {expected} on the first page, in {took_ms:.1} ms"), held);
        Ok(())
    }
}
