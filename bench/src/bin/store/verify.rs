//! That the store gives back what went in, and finds and counts what DuckDB does over the same Parquet files.

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
use serde_json::json;
use store::StoreOptions;
use tokio::runtime::Runtime;

use crate::probes::Probe;
use crate::statements::{self, STATEMENTS};
use crate::{answers, peers};

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
    for probe in probes {
        let ours = answers::count(&parts.store, &probe.asks[0])?;
        if theirs[probe.name].as_u64() != Some(ours) {
            return Err(format!("{}: {ours} events, DuckDB counts {}", probe.name, theirs[probe.name]).into());
        }
        println!("{}: {ours} events, as DuckDB counts over the Parquet files", probe.name);
    }
    for (statement, ours) in STATEMENTS.iter().zip(statements::answers(runtime, folder, &parts.store)?) {
        if theirs[statement.name] != json!(ours) {
            return Err(format!("{}: {}, DuckDB finds {}", statement.name, json!(ours), theirs[statement.name]).into());
        }
        println!("{}: {} rows, as DuckDB finds over the Parquet files", statement.name, ours.len());
    }
    parts.close(runtime)
}

fn made_again(history: &History) -> impl Iterator<Item = Result<Bytes, Failure>> {
    history.calls().map(|call| Ok(Bytes::from(audit::to_event(call, &Masking::default())?.into_json())))
}
