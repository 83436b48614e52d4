//! A server's parts without its protocols: journal, store, buckets, logstores and the deliveries of one trail.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use audit::Indexer;
use audit::trail::history::HistoryBook;
use audit::trail::{LoggingSpan, Properties, Status, Trail, TrailBook, WriteRole};
use bucket::BucketService;
use bucket::blobs::Folder;
use database::Database;
use delivery::destination::{EmbeddedPlaces, Rights, Roles};
use delivery::{Deliveries, Settings, Surroundings};
use journal::{FileJournal, Options, StreamName, forgets};
use logstore::{CatchUp, LogService, Wanted};
use openapi::{Caller, Nobody};
use store::write::{LocalFolder, SqlCatalogue, migrate_catalogue};
use store::{Store, StoreOptions};

pub type Failure = Box<dyn std::error::Error>;

pub const ACCOUNT_ID: &str = "1059804828509";
const BUCKET: &str = "bench-bucket";
const PROJECT: &str = "bench-project";
const TRAIL: &str = "bench-trail";

/// The account does everything itself.
struct NoRoles;

impl Roles for NoRoles {
    fn session(&self, _: &WriteRole) -> Result<Caller, String> {
        Err("there are no roles here".to_owned())
    }
}

struct Index(Arc<Indexer>);

impl CatchUp for Index {
    fn catch_up(&self) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>> {
        Box::pin(async { self.0.catch_up().await.map_err(|fault| fault.to_string()) })
    }
}

/// The parts, with a trail that logs from the first event on.
pub struct World {
    pub journal: Arc<FileJournal>,
    indexer: Arc<Indexer>,
    database: Database,
    store: Arc<Store>,
    book: Arc<TrailBook>,
    places: Arc<EmbeddedPlaces>,
}

impl World {
    pub async fn open(folder: &Path) -> Result<World, Failure> {
        let options = Options { max_record_bytes: logstore::limits::MAX_RECORD_BYTES, ..Options::default() };
        let journal = Arc::new(FileJournal::open(folder.join("journal"), options)?);
        let database = Database::open(&format!("sqlite://{}", folder.join("control.db").display())).await?;
        migrate_catalogue(&database).await?;
        let catalogue = Arc::new(SqlCatalogue::new(database.clone(), tokio::runtime::Handle::current()));
        let storage = Arc::new(LocalFolder::new(&folder.join("segments")));
        let schemas = audit::event_schemas().with(logstore::data::STREAM_PREFIX, logstore::data::log_schema());
        let release = Box::new(forgets(journal.clone()));
        let opening = tokio::task::spawn_blocking(move || {
            Store::open(schemas, storage, catalogue, &[], release, StoreOptions::default())
        });
        let store = Arc::new(opening.await??);
        let indexer = Arc::new(Indexer::start(journal.clone(), store.clone())?);
        let objects = Arc::new(Folder::open(&folder.join("objects"))?);
        let region = "cn-shanghai".to_owned();
        let settings = bucket::Settings { default_region: region.clone(), link_key: [0; 32], hosts: BTreeMap::new() };
        let buckets =
            BucketService::open(database.clone(), Arc::new(objects), Arc::new(Nobody), Arc::new(Nobody), settings)
                .await?;
        let surroundings = logstore::Surroundings {
            database: database.clone(),
            journal: journal.clone(),
            store: store.clone(),
            index: Arc::new(Index(indexer.clone())),
            directory: Arc::new(Nobody),
            recorder: Arc::new(Nobody),
        };
        let settings = logstore::Settings { default_region: region, endpoints: Vec::new() };
        let logs = LogService::open(surroundings, settings).await?;
        make_bucket(&database).await?;
        let rights = Rights { roles: Arc::new(NoRoles), directory: Arc::new(Nobody) };
        let places = Arc::new(EmbeddedPlaces { buckets: Arc::new(buckets), logs: Arc::new(logs), rights });
        let wanted = Wanted {
            region: String::new(),
            account_id: ACCOUNT_ID.to_owned(),
            project: PROJECT.to_owned(),
            logstore: format!("actiontrail_{TRAIL}"),
            ttl_days: 90,
            index: delivery::destination::default_index(),
        };
        places.logs.provide(&wanted).await?;
        let book = Arc::new(TrailBook::open(&database).await?);
        let mut write = book.write().await?;
        write.insert(&trail()).await?;
        write.commit().await?;
        Ok(World { journal, indexer, database, store, book, places })
    }

    pub async fn deliver(&self) -> Result<Arc<Deliveries>, Failure> {
        let parts = Surroundings {
            database: self.database.clone(),
            journal: self.journal.clone(),
            store: self.store.clone(),
            book: self.book.clone(),
            history: Arc::new(HistoryBook::open(&self.database).await?),
            places: self.places.clone(),
        };
        Ok(Deliveries::start(parts, Settings::default()).await?)
    }

    pub fn stream() -> Result<StreamName, Failure> {
        Ok(StreamName::new(&format!("events/{ACCOUNT_ID}"))?)
    }

    /// Waits until everything that is durable can be found.
    pub async fn caught_up(&self) -> Result<(), Failure> {
        Ok(self.indexer.catch_up_within(std::time::Duration::from_secs(600)).await?)
    }

    pub async fn close(self) -> Result<(), Failure> {
        let World { journal, indexer, .. } = self;
        let closing = tokio::task::spawn_blocking(move || {
            indexer.stop();
            journal.close()
        });
        Ok(closing.await??)
    }
}

/// The service makes buckets for who calls, and nobody calls.
async fn make_bucket(database: &Database) -> Result<(), Failure> {
    let sql = "INSERT INTO bucket_buckets (name, account_id, region, acl, storage_class, redundancy, created_ms) \
               VALUES ($1, $2, 'cn-shanghai', 'private', 'Standard', 'LRS', 0)";
    sqlx::query(sql).bind(BUCKET).bind(ACCOUNT_ID).execute(database.pool()).await?;
    Ok(())
}

fn trail() -> Trail {
    Trail {
        id: "bench-trail-id".to_owned(),
        account_id: ACCOUNT_ID.to_owned(),
        name: TRAIL.to_owned(),
        home_region: "cn-shanghai".to_owned(),
        is_organization_trail: false,
        properties: Properties {
            status: Status::Enable,
            oss_bucket_name: BUCKET.to_owned(),
            sls_project_arn: format!("acs:log:cn-shanghai:{ACCOUNT_ID}:project/{PROJECT}"),
            spans: vec![LoggingSpan { number: 1, after: Default::default(), until: None, stopped_by: None }],
            // What is measured is not the wait for a minute's file.
            file_interval_s: 1,
            ..Properties::default()
        },
    }
}
