//! The rows of a stream, by number of insertion, in chunks that never move.

use bytes::Bytes;

use crate::limits::CHUNK_ROWS;
use crate::query::Cursor;

/// One row.
pub(crate) struct StoredRow {
    pub(crate) cursor: Cursor,
    pub(crate) bytes: Bytes,
}

/// All rows of a stream. Only the first chunk grows step by step, so that small streams stay small.
#[derive(Default)]
pub(crate) struct Rows {
    chunks: Vec<Vec<StoredRow>>,
}

impl Rows {
    /// Adds a row and returns its number.
    pub(crate) fn push(&mut self, row: StoredRow) -> u32 {
        let number = self.len();
        assert!(number < crate::limits::MAX_STREAM_ROWS, "a stream holds at most 2^31 rows in memory");
        if number.is_multiple_of(CHUNK_ROWS) {
            let capacity = if number == 0 { 0 } else { CHUNK_ROWS };
            self.chunks.push(Vec::with_capacity(capacity));
        }
        self.chunks[number / CHUNK_ROWS].push(row);
        number as u32
    }

    /// The row of a number that `push` returned.
    pub(crate) fn get(&self, number: u32) -> &StoredRow {
        let number = number as usize;
        &self.chunks[number / CHUNK_ROWS][number % CHUNK_ROWS]
    }

    pub(crate) fn len(&self) -> usize {
        match self.chunks.last() {
            Some(last) => (self.chunks.len() - 1) * CHUNK_ROWS + last.len(),
            None => 0,
        }
    }

    /// Bytes that the row table takes, without the rows' own bytes.
    pub(crate) fn table_bytes(&self) -> u64 {
        let rows: usize = self.chunks.iter().map(|chunk| chunk.capacity() * size_of::<StoredRow>()).sum();
        (rows + self.chunks.capacity() * size_of::<Vec<StoredRow>>()) as u64
    }
}
