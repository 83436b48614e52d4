//! That the store gives back what went in, and counts as DuckDB counts over the same Parquet files.

use std::path::Path;
use std::time::Instant;

use bench::Failure;
use bench::audit_parts::{AuditParts, DataPaths};
use bench::exact;
use bench::server::ACCOUNT_ID;
use bench::spool::Spool;
use bytes::Bytes;
use demo_data::History;
use event::Masking;
use store::StoreOptions;
use tokio::runtime::Runtime;

use crate::answers::fields;
use crate::peers;
use crate::probes::Probe;

pub fn run(
    runtime: &Runtime,
    folder: &Path,
    paths: &DataPaths,
    history: &History,
    spool: Option<&Spool>,
    probes: &[Probe],
) -> Result<(), Failure> {
    let parts = AuditParts::open(runtime, paths, StoreOptions::default())?;
    let started = Instant::now();
    let count = match spool {
        Some(spool) => exact::compare(&parts.store, ACCOUNT_ID, spool.all())?,
        None => exact::compare(&parts.store, ACCOUNT_ID, made_again(history))?,
    };
    if count != history.len() {
        return Err(format!("{count} events came back, {} were recorded", history.len()).into());
    }
    println!("\nall bytes of {count} events came back equal ({:.0} s)", started.elapsed().as_secs_f64());
    let theirs = peers::counts(folder, paths, probes)?;
    // Other engines look for parts of words, so that their counts of words are others.
    for probe in probes.iter().filter(|probe| probe.asks[0].range.is_none() && probe.asks[0].words.is_empty()) {
        let ours = exact::count(&parts.store, ACCOUNT_ID, &fields(&probe.asks[0])?)?;
        if theirs[probe.name].as_u64() != Some(ours) {
            return Err(format!("{}: {ours} events, DuckDB counts {}", probe.name, theirs[probe.name]).into());
        }
        println!("{}: {ours} events, as DuckDB counts over the Parquet files", probe.name);
    }
    parts.close(runtime)
}

fn made_again(history: &History) -> impl Iterator<Item = Result<Bytes, Failure>> {
    history.calls().map(|call| Ok(Bytes::from(audit::to_event(call, &Masking::default())?.into_json())))
}
