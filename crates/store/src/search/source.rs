//! A place of rows that is searched piece by piece.

use crate::query::{Cursor, Direction, FoundRow};
use crate::segment::SegmentError;

/// Rows of one place, in the order of the query.
pub(crate) trait Source {
    /// Searches the next few rows, and no more when `wanted` of them match. Begins no other small piece once it has looked
    /// at `most_rows`.
    fn advance(&mut self, wanted: usize, most_rows: u64) -> Result<Step, SegmentError>;
}

/// What a piece of work brought.
#[derive(Default)]
pub(crate) struct Step {
    /// Rows that match, in order.
    pub(crate) rows: Vec<FoundRow>,
    /// The last row that was looked at; nothing when the place is at its end.
    pub(crate) reached: Option<Cursor>,
    /// Rows that were looked at.
    pub(crate) examined: u64,
    /// Bytes of rows that were read.
    pub(crate) bytes_read: u64,
}

/// How far a place was searched: everything up to and with this cursor. `None` is nothing yet.
pub(crate) type Reached = Option<Cursor>;

/// Whether the first comes before the second in the order.
pub(crate) fn is_before(direction: Direction, first: Cursor, second: Cursor) -> bool {
    match direction {
        Direction::Forward => first < second,
        Direction::Backward => first > second,
    }
}

/// Whether the first is less far than the second.
pub(crate) fn is_less_far(direction: Direction, first: Reached, second: Reached) -> bool {
    match (first, second) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(first), Some(second)) => is_before(direction, first, second),
    }
}
