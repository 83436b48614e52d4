//! Delivery: one trail into a bucket and a logstore of the same process. First a steady stream of events: how long they
//! wait, what they cost. Then a backlog: how fast it is caught up. `cargo xtask bench delivery`, or with the rate, the
//! seconds and the backlog: `cargo xtask bench delivery 10000 60 1000000`.

#[path = "../ingest/events.rs"]
#[allow(dead_code, reason = "another benchmark uses all of it")]
mod events;
mod world;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bench::percentile::{Times, ms};
use bench::report::Report;
use bytes::Bytes;
use delivery::Deliveries;
use journal::Journal;
use openapi::clock::now_ms;
use parking_lot::Mutex;
use world::{Failure, World};

const DEFAULTS: [usize; 3] = [10_000, 60, 1_000_000];
/// Events that are made before the clock runs, and then used again and again.
const MADE: usize = 50_000;
/// Between two looks at what is delivered: so exact are the times.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Between two portions of the steady stream.
const PORTION_EVERY: Duration = Duration::from_millis(10);
/// Appends under way while a backlog is made.
const BACKLOG_PORTION: usize = 5_000;

fn main() -> Result<(), Failure> {
    let given: Vec<usize> = std::env::args().skip(1).map(|text| text.parse()).collect::<Result<_, _>>()?;
    let number = |index: usize| given.get(index).copied().unwrap_or(DEFAULTS[index]);
    let (rate, seconds, backlog) = (number(0), number(1), number(2));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let now_s = now_ms().div_euclid(1_000);
    let made: Arc<Vec<Bytes>> = Arc::new((0..MADE).map(|number| events::event(number, now_s)).collect());
    let mut report = Report::new();
    runtime.block_on(steady(&made, rate, seconds, &mut report))?;
    runtime.block_on(catch_up(&made, backlog, &mut report))?;
    report.print();
    Ok(())
}

async fn steady(made: &[Bytes], rate: usize, seconds: usize, report: &mut Report) -> Result<(), Failure> {
    let folder = tempfile::tempdir_in(".")?;
    let world = World::open(folder.path()).await?;
    let deliveries = world.deliver().await?;
    let (began, cpu, written) = (Instant::now(), cpu_time()?, written_bytes()?);
    let lags = Arc::new(Lags::default());
    let looking = tokio::spawn(look(deliveries.clone(), lags.clone()));
    let (total, stream) = (rate * seconds, World::stream()?);
    let mut appends = Vec::new();
    let mut count = 0;
    while count < total {
        let due = (began.elapsed().as_secs_f64() * rate as f64) as usize;
        while count < due.min(total) {
            appends.push(world.journal.append(&stream, made[count % made.len()].clone()));
            count += 1;
        }
        for append in appends.drain(..) {
            append.await?;
            lags.acknowledged.lock().push(Instant::now());
        }
        tokio::time::sleep(PORTION_EVERY).await;
    }
    let took = began.elapsed();
    settled(&deliveries).await;
    tokio::time::sleep(LOOK_EVERY * 10).await;
    looking.abort();
    let reached = total as f64 / took.as_secs_f64();
    report.goal("events into one trail", format!("{reached:.0}/s"), "≥ 10,000/s", reached >= 9_900.0);
    for (kind, lags) in std::mem::take(&mut *lags.by_kind.lock()) {
        if lags.len() != total {
            return Err(format!("{} of {total} events were seen to reach the {kind}", lags.len()).into());
        }
        let lags = Times::new(lags);
        let (name, figure) =
            (format!("from answer to {kind}, p50 / p99"), format!("{} / {}", ms(lags.p50()), ms(lags.p99())));
        match kind {
            "logstore" => report.goal(&name, figure, "p99 ≤ 2 s", lags.p99() <= Duration::from_secs(2)),
            // A file a second here; with a file a minute, as is usual, it is a minute more.
            _ => report.figure(&name, figure),
        }
    }
    let per_event = |bytes: u64| bytes as f64 / total as f64;
    let micros = (cpu_time()? - cpu).as_secs_f64() * 1e6 / total as f64;
    report.figure("CPU, journal and index included", format!("{micros:.1} µs/event"));
    report.figure("bytes written, journal included", format!("{:.0} B/event", per_event(written_bytes()? - written)));
    for gauge in deliveries.gauges() {
        let batches = gauge.health.batches.max(1);
        report.figure(&format!("events of a batch, {}", gauge.kind), format!("{}", gauge.health.events / batches));
    }
    deliveries.stop().await;
    world.close().await
}

/// How long events take from the answer that they are durable until their delivery is confirmed.
#[derive(Default)]
struct Lags {
    acknowledged: Mutex<Vec<Instant>>,
    /// In the order of the events, as one stream is delivered.
    by_kind: Mutex<BTreeMap<&'static str, Vec<Duration>>>,
}

async fn look(deliveries: Arc<Deliveries>, lags: Arc<Lags>) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let now = Instant::now();
        for gauge in deliveries.gauges() {
            let (mut by_kind, acknowledged) = (lags.by_kind.lock(), lags.acknowledged.lock());
            let seen = by_kind.entry(gauge.kind).or_default();
            let count = usize::try_from(gauge.health.events).unwrap_or(usize::MAX).min(acknowledged.len());
            let arrived = acknowledged.get(seen.len()..count).unwrap_or_default();
            seen.extend(arrived.iter().map(|acknowledged| now.saturating_duration_since(*acknowledged)));
        }
    }
}

/// Waits until nothing waits.
async fn settled(deliveries: &Deliveries) {
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let gauges = deliveries.gauges();
        if gauges.len() == 2 && gauges.iter().all(|gauge| gauge.health.lag_events == 0 && gauge.health.events > 0) {
            return;
        }
    }
}

async fn catch_up(made: &[Bytes], backlog: usize, report: &mut Report) -> Result<(), Failure> {
    let folder = tempfile::tempdir_in(".")?;
    let world = World::open(folder.path()).await?;
    let stream = World::stream()?;
    for first in (0..backlog).step_by(BACKLOG_PORTION) {
        let portion = first..(first + BACKLOG_PORTION).min(backlog);
        let appends: Vec<_> =
            portion.map(|number| world.journal.append(&stream, made[number % made.len()].clone())).collect();
        for append in appends {
            append.await?;
        }
    }
    world.caught_up().await?;
    let began = Instant::now();
    let deliveries = world.deliver().await?;
    let mut ends = BTreeMap::new();
    while ends.len() < 2 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        for gauge in deliveries.gauges() {
            if gauge.health.lag_events == 0 && gauge.health.events >= backlog as u64 {
                ends.entry(gauge.kind).or_insert_with(|| began.elapsed());
            }
        }
    }
    for (kind, took) in ends {
        let rate = backlog as f64 / took.as_secs_f64();
        report.figure(&format!("{backlog} events behind, {kind}"), format!("{:.1} s, {rate:.0}/s", took.as_secs_f64()));
    }
    deliveries.stop().await;
    world.close().await
}

/// Time on cores of this process.
fn cpu_time() -> Result<Duration, Failure> {
    const TICKS_PER_S: f64 = 100.0;
    let text = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = text.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |index: usize| fields.get(index).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
    Ok(Duration::from_secs_f64((ticks(11) + ticks(12)) / TICKS_PER_S))
}

/// Bytes that this process gave to the disk.
fn written_bytes() -> Result<u64, Failure> {
    let text = std::fs::read_to_string("/proc/self/io")?;
    let line = text.lines().find_map(|line| line.strip_prefix("write_bytes: "));
    Ok(line.and_then(|number| number.parse().ok()).unwrap_or_default())
}
