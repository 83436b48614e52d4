//! Into the data folder of a stopped server: each call is recorded as the gateway's recorder does it, and what a running
//! server would index and write as segments is indexed and written.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use audit::STREAM_PREFIX;
use bench::Failure;
use bench::audit_parts::{AuditParts, DataPaths};
use demo_data::{History, Plan};
use journal::Journal;
use openapi::Recorder;
use store::StoreOptions;

/// Calls under way together: a call waits for the disk, many wait together.
const WRITERS: u64 = 64;
/// An index that does not come to an end within this time has stopped.
const PATIENCE: Duration = Duration::from_secs(600);

/// Records a history. A folder that never had an event needs to be told the account.
pub fn into_data_folder(
    data: &Path,
    account: Option<String>,
    plan: impl FnOnce(String) -> Plan,
) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let parts = AuditParts::open(&runtime, &DataPaths::of(data)?, StoreOptions::default())?;
    let history = Arc::new(History::new(plan(account.map_or_else(|| account_of(&parts), Ok)?)));
    let (recorder, started) = (Arc::new(parts.recorder()?), Instant::now());
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (history, recorder) = (history.clone(), recorder.clone());
            runtime.spawn(async move {
                // Neighbours in time are under way together, so the journal has them nearly in order.
                for number in (writer..history.len()).step_by(WRITERS as usize) {
                    recorder.record(history.call(number)).await?;
                }
                Ok::<_, openapi::RecorderFault>(())
            })
        })
        .collect();
    for writer in writers {
        runtime.block_on(writer)??;
    }
    runtime.block_on(parts.catch_up(PATIENCE))?;
    parts.store.flush()?;
    let (took_s, stats) = (started.elapsed().as_secs_f64(), parts.store.stats());
    println!("{} events recorded in {took_s:.1} s; the store has {} segments", history.len(), stats.segments);
    parts.close(&runtime)
}

/// The account whose events the folder has.
fn account_of(parts: &AuditParts) -> Result<String, Failure> {
    let streams = parts.journal.streams();
    let accounts: Vec<&str> =
        streams.iter().filter_map(|(stream, ..)| stream.as_str().strip_prefix(STREAM_PREFIX)).collect();
    match accounts[..] {
        [account] => Ok(account.to_owned()),
        _ => Err(format!(
            "the data folder has events of {} accounts: name one with --account, for example the AccountId of GetCallerIdentity",
            accounts.len()
        )
        .into()),
    }
}
