//! Rows of a snapshot that meet a filter, as a stream of batches.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::physical_plan::streaming::PartitionStream;
use store::limits::GRANULE_ROWS;
use store::segment::{PackedColumn, SourceRow};
use store::write::SnapshotSegment;
use store::{Extracted, Schema};

use crate::batch::{Batch, RowValues};
use crate::columns::Column;
use crate::error::SqlError;
use crate::filter::Filter;
use crate::limits::WAITING_BATCHES;
use crate::select::{Selection, packed};

/// A part of a snapshot that one thread reads.
#[derive(Clone)]
pub(crate) enum Piece {
    Memory(Arc<Vec<SourceRow>>),
    Segment(SnapshotSegment),
}

/// Pieces that are read one after the other, as a partition of a scan.
pub(crate) struct Scan {
    pub(crate) rows: Arc<dyn Schema>,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) filter: Arc<Filter>,
    pub(crate) kinds: Vec<Column>,
    pub(crate) schema: SchemaRef,
    pub(crate) limit: usize,
}

impl std::fmt::Debug for Scan {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Scan({} pieces, {:?})", self.pieces.len(), self.filter)
    }
}

impl PartitionStream for Scan {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut stream = RecordBatchReceiverStream::builder(self.schema.clone(), WAITING_BATCHES);
        let sender = stream.tx();
        let mut reader = Reader {
            rows: self.rows.clone(),
            filter: self.filter.clone(),
            kinds: self.kinds.clone(),
            batch: Batch::new(self.schema.clone(), &self.kinds),
            left: self.limit,
            // Nobody listens any more: the query was ended, or has enough.
            send: Box::new(move |batch| sender.blocking_send(Ok(batch)).is_ok()),
        };
        let pieces = self.pieces.clone();
        stream.spawn_blocking(move || {
            for piece in &pieces {
                if !reader.read(piece).map_err(|error| *error)? {
                    return Ok(());
                }
            }
            reader.finish().map_err(|error| *error)
        });
        stream.build()
    }
}

/// Reads pieces on a thread that may block.
struct Reader {
    rows: Arc<dyn Schema>,
    filter: Arc<Filter>,
    kinds: Vec<Column>,
    batch: Batch,
    left: usize,
    send: Box<dyn FnMut(RecordBatch) -> bool + Send>,
}

/// Boxed, because it is much larger than what it stands beside.
type Failure = Box<DataFusionError>;

fn failed(error: impl Into<SqlError>) -> Failure {
    Box::new(DataFusionError::from(error.into()))
}

impl Reader {
    /// False when no more rows are wanted.
    fn read(&mut self, piece: &Piece) -> Result<bool, Failure> {
        match piece {
            Piece::Memory(rows) => self.read_memory(rows),
            Piece::Segment(segment) => self.read_segment(segment),
        }
    }

    fn finish(&mut self) -> Result<(), Failure> {
        if self.batch.len() > 0 {
            (self.send)(self.batch.take().map_err(Box::new)?);
        }
        Ok(())
    }

    fn read_memory(&mut self, rows: &[SourceRow]) -> Result<bool, Failure> {
        let needs_values =
            !self.filter.tests.is_empty() || self.kinds.iter().any(|kind| !is_key(*kind) && *kind != Column::Raw);
        let from = rows.partition_point(|row| row.cursor.time_s < self.filter.from_s);
        let to = rows.partition_point(|row| row.cursor.time_s <= self.filter.to_s).max(from);
        for row in &rows[from..to] {
            let extracted = if needs_values {
                Some(extract(&*self.rows, row.cursor.position, &row.bytes).map_err(failed)?)
            } else {
                None
            };
            if let Some(extracted) = &extracted
                && !self.filter.tests.iter().all(|test| test.matches(extracted))
            {
                continue;
            }
            let values = RowValues {
                time_s: row.cursor.time_s,
                position: row.cursor.position,
                raw: &row.bytes,
                extracted: extracted.as_ref(),
                packed: &|_| None,
            };
            if !self.push(&values)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn read_segment(&mut self, segment: &SnapshotSegment) -> Result<bool, Failure> {
        let selection = Selection::of(segment, &self.filter).map_err(failed)?;
        if selection.rows().next().is_none() {
            return Ok(true);
        }
        let times = self.wants(Column::Time).then(|| segment.times_s()).transpose().map_err(failed)?;
        let positions = self.wants(Column::Position).then(|| segment.positions()).transpose().map_err(failed)?;
        let columns = self.kinds.iter().map(|kind| packed(segment, *kind));
        let columns: Vec<Option<PackedColumn>> = columns.collect::<Result<_, _>>().map_err(failed)?;
        let is_unpacked =
            |(kind, column): (&Column, &Option<_>)| column.is_none() && !is_key(*kind) && *kind != Column::Raw;
        let needs_values = !selection.rest.is_empty() || self.kinds.iter().zip(&columns).any(is_unpacked);
        let needs_bytes = needs_values || self.wants(Column::Raw);
        let mut page = (usize::MAX, Vec::new());
        for row in selection.rows() {
            let granule = row / GRANULE_ROWS;
            if needs_bytes && page.0 != granule {
                page = (granule, segment.granule(granule).map_err(failed)?);
            }
            let raw = page.1.get(row % GRANULE_ROWS).map(|bytes| &bytes[..]).unwrap_or_default();
            let position = positions.as_ref().map_or(0, |positions| positions[row]);
            let extracted =
                if needs_values { Some(extract(&*self.rows, position, raw).map_err(failed)?) } else { None };
            if let Some(extracted) = &extracted
                && !selection.rest.iter().all(|test| test.matches(extracted))
            {
                continue;
            }
            let packed = |index: usize| {
                let column = columns[index].as_ref()?;
                let code = column.codes[row] as usize;
                Some(code.checked_sub(1).map(|value| column.values[value].as_str()))
            };
            let values = RowValues {
                time_s: times.as_ref().map_or(0, |times| times[row]),
                position,
                raw,
                extracted: extracted.as_ref(),
                packed: &packed,
            };
            if !self.push(&values)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn wants(&self, kind: Column) -> bool {
        self.kinds.contains(&kind)
    }

    /// False when no more rows are wanted.
    fn push(&mut self, row: &RowValues<'_>) -> Result<bool, Failure> {
        if self.left == 0 {
            self.finish()?;
            return Ok(false);
        }
        self.batch.push(row).map_err(failed)?;
        self.left -= 1;
        if self.batch.is_full() {
            return Ok((self.send)(self.batch.take().map_err(Box::new)?));
        }
        Ok(true)
    }
}

fn is_key(kind: Column) -> bool {
    matches!(kind, Column::Time | Column::Position)
}

/// What the schema reads from a row.
pub(crate) fn extract(schema: &dyn Schema, position: u64, bytes: &[u8]) -> Result<Extracted, SqlError> {
    schema.extract(bytes).map_err(|problem| SqlError::Store(format!("the row at position {position} {problem}")))
}
