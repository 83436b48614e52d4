//! A segment that can be read.

use std::sync::Arc;

use crate::query::{Page, Query};
use crate::schema::Schema;

use super::error::SegmentError;
use super::file::NamedFile;
use super::lookup;
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
        self.search(query, &[])
    }

    /// One page of the rows that have all of these texts, too. A text is one word, or words that stand next to each other
    /// in the row; it is cut as the rows were. A text without any word is an error.
    pub fn search(&self, query: &Query<'_>, texts: &[&str]) -> Result<Page, SegmentError> {
        lookup::search(self, query, texts)
    }
}
