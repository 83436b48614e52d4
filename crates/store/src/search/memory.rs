//! A memory part as a place of a search: no index of words, the rows themselves are read.
//!
//! Values of fields lead, as in a lookup. A lock is held only while a chunk of rows is picked; what takes time is done
//! with the rows in hand, so inserting never waits for a search.

use std::sync::Arc;

use parking_lot::RwLock;

use crate::limits::{FIRST_CHUNK_ROWS, MAX_CHUNK_ROWS};
use crate::query::{FieldId, Query};
use crate::schema::Schema;
use crate::segment::SegmentError;
use crate::stream::Stream;

use super::compile::Search;
use super::row::RowJudge;
use super::source::{Source, Step};

pub(crate) struct MemorySource<'a> {
    name: &'a str,
    stream: Arc<RwLock<Stream>>,
    query: Query<'a>,
    /// The values of the query and those that the condition requires.
    all_of: Vec<(FieldId, &'a str)>,
    search: &'a Search,
    schema: &'a dyn Schema,
    chunk_rows: usize,
    judge: RowJudge,
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
        let (query, judge) = (query.clone(), RowJudge::default());
        MemorySource { name, stream, query, all_of, search, schema, chunk_rows: FIRST_CHUNK_ROWS, judge }
    }
}

impl Source for MemorySource<'_> {
    fn advance(&mut self, wanted: usize) -> Result<Step, SegmentError> {
        let limit = wanted.clamp(self.chunk_rows, MAX_CHUNK_ROWS);
        let query = Query { all_of: &self.all_of, limit, ..self.query.clone() };
        let chunk = self.stream.read().candidates(&query, self.search);
        self.chunk_rows = (self.chunk_rows * 2).min(MAX_CHUNK_ROWS);
        let mut step = Step { examined: chunk.examined, reached: chunk.reached, ..Step::default() };
        for (row, known) in chunk.rows {
            if self.search.truth(known).is_none() {
                step.bytes_read += row.bytes.len() as u64;
            }
            let refused = |problem| SegmentError::Row {
                file: format!("stream {} in memory", self.name),
                position: row.cursor.position,
                problem,
            };
            let cursor = row.cursor;
            if self.judge.matches(self.search, known, &row.bytes, self.schema).map_err(refused)? {
                step.rows.push(row);
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
