//! Batches of a trail: there once, whatever happens between writing and answering, in memory and in segments.

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use database::Database;
use hmac::{Hmac, KeyInit, Mac};
use journal::{FileJournal, Follower, Journal, Options, StreamName};
use logstore::data::{STREAM_PREFIX, log_schema};
use logstore::wire::{Content, LogGroup, PutLog};
use logstore::{BatchOutcome, CatchUp, Head, LogService, Settings, Surroundings, Wanted};
use md5::{Digest, Md5};
use openapi::clock::now_ms;
use openapi::{
    CallRecord, Caller, Decision, Directory, KeyFault, KeyOwner, PermissionRequest, Principal, Recorder, RecorderFault,
    RejectedCall, SecretText,
};
use parking_lot::Mutex;
use prost::Message;
use sha1::Sha1;
use store::schema::Schemas;
use store::write::{LocalFolder, SqlCatalogue, migrate_catalogue};
use store::{Direction, Query, Row, Store, StoreOptions};

const ACCOUNT: &str = "1059804828509";
const SECRET: &str = "exampleSecret0123456789abcdefGH";

/// One account that may do everything.
struct Owner;

impl Directory for Owner {
    fn find_key(&self, access_key_id: &str, _: Option<&str>, _: i64) -> Result<KeyOwner, KeyFault> {
        let caller = Caller {
            account_id: ACCOUNT.to_owned(),
            access_key_id: access_key_id.to_owned(),
            principal: Principal::Root,
        };
        Ok(KeyOwner { secret: SecretText::new(SECRET), caller })
    }

    fn decide(&self, _: &PermissionRequest<'_>) -> Decision {
        Decision::Allow
    }
}

/// Names and codes of the calls that were recorded.
#[derive(Default)]
struct Calls(Mutex<Vec<(String, Option<String>)>>);

impl Recorder for Calls {
    fn ready(&self) -> Result<(), RecorderFault> {
        Ok(())
    }

    fn record(&self, record: CallRecord) -> Pin<Box<dyn Future<Output = Result<(), RecorderFault>> + Send + '_>> {
        self.0.lock().push((record.operation, record.error.map(|(code, _)| code)));
        Box::pin(async { Ok(()) })
    }

    fn reject(&self, _: RejectedCall) {}
}

/// Moves what is durable into the store when it is asked for.
struct Mover {
    journal: Arc<FileJournal>,
    store: Arc<Store>,
    follower: tokio::sync::Mutex<Box<dyn Follower>>,
}

impl CatchUp for Mover {
    fn catch_up(&self) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>> {
        Box::pin(async {
            let target = self.journal.durable_count();
            let mut follower = self.follower.lock().await;
            while follower.seen_count() < target {
                let records = follower.next_batch(Duration::from_millis(1)).map_err(|error| error.to_string())?;
                for record in records {
                    let schema = self.store.schemas().of(record.stream.as_str()).ok_or("no schema")?;
                    let rows = schema.rows(record.position, &record.payload)?;
                    let terms = rows.iter().map(|(_, bytes)| schema.extract(bytes)).collect::<Result<Vec<_>, _>>()?;
                    let fields: Vec<Vec<_>> = terms
                        .iter()
                        .map(|row| row.terms.iter().map(|(field, text)| (*field, &**text)).collect())
                        .collect();
                    let rows: Vec<Row<'_>> = (0..rows.len())
                        .map(|n| Row {
                            position: rows[n].0,
                            time_s: terms[n].time_s,
                            scope: &terms[n].scope,
                            terms: &fields[n],
                            bytes: rows[n].1.clone(),
                        })
                        .collect();
                    self.store.insert(record.stream.as_str(), &rows).map_err(|error| error.to_string())?;
                }
            }
            Ok(())
        })
    }
}

struct World {
    journal: Arc<FileJournal>,
    store: Arc<Store>,
    service: Arc<LogService>,
    calls: Arc<Calls>,
}

impl World {
    async fn open(folder: &Path) -> World {
        let options = Options { max_file_bytes: 4_000, free_disk_floor_bytes: 0, ..Options::default() };
        let journal = Arc::new(FileJournal::open(folder.join("journal"), options).expect("the journal opens"));
        let url = format!("sqlite://{}", folder.join("control.db").display());
        let database = Database::open(&url).await.expect("a database");
        migrate_catalogue(&database).await.expect("tables");
        let catalogue = Arc::new(SqlCatalogue::new(database.clone(), tokio::runtime::Handle::current()));
        let storage = Arc::new(LocalFolder::new(&folder.join("segments")));
        let kept = journal.streams().into_iter().map(|(name, first, last)| (name.as_str().to_owned(), first, last));
        let kept: Vec<_> = kept.collect();
        let released = journal.clone();
        let release = move |stream: &str, position: u64| {
            let name = StreamName::new(stream).map_err(|error| error.to_string())?;
            released.truncate_until(&name, position).map_err(|error| error.to_string())
        };
        let schemas = Schemas::default().with(STREAM_PREFIX, log_schema());
        let options = StoreOptions::default();
        let open = move || Store::open(schemas, storage, catalogue, &kept, Box::new(release), options);
        let store = Arc::new(tokio::task::spawn_blocking(open).await.expect("no panic").expect("a store"));
        let follower = tokio::sync::Mutex::new(journal.follow());
        let index = Arc::new(Mover { journal: journal.clone(), store: store.clone(), follower });
        let calls = Arc::new(Calls::default());
        let parts = Surroundings {
            database,
            journal: journal.clone(),
            store: store.clone(),
            index,
            directory: Arc::new(Owner),
            recorder: calls.clone(),
        };
        let settings = Settings { default_region: "cn-shanghai".to_owned(), endpoints: Vec::new() };
        let service = Arc::new(LogService::open(parts, settings).await.expect("a service"));
        World { journal, store, service, calls }
    }

    async fn close(self) {
        let World { journal, store, service, .. } = self;
        drop(service);
        tokio::task::spawn_blocking(move || {
            store.flush().expect("flushed");
            store.close();
            journal.close().expect("closed");
        })
        .await
        .expect("no panic");
    }

    async fn append(&self, id: &str) -> BatchOutcome {
        self.service.append_batch("project", "trail", id, batch(id)).await.expect("an outcome")
    }

    /// A signed call; the status and the body of its answer.
    async fn call(&self, path: &str, content_type: &str, body: Vec<u8>) -> (u16, String) {
        let date = "x-log-date";
        let now =
            time::OffsetDateTime::now_utc().format(&time::format_description::well_known::Rfc2822).expect("a date");
        let digest = hex::encode_upper(Md5::digest(&body));
        let text = format!(
            "POST\n{digest}\n{content_type}\n{now}\nx-log-apiversion:0.6.0\nx-log-signaturemethod:hmac-sha1\n{path}"
        );
        let mut mac = Hmac::<Sha1>::new_from_slice(SECRET.as_bytes()).expect("any key");
        mac.update(text.as_bytes());
        let signature = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
        let headers = [
            ("host", "project.logs.test".to_owned()),
            ("content-md5", digest),
            ("content-type", content_type.to_owned()),
            (date, now),
            ("x-log-apiversion", "0.6.0".to_owned()),
            ("x-log-signaturemethod", "hmac-sha1".to_owned()),
            ("authorization", format!("LOG key:{signature}")),
        ];
        let headers = headers.map(|(name, value)| {
            (http::HeaderName::from_static(name), http::HeaderValue::from_str(&value).expect("a header"))
        });
        let answer = self.service.handle(Ok(Head {
            method: http::Method::POST,
            path: path.to_owned(),
            raw_query: String::new(),
            headers: headers.into_iter().collect(),
            body: body.into(),
            source_ip: [127, 0, 0, 1].into(),
            secure: false,
            arrived_at_ms: now_ms(),
        }));
        let (parts, body) = answer.await.into_parts();
        (parts.status.as_u16(), String::from_utf8(body.to_vec()).expect("text"))
    }

    async fn rows(&self) -> usize {
        let (store, journal) = (self.store.clone(), self.journal.clone());
        let count = move || {
            let streams = journal.streams();
            assert_eq!(streams.len(), 1, "one shard");
            let query = Query {
                scopes: &[""],
                all_of: &[],
                from_s: 0,
                to_s: i64::MAX,
                direction: Direction::Forward,
                after: None,
                limit: 1_000,
            };
            store.lookup(streams[0].0.as_str(), &query).expect("an answer").rows.len()
        };
        tokio::task::spawn_blocking(count).await.expect("no panic")
    }
}

fn batch(id: &str) -> LogGroup {
    let content = Content { key: Some("event".to_owned()), value: Some(format!("{{\"id\":\"{id}\"}}")) };
    let log = PutLog { time: u32::try_from(now_ms().div_euclid(1_000)).ok(), contents: vec![content], time_ns: None };
    LogGroup { logs: vec![log; 3], ..LogGroup::default() }
}

fn wanted() -> Wanted {
    let index = serde_json::json!({"line": {"token": [" "]}});
    Wanted {
        account_id: ACCOUNT.to_owned(),
        project: "project".to_owned(),
        logstore: "trail".to_owned(),
        ttl_days: 90,
        index: index.as_object().cloned().unwrap_or_default(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_there_once() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let world = World::open(folder.path()).await;
    assert!(world.service.append_batch("project", "trail", "a", batch("a")).await.is_err(), "nothing is there yet");
    world.service.provide(&wanted()).await.expect("made");
    world.service.provide(&wanted()).await.expect("again is no change");
    world.service.set_delivered_by("project", "trail", Some("audit")).await.expect("a trail");
    assert_eq!(world.append("trail-1").await, BatchOutcome::Written);
    assert_eq!(world.append("trail-1").await, BatchOutcome::AlreadyThere);
    let many = futures::future::join_all((0..8).map(|_| world.append("trail-2"))).await;
    assert_eq!(many.iter().filter(|outcome| **outcome == BatchOutcome::Written).count(), 1);
    assert_eq!(world.append("trail-1").await, BatchOutcome::AlreadyThere);
    // Nobody waits for this one; the next call does.
    let service = world.service.clone();
    let dropped =
        tokio::spawn(async move { service.append_batch("project", "trail", "trail-3", batch("trail-3")).await });
    tokio::task::yield_now().await;
    dropped.abort();
    world.append("trail-3").await;
    assert_eq!(world.append("trail-3").await, BatchOutcome::AlreadyThere);
    world.service.append_batch("project", "trail", "x", LogGroup::default()).await.expect_err("no logs");
    assert_eq!(world.rows().await, 9);
    world.close().await;

    // The rows are segments now, and the journal may have forgotten their records.
    let world = World::open(folder.path()).await;
    for id in ["trail-1", "trail-2", "trail-3"] {
        assert_eq!(world.append(id).await, BatchOutcome::AlreadyThere, "{id}");
    }
    assert_eq!(world.append("trail-4").await, BatchOutcome::Written);
    assert_eq!(world.append("trail-4").await, BatchOutcome::AlreadyThere);
    assert_eq!(world.rows().await, 12);
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_trail_delivers_to_has_no_other_writer_and_its_reads_are_recorded() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let world = World::open(folder.path()).await;
    world.service.provide(&wanted()).await.expect("made");
    let (put, get) = ("/logstores/trail/shards/lb", "/logstores/trail/logs");
    let now_s = now_ms().div_euclid(1_000);
    let question = format!(r#"{{"from":{},"to":{},"query":"event"}}"#, now_s - 60, now_s + 60).into_bytes();
    let others = || world.call(put, "application/x-protobuf", batch("other").encode_to_vec());
    assert_eq!(others().await.0, 200);
    assert_eq!(world.calls.0.lock().len(), 0, "logs of others are no events");

    world.service.set_delivered_by("project", "trail", Some("audit")).await.expect("a trail");
    world.append("trail-1").await;
    let (status, answer) = others().await;
    assert_eq!(status, 403);
    assert!(answer.contains("LogStoreWriteForbidden") && answer.contains("audit"), "{answer}");
    let (status, answer) = world.call(get, "application/json", question).await;
    assert_eq!(status, 200);
    assert!(answer.contains(r#""progress":"Complete","count":6"#), "{answer}");
    let refused = Some("LogStoreWriteForbidden".to_owned());
    assert_eq!(*world.calls.0.lock(), [("PutLogs".to_owned(), refused), ("GetLogs".to_owned(), None)]);
    world.service.set_delivered_by("project", "trail", None).await.expect("no trail");
    assert_eq!(others().await.0, 200);
    world.close().await;
}
