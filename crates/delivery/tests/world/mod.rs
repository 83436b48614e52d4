//! A server without its protocols: journal, store, control database, trails, and destinations that fail as they are told.

mod databases;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use audit::Indexer;
use audit::trail::history::HistoryBook;
use audit::trail::{LoggingSpan, Marks, Properties, Status, Trail, TrailBook};
use bytes::Bytes;
use database::Database;
use delivery::destination::{LogPlace, ObjectPlace, Places, Waiting};
use delivery::{Deliveries, Failure, Probe, Settings, Step, Surroundings};
use journal::{FileJournal, Journal, Options, StreamName, forgets, kept_streams};
use logstore::wire::LogGroup;
use parking_lot::Mutex;
use rand::{RngExt, SeedableRng};
use store::write::{LocalFolder, SqlCatalogue, migrate_catalogue};
use store::{Store, StoreOptions};

/// A bucket that does not exist.
pub const GONE: &str = "gone";
pub use databases::Databases;

use databases::Schema;

/// Runs each test with the control database in SQLite, and in PostgreSQL when the test run has one.
macro_rules! on_both_databases {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(&super::world::Databases::Sqlite).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(databases) = super::world::Databases::postgres(stringify!($name)) {
                    super::$name(&databases).await;
                }
            })*
        }
    };
}
pub(crate) use on_both_databases;

pub const ACCOUNT: &str = "1059804828509";
/// `eventTime` of every event, Unix seconds.
pub const EVENT_TIME_S: i64 = 1_772_352_000;

/// What a destination has, and how it fails.
#[derive(Default)]
pub struct FakeService {
    pub objects: Mutex<BTreeMap<String, Bytes>>,
    pub groups: Mutex<BTreeMap<String, LogGroup>>,
    /// In a hundred: calls that fail before they do anything.
    pub fails_before: AtomicU64,
    /// In a hundred: calls that fail after they did it, as a time-out looks.
    pub fails_after: AtomicU64,
    /// The bucket is not there, not even for who reads.
    pub has_no_bucket: AtomicBool,
    dice: Mutex<Option<rand::rngs::StdRng>>,
}

impl FakeService {
    pub fn seed(&self, seed: u64) {
        *self.dice.lock() = Some(rand::rngs::StdRng::seed_from_u64(seed));
    }

    pub fn fail(&self, before: u64, after: u64) {
        self.fails_before.store(before, Ordering::Relaxed);
        self.fails_after.store(after, Ordering::Relaxed);
    }

    fn falls(&self, in_a_hundred: &AtomicU64) -> Result<(), Failure> {
        let limit = in_a_hundred.load(Ordering::Relaxed);
        let thrown = self.dice.lock().as_mut().map_or(99, |dice| dice.random_range(0..100_u64));
        if thrown < limit { Err(Failure::new("the service is out of order; wait")) } else { Ok(()) }
    }

    fn bucket(&self) -> Result<(), Failure> {
        let is_gone = self.has_no_bucket.load(Ordering::Relaxed);
        if is_gone { Err(Failure::new("NoSuchBucket: create it again")) } else { Ok(()) }
    }

    fn call<T>(&self, work: impl FnOnce(&FakeService) -> Result<T, Failure>) -> Result<T, Failure> {
        self.falls(&self.fails_before)?;
        let done = work(self)?;
        self.falls(&self.fails_after)?;
        Ok(done)
    }
}

struct FakeBucket(Arc<FakeService>);
/// A logstore; its name stands before the ids of its groups.
struct FakeLogs(Arc<FakeService>, String);

impl ObjectPlace for FakeBucket {
    fn put_once<'a>(&'a self, key: &'a str, _: &'static str, bytes: Bytes) -> Waiting<'a, ()> {
        Box::pin(async move {
            self.0.bucket()?;
            self.0.call(|service| {
                let mut objects = service.objects.lock();
                let there = objects.entry(key.to_owned()).or_insert_with(|| bytes.clone());
                assert_eq!(*there, bytes, "another file has the name {key}");
                Ok(())
            })
        })
    }

    fn has<'a>(&'a self, key: &'a str) -> Waiting<'a, bool> {
        Box::pin(async move { self.0.call(|service| Ok(service.objects.lock().contains_key(key))) })
    }

    fn keys<'a>(&'a self, prefix: &'a str, after: &'a str) -> Waiting<'a, Vec<String>> {
        Box::pin(async move {
            self.0.bucket()?;
            let objects = self.0.objects.lock();
            let keys = objects.keys().filter(|key| key.starts_with(prefix) && key.as_str() > after);
            Ok(keys.take(3).cloned().collect())
        })
    }

    fn read<'a>(&'a self, key: &'a str) -> Waiting<'a, Bytes> {
        Box::pin(async move { Ok(self.0.objects.lock().get(key).cloned().unwrap_or_default()) })
    }
}

impl LogPlace for FakeLogs {
    fn append_once<'a>(&'a self, pack_id: &'a str, logs: LogGroup) -> Waiting<'a, ()> {
        Box::pin(async move {
            self.0.call(|service| {
                service.groups.lock().entry(format!("{}{pack_id}", self.1)).or_insert(logs);
                Ok(())
            })
        })
    }

    fn shards(&self) -> Waiting<'_, Vec<u64>> {
        Box::pin(async { Ok(vec![0]) })
    }

    fn groups<'a>(&'a self, _: u64, cursor: &'a str) -> Waiting<'a, (Vec<LogGroup>, Option<String>)> {
        Box::pin(async move {
            let groups = self.0.groups.lock();
            let next = groups.iter().find(|(id, _)| id.starts_with(&self.1) && id.as_str() > cursor);
            Ok(next.map_or((Vec::new(), None), |(id, group)| (vec![group.clone()], Some(id.clone()))))
        })
    }
}

pub struct FakePlaces(pub Arc<FakeService>);

impl Places for FakePlaces {
    fn bucket(&self, trail: &Trail) -> Result<Arc<dyn ObjectPlace>, Failure> {
        if trail.oss_bucket_name == GONE {
            return Err(Failure::new("the bucket does not exist"));
        }
        Ok(Arc::new(FakeBucket(self.0.clone())))
    }

    fn logs(&self, _: &Trail) -> Result<Arc<dyn LogPlace>, Failure> {
        Ok(Arc::new(FakeLogs(self.0.clone(), "logs ".to_owned())))
    }

    fn release_logs<'a>(&'a self, _: &'a Trail) -> Waiting<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn data_logs(&self, _: &Trail, region: &str) -> Result<Arc<dyn LogPlace>, Failure> {
        Ok(Arc::new(FakeLogs(self.0.clone(), format!("data {region} "))))
    }

    fn release_data_logs<'a>(&'a self, _: &'a Trail, _: &'a str) -> Waiting<'a, ()> {
        Box::pin(async { Ok(()) })
    }
}

/// Ends all deliveries after some steps, as the end of the process does.
pub struct EndsAfter(AtomicI64);

impl EndsAfter {
    pub fn steps(count: i64) -> Arc<EndsAfter> {
        Arc::new(EndsAfter(AtomicI64::new(count)))
    }
}

impl Probe for EndsAfter {
    fn ends_at(&self, _: Step) -> bool {
        self.0.fetch_sub(1, Ordering::Relaxed) <= 0
    }
}

pub struct World {
    _folder: tempfile::TempDir,
    schema: Option<Schema>,
    pub database: Database,
    pub journal: Arc<FileJournal>,
    pub store: Arc<Store>,
    indexer: Indexer,
    pub book: Arc<TrailBook>,
    pub history: Arc<HistoryBook>,
    pub service: Arc<FakeService>,
    events: AtomicU64,
}

impl World {
    pub async fn open(databases: &Databases) -> World {
        let temporary = tempfile::tempdir().expect("temporary folder");
        let folder = temporary.path();
        let options = Options { max_file_bytes: 20_000, free_disk_floor_bytes: 0, ..Options::default() };
        let journal = Arc::new(FileJournal::open(folder.join("journal"), options).expect("the journal opens"));
        let (database, schema) = databases.open(folder).await;
        migrate_catalogue(&database).await.expect("tables");
        let catalogue = Arc::new(SqlCatalogue::new(database.clone(), tokio::runtime::Handle::current()));
        let storage = Arc::new(LocalFolder::new(&folder.join("segments")));
        let kept = kept_streams(&*journal);
        let release = Box::new(forgets(journal.clone()));
        let options = StoreOptions { part_rows: 40, ..StoreOptions::default() };
        let open = move || Store::open(audit::event_schemas(), storage, catalogue, &kept, release, options);
        let store = Arc::new(tokio::task::spawn_blocking(open).await.expect("no panic").expect("a store"));
        let indexer = Indexer::start(journal.clone(), store.clone()).expect("a thread");
        let book = Arc::new(TrailBook::open(&database).await.expect("trails"));
        let history = Arc::new(HistoryBook::open(&database).await.expect("jobs"));
        let service = Arc::new(FakeService::default());
        let events = AtomicU64::new(0);
        World { _folder: temporary, schema, database, journal, store, indexer, book, history, service, events }
    }

    pub async fn deliveries(&self, probe: Arc<dyn Probe>) -> Arc<Deliveries> {
        let parts = Surroundings {
            database: self.database.clone(),
            journal: self.journal.clone(),
            store: self.store.clone(),
            book: self.book.clone(),
            history: self.history.clone(),
            places: Arc::new(FakePlaces(self.service.clone())),
        };
        Deliveries::start(parts, Settings { longest_pause_ms: 5, probe }).await.expect("deliveries")
    }

    pub fn stream() -> String {
        format!("events/{ACCOUNT}")
    }

    pub fn marks(&self) -> Marks {
        self.journal.streams().into_iter().map(|(name, _, last)| (name.as_str().to_owned(), last)).collect()
    }

    /// Journals an event; its id.
    pub async fn event(&self, access: &str) -> String {
        let id = format!("EVENT-{:06}", self.events.fetch_add(1, Ordering::Relaxed));
        self.event_with_id(&id, access).await;
        id
    }

    pub async fn event_with_id(&self, id: &str, access: &str) {
        let region = if id.ends_with('3') { "cn-beijing" } else { "cn-shanghai" };
        let text = format!(
            r#"{{"eventId":"{id}","eventVersion":1,"eventCategory":"Management","eventName":"N","eventRW":"{access}","eventTime":"2026-03-01T08:00:00Z","eventSource":"s","serviceName":"Ecs","acsRegion":"{region}","eventType":"ApiCall","userIdentity":{{"type":"root-account"}},"sourceIpAddress":"10.0.0.1","userAgent":""}}"#
        );
        let stream = StreamName::new(&World::stream()).expect("a name");
        self.journal.append(&stream, text.into()).await.expect("durable");
    }

    /// A trail that logs from now on.
    pub async fn trail(&self, change: impl FnOnce(&mut Properties)) -> Trail {
        self.trail_over(false, change).await
    }

    /// The same over one account or all.
    pub async fn trail_over(&self, all_accounts: bool, change: impl FnOnce(&mut Properties)) -> Trail {
        let mut properties = Properties {
            status: Status::Enable,
            oss_bucket_name: "audit".to_owned(),
            sls_project_arn: format!("acs:log:cn-shanghai:{ACCOUNT}:project/audit"),
            spans: vec![LoggingSpan { number: 1, after: self.marks(), until: None, stopped_by: None }],
            file_interval_s: 0,
            file_max_bytes: 4_000,
            ..Properties::default()
        };
        change(&mut properties);
        let trail = Trail {
            id: "trail-id".to_owned(),
            account_id: ACCOUNT.to_owned(),
            name: "audit-trail".to_owned(),
            home_region: "cn-shanghai".to_owned(),
            is_organization_trail: all_accounts,
            properties,
        };
        let mut write = self.book.write().await.expect("a write");
        write.insert(&trail).await.expect("inserted");
        write.commit().await.expect("committed");
        trail
    }

    pub async fn change(&self, change: impl FnOnce(&mut Trail)) {
        let mut write = self.book.write().await.expect("a write");
        let mut trail = Trail::clone(&write.before()[0]);
        change(&mut trail);
        write.update(&trail).await.expect("updated");
        write.commit().await.expect("committed");
    }

    /// Ids of the events in the bucket, and of those in the logstore, as they lie there.
    pub fn delivered(&self) -> (Vec<String>, Vec<String>) {
        let id = |event: &serde_json::Value| event["eventId"].as_str().expect("an id").to_owned();
        let mut in_bucket = Vec::new();
        for bytes in self.service.objects.lock().values() {
            let events: Vec<serde_json::Value> =
                serde_json::from_reader(flate2::read::GzDecoder::new(&bytes[..])).expect("an array");
            in_bucket.extend(events.iter().map(id));
        }
        in_bucket.sort();
        (in_bucket, self.in_logs("logs "))
    }

    /// Ids of the events in a logstore.
    pub fn in_logs(&self, logstore: &str) -> Vec<String> {
        let groups = self.service.groups.lock();
        let logs = groups.iter().filter(|(id, _)| id.starts_with(logstore)).flat_map(|(_, group)| &group.logs);
        let ids = logs.map(|log| {
            let text = log.contents[0].value.as_deref().expect("a value");
            let event: serde_json::Value = serde_json::from_str(text).expect("an event");
            event["eventId"].as_str().expect("an id").to_owned()
        });
        let mut ids: Vec<String> = ids.collect();
        ids.sort();
        ids
    }

    /// Changes what deliveries remember.
    pub async fn tamper(&self, sql: &'static str) {
        let done = sqlx::query(sql).execute(self.database.pool()).await.expect("a change");
        assert!(done.rows_affected() > 0, "{sql} changes something");
    }

    /// Waits until both destinations have as many events, and looks that no more come.
    pub async fn wait_for(&self, count: usize) {
        for _ in 0..600 {
            let (in_bucket, in_logs) = self.delivered();
            if in_bucket.len() >= count && in_logs.len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        tokio::time::sleep(Duration::from_millis(400)).await;
    }

    pub async fn close(self) {
        let World { _folder, schema, database, journal, indexer, .. } = self;
        tokio::task::spawn_blocking(move || {
            indexer.stop();
            journal.close().expect("closed");
        })
        .await
        .expect("no panic");
        database.close().await;
        if let Some(schema) = schema {
            schema.drop().await;
        }
    }
}
