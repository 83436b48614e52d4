//! One stream: its rows and their index.

use std::sync::Arc;

use bytes::Bytes;

use crate::kept_values::KeptValues;
use crate::limits::FILTER_BLOCK_ROWS;
use crate::lookup::{self, Candidates};
use crate::positions::Positions;
use crate::query::{Cursor, FieldId, Page, Query, Row};
use crate::recent_terms::RecentTerms;
use crate::rows::{Rows, StoredRow};
use crate::search::{Search, TextHashes, WordFilters};
use crate::segment::SourceRow;
use crate::terms::Terms;

/// Rows of one stream with everything needed to find them.
#[derive(Default)]
pub(crate) struct Stream {
    rows: Rows,
    values: KeptValues,
    terms: Terms,
    recent: RecentTerms,
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
        self.recent.note_rows(self.rows.len());
        let scope = self.recent.scope(row.scope, &self.terms);
        self.index_scope(scope, number, is_newest);
        self.values.begin_row(row.scope, &row.bytes);
        for (field, value) in row.terms {
            match self.recent.known(scope, *field, value) {
                Some(known) => {
                    self.terms.insert_at(known.list, number, is_newest, &self.rows);
                    known.common = known.common.or_else(|| self.values.number(value));
                    self.values.push(*field, value, known.common, &row.bytes);
                }
                None => {
                    self.index_term(scope, *field, value, number, is_newest);
                    self.values.push(*field, value, None, &row.bytes);
                }
            }
        }
        self.values.end_row();
    }

    fn index_scope(&mut self, scope: usize, number: u32, is_newest: bool) {
        let scope = self.recent.scope_at(scope);
        match scope.all_rows {
            Some(list) => self.terms.insert_at(list, number, is_newest, &self.rows),
            None => scope.all_rows = self.terms.insert(scope.hash.all_rows(), number, is_newest, &self.rows),
        }
    }

    fn index_term(&mut self, scope: usize, field: FieldId, value: &str, number: u32, is_newest: bool) {
        let key = self.recent.scope_at(scope).hash.term(field, value);
        if let Some(list) = self.terms.insert(key, number, is_newest, &self.rows) {
            self.recent.note(scope, field, value, list);
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
        self.numbers_in_order().into_iter().map(|number| self.source_row(number)).collect()
    }

    /// Numbers of insertion in the order of cursors.
    pub(crate) fn numbers_in_order(&self) -> Vec<u32> {
        let mut numbers: Vec<u32> = (0..self.rows.len() as u32).collect();
        numbers.sort_by_key(|number| self.cursor(*number));
        numbers
    }

    pub(crate) fn cursor(&self, number: u32) -> Cursor {
        self.rows.get(number).cursor
    }

    pub(crate) fn source_row(&self, number: u32) -> SourceRow {
        let row = self.rows.get(number);
        SourceRow { cursor: row.cursor, bytes: row.bytes.clone() }
    }

    /// The values with which the rows were inserted.
    pub(crate) fn values(&self) -> &KeptValues {
        &self.values
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
            + self.values.bytes()
            + self.terms.bytes()
            + self.recent.bytes()
            + self.positions.bytes()
            + self.filters.bytes()
            + size_of::<Stream>() as u64
    }

    pub(crate) fn last_position(&self) -> u64 {
        self.positions.last()
    }
}
