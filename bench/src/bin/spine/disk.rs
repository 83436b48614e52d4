//! The journal alone, against the same disk written raw in the same run.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bench::percentile::{Times, ms};
use bench::report::Report;
use bytes::Bytes;
use journal::{FileJournal, Journal, Options, StreamName};
use tokio::runtime::Runtime;

use crate::traced::{GroupTrace, Trace, TracedStorage};
use crate::waits::{self, CoreTime, Wait, core_time};

const WRITERS: usize = 128;
const PAYLOAD_BYTES: usize = 1_024;
const RUN_FOR: Duration = Duration::from_secs(8);

pub fn run(runtime: &Runtime, report: &mut Report) -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir_in(".")?;
    // Raw before and after: the disk's speed drifts.
    let before = raw_groups(folder.path(), 1)?;
    let run = journal_appends(runtime, folder.path())?;
    let (rate, waits, group) = (run.rate, &run.times, run.group_records);
    let raw = raw_groups(folder.path(), group)?;
    let single = Times::new([before.1, raw_groups(folder.path(), 1)?.1].concat());
    let raw_times = Times::new(raw.1);
    let share = rate / raw.0;
    report
        .figure("raw fdatasync of one 1 KiB record, p50 / p99", format!("{} / {}", ms(single.p50()), ms(single.p99())));
    report.figure(
        &format!("raw groups of {group} records, p50 / p99"),
        format!("{} / {}", ms(raw_times.p50()), ms(raw_times.p99())),
    );
    report.figure("raw, same group size", format!("{:.0} records/s", raw.0));
    report.goal(
        "journal, 128 writers, one record each",
        format!("{rate:.0} records/s = {:.0} % of raw", share * 100.0),
        "≥ 60 % of raw",
        share >= 0.6,
    );
    let goal = single.p99() * 3;
    report.goal(
        "journal wait p50 / p99",
        format!("{} / {}", ms(waits.p50()), ms(waits.p99())),
        &format!("p99 ≤ 3 × raw p99 = {}", ms(goal)),
        waits.p99() <= goal,
    );
    waits::report(report, &run.waits, &run.groups);
    for ((who, _), (before, after)) in THREADS.iter().zip(&run.core_times) {
        waits::report_cores(report, who, *before, *after, RUN_FOR);
    }
    Ok(())
}

/// Writes and syncs groups of records for a while: records a second, and the time of each group.
fn raw_groups(folder: &Path, records: usize) -> std::io::Result<(f64, Vec<Duration>)> {
    let path = folder.join("raw");
    let mut file = File::create(&path)?;
    let group = vec![7_u8; records * (PAYLOAD_BYTES + 64)];
    let (started, mut times) = (Instant::now(), Vec::new());
    while started.elapsed() < RUN_FOR / 4 {
        let begun = Instant::now();
        file.write_all(&group)?;
        file.sync_data()?;
        times.push(begun.elapsed());
    }
    let rate = (times.len() * records) as f64 / started.elapsed().as_secs_f64();
    std::fs::remove_file(path)?;
    Ok((rate, times))
}

/// What the journal did under the load of all writers.
struct Run {
    rate: f64,
    times: Times,
    group_records: usize,
    waits: Vec<Wait>,
    groups: Vec<GroupTrace>,
    core_times: Vec<(CoreTime, CoreTime)>,
}

/// Threads that share the cores, and how the system names them.
const THREADS: [(&str, &str); 2] = [("the journal's thread", "journal-writer"), ("the writers' two threads", "tokio-")];

fn journal_appends(runtime: &Runtime, folder: &Path) -> Result<Run, Box<dyn std::error::Error>> {
    let trace = Trace::default();
    let storage = TracedStorage::create(&folder.join("journal"), trace.clone())?;
    let journal = Arc::new(FileJournal::open_storage(Arc::new(storage), Options::default())?);
    let stream = StreamName::new("events/bench")?;
    let payload = Bytes::from(vec![7_u8; PAYLOAD_BYTES]);
    let before = THREADS.map(|(_, name)| core_time(name));
    let started = Instant::now();
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let (journal, stream, payload) = (journal.clone(), stream.clone(), payload.clone());
            runtime.spawn(async move {
                let mut waits = Vec::new();
                while started.elapsed() < RUN_FOR {
                    let began = Instant::now();
                    let position = journal.append(&stream, payload.clone()).await?;
                    waits.push(Wait { position, began, ended: Instant::now() });
                }
                Ok::<_, journal::JournalError>(waits)
            })
        })
        .collect();
    let mut waits = Vec::new();
    for writer in writers {
        waits.extend(runtime.block_on(writer)??);
    }
    let rate = waits.len() as f64 / started.elapsed().as_secs_f64();
    let after = THREADS.map(|(_, name)| core_time(name));
    let stats = journal.stats();
    let group_records = (stats.records as f64 / stats.groups.max(1) as f64).round() as usize;
    let groups = trace.groups().clone();
    journal.close()?;
    std::fs::remove_dir_all(folder.join("journal"))?;
    Ok(Run {
        rate,
        times: Times::new(waits.iter().map(|wait| wait.ended - wait.began).collect()),
        group_records: group_records.max(1),
        waits,
        groups,
        core_times: before.into_iter().zip(after).collect(),
    })
}
