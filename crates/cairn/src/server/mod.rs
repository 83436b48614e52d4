//! The server: its parts wired together, and its life cycle.
//!
//! Start order is dependency order (folder, database, identity, journal, store, index, gateway, listener); the end is the
//! reverse: no new calls, calls in hand finish, the journal is synced, the folder is released.

mod agents;
mod body;
mod bucket;
mod connection;
mod delivery;
mod http;
mod listener;
mod logstore;
mod metrics_page;
mod open_files;
mod open_store;
mod ram_users;
mod recordings;
mod services;
#[cfg(feature = "sql")]
mod sql;
mod start_error;
mod workbench;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::bucket::BucketService;
use ::delivery::Deliveries;
use ::logstore::LogService;
use audit::trail::TrailBook;
use audit::{ActionTrail, AuditRecorder, ExpiryReporter, Indexer, KeyUse, RejectedLog};
use callcenter::CallCenter;
use database::Database;
use identity::{FirstCredentials, FirstStart, Identity};
use journal::{FileJournal, Journal};
use objects::ObjectStorage;
use openapi::{Gateway, GatewaySettings, TableService};
use store::Store;

use crate::config::{Config, StoreConfig};
use crate::data_folder::DataFolder;
use crate::metrics::Metrics;
use crate::segment_files::SegmentFiles;
use listener::Listener;
use open_store::open_store;
pub(crate) use open_store::schemas;
use services::Base;
pub use start_error::StartError;

/// What the command line adds to the configuration.
#[derive(Debug, Default)]
pub struct StartOptions {
    /// Account and root key to begin with.
    pub first_start: FirstStart,
    /// The journal does not sync: for measuring what syncing costs, never for data.
    pub without_sync: bool,
}

/// Parts that requests and pages look at.
pub(crate) struct Parts {
    pub gateway: Gateway,
    pub metrics: Metrics,
    pub journal: Arc<FileJournal>,
    pub store: Arc<Store>,
    pub indexer: Arc<Indexer>,
    pub buckets: Arc<BucketService>,
    pub logs: Arc<LogService>,
    pub deliveries: Arc<Deliveries>,
    pub key_use: Arc<KeyUse>,
    /// When segments are in an object storage.
    pub objects: Option<Arc<ObjectStorage>>,
}

/// A running server.
pub struct Server {
    parts: Arc<Parts>,
    recorder: Arc<AuditRecorder>,
    listener: Listener,
    database: Database,
    /// Work that goes on beside calls; each step of it is a transaction.
    background: Vec<tokio::task::JoinHandle<()>>,
    created: Option<FirstCredentials>,
    // Released last: the next server may start when everything else has ended.
    folder: DataFolder,
}

impl Server {
    /// Starts and listens.
    pub async fn start(config: &Config, options: StartOptions) -> Result<Self, StartError> {
        open_files::allow_all();
        let folder = DataFolder::open(&config.data)?;
        let database = Database::open(&config.database_url()).await?;
        let opened = Identity::open(&database, folder.path(), options.first_start).await?;
        let identity = opened.identity;
        let journal = Arc::new(open_journal(config, folder.journal(), options.without_sync)?);
        let files = open_files(&config.store, folder.path()).await?;
        let store = open_store(&config.store, folder.path(), files.storage.clone(), &database, journal.clone()).await?;
        files.probe()?;
        let indexer = Arc::new(Indexer::start(journal.clone(), store.clone())?);
        let rejected = Arc::new(RejectedLog::open(&folder.security()?)?);
        let region = config.global_region.clone();
        let reporter = ExpiryReporter::new(store.clone(), indexer.clone(), journal.clone(), region);
        let mut background = vec![tokio::spawn(reporter.run())];
        let trails = Arc::new(TrailBook::open(&database).await?);
        let recorder = AuditRecorder::new(journal.clone(), config.masking(), rejected, trails.data_events());
        let recorder = Arc::new(recorder);
        let base = Base { config, folder: &folder, database, identity, journal, store, indexer, recorder, trails };
        let buckets = services::open_buckets(&base).await?;
        background.push(tokio::spawn(self::bucket::follow_lifecycles(buckets.clone())));
        let (call_center, reports) = services::open_call_center(&base, &buckets).await?;
        background.push(tokio::spawn(Arc::clone(&call_center).follow_reports(reports)));
        background.push(tokio::spawn(agents::settle_regularly(Arc::clone(&call_center))));
        #[cfg(feature = "sql")]
        let machine = sql::open_machine(&config.sql, folder.sql_spill())?;
        let logs = services::open_logs(&base).await?;
        #[cfg(feature = "sql")]
        let logs = logs.with_analytics(sql::of_logs(&machine, &config.logstore)?);
        let logs = Arc::new(logs);
        let key_use = KeyUse::open(&base.database, base.journal.clone(), base.store.clone()).await?;
        let key_use = Arc::new(key_use);
        background.push(tokio::spawn(key_use.clone().follow()));
        let (trail, deliveries) = services::open_trails(&base, &buckets, &logs, key_use.clone()).await?;
        #[cfg(feature = "sql")]
        let trail = trail.with_sql(sql::of_events(&machine, &config.sql));
        let gateway = gateway(&base, call_center, Arc::new(trail));
        let Base { database, journal, store, indexer, recorder, .. } = base;
        let parts = Arc::new(Parts {
            gateway,
            metrics: Metrics::new(),
            journal,
            store,
            indexer,
            buckets,
            logs,
            deliveries,
            key_use,
            objects: files.objects,
        });
        let listener = Listener::start(&config.listen, parts.clone())
            .await
            .map_err(|cause| StartError::Listen { address: config.listen.clone(), cause })?;
        Ok(Self { parts, recorder, listener, database, background, created: opened.created, folder })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// What records calls and what makes them findable: for the demo's history, which does not come over the wire.
    pub(crate) fn recording(&self) -> (Arc<AuditRecorder>, Arc<Indexer>) {
        (self.recorder.clone(), self.parts.indexer.clone())
    }

    /// The first credentials, once, when this start created them.
    pub fn take_first_credentials(&mut self) -> Option<FirstCredentials> {
        self.created.take()
    }

    /// Finishes the calls in hand, syncs and releases the folder.
    pub async fn stop(self) {
        // Together: a comparison of deliveries is a call in hand, and ends with them.
        tokio::join!(self.listener.stop(), self.parts.deliveries.stop());
        // What is being written is a transaction: whole or not at all.
        self.background.iter().for_each(tokio::task::JoinHandle::abort);
        let parts = self.parts;
        let closed = tokio::task::spawn_blocking(move || {
            parts.indexer.stop();
            parts.journal.close()
        })
        .await;
        match closed {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the journal did not close cleanly"),
            Err(error) => tracing::error!(%error, "closing the journal failed"),
        }
        self.database.close().await;
        drop(self.folder);
    }
}

async fn open_files(config: &StoreConfig, data: &Path) -> Result<SegmentFiles, StartError> {
    let (config, data, runtime) = (config.clone(), data.to_owned(), tokio::runtime::Handle::current());
    let opened = tokio::task::spawn_blocking(move || SegmentFiles::open(&config, &data, &runtime));
    opened.await.map_err(std::io::Error::other)?.map_err(StartError::SegmentFiles)
}

fn open_journal(config: &Config, folder: PathBuf, without_sync: bool) -> Result<FileJournal, journal::JournalError> {
    let sync = if without_sync { journal::SyncMode::Off } else { journal::SyncMode::Full };
    let options = journal::Options {
        free_disk_floor_bytes: config.journal.free_disk_floor_mib * 1024 * 1024,
        // A LogGroup is one record.
        max_record_bytes: ::logstore::limits::MAX_RECORD_BYTES,
        sync,
        ..journal::Options::default()
    };
    FileJournal::open(&folder, options)
}

/// What answers the calls of the OpenAPI products.
fn gateway(base: &Base<'_>, call_center: Arc<CallCenter>, trail: Arc<ActionTrail>) -> Gateway {
    let identity = &base.identity;
    Gateway::new(
        vec![
            Box::new(TableService::new(callcenter::PRODUCT, callcenter::OPERATIONS.iter().copied(), call_center)),
            Box::new(TableService::new(audit::PRODUCT, audit::OPERATIONS, trail.clone())),
            Box::new(TableService::new(audit::PRODUCT_2017, [audit::OPERATIONS_2017], trail)),
            Box::new(TableService::new(identity::ram::PRODUCT, [identity::ram::OPERATIONS], identity.clone())),
            Box::new(TableService::new(identity::sts::PRODUCT, [identity::sts::OPERATIONS], identity.clone())),
        ],
        identity.clone(),
        base.recorder.clone(),
        gateway_settings(base.config),
    )
}

fn gateway_settings(config: &Config) -> GatewaySettings {
    GatewaySettings {
        default_region: config.default_region.clone(),
        global_region: config.global_region.clone(),
        throttling: config.throttling(),
    }
}

impl Parts {
    /// May calls be taken? Otherwise the reason.
    pub fn health(&self) -> Result<(), String> {
        self.journal.ready().map_err(|error| error.to_string())
    }
}
