//! The store between journal and lookups: its folder, its catalogue, and what the journal may forget.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use database::Database;
use journal::{FileJournal, forgets, kept_streams};
use store::schema::Schemas;
use store::write::{FilterOptions, SegmentStorage, SqlCatalogue, migrate_catalogue};
use store::{Store, StoreOptions};

use super::StartError;
use crate::config::StoreConfig;
use crate::data_folder::filters_folder;

/// Opens the store over its files and its journal.
pub(super) async fn open_store(
    config: &StoreConfig,
    data: &Path,
    storage: Arc<dyn SegmentStorage>,
    database: &Database,
    journal: Arc<FileJournal>,
) -> Result<Arc<Store>, StartError> {
    migrate_catalogue(database).await?;
    let catalogue = Arc::new(SqlCatalogue::new(database.clone(), tokio::runtime::Handle::current()));
    let options = options(config, data);
    let opened = tokio::task::spawn_blocking(move || {
        let kept = kept_streams(&*journal);
        Store::open(schemas(), storage, catalogue, &kept, Box::new(forgets(journal)), options)
    });
    let store = opened.await.map_err(std::io::Error::other)??;
    Ok(Arc::new(store))
}

/// How the streams of the server are read.
pub(crate) fn schemas() -> Schemas {
    audit::event_schemas().with(logstore::data::STREAM_PREFIX, logstore::data::log_schema())
}

fn options(config: &StoreConfig, data: &Path) -> StoreOptions {
    StoreOptions {
        part_rows: config.part_events,
        part_bytes: config.part_mib.saturating_mul(1024 * 1024),
        part_age: Duration::from_secs(config.part_age_s),
        retention: config.retention_days.0,
        filters: Some(FilterOptions::in_folder(filters_folder(data))),
        compaction: config.compaction,
        recompression_age: (config.recompression_days > 0)
            .then(|| Duration::from_secs(u64::from(config.recompression_days) * 86_400)),
        recompression_level: config.recompression_level,
        ..StoreOptions::default()
    }
}
