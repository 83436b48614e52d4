//! Puts by our own client: groups of events, packed with LZ4, from several connections at once.

use std::time::{Duration, Instant};

use bench::Failure;
use bench::percentile::{Times, ms};
use bench::report::Report;
use bench::server::Server;
use bench::spool::{BATCH_EVENTS, Spool, Turn};
use bytes::Bytes;
use logstore::wire::{Content, LogGroup, PutLog};

use crate::{LOGSTORE, PROJECT, client};

/// Batches of the spool in a group: about 750 KB.
const GROUP_BATCHES: u64 = 5;

/// Puts all events and reports how fast that was.
pub fn run(
    server: &Server,
    spool: &Spool,
    writers: usize,
    range_s: (i64, i64),
    report: &mut Report,
) -> Result<(), Failure> {
    let (turn, groups) = (Turn::default(), spool.batches().div_ceil(GROUP_BATCHES));
    let started = Instant::now();
    let times = std::thread::scope(|scope| {
        let write = || write(server, spool, &turn, groups, range_s).map_err(|failure| failure.to_string());
        let threads: Vec<_> = (0..writers).map(|_| scope.spawn(write)).collect();
        let times = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err("a writer panicked".into())));
        times.collect::<Result<Vec<_>, String>>()
    })?;
    let took_s = started.elapsed().as_secs_f64();
    let (events, bytes) = (spool.events() as f64, spool.bytes() as f64);
    let what = format!("put by {writers} connections, {} events a call, synced", GROUP_BATCHES * BATCH_EVENTS);
    report.figure(&what, format!("{:.0} logs/s, {:.1} MB/s", events / took_s, bytes / took_s / 1e6));
    let times = Times::new(times.into_iter().flatten().collect());
    report.figure("one of these calls, p50 and p99", format!("{}, {}", ms(times.p50()), ms(times.p99())));
    Ok(())
}

fn write(
    server: &Server,
    spool: &Spool,
    turn: &Turn,
    groups: u64,
    (from_s, to_s): (i64, i64),
) -> Result<Vec<Duration>, Failure> {
    let client = client(server)?;
    let mut times = Vec::new();
    while let Some(number) = turn.take(groups) {
        let first = number * GROUP_BATCHES;
        let mut logs = Vec::new();
        for batch in first..(first + GROUP_BATCHES).min(spool.batches()) {
            // Evenly over the range: the times that the events tell would have to be read out of them.
            let time_s = from_s + ((to_s - 1 - from_s) as f64 * batch as f64 / spool.batches() as f64) as i64;
            logs.extend(spool.batch(batch)?.iter().map(|event| log(event, time_s)));
        }
        let topic = Some("actiontrail_audit_event".to_owned());
        let group = LogGroup { logs, topic, source: Some("actiontrail".to_owned()), ..LogGroup::default() };
        let started = Instant::now();
        client.put(PROJECT, LOGSTORE, group)?;
        times.push(started.elapsed());
    }
    Ok(times)
}

fn log(event: &Bytes, time_s: i64) -> PutLog {
    let value = String::from_utf8_lossy(event).into_owned();
    let content = Content { key: Some("event".to_owned()), value: Some(value) };
    PutLog { time: u32::try_from(time_s).ok(), contents: vec![content], time_ns: None }
}
