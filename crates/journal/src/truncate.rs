//! Freeing the space of records that nobody needs any more.

use tracing::info;

use crate::Position;
use crate::error::JournalError;
use crate::shared::Shared;
use crate::stream::StreamName;

/// See [`crate::Journal::truncate_until`].
///
/// Oldest first, and each removal is synced before the next: a crash can never leave a gap between files.
pub(crate) fn truncate_until(shared: &Shared, stream: &StreamName, position: Position) -> Result<(), JournalError> {
    let mut removal_not_synced = shared.truncation.lock();
    shared.durable(|durable| durable.catalog.release(stream, position));
    loop {
        if *removal_not_synced {
            let synced = shared.storage.sync_dir();
            synced.map_err(|error| JournalError::io("sync", shared.storage.describe(), error))?;
            *removal_not_synced = false;
        }
        // Taken out of the catalogue first, so that a reader that misses the file knows why.
        let Some(file) = shared.durable(|durable| durable.catalog.take_released_file()) else {
            return Ok(());
        };
        if let Err(error) = shared.storage.remove(&file.name) {
            let refused = JournalError::io("remove", &file.name, error);
            shared.durable(|durable| durable.catalog.put_back(file));
            return Err(refused);
        }
        *removal_not_synced = true;
        info!(file = file.name, "removed a journal file, all its records were released");
    }
}
