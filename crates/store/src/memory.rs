//! The memory part: streams behind locks.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;

use crate::query::{Page, Query, Row};
use crate::schema::Schema;
use crate::search::{self, Budget, MemorySource, Ready, Search, SearchPage};
use crate::segment::{SegmentError, SourceRow};
use crate::stream::Stream;

/// Rows of many streams in memory.
///
/// Each stream has a lock of its own, which an insert holds for its whole batch: a reader sees all of a batch or nothing
/// of it. Readers of one stream do not wait for each other.
#[derive(Default)]
pub struct MemoryPart {
    streams: RwLock<HashMap<Box<str>, Arc<RwLock<Stream>>>>,
}

/// What a memory part holds. Bytes count capacity, not only what is used of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MemoryStats {
    /// Number of rows.
    pub rows: u64,
    /// Bytes of the rows themselves.
    pub payload_bytes: u64,
    /// Bytes of everything else: row table, hash tables, posting lists, positions.
    pub index_bytes: u64,
    /// Number of streams.
    pub streams: u64,
}

impl MemoryPart {
    /// An empty part.
    pub fn new() -> MemoryPart {
        MemoryPart::default()
    }

    /// Inserts a batch into a stream, all of it or, for readers, not yet. Rows whose position is there already are
    /// left out, so replaying a journal twice changes nothing.
    ///
    /// A row that is the newest of its lists costs an append per list. A late row is inserted at its place: a binary
    /// search and a move of at most one block of row numbers (4 KiB) per list.
    ///
    /// # Panics
    /// When the stream would hold more than [`crate::limits::MAX_STREAM_ROWS`] rows, which no machine has the memory for.
    pub fn insert(&self, stream: &str, rows: &[Row<'_>]) {
        if rows.is_empty() {
            return;
        }
        let stream = self.stream_or_new(stream);
        let mut stream = stream.write();
        for row in rows {
            stream.insert(row);
        }
    }

    /// One page of a stream; empty for a stream that is not there.
    pub fn lookup(&self, stream: &str, query: &Query<'_>) -> Page {
        match self.stream(stream) {
            Some(stream) => stream.read().lookup(query),
            None => Page::default(),
        }
    }

    /// One page of the rows of a stream that match a condition, too.
    pub fn search(
        &self,
        stream: &str,
        query: &Query<'_>,
        search: &Search,
        schema: &dyn Schema,
        budget: &Budget,
    ) -> Result<SearchPage, SegmentError> {
        let source =
            self.stream(stream).map(|rows| Box::new(MemorySource::new(stream, rows, query, search, schema)) as _);
        search::search(vec![Ready { source, start: query.after }], query, budget)
    }

    /// What the part holds now.
    pub fn stats(&self) -> MemoryStats {
        let streams = self.streams.read();
        let mut stats = MemoryStats { streams: streams.len() as u64, ..MemoryStats::default() };
        for (name, stream) in streams.iter() {
            let stream = stream.read();
            stats.rows += stream.row_count();
            stats.payload_bytes += stream.payload_bytes();
            stats.index_bytes += stream.index_bytes() + name.len() as u64;
        }
        stats
    }

    /// Highest position in a stream; zero when the stream has no rows.
    pub fn last_position(&self, stream: &str) -> u64 {
        self.stream(stream).map_or(0, |stream| stream.read().last_position())
    }

    /// Names of the streams that have rows.
    pub(crate) fn stream_names(&self) -> Vec<Box<str>> {
        self.streams.read().keys().cloned().collect()
    }

    /// All rows of a stream in the order of their cursors.
    pub(crate) fn rows_in_order(&self, stream: &str) -> Vec<SourceRow> {
        self.stream(stream).map_or_else(Vec::new, |stream| stream.read().rows_in_order())
    }

    /// A stream; nothing when no row of it came.
    pub(crate) fn stream(&self, name: &str) -> Option<Arc<RwLock<Stream>>> {
        self.streams.read().get(name).cloned()
    }

    fn stream_or_new(&self, name: &str) -> Arc<RwLock<Stream>> {
        if let Some(stream) = self.stream(name) {
            return stream;
        }
        Arc::clone(self.streams.write().entry(name.into()).or_default())
    }
}
