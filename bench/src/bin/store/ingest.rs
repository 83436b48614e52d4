//! Durable ingest flat out: writers with batches, until everything is in segments.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use audit::STREAM_PREFIX;
use bench::Failure;
use bench::audit_parts::{AuditParts, DataPaths};
use bench::percentile::{Times, ms};
use bench::process::{PeakMemory, core_times};
use bench::report::Report;
use bench::server::ACCOUNT_ID;
use bench::spool::{Spool, Turn};
use journal::{Journal, StreamName};
use store::StoreOptions;
use tokio::runtime::Runtime;

const WRITERS: usize = 16;
/// An index that does not come to an end within this time has stopped.
const PATIENCE: Duration = Duration::from_secs(3_600);
const GOAL_ACKNOWLEDGED: f64 = 100_000.0;
const GOAL_IN_SEGMENTS: f64 = 90_000.0;
const GOAL_MEMORY_MB: u64 = 600;

pub fn run(
    runtime: &Runtime,
    paths: &DataPaths,
    spool: &Arc<Spool>,
    part_bytes: u64,
    report: &mut Report,
) -> Result<(), Failure> {
    let parts = AuditParts::open(runtime, paths, StoreOptions { part_bytes, ..StoreOptions::default() })?;
    let (memory, before, started) = (PeakMemory::watch()?, core_times(), Instant::now());
    let waits = write_all(runtime, &parts, spool)?;
    let acknowledged_s = started.elapsed().as_secs_f64();
    runtime.block_on(parts.catch_up(PATIENCE))?;
    let indexed_s = started.elapsed().as_secs_f64();
    parts.store.flush()?;
    let flushed_s = started.elapsed().as_secs_f64();
    let (peak_mb, after) = (memory.peak_bytes() / 1_000_000, core_times());
    let stats = parts.store.stats();
    if stats.segment_rows != spool.events() {
        return Err(format!("{} events are in segments, {} were sent", stats.segment_rows, spool.events()).into());
    }
    parts.close(runtime)?;
    let rate = |seconds: f64| spool.events() as f64 / seconds;
    let megabytes = |seconds: f64| spool.bytes() as f64 / seconds / 1e6;
    report.goal(
        &format!("durable ingest, {WRITERS} writers × 100, acknowledged"),
        format!("{:.0} events/s ({:.0} MB/s)", rate(acknowledged_s), megabytes(acknowledged_s)),
        "≥ 100,000 events/s",
        rate(acknowledged_s) >= GOAL_ACKNOWLEDGED,
    );
    report.figure("the same, searchable", format!("{:.0} events/s", rate(indexed_s)));
    report.goal(
        "the same, into segments",
        format!("{:.0} events/s ({:.0} MB/s), {} segments", rate(flushed_s), megabytes(flushed_s), stats.segments),
        "≥ 90,000 events/s",
        rate(flushed_s) >= GOAL_IN_SEGMENTS,
    );
    report.figure("batch of 100 acknowledged, p50 / p99", format!("{} / {}", ms(waits.p50()), ms(waits.p99())));
    report.goal(
        "peak anonymous memory, load generator included",
        format!("{peak_mb} MB"),
        "≤ 600 MB",
        peak_mb <= GOAL_MEMORY_MB,
    );
    for (thread, share) in busiest(&before, &after) {
        let what = format!("time on a core of the threads {thread}");
        report.figure(&what, format!("{:.2} µs/event", share.as_secs_f64() * 1e6 / spool.events() as f64));
    }
    Ok(())
}

fn write_all(runtime: &Runtime, parts: &AuditParts, spool: &Arc<Spool>) -> Result<Times, Failure> {
    let turn = Turn::default();
    let mut waits = Vec::new();
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let (journal, spool, turn) = (parts.journal.clone(), spool.clone(), turn.clone());
            runtime.spawn(async move { write(&*journal, &spool, &turn).await.map_err(|error| error.to_string()) })
        })
        .collect();
    for writer in writers {
        waits.extend(runtime.block_on(writer)??);
    }
    Ok(Times::new(waits))
}

async fn write(
    journal: &dyn Journal,
    spool: &Spool,
    turn: &Turn,
) -> Result<Vec<Duration>, Box<dyn std::error::Error + Send + Sync>> {
    let stream = StreamName::new(&format!("{STREAM_PREFIX}{ACCOUNT_ID}"))?;
    let mut waits = Vec::new();
    while let Some(number) = turn.take(spool.batches()) {
        let batch = spool.batch(number)?;
        let begun = Instant::now();
        let appends: Vec<_> = batch.into_iter().map(|event| journal.append(&stream, event)).collect();
        for append in appends {
            append.await?;
        }
        waits.push(begun.elapsed());
    }
    Ok(waits)
}

/// Threads that used a core, the busiest first.
fn busiest(before: &BTreeMap<String, Duration>, after: &BTreeMap<String, Duration>) -> Vec<(String, Duration)> {
    let used = |(name, time): (&String, &Duration)| {
        (name.clone(), time.saturating_sub(before.get(name).copied().unwrap_or_default()))
    };
    let mut used: Vec<_> = after.iter().map(used).filter(|(_, time)| *time > Duration::from_millis(100)).collect();
    used.sort_by_key(|(_, time)| std::cmp::Reverse(*time));
    used
}
