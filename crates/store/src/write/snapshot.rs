//! What is kept of a stream at one moment, for readers that go through many of its rows.
//!
//! A snapshot keeps the view that it was taken from: whatever is flushed, joined or expired later, it has every row once.

use std::sync::Arc;

use super::error::StoreError;
use super::store::Store;
use super::view::{SegmentHandle, View};
use crate::query::FieldId;
use crate::schema::Schema;
use crate::segment::{LazyPage, SourceRow, WholeColumn};

/// The rows of one stream at one moment. Only those count whose times are kept.
#[derive(Clone)]
pub struct Snapshot {
    schema: Arc<dyn Schema>,
    kept: Vec<(i64, i64)>,
    memory: Arc<Vec<SourceRow>>,
    segments: Vec<SnapshotSegment>,
}

/// A segment of a snapshot. It is opened by the first call that needs its files; all such calls block.
#[derive(Clone)]
pub struct SnapshotSegment(Arc<SegmentHandle>);

/// A page of rows, which is unpacked as far as rows are asked for.
pub struct SnapshotPage(LazyPage);

impl Store {
    /// What is kept of a stream at this time: rows in retention or under a hold. Takes a moment for each row in memory;
    /// reads no file.
    pub fn snapshot_kept(&self, stream: &str, now_s: i64) -> Result<Snapshot, StoreError> {
        let schema = self.shared.schemas.of(stream).ok_or_else(|| StoreError::UnknownStream(stream.to_owned()))?;
        let kept = self.rules(stream).kept(self.default_period(), now_s, i64::MIN, i64::MAX);
        Ok(Snapshot::of(&self.shared.view(), stream, schema.clone(), kept))
    }
}

impl Snapshot {
    /// What the view has of the stream. Rows that come into its open part later are not in it.
    fn of(view: &View, stream: &str, schema: Arc<dyn Schema>, kept: Vec<(i64, i64)>) -> Snapshot {
        let mut memory: Vec<SourceRow> = view.parts.iter().flat_map(|part| part.rows_in_order(stream)).collect();
        memory.sort_by_key(|row| row.cursor);
        let segments = view.segments.get(stream).into_iter().flatten().cloned().map(SnapshotSegment).collect();
        Snapshot { schema, kept, memory: Arc::new(memory), segments }
    }

    /// How the rows are read.
    pub fn schema(&self) -> &Arc<dyn Schema> {
        &self.schema
    }

    /// The times that are kept: ranges with both ends included, earliest first, apart from each other. Rows outside must
    /// not be shown.
    pub fn kept(&self) -> &[(i64, i64)] {
        &self.kept
    }

    /// The rows in memory, in the order of their cursors.
    pub fn memory(&self) -> &Arc<Vec<SourceRow>> {
        &self.memory
    }

    /// The segments, in no order.
    pub fn segments(&self) -> &[SnapshotSegment] {
        &self.segments
    }
}

impl SnapshotSegment {
    /// Number of rows.
    pub fn row_count(&self) -> usize {
        self.0.entry.summary.rows
    }

    /// Earliest and latest time, Unix seconds.
    pub fn time_range_s(&self) -> (i64, i64) {
        (self.0.entry.summary.first_time_s, self.0.entry.summary.last_time_s)
    }

    /// The times of all rows, Unix seconds; they ascend.
    pub fn times_s(&self) -> Result<Vec<i64>, StoreError> {
        Ok(self.0.segment()?.times_s()?)
    }

    /// The positions of all rows.
    pub fn positions(&self) -> Result<Vec<u64>, StoreError> {
        Ok(self.0.segment()?.positions()?)
    }

    /// The scopes of all rows; `None` when they are too many to be packed.
    pub fn scopes(&self) -> Result<Option<WholeColumn>, StoreError> {
        Ok(self.0.segment()?.packed_scopes()?)
    }

    /// The values of a field of all rows; `None` when they are not packed, or a row may have several.
    pub fn field(&self, field: FieldId) -> Result<Option<WholeColumn>, StoreError> {
        Ok(self.0.segment()?.packed_field(field)?)
    }

    /// The values of these fields of all rows, in the order of the fields; `None` where a row may have several, or the segment
    /// was written before the field was known. Reads the Parquet file whole.
    pub fn unpacked_fields(&self, fields: &[FieldId]) -> Result<Vec<Option<WholeColumn>>, StoreError> {
        Ok(self.0.segment()?.unpacked_fields(fields)?)
    }

    /// Granules outside of which no row has this value, ascending; `None` when the index cannot tell.
    pub fn granules_with(&self, field: FieldId, value: &str) -> Result<Option<Vec<u32>>, StoreError> {
        Ok(self.0.segment()?.granules_with(field, value)?)
    }

    /// The page of a granule: rows `n * 256` and the following.
    pub fn page(&self, granule: usize) -> Result<SnapshotPage, StoreError> {
        Ok(SnapshotPage(self.0.segment()?.page(granule)?))
    }
}

impl SnapshotPage {
    /// The bytes of a row, counted from the first of the page.
    pub fn row(&mut self, index: usize) -> Result<&[u8], StoreError> {
        Ok(self.0.row(index)?)
    }
}
