//! The whole service in a test: journal, store, tables, and an account that may do everything.

#![allow(dead_code, reason = "not every test needs all of it")]

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine;
use database::Database;
use hmac::{Hmac, KeyInit, Mac};
use journal::{FileJournal, Follower, Journal, Options, forgets, kept_streams};
use logstore::data::{STREAM_PREFIX, log_schema};
use logstore::{CatchUp, Head, LogService, Settings, Surroundings};
use md5::{Digest, Md5};
use openapi::clock::now_ms;
use openapi::{
    CallRecord, Caller, Category, DataCall, Decision, Directory, KeyFault, KeyOwner, PermissionRequest, Principal,
    Recorder, RecorderFault, RejectedCall, SecretText,
};
use parking_lot::Mutex;
use sha1::Sha1;
use store::schema::Schemas;
use store::write::{LocalFolder, SqlCatalogue, migrate_catalogue};
use store::{Row, Store, StoreOptions};

pub const ACCOUNT: &str = "1059804828509";
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

/// The calls that were recorded.
#[derive(Default)]
pub struct Calls {
    /// Names and codes of those that manage.
    pub managing: Mutex<Vec<(String, Option<String>)>>,
    /// Data events.
    pub data: Mutex<Vec<CallRecord>>,
    /// The name of the data events that a trail asks for.
    pub asked: Mutex<String>,
    /// Nothing can be recorded.
    pub is_broken: AtomicBool,
}

impl Recorder for Calls {
    fn ready(&self) -> Result<(), RecorderFault> {
        if self.is_broken.load(Ordering::Relaxed) { Err(RecorderFault("the disk is full".to_owned())) } else { Ok(()) }
    }

    fn record(&self, record: CallRecord) -> Pin<Box<dyn Future<Output = Result<(), RecorderFault>> + Send + '_>> {
        match record.category {
            Category::Management => {
                self.managing.lock().push((record.operation, record.error.map(|(code, _)| code)));
            }
            Category::Data => self.data.lock().push(record),
        }
        Box::pin(async { Ok(()) })
    }

    fn wants_data(&self, call: &DataCall<'_>) -> bool {
        *self.asked.lock() == call.event_name
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

/// The service over a folder.
pub struct World {
    pub journal: Arc<FileJournal>,
    pub store: Arc<Store>,
    pub service: Arc<LogService>,
    pub calls: Arc<Calls>,
}

impl World {
    /// Opens it.
    pub async fn open(folder: &Path) -> World {
        let options = Options { max_file_bytes: 4_000, free_disk_floor_bytes: 0, ..Options::default() };
        let journal = Arc::new(FileJournal::open(folder.join("journal"), options).expect("the journal opens"));
        let url = format!("sqlite://{}", folder.join("control.db").display());
        let database = Database::open(&url).await.expect("a database");
        migrate_catalogue(&database).await.expect("tables");
        let catalogue = Arc::new(SqlCatalogue::new(database.clone(), tokio::runtime::Handle::current()));
        let storage = Arc::new(LocalFolder::new(&folder.join("segments")));
        let kept = kept_streams(&*journal);
        let release = Box::new(forgets(journal.clone()));
        let schemas = Schemas::default().with(STREAM_PREFIX, log_schema());
        let options = StoreOptions::default();
        let open = move || Store::open(schemas, storage, catalogue, &kept, release, options);
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

    /// Writes what is in memory into segments, and closes it.
    pub async fn close(self) {
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

    /// A signed call by POST; the status and the body of its answer.
    pub async fn call(&self, path: &str, content_type: &str, body: Vec<u8>) -> (u16, String) {
        self.send("POST", path, content_type, body).await
    }

    /// A signed call; the status and the body of its answer. What is in the query is escaped here; it has neither `&` nor
    /// a `=` in a value.
    pub async fn send(&self, method: &str, target: &str, content_type: &str, body: Vec<u8>) -> (u16, String) {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut parameters: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
        parameters.sort_unstable();
        let resource = if query.is_empty() { path.to_owned() } else { format!("{path}?{}", parameters.join("&")) };
        let now =
            time::OffsetDateTime::now_utc().format(&time::format_description::well_known::Rfc2822).expect("a date");
        let digest = if body.is_empty() { String::new() } else { hex::encode_upper(Md5::digest(&body)) };
        let text = format!(
            "{method}\n{digest}\n{content_type}\n{now}\nx-log-apiversion:0.6.0\nx-log-signaturemethod:hmac-sha1\n{resource}"
        );
        let mut mac = Hmac::<Sha1>::new_from_slice(SECRET.as_bytes()).expect("any key");
        mac.update(text.as_bytes());
        let signature = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
        let headers = [
            ("host", "project.logs.test".to_owned()),
            ("content-md5", digest),
            ("content-type", content_type.to_owned()),
            ("x-log-date", now),
            ("x-log-apiversion", "0.6.0".to_owned()),
            ("x-log-signaturemethod", "hmac-sha1".to_owned()),
            ("authorization", format!("LOG key:{signature}")),
        ];
        let headers = headers.map(|(name, value)| {
            (http::HeaderName::from_static(name), http::HeaderValue::from_str(&value).expect("a header"))
        });
        let answer = self.service.handle(Ok(Head {
            method: method.parse().expect("a method"),
            path: path.to_owned(),
            raw_query: query.split('&').map(escaped).collect::<Vec<_>>().join("&"),
            headers: headers.into_iter().collect(),
            body: body.into(),
            source_ip: [127, 0, 0, 1].into(),
            secure: false,
            arrived_at_ms: now_ms(),
        }));
        let (parts, body) = answer.await.into_parts();
        (parts.status.as_u16(), String::from_utf8(body.to_vec()).expect("text"))
    }
}

fn escaped(pair: &str) -> String {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    match name.is_empty() {
        true => String::new(),
        false => format!("{name}={}", percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC)),
    }
}
