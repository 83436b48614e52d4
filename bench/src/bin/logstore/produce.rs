//! Puts by the official producer, in a process of its own.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;

use bench::Failure;
use bench::report::Report;
use bench::server::Server;
use bench::spool::Spool;
use serde_json::Value;

use crate::PROJECT;

/// What it writes into.
pub const LOGSTORE: &str = "actiontrail_produced";

/// The program, and who names a Python that has the producer.
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/official_producer.py");
const PYTHON: &str = "CAIRN_BENCH_PYTHON";

/// Lets it write some of the events and reports how fast that was.
pub fn run(server: &Server, folder: &Path, spool: &Spool, events: u64, report: &mut Report) -> Result<(), Failure> {
    #[expect(clippy::disallowed_methods, reason = "a benchmark has no configuration file")]
    let Some(python) = std::env::var_os(PYTHON) else {
        report.figure("the official producer", format!("not measured: {PYTHON} names no Python that has it"));
        return Ok(());
    };
    let events = events.min(spool.events());
    let (lines, mut bytes) = (folder.join("produced"), 0);
    let mut file = BufWriter::new(File::create(&lines)?);
    for event in spool.all().take(events as usize) {
        let event = event?;
        bytes += event.len();
        file.write_all(&event)?;
        file.write_all(b"\n")?;
    }
    file.into_inner()?.sync_all()?;
    let credentials = Server::credentials();
    for packing in ["zstd", "lz4"] {
        let output = Command::new(&python)
            .args([SCRIPT, packing, PROJECT, LOGSTORE])
            .arg(&lines)
            .env("http_proxy", format!("http://{}", server.address))
            .env("ALIBABA_CLOUD_ACCESS_KEY_ID", &credentials.access_key_id)
            .env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", credentials.access_key_secret.expose())
            .output()?;
        if !output.status.success() {
            return Err(format!("the producer failed: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        let outcome: Value = serde_json::from_slice(&output.stdout)?;
        if outcome["refused"] != 0 {
            return Err(format!("the producer's logs were refused: {outcome}").into());
        }
        let took_s = outcome["seconds"].as_f64().unwrap_or(f64::NAN);
        let what = format!("put by the official producer with {packing}, {events} events, synced");
        report.figure(&what, format!("{:.0} logs/s, {:.1} MB/s", events as f64 / took_s, bytes as f64 / took_s / 1e6));
    }
    std::fs::remove_file(lines)?;
    Ok(())
}
