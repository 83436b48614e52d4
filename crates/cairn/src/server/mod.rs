//! The server: its parts wired together, and its life cycle.
//!
//! Start order is dependency order (folder, database, identity, journal, store, index, gateway, listener); the end is the
//! reverse: no new calls, calls in hand finish, the journal is synced, the folder is released.

mod agents;
mod bucket;
mod connection;
mod delivery;
mod http;
mod listener;
mod logstore;
mod metrics_page;
mod open_store;
mod ram_users;
mod recordings;
#[cfg(feature = "sql")]
mod sql;
mod workbench;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::bucket::BucketService;
use ::delivery::Deliveries;
use ::logstore::LogService;
use audit::trail::history::HistoryBook;
use audit::trail::{Organization, TrailBook};
use audit::{ActionTrail, AuditRecorder, ExpiryReporter, Indexer, LookupSettings, RejectedLog};
use callcenter::recording::Recordings;
use callcenter::{CallCenter, LoginKey};
use database::Database;
use identity::{FirstCredentials, FirstStart, Identity};
use journal::{FileJournal, Journal};
use objects::ObjectStorage;
use openapi::{Gateway, GatewaySettings, TableService};
use store::Store;

use crate::config::{Config, StoreConfig};
use crate::data_folder::DataFolder;
use crate::metrics::Metrics;
use crate::object_files;
use crate::segment_files::SegmentFiles;
use listener::Listener;
use open_store::open_store;
pub(crate) use open_store::schemas;
use ram_users::RamDirectory;

/// Why a server does not start. Each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Data folder.
    #[error(transparent)]
    Folder(#[from] crate::data_folder::DataFolderError),
    /// Control database.
    #[error(transparent)]
    Database(#[from] database::DatabaseError),
    /// Accounts and keys.
    #[error(transparent)]
    Identity(#[from] identity::IdentityError),
    /// Call centre.
    #[error(transparent)]
    CallCenter(#[from] callcenter::CallCenterError),
    /// Settings of the short messages.
    #[error("the section [sms] of the configuration cannot be used: {0}")]
    ShortMessages(String),
    /// The operator's file of telephone numbers.
    #[error(transparent)]
    PhoneData(#[from] regions::PhoneDataError),
    /// Journal.
    #[error(transparent)]
    Journal(#[from] journal::JournalError),
    /// Buckets and their objects.
    #[error(transparent)]
    Buckets(#[from] ::bucket::BucketError),
    /// Projects and logstores.
    #[error(transparent)]
    Logs(#[from] ::logstore::LogServiceError),
    /// The files of objects.
    #[error("{0}")]
    Objects(String),
    /// Destinations of trails.
    #[error("{0}")]
    Delivery(String),
    /// Recordings of an earlier version.
    #[error(transparent)]
    Recordings(#[from] recordings::TakeOverError),
    /// The SQL engine.
    #[cfg(feature = "sql")]
    #[error(transparent)]
    Sql(::sql::SqlError),
    /// Segments and their catalogue.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// Where segments are.
    #[error("{0}")]
    SegmentFiles(String),
    /// The address.
    #[error("cannot listen on {address}: {cause}; choose another address with --listen")]
    Listen {
        /// As configured.
        address: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A TURN server is configured, but not the secret that it shares.
    #[error(
        "the TURN secret in {path} cannot be used: {cause}; name a readable file in turn_secret_file, section [workbench]"
    )]
    TurnSecret {
        /// As configured.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Threads or files.
    #[error("cannot start: {0}")]
    System(#[from] std::io::Error),
}

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
        let folder = DataFolder::open(&config.data)?;
        let database = Database::open(&config.database_url()).await?;
        let opened = Identity::open(&database, folder.path(), options.first_start).await?;
        let identity = opened.identity;
        let journal = Arc::new(open_journal(config, folder.journal(), options.without_sync)?);
        let files = open_files(&config.store, folder.path()).await?;
        let store = open_store(&config.store, files.storage.clone(), &database, journal.clone()).await?;
        files.probe()?;
        let indexer = Arc::new(Indexer::start(journal.clone(), store.clone())?);
        let rejected = Arc::new(RejectedLog::open(&folder.security()?)?);
        let region = config.global_region.clone();
        let reporter = ExpiryReporter::new(store.clone(), indexer.clone(), journal.clone(), region);
        let mut background = vec![tokio::spawn(reporter.run())];
        let recorder = Arc::new(AuditRecorder::new(journal.clone(), config.masking(), rejected));
        let settings =
            ::bucket::Settings { default_region: config.default_region.clone(), link_key: folder.link_key()? };
        let objects = object_files::open(config, folder.path(), &folder.objects(), &tokio::runtime::Handle::current());
        let objects = objects.map_err(StartError::Objects)?;
        let buckets =
            BucketService::open(database.clone(), objects, identity.clone(), recorder.clone(), settings).await?;
        let buckets = Arc::new(buckets);
        background.push(tokio::spawn(self::bucket::follow_lifecycles(buckets.clone())));
        let recordings = Recordings {
            bucket: Arc::new(recordings::InBuckets::new(buckets.clone())),
            import_folder: folder.import()?,
        };
        let short_messages = config.sms.connect().map_err(StartError::ShortMessages)?;
        let call_center = CallCenter::open(database.clone(), Arc::new(RamDirectory::new(identity.clone())))
            .await?
            .with_login_key(LoginKey::new(folder.login_token_key()?))
            .with_workbench(workbench::settings(&config.workbench)?)
            .with_short_messages(short_messages.provider)
            .with_recordings(recordings)
            .with_regions(config.regions()?);
        let call_center = Arc::new(call_center);
        recordings::take_over(&folder.buckets(), &call_center, &buckets).await?;
        background.push(tokio::spawn(Arc::clone(&call_center).follow_reports(short_messages.reports)));
        background.push(tokio::spawn(agents::settle_regularly(Arc::clone(&call_center))));
        let logs = LogService::open(
            ::logstore::Surroundings {
                database: database.clone(),
                journal: journal.clone(),
                store: store.clone(),
                index: Arc::new(self::logstore::Index(indexer.clone())),
                directory: identity.clone(),
                recorder: recorder.clone(),
            },
            ::logstore::Settings {
                default_region: config.default_region.clone(),
                endpoints: config.logstore.endpoints.clone(),
            },
        )
        .await?;
        let logs = Arc::new(logs);
        let book = Arc::new(TrailBook::open(&database).await?);
        let history = Arc::new(HistoryBook::open(&database).await?);
        let (deliveries, destinations) = self::delivery::start(
            self::delivery::Parts {
                database: database.clone(),
                journal: journal.clone(),
                store: store.clone(),
                identity: identity.clone(),
                buckets: buckets.clone(),
                logs: logs.clone(),
                book: book.clone(),
                history: history.clone(),
            },
            &config.delivery,
        )
        .await?;
        let surroundings = audit::Surroundings {
            store: store.clone(),
            indexer: indexer.clone(),
            journal: journal.clone(),
            trails: book,
            history,
            delivery: deliveries.clone(),
            destinations,
        };
        let settings = lookup_settings(config, organization(&identity));
        let trail = ActionTrail::new(surroundings, settings, folder.page_token_key()?);
        #[cfg(feature = "sql")]
        let trail = trail.with_sql(sql::open_sql(&config.sql, folder.sql_spill())?);
        let trail = Arc::new(trail);
        let gateway = Gateway::new(
            vec![
                Box::new(TableService::new(callcenter::PRODUCT, callcenter::OPERATIONS.iter().copied(), call_center)),
                Box::new(TableService::new(audit::PRODUCT, audit::OPERATIONS, trail.clone())),
                Box::new(TableService::new(audit::PRODUCT_2017, [audit::OPERATIONS_2017], trail)),
                Box::new(TableService::new(identity::ram::PRODUCT, [identity::ram::OPERATIONS], identity.clone())),
                Box::new(TableService::new(identity::sts::PRODUCT, [identity::sts::OPERATIONS], identity.clone())),
            ],
            identity,
            recorder.clone(),
            gateway_settings(config),
        );
        let parts = Arc::new(Parts {
            gateway,
            metrics: Metrics::new(),
            journal,
            store,
            indexer,
            buckets,
            logs,
            deliveries,
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
        self.listener.stop().await;
        self.parts.deliveries.stop().await;
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

fn lookup_settings(config: &Config, organization: Organization) -> LookupSettings {
    let regions = vec![config.default_region.clone()];
    LookupSettings { any_attributes: config.lookup.any_attributes, regions, organization }
}

/// All accounts of the server, managed by the one that it began with.
fn organization(identity: &Identity) -> Organization {
    let management_account_id = identity.first_account_id().unwrap_or_default();
    Organization { id: format!("rd-{management_account_id}"), management_account_id }
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
