//! The whole way at full speed: 16 writers of 100 events each into a journal, an index and segments.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use audit::{Indexer, event_schemas};
use bench::percentile::{Times, ms};
use bench::report::Report;
use bytes::Bytes;
use journal::{FileJournal, Journal, Options, StreamName, forgets, kept_streams};
use store::write::LocalFolder;
use store::{Store, StoreOptions};
use tokio::runtime::Runtime;

use crate::catalogue::open_catalogue;
use crate::events::{event, time_s};
use crate::steps::stream;

const WRITERS: usize = 16;
const BATCH: usize = 100;
/// Events that are made before the clock runs, and then used again and again.
const MADE: usize = 200_000;

pub fn run(events: usize, report: &mut Report) -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let folder = tempfile::tempdir_in(".")?;
    let made: Arc<Vec<Bytes>> = Arc::new((0..MADE).map(|number| event(number, time_s(number))).collect());
    let journal = Arc::new(FileJournal::open(folder.path().join("journal"), Options::default())?);
    let store = Arc::new(open_store(&runtime, folder.path(), &journal)?);
    let indexer = Arc::new(Indexer::start(journal.clone(), store.clone())?);
    let made_mib = memory_mib("VmRSS:")?;
    let began = Instant::now();
    let next = Arc::new(AtomicUsize::new(0));
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let (journal, next, made) = (journal.clone(), next.clone(), made.clone());
            runtime.spawn(async move { write(&journal, &next, &made, events).await })
        })
        .collect();
    let mut waits = Vec::new();
    for writer in writers {
        waits.extend(runtime.block_on(writer)?.map_err(|error| error.to_string())?);
    }
    let acknowledged_s = began.elapsed().as_secs_f64();
    let peak_behind = indexer.behind();
    while indexer.behind() > 0 {
        runtime.block_on(indexer.catch_up_within(Duration::from_secs(300)))?;
    }
    let indexed_s = began.elapsed().as_secs_f64();
    store.flush()?;
    let segments_s = began.elapsed().as_secs_f64();
    let rate = |seconds: f64| format!("{:.0} events/s", events as f64 / seconds);
    let waits = Times::new(waits);
    report.goal(
        "acknowledged, 16 writers of 100",
        rate(acknowledged_s),
        "≥ 100,000/s",
        events as f64 / acknowledged_s >= 1e5,
    );
    report.figure("wait for an acknowledgement, p50 / p99", format!("{} / {}", ms(waits.p50()), ms(waits.p99())));
    report.figure("not yet in the index when all were acknowledged", format!("{peak_behind} events"));
    report.figure("found by lookups", rate(indexed_s));
    report.goal("in segments", rate(segments_s), "≥ 90,000/s", events as f64 / segments_s >= 9e4);
    let peak_mib = memory_mib("VmHWM:")?.saturating_sub(made_mib);
    let what = format!("most memory beside the {made_mib} MiB of made events");
    report.goal(&what, format!("{peak_mib} MiB"), "≤ 572 MiB (600 MB)", peak_mib <= 572);
    let stats = store.stats();
    report.figure(
        "bytes in segments",
        format!("{:.1} B/event", stats.segment_file_bytes as f64 / stats.segment_rows as f64),
    );
    indexer.stop();
    journal.close()?;
    Ok(())
}

async fn write(
    journal: &FileJournal,
    next: &AtomicUsize,
    made: &[Bytes],
    events: usize,
) -> Result<Vec<Duration>, Box<dyn std::error::Error + Send + Sync>> {
    let stream = StreamName::new(&stream())?;
    let mut waits = Vec::new();
    loop {
        let first = next.fetch_add(BATCH, Ordering::Relaxed);
        if first >= events {
            return Ok(waits);
        }
        let asked = Instant::now();
        let appends: Vec<_> = (first..(first + BATCH).min(events))
            .map(|number| journal.append(&stream, made[number % made.len()].clone()))
            .collect();
        for append in appends {
            append.await?;
        }
        waits.push(asked.elapsed());
    }
}

fn open_store(
    runtime: &Runtime,
    folder: &Path,
    journal: &Arc<FileJournal>,
) -> Result<Store, Box<dyn std::error::Error>> {
    let storage = Arc::new(LocalFolder::new(&folder.join("segments")));
    let kept = kept_streams(&**journal);
    let catalogue = open_catalogue(runtime, folder)?;
    Ok(Store::open(
        event_schemas(),
        storage,
        catalogue,
        &kept,
        Box::new(forgets(journal.clone())),
        StoreOptions::default(),
    )?)
}

/// Memory of this process, now (`VmRSS:`) or at most (`VmHWM:`).
fn memory_mib(key: &str) -> Result<u64, Box<dyn std::error::Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let found = status.lines().find_map(|line| line.strip_prefix(key)?.trim().strip_suffix(" kB")?.trim().parse().ok());
    Ok(found.map(|kib: u64| kib / 1024).ok_or("the system does not tell how much memory is used")?)
}
