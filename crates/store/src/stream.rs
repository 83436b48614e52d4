//! One stream: its rows and their index.

use std::sync::Arc;

use bytes::Bytes;

use crate::limits::FILTER_BLOCK_ROWS;
use crate::lookup::{self, Candidates};
use crate::positions::Positions;
use crate::query::{Cursor, Page, Query, Row};
use crate::rows::{Rows, StoredRow};
use crate::search::{Search, TextHashes, WordFilters};
use crate::segment::SourceRow;
use crate::terms::Terms;

/// Rows of one stream with everything needed to find them.
#[derive(Default)]
pub(crate) struct Stream {
    rows: Rows,
    terms: Terms,
    positions: Positions,
    payload_bytes: u64,
    /// Place of the row that comes last.
    newest: Option<Cursor>,
    /// Made by searches.
    filters: Arc<WordFilters>,
}

impl Stream {
    /// Inserts a row, unless its position is there already.
    pub(crate) fn insert(&mut self, row: &Row<'_>) {
        if !self.positions.insert(row.position) {
            return;
        }
        let cursor = Cursor { time_s: row.time_s, position: row.position };
        self.payload_bytes += row.bytes.len() as u64;
        let number = self.rows.push(StoredRow { cursor, bytes: row.bytes.clone() });
        let is_newest = self.newest < Some(cursor);
        self.newest = self.newest.max(Some(cursor));
        let scope = self.terms.scope(row.scope);
        self.terms.insert(scope.all_rows(), number, is_newest, &self.rows);
        for (field, value) in row.terms {
            self.terms.insert(scope.term(*field, value), number, is_newest, &self.rows);
        }
    }

    pub(crate) fn lookup(&self, query: &Query<'_>) -> Page {
        lookup::lookup(&self.terms, &self.rows, query)
    }

    /// The next rows that may match a condition.
    pub(crate) fn candidates(&self, query: &Query<'_>, search: &Search, texts: &TextHashes) -> Candidates {
        let filters = self.filters.view(search, texts);
        lookup::candidates(&self.terms, &self.rows, query, search, filters)
    }

    /// All rows of a block that has no filter yet; nothing when it is not full.
    pub(crate) fn rows_without_filter(&self, block: usize) -> Option<Vec<Bytes>> {
        let rows = block * FILTER_BLOCK_ROWS..(block + 1) * FILTER_BLOCK_ROWS;
        let is_wanted = rows.end <= self.rows.len() && !self.filters.has(block);
        is_wanted.then(|| rows.map(|row| self.rows.get(row as u32).bytes.clone()).collect())
    }

    pub(crate) fn filters(&self) -> &Arc<WordFilters> {
        &self.filters
    }

    pub(crate) fn rows_in_order(&self) -> Vec<SourceRow> {
        let rows = (0..self.rows.len() as u32).map(|number| self.rows.get(number));
        let mut rows: Vec<_> = rows.map(|row| SourceRow { cursor: row.cursor, bytes: row.bytes.clone() }).collect();
        rows.sort_unstable_by_key(|row| row.cursor);
        rows
    }

    pub(crate) fn row_count(&self) -> u64 {
        self.rows.len() as u64
    }

    pub(crate) fn payload_bytes(&self) -> u64 {
        self.payload_bytes
    }

    /// Bytes of everything but the rows' own bytes.
    pub(crate) fn index_bytes(&self) -> u64 {
        self.rows.table_bytes()
            + self.terms.bytes()
            + self.positions.bytes()
            + self.filters.bytes()
            + size_of::<Stream>() as u64
    }

    pub(crate) fn last_position(&self) -> u64 {
        self.positions.last()
    }
}
