//! Events of a stream in order: from the journal, and from the store what the journal has let go.

use bytes::Bytes;
use journal::{Journal, JournalError, StreamName};
use store::Store;

use crate::limits::KEY_USE_READ_RECORDS;

/// Some events with their positions.
pub(super) struct Chunk {
    pub(super) records: Vec<(u64, Bytes)>,
    /// The position after them; past what has expired.
    pub(super) next: u64,
}

/// Events from a position on; `last` exists. Blocks on files.
pub(super) fn read(
    journal: &dyn Journal,
    store: &Store,
    stream: &StreamName,
    from: u64,
    last: u64,
) -> Result<Chunk, String> {
    match journal.read_from(stream, from, KEY_USE_READ_RECORDS) {
        Ok(records) => {
            let records: Vec<_> = records.into_iter().map(|record| (record.position, record.payload)).collect();
            let next = records.last().map_or(last + 1, |(position, _)| position + 1);
            Ok(Chunk { records, next })
        }
        Err(JournalError::Truncated { first_retained }) => {
            let to = first_retained - 1;
            let rows = store.rows_by_position(stream.as_str(), from, to, KEY_USE_READ_RECORDS);
            let rows = rows.map_err(|error| error.to_string())?;
            let is_all = rows.len() < KEY_USE_READ_RECORDS;
            let records: Vec<_> = rows.into_iter().map(|row| (row.cursor.position, row.bytes)).collect();
            let behind = records.last().map_or(to + 1, |(position, _)| position + 1);
            Ok(Chunk { records, next: if is_all { to + 1 } else { behind } })
        }
        Err(error) => Err(error.to_string()),
    }
}
