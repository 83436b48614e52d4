//! How long a single call waits for its event at a moderate load, with everything else running beside it.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use audit::STREAM_PREFIX;
use bench::Failure;
use bench::audit_parts::{AuditParts, DataPaths};
use bench::percentile::{Times, ms};
use bench::report::Report;
use bench::server::ACCOUNT_ID;
use bench::spool::{BATCH_EVENTS, Spool};
use bytes::Bytes;
use journal::{Journal, StreamName};
use store::StoreOptions;
use tokio::runtime::Runtime;
use tokio::time::MissedTickBehavior;

use crate::disk::raw_syncs;

const WRITERS: u64 = 16;
const EVENTS_PER_SECOND: u64 = 10_000;
const RUN_FOR: Duration = Duration::from_secs(15);
const RAW_RUN_FOR: Duration = Duration::from_secs(4);

pub fn run(runtime: &Runtime, folder: &Path, spool: &Spool, report: &mut Report) -> Result<(), Failure> {
    let record_bytes = (spool.bytes() / spool.events().max(1)) as usize;
    let paths = DataPaths::of(folder)?;
    // Raw before and after: the disk's speed drifts.
    let before = raw_syncs(folder, record_bytes, RAW_RUN_FOR)?;
    let payloads = Arc::new(payloads(spool)?);
    let parts = AuditParts::open(runtime, &paths, StoreOptions::default())?;
    let writers: Vec<_> =
        (0..WRITERS).map(|writer| runtime.spawn(write(parts.journal.clone(), payloads.clone(), writer))).collect();
    let mut waits = Vec::new();
    for writer in writers {
        waits.extend(runtime.block_on(writer)?.map_err(|error| error.to_string())?);
    }
    parts.close(runtime)?;
    let after = raw_syncs(folder, record_bytes, RAW_RUN_FOR)?;
    std::fs::remove_dir_all(folder)?;
    let rate = waits.len() as f64 / RUN_FOR.as_secs_f64();
    let waits = Times::new(waits);
    report.figure("raw fdatasync before, p50 / p99", format!("{} / {}", ms(before.p50()), ms(before.p99())));
    report.figure("raw fdatasync after, p50 / p99", format!("{} / {}", ms(after.p50()), ms(after.p99())));
    let goal = (before.p99() + after.p99()) / 2 * 5;
    report.goal(
        &format!("acknowledgement of single events, {WRITERS} writers, {rate:.0} events/s, p50 / p99"),
        format!("{} / {}", ms(waits.p50()), ms(waits.p99())),
        &format!("p99 ≤ 5 × raw p99 = {}", ms(goal)),
        waits.p99() <= goal,
    );
    Ok(())
}

/// Taken before the clock starts: what is measured is not to wait for decompression.
fn payloads(spool: &Spool) -> std::io::Result<Vec<Bytes>> {
    let batches = spool.batches().min(1_000_000 / BATCH_EVENTS / 10);
    let mut payloads = Vec::new();
    for batch in 0..batches {
        payloads.extend(spool.batch(batch)?);
    }
    Ok(payloads)
}

/// Appends at an even pace; who is late does not catch up in a burst.
async fn write(
    journal: Arc<dyn Journal>,
    payloads: Arc<Vec<Bytes>>,
    writer: u64,
) -> Result<Vec<Duration>, journal::JournalError> {
    let stream = StreamName::new(&format!("{STREAM_PREFIX}{ACCOUNT_ID}"))?;
    // The timer of the runtime counts milliseconds: each tick has its share.
    let pause = Duration::from_millis(WRITERS * 1_000 / EVENTS_PER_SECOND).max(Duration::from_millis(1));
    let each_tick = EVENTS_PER_SECOND as f64 * pause.as_secs_f64() / WRITERS as f64;
    let mut ticks = tokio::time::interval(pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (started, mut waits, mut due, mut next) = (Instant::now(), Vec::new(), 0.0, writer as usize);
    while started.elapsed() < RUN_FOR {
        ticks.tick().await;
        due += each_tick;
        while due >= 1.0 {
            due -= 1.0;
            let payload = payloads[next % payloads.len()].clone();
            next += WRITERS as usize;
            let begun = Instant::now();
            journal.append(&stream, payload).await?;
            waits.push(begun.elapsed());
        }
    }
    Ok(waits)
}
