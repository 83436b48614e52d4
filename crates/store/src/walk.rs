//! Walking along a posting list in either direction, with leaps.

use std::cell::Cell;

use crate::query::{Cursor, Direction};
use crate::rows::Rows;
use crate::terms::Postings;

/// The rows of a stream together with a count of how many of their keys were read.
pub(crate) struct Reader<'a> {
    rows: &'a Rows,
    examined: Cell<u64>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(rows: &'a Rows) -> Reader<'a> {
        Reader { rows, examined: Cell::new(0) }
    }

    /// The place of a row in the order.
    pub(crate) fn cursor(&self, row: u32) -> Cursor {
        self.examined.set(self.examined.get() + 1);
        self.rows.get(row).cursor
    }

    pub(crate) fn examined(&self) -> u64 {
        self.examined.get()
    }
}

/// A place in a posting list, moving only in one direction. Blocks and offsets count from where the walk starts.
pub(crate) struct Walk<'a> {
    postings: Postings<'a>,
    direction: Direction,
    block: usize,
    offset: usize,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(postings: Postings<'a>, direction: Direction) -> Walk<'a> {
        Walk { postings, direction, block: 0, offset: 0 }
    }

    /// Number of rows in the list.
    pub(crate) fn list_len(&self) -> usize {
        match self.postings {
            Postings::One(_) => 1,
            Postings::Many(list) => list.len(),
        }
    }

    /// The row here; `None` at the end.
    pub(crate) fn row(&self) -> Option<u32> {
        (self.block < self.block_count()).then(|| self.row_at(self.block, self.offset))
    }

    /// Moves on by one row.
    pub(crate) fn step(&mut self) {
        if self.block < self.block_count() {
            self.move_to(self.block, self.offset + 1);
        }
    }

    /// Moves to the first row that is at `target` or behind it in the direction of the walk. Costs the logarithm of the
    /// distance, not of the list.
    pub(crate) fn leap(&mut self, target: Cursor, reader: &Reader<'_>) {
        let before_target = |row: u32| match self.direction {
            Direction::Forward => reader.cursor(row) < target,
            Direction::Backward => reader.cursor(row) > target,
        };
        let block = first_false(self.block, self.block_count(), |block| {
            before_target(self.row_at(block, self.block_len(block) - 1))
        });
        if block == self.block_count() {
            self.block = block;
            return;
        }
        let start = if block == self.block { self.offset } else { 0 };
        let offset = first_false(start, self.block_len(block), |offset| before_target(self.row_at(block, offset)));
        self.move_to(block, offset);
    }

    fn move_to(&mut self, block: usize, offset: usize) {
        (self.block, self.offset) = if offset < self.block_len(block) { (block, offset) } else { (block + 1, 0) };
    }

    fn block_count(&self) -> usize {
        match self.postings {
            Postings::One(_) => 1,
            Postings::Many(list) => list.block_count(),
        }
    }

    fn block_len(&self, block: usize) -> usize {
        match self.postings {
            Postings::One(_) => 1,
            Postings::Many(list) => list.block(self.directed(block, list.block_count())).len(),
        }
    }

    fn row_at(&self, block: usize, offset: usize) -> u32 {
        match self.postings {
            Postings::One(row) => row,
            Postings::Many(list) => {
                let rows = list.block(self.directed(block, list.block_count()));
                rows[self.directed(offset, rows.len())]
            }
        }
    }

    fn directed(&self, index: usize, len: usize) -> usize {
        match self.direction {
            Direction::Forward => index,
            Direction::Backward => len - 1 - index,
        }
    }
}

/// The first index from `start` on for which `test` is false, else `end`; `test` must be true up to some index and false
/// from there on. Galloping: doubling steps, then a binary search in the last one.
fn first_false(start: usize, end: usize, test: impl Fn(usize) -> bool) -> usize {
    let mut known_true_end = start;
    let mut step = 1;
    let mut high = end;
    while known_true_end < end {
        let probe = (known_true_end + step - 1).min(end - 1);
        if !test(probe) {
            high = probe;
            break;
        }
        known_true_end = probe + 1;
        step *= 2;
    }
    let mut low = known_true_end;
    while low < high {
        let middle = low + (high - low) / 2;
        if test(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::first_false;
    use std::cell::Cell;

    #[test]
    fn galloping_finds_the_boundary_at_the_cost_of_the_distance() {
        for start in 0..20 {
            for end in start..80 {
                for boundary in start..=end {
                    assert_eq!(first_false(start, end, |index| index < boundary), boundary);
                }
            }
        }
        let probes = Cell::new(0);
        let counted = |index: usize| {
            probes.set(probes.get() + 1);
            index < 1_000_003
        };
        assert_eq!(first_false(1_000_000, 1 << 40, counted), 1_000_003);
        assert!(probes.get() <= 6, "{}", probes.get());
    }
}
