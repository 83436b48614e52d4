//! A segment that can be read.

use std::sync::Arc;

use crate::query::{FoundRow, Page, Query};
use crate::schema::Schema;
use crate::search::{self, Budget, Ready, Search, SearchPage};

use super::error::SegmentError;
use super::file::NamedFile;
use super::lookup::pick;
use super::page::fill_page;
use super::segment_search::SegmentSearch;
use super::sidecar::Sidecar;

/// An opened segment. Opening reads the sidecar's header and nothing else; each lookup reads the blocks and pages that it
/// needs and checks them. Any number of threads may read at once.
pub struct Segment {
    pub(crate) sidecar: Sidecar,
    pub(crate) parquet: NamedFile,
    pub(crate) schema: Arc<dyn Schema>,
}

impl Segment {
    /// Opens the two files of a segment.
    pub fn open(sidecar: NamedFile, parquet: NamedFile, schema: Arc<dyn Schema>) -> Result<Segment, SegmentError> {
        let sidecar = Sidecar::open(sidecar)?;
        let (expected, found) = (sidecar.parquet_identity().0, parquet.byte_len()?);
        if expected != found {
            return Err(parquet.damaged(found, format!("it has {found} bytes, its index names {expected}")));
        }
        Ok(Segment { sidecar, parquet, schema })
    }

    /// Checksum of its index.
    pub(crate) fn index_checksum(&self) -> u32 {
        self.sidecar.checksum()
    }

    /// Number of rows; at least one.
    pub fn row_count(&self) -> usize {
        self.sidecar.row_count()
    }

    /// Earliest and latest time, Unix seconds.
    pub fn time_range_s(&self) -> (i64, i64) {
        self.sidecar.time_range_s()
    }

    /// Lowest and highest position.
    pub fn position_range(&self) -> (u64, u64) {
        self.sidecar.position_range()
    }

    /// One page, exactly as a memory part with the same rows would answer.
    pub fn lookup(&self, query: &Query<'_>) -> Result<Page, SegmentError> {
        fill_page(query, |query| pick(self, query))
    }

    /// One page of the rows that match a condition, too.
    pub fn search(&self, query: &Query<'_>, search: &Arc<Search>, budget: &Budget) -> Result<SearchPage, SegmentError> {
        let source = SegmentSearch::open(self, query, search, true)?.map(|source| Box::new(source) as _);
        search::search(vec![Ready { source, start: query.after }], query, budget)
    }

    /// Whether a row has the values of a query, as its bytes tell.
    pub(crate) fn has_values(&self, query: &Query<'_>, row: &FoundRow) -> Result<bool, SegmentError> {
        let extracted = self.schema.extract(&row.bytes).map_err(|problem| SegmentError::Row {
            file: self.parquet.name().to_owned(),
            position: row.cursor.position,
            problem,
        })?;
        let mut values = query.all_of.iter();
        Ok(query.scopes.contains(&&*extracted.scope) && values.all(|(field, value)| extracted.has(*field, value)))
    }
}
