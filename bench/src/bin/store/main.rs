//! The store: ingest, acknowledgements, size, opening, every query warm and cold, and the same beside other engines.
//! `cargo xtask bench store --events 5000000 --peers`

mod acks;
mod answers;
mod disk;
mod ingest;
mod needles;
mod peers;
mod probes;
mod settling;
mod sizes;
mod statements;
mod verify;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use bench::Failure;
use bench::audit_parts::{AuditParts, DataPaths};
use bench::report::Report;
use bench::server::ACCOUNT_ID;
use bench::spool::Spool;
use clap::Parser;
use demo_data::{History, Plan};
use store::StoreOptions;
use store::limits::DEFAULT_PART_BYTES;
use tokio::runtime::Runtime;

/// The server's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Midnight in UTC, so that every run has the same events: 27 November 2026.
const END_S: i64 = 1_795_737_600;

#[derive(Parser)]
#[command(name = "cargo xtask bench store")]
struct Arguments {
    /// Number of events
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// Days over which they are spread
    #[arg(long, default_value_t = 90)]
    days: u64,
    /// Chooses among all histories
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Ask the other engines that are installed, too
    #[arg(long)]
    peers: bool,
    /// Compare all bytes, and the counts of every query with those of DuckDB over the same Parquet files
    #[arg(long)]
    verify: bool,
    /// Use this folder, and keep it [default: a temporary one in target/]
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Bytes of a memory part, MiB [default: the server's]
    #[arg(long)]
    part_mib: Option<u64>,
    /// Measure queries on what an earlier run left in the folder
    #[arg(long, requires = "folder")]
    reuse: bool,
}

fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    std::fs::create_dir_all("target")?;
    let temporary = tempfile::tempdir_in("target")?;
    let folder = arguments.folder.clone().unwrap_or_else(|| temporary.path().to_owned());
    let history = History::new(Plan {
        calls: arguments.events,
        days: arguments.days,
        seed: arguments.seed,
        end_s: END_S,
        account_id: ACCOUNT_ID.to_owned(),
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut report = Report::new();
    let paths = DataPaths::of(&folder.join("data"))?;
    let spool = if arguments.reuse { None } else { Some(spool(&folder, &history, &mut report)?) };
    let part_bytes = arguments.part_mib.map_or(DEFAULT_PART_BYTES, |mib| mib.saturating_mul(1024 * 1024));
    if let Some(spool) = &spool {
        acks::run(&runtime, &folder.join("acks"), spool, &mut report)?;
        ingest::run(&runtime, &paths, spool, part_bytes, &mut report)?;
    }
    settling::join(&runtime, &paths, &mut report)?;
    sizes::run(&paths, arguments.events, &mut report)?;
    let probes = needles::draw(&history)?;
    let pages = queries(&runtime, &paths, &probes, &mut report)?;
    let counts = statements::ask_all(&runtime, &folder, &paths)?;
    let peers = if arguments.peers { peers::run(&folder, &paths, &probes)? } else { Vec::new() };
    if arguments.verify {
        verify::run(&runtime, &folder, &paths, &history, spool.as_deref(), &probes)?;
    }
    settling::compress_again(&runtime, &paths, arguments.events, &mut report)?;
    report.print();
    answers::print(lines(&probes, &pages, &counts, arguments.events), &peers);
    Ok(())
}

/// The pages that were asked for, then the SQL. Goals are for the number of events that they name.
fn lines<'a>(
    probes: &'a [probes::Probe],
    pages: &'a [answers::Times],
    counts: &'a [answers::Times],
    events: u64,
) -> impl Iterator<Item = answers::Line<'a>> {
    let is_large = events > 5_000_000;
    let pages = probes.iter().zip(pages).map(move |(probe, times)| {
        let goal_ms = probe.goals_ms.map(|(five, forty)| if is_large { forty } else { five });
        answers::Line { name: probe.name, goal_ms, times }
    });
    let counts = statements::STATEMENTS.iter().zip(counts).map(move |(statement, times)| {
        let goal_ms = statement.goal_ms.filter(|_| !is_large);
        answers::Line { name: statement.name, goal_ms, times }
    });
    pages.chain(counts)
}

fn spool(folder: &Path, history: &History, report: &mut Report) -> Result<Arc<Spool>, Failure> {
    let started = Instant::now();
    let spool = Spool::create(&folder.join("spool"), history, 2)?;
    let rate = spool.events() as f64 / started.elapsed().as_secs_f64();
    let average = spool.bytes() / spool.events().max(1);
    let what = format!("{} events of {average} bytes made by the recorder's code, two threads", spool.events());
    report.figure(&what, format!("{rate:.0} events/s"));
    Ok(Arc::new(spool))
}

/// Opens what is in the folder after a clean stop, and asks every probe, warm and cold.
fn queries(
    runtime: &Runtime,
    paths: &DataPaths,
    probes: &[probes::Probe],
    report: &mut Report,
) -> Result<Vec<answers::Times>, Failure> {
    let first = probes.first().ok_or("there are no probes")?;
    disk::forget(paths)?;
    let started = Instant::now();
    let parts = AuditParts::open(runtime, paths, StoreOptions::default())?;
    answers::ask(&parts.store, &first.asks[0])?;
    let took = started.elapsed();
    let what = "open after a clean stop until the first answer, cold";
    report.goal(what, bench::percentile::ms(took), "≤ 1 s at 40 M events", took.as_secs_f64() <= 1.0);
    let warm = probes.iter().map(|probe| answers::warm(&parts.store, probe)).collect::<Result<Vec<_>, _>>()?;
    parts.close(runtime)?;
    let mut all = Vec::new();
    for (probe, warm) in probes.iter().zip(warm) {
        all.push(answers::cold(runtime, paths, probe, warm)?);
    }
    Ok(all)
}
