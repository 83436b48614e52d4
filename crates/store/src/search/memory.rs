//! A memory part as a place of a search: the rows themselves are read.
//!
//! Values of fields lead, as in a lookup, and filters of words pass over blocks of rows. A lock is held only while a chunk
//! of rows is picked; what takes time is done with the rows in hand, so inserting never waits for a search.

use std::sync::Arc;

use bytes::Bytes;
use parking_lot::RwLock;

use crate::limits::{FILTER_BLOCK_ROWS, FIRST_CHUNK_ROWS, MAX_CHUNK_ROWS, MAX_FILTERS_MADE, ROWS_BEFORE_FILTERS};
use crate::lookup::Candidate;
use crate::query::{FieldId, Query};
use crate::schema::Schema;
use crate::segment::SegmentError;
use crate::stream::Stream;

use super::compile::Search;
use super::filter::TextHashes;
use super::row::RowJudge;
use super::source::{Source, Step};

pub(crate) struct MemorySource<'a> {
    name: &'a str,
    stream: Arc<RwLock<Stream>>,
    query: Query<'a>,
    /// The values of the query and those that the condition requires.
    all_of: Vec<(FieldId, &'a str)>,
    search: &'a Search,
    texts: TextHashes,
    schema: &'a dyn Schema,
    chunk_rows: usize,
    judge: RowJudge,
    rows_read: u64,
    filters_made: usize,
    /// The block that was looked at last for whether it needs a filter.
    last_block: Option<usize>,
}

impl<'a> MemorySource<'a> {
    pub(crate) fn new(
        name: &'a str,
        stream: Arc<RwLock<Stream>>,
        query: &Query<'a>,
        search: &'a Search,
        schema: &'a dyn Schema,
    ) -> MemorySource<'a> {
        let mut all_of = query.all_of.to_vec();
        all_of.extend(search.required_values());
        MemorySource {
            name,
            stream,
            query: query.clone(),
            all_of,
            search,
            texts: TextHashes::of(search),
            schema,
            chunk_rows: FIRST_CHUNK_ROWS,
            judge: RowJudge::default(),
            rows_read: 0,
            filters_made: 0,
            last_block: None,
        }
    }

    fn matches(&mut self, candidate: &Candidate) -> Result<bool, SegmentError> {
        let Candidate { row, known, .. } = candidate;
        let matches = self.judge.matches(self.search, *known, &row.bytes, self.schema);
        matches.map_err(|problem| SegmentError::Row {
            file: format!("stream {} in memory", self.name),
            position: row.cursor.position,
            problem,
        })
    }

    /// Leaves a filter for the block of a row that had to be read.
    fn leave_filter(&mut self, row: u32) {
        let block = row as usize / FILTER_BLOCK_ROWS;
        let is_worth_it = self.rows_read >= ROWS_BEFORE_FILTERS && !self.texts.is_empty();
        if !is_worth_it || self.filters_made == MAX_FILTERS_MADE || self.last_block == Some(block) {
            return;
        }
        self.last_block = Some(block);
        let rows = self.stream.read().rows_without_filter(block);
        if let Some(rows) = rows {
            self.filters_made += 1;
            let filters = self.stream.read().filters().clone();
            filters.make(block, self.search.rules(), rows.iter().map(Bytes::as_ref));
        }
    }
}

impl Source for MemorySource<'_> {
    fn advance(&mut self, wanted: usize, _most_rows: u64) -> Result<Step, SegmentError> {
        let limit = wanted.clamp(self.chunk_rows, MAX_CHUNK_ROWS);
        let query = Query { all_of: &self.all_of, limit, ..self.query.clone() };
        let chunk = self.stream.read().candidates(&query, self.search, &self.texts);
        self.chunk_rows = (self.chunk_rows * 2).min(MAX_CHUNK_ROWS);
        let mut step = Step { examined: chunk.examined, reached: chunk.reached, ..Step::default() };
        for candidate in chunk.rows {
            if self.search.truth(candidate.known).is_none() {
                step.bytes_read += candidate.row.bytes.len() as u64;
                self.rows_read += 1;
                self.leave_filter(candidate.number);
            }
            if self.matches(&candidate)? {
                let cursor = candidate.row.cursor;
                step.rows.push(candidate.row);
                if step.rows.len() == wanted {
                    step.reached = Some(cursor);
                    break;
                }
            }
        }
        self.query.after = step.reached;
        Ok(step)
    }
}
