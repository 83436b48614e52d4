//! What a store does to its segments when nobody needs the machine, done at once: joining and compressing again.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use bench::Failure;
use bench::audit_parts::{AuditParts, DataPaths};
use bench::report::Report;
use store::StoreOptions;
use store::write::Surroundings;
use tokio::runtime::Runtime;

use crate::{END_S, disk};

/// Bytes of an event after it was compressed again.
const GOAL_BYTES: f64 = 235.0;

/// A machine that nobody needs. Its clock goes on by a minute with each look, so that nothing waits for quiet.
#[derive(Debug)]
struct IdleMachine(AtomicI64);

impl Surroundings for IdleMachine {
    fn unix_s(&self) -> i64 {
        self.0.fetch_add(60, Ordering::Relaxed)
    }

    fn load_per_core(&self) -> Option<f64> {
        Some(0.0)
    }
}

/// Joins the segments of each day, as it is before anybody looks for what is older than minutes.
pub fn join(runtime: &Runtime, paths: &DataPaths, report: &mut Report) -> Result<(), Failure> {
    let (took, segments) = settle(runtime, paths, None)?;
    report.figure(
        "segments of a day joined, and filters made",
        format!("{segments} segments are left, {:.1} s", took.as_secs_f64()),
    );
    Ok(())
}

/// Compresses all segments again, as after a week.
pub fn compress_again(runtime: &Runtime, paths: &DataPaths, events: u64, report: &mut Report) -> Result<(), Failure> {
    let (took, _) = settle(runtime, paths, Some(Duration::ZERO))?;
    let files = [disk::files(&paths.segments())?, disk::files(&paths.filters())?].concat();
    let bytes: u64 = files.iter().map(|(_, len)| len).sum();
    let per_event = bytes as f64 / events as f64;
    report.goal(
        &format!("after recompression, which took {:.0} s of idle time", took.as_secs_f64()),
        format!("{per_event:.0} B/event"),
        "≤ 235 B/event",
        per_event <= GOAL_BYTES,
    );
    Ok(())
}

/// Until nothing is left to do.
fn settle(
    runtime: &Runtime,
    paths: &DataPaths,
    recompression_age: Option<Duration>,
) -> Result<(Duration, u64), Failure> {
    let surroundings = Arc::new(IdleMachine(AtomicI64::new(END_S + 86_400)));
    let parts =
        AuditParts::open(runtime, paths, StoreOptions { recompression_age, surroundings, ..StoreOptions::default() })?;
    let started = Instant::now();
    // What is replaced in one round is removed in the next.
    for _ in 0..2 {
        parts.store.maintain()?;
    }
    let (took, segments) = (started.elapsed(), parts.store.stats().segments);
    parts.close(runtime)?;
    Ok((took, segments))
}
