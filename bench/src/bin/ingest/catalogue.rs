//! The catalogue that the measured stores use: a small database file beside their segments.

use std::path::Path;
use std::sync::Arc;

use database::Database;
use store::write::{SqlCatalogue, migrate_catalogue};
use tokio::runtime::Runtime;

pub fn open_catalogue(runtime: &Runtime, folder: &Path) -> Result<Arc<SqlCatalogue>, Box<dyn std::error::Error>> {
    let url = format!("sqlite://{}", folder.join("control.db").display());
    let database = runtime.block_on(Database::open(&url))?;
    runtime.block_on(migrate_catalogue(&database))?;
    Ok(Arc::new(SqlCatalogue::new(database, runtime.handle().clone())))
}
