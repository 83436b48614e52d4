//! A generated history comes back from the store as it was recorded, while parts become segments and after a restart.

use std::time::Duration;

use bench::Failure;
use bench::audit_parts::{AuditParts, DataPaths};
use bench::exact;
use bench::spool::Spool;
use demo_data::{History, Plan};
use journal::{Journal, StreamName};
use store::StoreOptions;

const ACCOUNT_ID: &str = "1059804828509";
const EVENTS: u64 = 100_000;
const PATIENCE: Duration = Duration::from_secs(600);

#[test]
fn all_bytes_come_back() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let history = History::new(Plan {
        calls: EVENTS,
        days: 20,
        seed: 11,
        end_s: 1_795_737_600,
        account_id: ACCOUNT_ID.to_owned(),
    });
    let spool = Spool::create(&folder.path().join("spool"), &history, 2)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let paths = DataPaths::of(&folder.path().join("data"))?;
    // Some parts are full before the others, and the last one stays in memory.
    let options = StoreOptions { part_rows: 15_000, ..StoreOptions::default() };
    let parts = AuditParts::open(&runtime, &paths, options.clone())?;
    runtime.block_on(append_all(&parts, &spool))?;
    assert_eq!(exact::compare(&parts.store, ACCOUNT_ID, spool.all())?, EVENTS);
    let stats = parts.store.stats();
    assert!(stats.memory.rows > 0, "the last part is in memory");
    parts.close(&runtime)?;

    let parts = AuditParts::open(&runtime, &paths, options)?;
    runtime.block_on(parts.catch_up(PATIENCE))?;
    parts.store.flush()?;
    assert_eq!(parts.store.stats().segment_rows, EVENTS);
    assert_eq!(exact::compare(&parts.store, ACCOUNT_ID, spool.all())?, EVENTS);
    // A store that misses one event, or is asked for one that was not recorded, is noticed.
    let without_one = spool.all().skip(1);
    assert!(exact::compare(&parts.store, ACCOUNT_ID, without_one).is_err());
    parts.close(&runtime)
}

async fn append_all(parts: &AuditParts, spool: &Spool) -> Result<(), Failure> {
    let stream = StreamName::new(&format!("{}{ACCOUNT_ID}", audit::STREAM_PREFIX))?;
    for number in 0..spool.batches() {
        let appends: Vec<_> =
            spool.batch(number)?.into_iter().map(|event| parts.journal.append(&stream, event)).collect();
        for append in appends {
            append.await?;
        }
    }
    parts.catch_up(PATIENCE).await
}
