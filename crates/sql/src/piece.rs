//! Parts of a snapshot that are read on their own.

use std::ops::Range;
use std::sync::Arc;

use store::segment::SourceRow;
use store::write::SnapshotSegment;

/// Rows in one place.
#[derive(Clone)]
pub(crate) enum Rows {
    /// In memory, in the order of their cursors.
    Memory(Arc<Vec<SourceRow>>),
    Segment(SnapshotSegment),
}

/// The rows of a range of times, both ends included, in one place.
#[derive(Clone)]
pub(crate) struct Piece {
    pub(crate) rows: Rows,
    pub(crate) from_s: i64,
    pub(crate) to_s: i64,
}

impl Piece {
    /// `None` when the place has no row of these times.
    pub(crate) fn of(rows: &Rows, from_s: i64, to_s: i64) -> Option<Piece> {
        let (first_s, last_s) = match rows {
            Rows::Memory(rows) => (rows.first()?.cursor.time_s, rows.last()?.cursor.time_s),
            Rows::Segment(segment) => segment.time_range_s(),
        };
        let piece = Piece { rows: rows.clone(), from_s, to_s };
        (from_s <= to_s && from_s <= last_s && to_s >= first_s).then_some(piece)
    }

    /// How many rows it has, and whether that is certain without reading anything.
    pub(crate) fn row_count(&self) -> (usize, bool) {
        match &self.rows {
            Rows::Memory(rows) => (self.of_memory(rows).len(), true),
            Rows::Segment(segment) => (segment.row_count(), self.is_whole(segment)),
        }
    }

    /// Earliest and latest time that it may have.
    pub(crate) fn time_range_s(&self) -> (i64, i64) {
        match &self.rows {
            Rows::Memory(rows) => {
                let times = &rows[self.of_memory(rows)];
                times
                    .first()
                    .zip(times.last())
                    .map_or((self.from_s, self.to_s), |(first, last)| (first.cursor.time_s, last.cursor.time_s))
            }
            Rows::Segment(segment) => {
                let (first_s, last_s) = segment.time_range_s();
                (first_s.max(self.from_s), last_s.min(self.to_s))
            }
        }
    }

    /// Which rows in memory it has.
    pub(crate) fn of_memory(&self, rows: &[SourceRow]) -> Range<usize> {
        let from = rows.partition_point(|row| row.cursor.time_s < self.from_s);
        from..rows.partition_point(|row| row.cursor.time_s <= self.to_s).max(from)
    }

    /// Whether it has all rows of its segment.
    pub(crate) fn is_whole(&self, segment: &SnapshotSegment) -> bool {
        let (first_s, last_s) = segment.time_range_s();
        self.from_s <= first_s && self.to_s >= last_s
    }
}
