//! Making a new file so that a crash leaves it whole or not at all.

use std::io;

use crate::Position;
use crate::error::JournalError;
use crate::format::header::FileHeader;
use crate::format::{file_name, new_file_name};
use crate::recover::ActiveFile;
use crate::storage::{Storage, write_all_at};
use crate::stream::StreamName;

/// Makes the file whose first record has number `first_sequence`; `streams` had these last positions before it.
///
/// On return the file with its header survives a crash, so records in it may be acknowledged once they are synced.
pub(crate) fn create_file(
    storage: &dyn Storage,
    first_sequence: u64,
    created_at_ms: u64,
    streams: Vec<(StreamName, Position)>,
) -> Result<ActiveFile, JournalError> {
    let salt = rand::random();
    let header = FileHeader { salt, first_sequence, created_at_ms, streams }.encode();
    let (new_name, name) = (new_file_name(first_sequence), file_name(first_sequence));
    let created = match storage.create(&new_name) {
        // What an attempt left when the disk was full.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            storage.remove(&new_name).and_then(|()| storage.create(&new_name))
        }
        created => created,
    };
    let file = created.map_err(|error| JournalError::io("create", &new_name, error))?;
    write_all_at(&*file, 0, &header).map_err(|error| JournalError::io("write", &new_name, error))?;
    file.sync_data().map_err(|error| JournalError::io("sync", &new_name, error))?;
    storage.rename(&new_name, &name).map_err(|error| JournalError::io("rename", &new_name, error))?;
    storage.sync_dir().map_err(|error| JournalError::io("sync", storage.describe(), error))?;
    let end = header.len() as u64;
    Ok(ActiveFile { file, name, salt, first_sequence, end, filled_end: end })
}
