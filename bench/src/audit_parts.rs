//! The parts through which events go, put together in a folder as the server does it: journal, indexer, store.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use audit::{AuditRecorder, DataEventFilter, Indexer, RejectedLog};
use database::Database;
use event::Masking;
use journal::{FileJournal, Options, forgets, kept_streams};
use store::write::{FilterOptions, LocalFolder, SqlCatalogue, migrate_catalogue};
use store::{Store, StoreOptions};
use tokio::runtime::Runtime;

use crate::Failure;

/// Where what lies in a data folder; the same as in the server's.
#[derive(Debug, Clone)]
pub struct DataPaths {
    root: PathBuf,
}

impl DataPaths {
    /// Of a data folder, which is created when it is missing.
    pub fn of(root: &Path) -> std::io::Result<DataPaths> {
        create_private(root)?;
        Ok(DataPaths { root: root.to_owned() })
    }

    /// Events, the truth.
    pub fn journal(&self) -> PathBuf {
        self.root.join("journal")
    }

    /// Segments.
    pub fn segments(&self) -> PathBuf {
        self.root.join("segments")
    }

    /// Filters over many segments.
    pub fn filters(&self) -> PathBuf {
        self.root.join("filters")
    }

    /// Bytes of the control database, its write-ahead log included.
    pub fn catalogue_bytes(&self) -> std::io::Result<u64> {
        let mut bytes = 0;
        for name in ["control.db", "control.db-wal"] {
            let file = self.root.join(name);
            bytes += if file.is_file() { file.metadata()?.len() } else { 0 };
        }
        Ok(bytes)
    }

    fn database_url(&self) -> String {
        format!("sqlite://{}", self.root.join("control.db").display())
    }

    fn security(&self) -> PathBuf {
        self.root.join("security")
    }
}

/// Journal, indexer and store of a data folder that no server uses.
pub struct AuditParts {
    /// The data folder.
    pub paths: DataPaths,
    /// Events come in here.
    pub journal: Arc<FileJournal>,
    /// And are found here.
    pub store: Arc<Store>,
    indexer: Indexer,
    database: Database,
}

impl AuditParts {
    /// Opens what is there or makes it.
    pub fn open(runtime: &Runtime, paths: &DataPaths, options: StoreOptions) -> Result<AuditParts, Failure> {
        let journal = Arc::new(FileJournal::open(paths.journal(), Options::default())?);
        let database = runtime.block_on(async {
            let database = Database::open(&paths.database_url()).await?;
            migrate_catalogue(&database).await?;
            Ok::<_, database::DatabaseError>(database)
        })?;
        let store = Arc::new(open_store(runtime, paths, &database, journal.clone(), options)?);
        let indexer = Indexer::start(journal.clone(), store.clone())?;
        Ok(AuditParts { paths: paths.clone(), journal, store, indexer, database })
    }

    /// A recorder as the gateway has it.
    pub fn recorder(&self) -> Result<AuditRecorder, Failure> {
        create_private(&self.paths.security())?;
        let rejected = Arc::new(RejectedLog::open(&self.paths.security())?);
        let nobody_asks = Arc::new(DataEventFilter::default());
        Ok(AuditRecorder::new(self.journal.clone(), Masking::default(), rejected, nobody_asks))
    }

    /// Resolves when everything that is durable now can be found.
    pub async fn catch_up(&self, patience: Duration) -> Result<(), Failure> {
        Ok(self.indexer.catch_up_within(patience).await?)
    }

    /// Ends the threads. What is not in segments is in the journal.
    pub fn close(self, runtime: &Runtime) -> Result<(), Failure> {
        self.indexer.stop();
        self.journal.close()?;
        runtime.block_on(self.database.close());
        Ok(())
    }
}

/// Events are for their owner alone.
fn create_private(folder: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn open_store(
    runtime: &Runtime,
    paths: &DataPaths,
    database: &Database,
    journal: Arc<FileJournal>,
    options: StoreOptions,
) -> Result<Store, Failure> {
    let catalogue = Arc::new(SqlCatalogue::new(database.clone(), runtime.handle().clone()));
    let storage = Arc::new(LocalFolder::new(&paths.segments()));
    let options = StoreOptions { filters: Some(FilterOptions::in_folder(paths.filters())), ..options };
    let kept = kept_streams(&*journal);
    let schemas = audit::event_schemas().with(logstore::data::STREAM_PREFIX, logstore::data::log_schema());
    Ok(Store::open(schemas, storage, catalogue, &kept, Box::new(forgets(journal.clone())), options)?)
}
