//! Reads the rows of pieces that meet a filter, into batches; the newest rows of a piece first, because those are asked
//! for most.

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::{DataFusionError, Result};
use store::limits::GRANULE_ROWS;
use store::segment::{SourceRow, WholeColumn};
use store::write::{SnapshotPage, SnapshotSegment};
use store::{Extracted, Schema};
use tokio::sync::mpsc::Sender;

use crate::batch::{Batch, RowValues};
use crate::columns::Column;
use crate::error::SqlError;
use crate::filter::ColumnTest;
use crate::narrow::Narrowing;
use crate::piece::{Piece, Rows};
use crate::segment_columns::SegmentColumns;
use crate::select::Selection;

/// What a scan is asked for.
#[derive(Clone)]
pub(crate) struct Wanted {
    pub(crate) rows: Arc<dyn Schema>,
    pub(crate) tests: Vec<ColumnTest>,
    pub(crate) kinds: Vec<Column>,
    pub(crate) schema: SchemaRef,
    pub(crate) narrowing: Narrowing,
    /// Rows after which a share may stop.
    pub(crate) limit: usize,
}

/// Reads pieces on a thread that may block.
pub(crate) struct Reader {
    wanted: Arc<Wanted>,
    batch: Batch,
    left: usize,
    sender: Sender<Result<RecordBatch>>,
}

/// Whether more rows are wanted. The error is boxed, because it is much larger than what it stands beside.
type Goes = std::result::Result<bool, Box<DataFusionError>>;

fn failed(error: impl Into<SqlError>) -> Box<DataFusionError> {
    Box::new(DataFusionError::from(error.into()))
}

impl Reader {
    pub(crate) fn new(wanted: Arc<Wanted>, sender: Sender<Result<RecordBatch>>) -> Reader {
        let batch = Batch::new(wanted.schema.clone(), &wanted.kinds);
        Reader { left: wanted.limit, wanted, batch, sender }
    }

    pub(crate) fn read_all(mut self, pieces: &[Piece]) -> Result<()> {
        for piece in pieces {
            if !self.read(piece).map_err(|error| *error)? {
                return Ok(());
            }
        }
        if self.batch.len() > 0 {
            self.send().map_err(|error| *error)?;
        }
        Ok(())
    }

    fn read(&mut self, piece: &Piece) -> Goes {
        match &piece.rows {
            Rows::Memory(rows) => self.read_memory(&rows[piece.of_memory(rows)]),
            Rows::Segment(segment) => self.read_segment(segment, piece),
        }
    }

    fn read_memory(&mut self, rows: &[SourceRow]) -> Goes {
        let wanted = self.wanted.clone();
        let needs_values = !wanted.tests.is_empty() || wanted.kinds.iter().any(|kind| is_value(*kind));
        for row in rows.iter().rev() {
            let extract = || extract(&*wanted.rows, row.cursor.position, &row.bytes);
            let extracted = needs_values.then(extract).transpose().map_err(failed)?;
            if !meets(&wanted.tests, extracted.as_ref()) {
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

    fn read_segment(&mut self, segment: &SnapshotSegment, piece: &Piece) -> Goes {
        let wanted = self.wanted.clone();
        let mut columns = SegmentColumns::of(segment);
        let mut selection = Selection::of(&mut columns, piece, &wanted.tests).map_err(failed)?;
        if selection.rows().next().is_none() {
            return Ok(true);
        }
        let has = |kind: Column| wanted.kinds.contains(&kind);
        let times = has(Column::Time).then(|| segment.times_s()).transpose().map_err(failed)?;
        let positions = has(Column::Position).then(|| segment.positions()).transpose().map_err(failed)?;
        let matters = |rows: Range<usize>| {
            let times = times.as_ref().map(|times| &times[rows.clone()]).unwrap_or_default();
            let positions = positions.as_ref().map(|positions| &positions[rows]).unwrap_or_default();
            wanted.narrowing.has_any(times, positions).map_err(Box::new)
        };
        if !matters(selection.range.clone())? {
            return Ok(true);
        }
        // For bytes and lists of the rows their pages are read anyway.
        let needs_rows = wanted.kinds.iter().any(|kind| matches!(kind, Column::Raw | Column::Many(_)));
        let also = wanted.kinds.iter().copied().filter(|_| !needs_rows);
        selection.load(&mut columns, also, self.left).map_err(failed)?;
        let columns = wanted.kinds.iter().map(|kind| columns.get(*kind));
        let columns: Vec<Option<Rc<WholeColumn>>> = columns.collect::<std::result::Result<_, _>>().map_err(failed)?;
        let is_unpacked = |(kind, column): (&Column, &Option<_>)| is_value(*kind) && column.is_none();
        let needs_values = !selection.rest.is_empty() || wanted.kinds.iter().zip(&columns).any(is_unpacked);
        let needs_bytes = needs_values || has(Column::Raw);
        let (mut page, mut left_out): (Option<(usize, SnapshotPage)>, usize) = (None, usize::MAX);
        for row in selection.rows() {
            let granule = row / GRANULE_ROWS;
            if needs_bytes && page.as_ref().is_none_or(|(number, _)| *number != granule) && left_out != granule {
                // Rows that are left out send nothing, so a query that has ended would not be noticed otherwise.
                if self.sender.is_closed() {
                    return Ok(false);
                }
                let first = granule * GRANULE_ROWS;
                if matters(first..(first + GRANULE_ROWS).min(segment.row_count()))? {
                    page = Some((granule, segment.page(granule).map_err(failed)?));
                } else {
                    left_out = granule;
                }
            }
            if left_out == granule {
                continue;
            }
            let raw = match &mut page {
                Some((_, page)) => page.row(row % GRANULE_ROWS).map_err(failed)?,
                None => &[],
            };
            let position = positions.as_ref().map_or(0, |positions| positions[row]);
            let extract = || extract(&*wanted.rows, position, raw);
            let extracted = needs_values.then(extract).transpose().map_err(failed)?;
            if !meets(&selection.rest, extracted.as_ref()) {
                continue;
            }
            let packed = |index: usize| columns[index].as_ref().map(|column| column.value(row));
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

    fn push(&mut self, row: &RowValues<'_>) -> Goes {
        if self.left == 0 {
            if self.batch.len() > 0 {
                self.send()?;
            }
            return Ok(false);
        }
        self.batch.push(row).map_err(failed)?;
        self.left -= 1;
        if self.batch.is_full() { self.send() } else { Ok(true) }
    }

    /// False when nobody listens any more: the query was ended, or has enough.
    fn send(&mut self) -> Goes {
        let batch = self.batch.take().map_err(Box::new)?;
        Ok(self.sender.blocking_send(Ok(batch)).is_ok())
    }
}

/// Whether a column is read from the rows where it is not packed.
fn is_value(kind: Column) -> bool {
    matches!(kind, Column::Scope | Column::One(_) | Column::Many(_))
}

fn meets(tests: &[ColumnTest], extracted: Option<&Extracted<'_>>) -> bool {
    extracted.is_none_or(|extracted| tests.iter().all(|test| test.matches(extracted)))
}

/// What the schema reads from a row.
pub(crate) fn extract<'a>(
    schema: &dyn Schema,
    position: u64,
    bytes: &'a [u8],
) -> std::result::Result<Extracted<'a>, SqlError> {
    schema.extract(bytes).map_err(|problem| SqlError::Store(format!("the row at position {position} {problem}")))
}
