//! The rows that may match, one after the other, in the order of the page.

use std::ops::Range;

use crate::limits::GRANULE_ROWS;
use crate::query::Direction;
use crate::row_mask::RowMask;

/// What is left to look at.
pub(crate) struct Candidates {
    /// The only rows, ascending; all in the range when `None`.
    rows: Option<Vec<u32>>,
    /// The only granules, ascending.
    granules: Option<Vec<u32>>,
    /// Of `rows` the indexes that are left, else the rows themselves.
    left: Range<usize>,
    direction: Direction,
    /// The granule that was asked about last, and whether it is one of the granules.
    asked: Option<(usize, bool)>,
}

impl Default for Candidates {
    fn default() -> Candidates {
        Candidates { rows: None, granules: None, left: 0..0, direction: Direction::Forward, asked: None }
    }
}

impl Candidates {
    /// Candidates from row `low` up to, not with, row `high`.
    pub(crate) fn new(
        rows: Option<Vec<u32>>,
        granules: Option<Vec<u32>>,
        low: usize,
        high: usize,
        direction: Direction,
    ) -> Candidates {
        let left = match &rows {
            None => low..high,
            Some(rows) => {
                rows.partition_point(|row| (*row as usize) < low)..rows.partition_point(|row| (*row as usize) < high)
            }
        };
        Candidates { rows, granules, left, direction, asked: None }
    }

    /// The next candidate.
    pub(crate) fn peek(&mut self) -> Option<usize> {
        while !self.left.is_empty() {
            let at = match self.direction {
                Direction::Forward => self.left.start,
                Direction::Backward => self.left.end - 1,
            };
            let row = self.rows.as_ref().map_or(at, |rows| rows[at] as usize);
            if self.is_open(row / GRANULE_ROWS) {
                return Some(row);
            }
            if self.rows.is_some() { self.skip() } else { self.skip_granule(row / GRANULE_ROWS) }
        }
        None
    }

    /// Goes on behind the candidate that was peeked at.
    pub(crate) fn skip(&mut self) {
        match self.direction {
            Direction::Forward => self.left.start += 1,
            Direction::Backward => self.left.end -= 1,
        }
    }

    /// The next granule with all of its candidates, which are taken.
    pub(crate) fn take_granule(&mut self) -> Option<(usize, RowMask)> {
        let granule = self.peek()? / GRANULE_ROWS;
        let (low, high) = (granule * GRANULE_ROWS, (granule + 1) * GRANULE_ROWS);
        let mask = match &self.rows {
            None => RowMask::range(self.left.start.saturating_sub(low), (self.left.end - low).min(GRANULE_ROWS)),
            Some(rows) => {
                let left = &rows[self.left.clone()];
                let before = |end: usize| left.partition_point(|row| (*row as usize) < end);
                let mut mask = RowMask::NONE;
                left[before(low)..before(high)].iter().for_each(|row| mask.set(*row as usize - low));
                mask
            }
        };
        self.go_on_behind(match self.direction {
            Direction::Forward => high - 1,
            Direction::Backward => low,
        });
        Some((granule, mask))
    }

    /// Goes on behind a row, also when more were taken.
    pub(crate) fn go_on_behind(&mut self, row: usize) {
        let index = |end: usize| match &self.rows {
            None => end,
            Some(rows) => rows.partition_point(|row| (*row as usize) < end),
        };
        match self.direction {
            Direction::Forward => self.left.start = index(row + 1),
            Direction::Backward => self.left.end = index(row),
        }
    }

    fn skip_granule(&mut self, granule: usize) {
        match self.direction {
            Direction::Forward => self.left.start = (granule + 1) * GRANULE_ROWS,
            Direction::Backward => self.left.end = granule * GRANULE_ROWS,
        }
    }

    fn is_open(&mut self, granule: usize) -> bool {
        let Some(granules) = &self.granules else {
            return true;
        };
        match self.asked {
            Some((asked, is_open)) if asked == granule => is_open,
            _ => {
                let is_open = granules.binary_search(&(granule as u32)).is_ok();
                self.asked = Some((granule, is_open));
                is_open
            }
        }
    }
}
