//! From a journal of small files into segments: the journal forgets what segments hold, and nothing else.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use audit::{Indexer, event_schemas};
use bytes::Bytes;
use database::Database;
use journal::{FileJournal, Journal, Options, StreamName, forgets, kept_streams};
use store::write::{LocalFolder, SqlCatalogue, migrate_catalogue};
use store::{Direction, Query, Store, StoreError, StoreOptions};

const STREAM: &str = "events/1059804828509";
const EVENTS: u64 = 120;
const PART_ROWS: u64 = 25;

fn event(number: u64) -> Bytes {
    let (hour, minute) = (8 + number / 60, number % 60);
    format!(
        r#"{{"eventId":"id-{number}","eventVersion":"1","eventName":"CreateUser","eventTime":"2026-03-01T{hour:02}:{minute:02}:00Z","serviceName":"CloudCallCenter","acsRegion":"cn-shanghai","eventType":"ApiCall","eventRW":"Write","requestId":"id-{number}","userIdentity":{{"type":"ram-user","userName":"审计"}}}}"#
    )
    .into()
}

fn open_journal(folder: &Path) -> Arc<FileJournal> {
    let options =
        Options { max_file_bytes: 4_000, live_buffer_bytes: 4_000, free_disk_floor_bytes: 0, ..Options::default() };
    Arc::new(FileJournal::open(folder.join("journal"), options).expect("the journal opens"))
}

async fn open_store(folder: &Path, journal: &Arc<FileJournal>) -> Result<Arc<Store>, StoreError> {
    let url = format!("sqlite://{}", folder.join("control.db").display());
    let database = Database::open(&url).await.expect("a database");
    migrate_catalogue(&database).await.expect("tables");
    let catalogue = Arc::new(SqlCatalogue::new(database, tokio::runtime::Handle::current()));
    let storage = Arc::new(LocalFolder::new(&folder.join("segments")));
    let kept = kept_streams(&**journal);
    let release = Box::new(forgets(journal.clone()));
    let options = StoreOptions { part_rows: PART_ROWS, ..StoreOptions::default() };
    let open = move || Store::open(event_schemas(), storage, catalogue, &kept, release, options);
    tokio::task::spawn_blocking(open).await.expect("no panic").map(Arc::new)
}

fn first_kept(journal: &FileJournal) -> u64 {
    journal.streams().iter().find(|(name, ..)| name.as_str() == STREAM).map_or(0, |(_, first, _)| *first)
}

fn everything(store: &Store) -> Vec<Bytes> {
    let (from_s, to_s, direction) = (i64::MIN, i64::MAX, Direction::Forward);
    let query = Query { scopes: &["cn-shanghai"], all_of: &[], from_s, to_s, direction, after: None, limit: 1000 };
    store.lookup(STREAM, &query).expect("an answer").rows.into_iter().map(|row| row.bytes).collect()
}

async fn flushed(store: &Arc<Store>) {
    let store = store.clone();
    tokio::task::spawn_blocking(move || store.flush()).await.expect("no panic").expect("flushed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_journal_forgets_what_segments_hold() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let stream = StreamName::new(STREAM).expect("a good name");
    let all: Vec<Bytes> = (1..=EVENTS).map(event).collect();

    let journal = open_journal(folder.path());
    let store = open_store(folder.path(), &journal).await.expect("a store");
    let indexer = Indexer::start(journal.clone(), store.clone()).expect("an indexer");
    for event in &all[..100] {
        journal.append(&stream, event.clone()).await.expect("durable");
    }
    indexer.catch_up().await.expect("indexed");
    flushed(&store).await;
    assert_eq!((store.stats().segment_rows, store.stats().memory.rows), (100, 0));
    assert!(first_kept(&journal) > 50, "files of released events are gone: {}", first_kept(&journal));
    for event in &all[100..] {
        journal.append(&stream, event.clone()).await.expect("durable");
    }
    indexer.catch_up().await.expect("indexed");
    assert_eq!(everything(&store), all);
    tokio::task::spawn_blocking(move || (indexer.stop(), journal.close().expect("closed"))).await.expect("no panic");
    drop(store);

    let journal = open_journal(folder.path());
    let store = open_store(folder.path(), &journal).await.expect("a store again");
    let indexer = Indexer::start(journal.clone(), store.clone()).expect("an indexer");
    indexer.catch_up_within(Duration::from_secs(20)).await.expect("indexed");
    assert_eq!(everything(&store), all);
    assert_eq!((store.stats().segment_rows, store.stats().memory.rows), (100, 20));
    tokio::task::spawn_blocking(move || (indexer.stop(), journal.close().expect("closed"))).await.expect("no panic");
    drop(store);

    // Without its catalogue the journal's missing beginning cannot be told from lost events.
    std::fs::rename(folder.path().join("control.db"), folder.path().join("elsewhere.db")).expect("renamed");
    for rest in ["control.db-wal", "control.db-shm"] {
        let _ = std::fs::remove_file(folder.path().join(rest));
    }
    let journal = open_journal(folder.path());
    let refused = open_store(folder.path(), &journal).await.err();
    assert!(matches!(refused, Some(StoreError::Gap { from: 1, .. })), "{refused:?}");
}
