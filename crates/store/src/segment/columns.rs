//! The values of all rows of a segment, field by field, each distinct value kept once.

use std::borrow::Cow;
use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::limits::{MAX_PACKED_IDS, MAX_PACKED_VALUE_BYTES, MAX_PACKED_VALUES};

use super::sidecar::Version;

/// Values of one field. Numbers of values are given in the order of their first row until [`ValueColumn::sorted`].
#[derive(Default)]
pub(crate) struct ValueColumn<'a> {
    numbers: HashMap<Cow<'a, str>, u32, RandomState>,
    value_bytes: usize,
    /// The values of all rows, one row after the other.
    all: Vec<u32>,
    /// For each row, where its values end in `all`.
    ends: Vec<u32>,
}

/// The same with the values in order.
pub(crate) struct SortedColumn<'a> {
    pub(crate) values: Vec<Cow<'a, str>>,
    all: Vec<u32>,
    ends: Vec<u32>,
    value_bytes: usize,
}

impl<'a> ValueColumn<'a> {
    /// Adds a value to the row that is being read. Returns its number.
    pub(crate) fn push(&mut self, value: Cow<'a, str>) -> u32 {
        let (next, len) = (self.numbers.len() as u32, value.len());
        let number = *self.numbers.entry(value).or_insert(next);
        self.value_bytes += if number == next { len } else { 0 };
        self.all.push(number);
        number
    }

    /// Adds the value of a number.
    pub(crate) fn push_again(&mut self, number: u32) {
        self.all.push(number);
    }

    /// Ends the row. Returns how many values it has.
    pub(crate) fn end_row(&mut self) -> usize {
        let before = self.ends.last().copied().unwrap_or_default();
        self.ends.push(self.all.len() as u32);
        self.all.len() - before as usize
    }

    /// Renumbers the values in their own order, so that what is written of them does not depend on the order of rows. Ids
    /// keep the order of their rows: nothing is written but each with its row, and sorting them is half of the work.
    pub(crate) fn sorted(mut self) -> SortedColumn<'a> {
        let mut values: Vec<(Cow<'a, str>, u32)> = self.numbers.drain().collect();
        if is_mostly_distinct(values.len(), self.all.len()) && !is_small(values.len(), self.value_bytes) {
            values.sort_unstable_by_key(|(_, number)| *number);
        } else {
            values.sort_unstable();
        }
        let mut renumbered = vec![0; values.len()];
        for ((_, old), new) in values.iter().zip(0..) {
            renumbered[*old as usize] = new;
        }
        self.all.iter_mut().for_each(|number| *number = renumbered[*number as usize]);
        let values = values.into_iter().map(|(value, _)| value).collect();
        SortedColumn { values, all: self.all, ends: self.ends, value_bytes: self.value_bytes }
    }
}

impl SortedColumn<'_> {
    /// The numbers of the values of each row.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[u32]> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).map(|(start, end)| &self.all[*start as usize..*end as usize])
    }

    /// Few enough values to be read whole by a lookup. Ids of rows are not worth being written a third time, but version 1
    /// did so in small segments.
    pub(crate) fn is_packable(&self, version: Version) -> bool {
        let are_ids = self.is_mostly_distinct() && self.values.len() > MAX_PACKED_IDS;
        is_small(self.values.len(), self.value_bytes) && (version == Version::One || !are_ids)
    }

    /// Nearly every row has a value of its own, so that a dictionary would only cost.
    pub(crate) fn is_mostly_distinct(&self) -> bool {
        is_mostly_distinct(self.values.len(), self.all.len())
    }

    /// For each row 0 or the number of its value plus one.
    pub(crate) fn codes(&self) -> Vec<u64> {
        self.rows().map(|numbers| numbers.first().map_or(0, |number| u64::from(*number) + 1)).collect()
    }
}

fn is_mostly_distinct(value_count: usize, count: usize) -> bool {
    value_count * 2 > count
}

/// The distinct values are few and short enough to be read whole.
fn is_small(value_count: usize, value_bytes: usize) -> bool {
    value_count <= MAX_PACKED_VALUES && value_bytes <= MAX_PACKED_VALUE_BYTES
}
