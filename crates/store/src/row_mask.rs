//! Rows of a granule as bits, so that what is known of all of them is joined in a few steps.

use crate::limits::GRANULE_ROWS;
use crate::query::Direction;

const WORDS: usize = GRANULE_ROWS / 64;

/// Some of the rows of a granule, by their numbers in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct RowMask([u64; WORDS]);

impl RowMask {
    /// No row.
    pub(crate) const NONE: RowMask = RowMask([0; WORDS]);
    /// Every row.
    pub(crate) const ALL: RowMask = RowMask([u64::MAX; WORDS]);

    /// The rows from `low` up to, not with, `high`.
    pub(crate) fn range(low: usize, high: usize) -> RowMask {
        let below = |end: usize| RowMask(std::array::from_fn(|word| low_bits(end.saturating_sub(word * 64))));
        below(high).without(below(low))
    }

    /// Of so many rows those that pass a test.
    pub(crate) fn of(rows: usize, test: impl Fn(usize) -> bool) -> RowMask {
        let mut mask = RowMask::NONE;
        for row in 0..rows.min(GRANULE_ROWS) {
            mask.0[row / 64] |= u64::from(test(row)) << (row % 64);
        }
        mask
    }

    pub(crate) fn set(&mut self, row: usize) {
        self.0[row / 64] |= 1 << (row % 64);
    }

    pub(crate) fn has(self, row: usize) -> bool {
        self.0[row / 64] >> (row % 64) & 1 == 1
    }

    pub(crate) fn is_empty(self) -> bool {
        self == RowMask::NONE
    }

    /// Number of rows.
    pub(crate) fn count(self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(crate) fn and(self, other: RowMask) -> RowMask {
        RowMask(std::array::from_fn(|word| self.0[word] & other.0[word]))
    }

    pub(crate) fn or(self, other: RowMask) -> RowMask {
        RowMask(std::array::from_fn(|word| self.0[word] | other.0[word]))
    }

    pub(crate) fn without(self, other: RowMask) -> RowMask {
        RowMask(std::array::from_fn(|word| self.0[word] & !other.0[word]))
    }

    /// The rows up to and with this one, in a direction.
    pub(crate) fn until(self, row: usize, direction: Direction) -> RowMask {
        match direction {
            Direction::Forward => self.and(RowMask::range(0, row + 1)),
            Direction::Backward => self.and(RowMask::range(row, GRANULE_ROWS)),
        }
    }

    /// The rows one after the other.
    pub(crate) fn rows(self, direction: Direction) -> impl Iterator<Item = usize> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let is_left = |word: &usize| left[*word] != 0;
            let (word, bit) = match direction {
                Direction::Forward => {
                    let word = (0..WORDS).find(is_left)?;
                    (word, left[word].trailing_zeros())
                }
                Direction::Backward => {
                    let word = (0..WORDS).rev().find(is_left)?;
                    (word, 63 - left[word].leading_zeros())
                }
            };
            left[word] &= !(1 << bit);
            Some(word * 64 + bit as usize)
        })
    }

    /// The last row in a direction.
    pub(crate) fn last(self, direction: Direction) -> Option<usize> {
        match direction {
            Direction::Forward => self.rows(Direction::Backward).next(),
            Direction::Backward => self.rows(Direction::Forward).next(),
        }
    }
}

fn low_bits(count: usize) -> u64 {
    if count >= 64 { u64::MAX } else { (1 << count) - 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn mask(rows: &BTreeSet<usize>) -> RowMask {
        RowMask::of(GRANULE_ROWS, |row| rows.contains(&row))
    }

    fn rows() -> impl Strategy<Value = BTreeSet<usize>> {
        proptest::collection::btree_set(0..GRANULE_ROWS, 0..GRANULE_ROWS)
    }

    proptest! {
        #[test]
        fn masks_are_sets(left in rows(), right in rows(), low in 0..=GRANULE_ROWS, high in 0..=GRANULE_ROWS, at in 0..GRANULE_ROWS) {
            let (a, b) = (mask(&left), mask(&right));
            let of = |rows: BTreeSet<usize>| mask(&rows);
            prop_assert_eq!(a.and(b), of(&left & &right));
            prop_assert_eq!(a.or(b), of(&left | &right));
            prop_assert_eq!(a.without(b), of(&left - &right));
            prop_assert_eq!((a.count(), a.is_empty(), a.has(at)), (left.len(), left.is_empty(), left.contains(&at)));
            prop_assert_eq!(RowMask::range(low, high), of((low..high.max(low)).collect()));
            prop_assert!(a.rows(Direction::Forward).eq(left.iter().copied()));
            prop_assert!(a.rows(Direction::Backward).eq(left.iter().rev().copied()));
            prop_assert_eq!(a.last(Direction::Forward), left.last().copied());
            prop_assert_eq!(a.last(Direction::Backward), left.first().copied());
            prop_assert_eq!(a.until(at, Direction::Forward), of(left.range(..=at).copied().collect()));
            prop_assert_eq!(a.until(at, Direction::Backward), of(left.range(at..).copied().collect()));
        }
    }
}
