//! Counts the rows of one place by group: out of packed columns where they tell enough, else out of the rows.

use std::collections::HashMap;
use std::ops::Range;

use store::limits::GRANULE_ROWS;
use store::segment::{PackedColumn, SourceRow};
use store::write::SnapshotSegment;
use store::{Extracted, Schema};

use crate::count::{Counts, GroupBy, Key};
use crate::error::SqlError;
use crate::filter::{ColumnTest, value_of};
use crate::limits::MAX_COUNTERS;
use crate::piece::{Piece, Rows};
use crate::scan::extract;
use crate::select::{Selection, packed};

/// What is counted.
#[derive(Clone, Copy)]
pub(crate) struct Tally<'a> {
    pub(crate) schema: &'a dyn Schema,
    pub(crate) groups: &'a [GroupBy],
    pub(crate) tests: &'a [ColumnTest],
    /// Earliest and latest time are wanted, too.
    pub(crate) wants_times: bool,
    /// False once the query has ended.
    pub(crate) goes_on: &'a (dyn Fn() -> bool + Sync),
}

impl Tally<'_> {
    pub(crate) fn of(&self, piece: &Piece) -> Result<Counts, SqlError> {
        self.check_goes_on()?;
        match &piece.rows {
            Rows::Memory(rows) => self.memory(&rows[piece.of_memory(rows)]),
            Rows::Segment(segment) => self.segment(segment, piece),
        }
    }

    fn check_goes_on(&self) -> Result<(), SqlError> {
        if (self.goes_on)() { Ok(()) } else { Err(SqlError::Failed("it was ended".to_owned())) }
    }

    fn memory(&self, rows: &[SourceRow]) -> Result<Counts, SqlError> {
        let by_value = self.groups.iter().any(|group| matches!(group, GroupBy::Value(_)));
        let needs_values = by_value || !self.tests.is_empty();
        let mut counts = Counts::default();
        for rows in rows.chunks(GRANULE_ROWS) {
            self.check_goes_on()?;
            for row in rows {
                let extracted = if needs_values {
                    extract(self.schema, row.cursor.position, &row.bytes)?
                } else {
                    Extracted::default()
                };
                if self.tests.iter().all(|test| test.matches(&extracted)) {
                    self.add(&mut counts, row.cursor.time_s, &extracted);
                }
            }
        }
        Ok(counts)
    }

    /// Adds a row of which everything is known.
    fn add(&self, counts: &mut Counts, time_s: i64, extracted: &Extracted<'_>) {
        if let [GroupBy::Time { bucket_s }] = self.groups {
            counts.add_time(time_s.div_euclid(*bucket_s) * bucket_s, 1);
            return;
        }
        let key = self.groups.iter().map(|group| match group {
            GroupBy::Value(column) => Key::Text(value_of(extracted, *column).map(str::to_owned)),
            GroupBy::Time { bucket_s } => Key::TimeS(time_s.div_euclid(*bucket_s) * bucket_s),
        });
        counts.add(key.collect(), 1);
        if self.wants_times {
            counts.note_times(time_s, time_s);
        }
    }

    fn segment(&self, segment: &SnapshotSegment, piece: &Piece) -> Result<Counts, SqlError> {
        let selection = Selection::of(segment, piece, self.tests)?;
        if selection.range.is_empty() {
            return Ok(Counts::default());
        }
        if !selection.rest.is_empty() {
            return self.rows(segment, &selection);
        }
        if self.groups.is_empty() {
            return self.all(segment, piece, &selection);
        }
        let columns = self.groups.iter().map(|group| GroupColumn::of(segment, *group));
        let columns: Option<Vec<GroupColumn>> = columns.collect::<Result<_, SqlError>>()?;
        match columns.and_then(|columns| Combined::of(columns, &selection.range)) {
            Some(combined) => Ok(self.packed(&selection, &combined)),
            None => self.rows(segment, &selection),
        }
    }

    /// Something has to be read from the rows themselves.
    fn rows(&self, segment: &SnapshotSegment, selection: &Selection) -> Result<Counts, SqlError> {
        let times_s = segment.times_s()?;
        let (mut counts, mut page) = (Counts::default(), (usize::MAX, Vec::new()));
        for row in selection.rows() {
            let granule = row / GRANULE_ROWS;
            if page.0 != granule {
                self.check_goes_on()?;
                page = (granule, segment.granule(granule)?);
            }
            let bytes = page.1.get(row % GRANULE_ROWS).map(|bytes| &bytes[..]).unwrap_or_default();
            let extracted = extract(self.schema, 0, bytes)?;
            if selection.rest.iter().all(|test| test.matches(&extracted)) {
                self.add(&mut counts, times_s[row], &extracted);
            }
        }
        Ok(counts)
    }

    /// All selected rows are one group.
    fn all(&self, segment: &SnapshotSegment, piece: &Piece, selection: &Selection) -> Result<Counts, SqlError> {
        let mut counts = Counts::default();
        let rows = match &selection.mask {
            None => selection.range.len(),
            Some(mask) => mask.iter().filter(|kept| **kept).count(),
        };
        if rows == 0 {
            return Ok(counts);
        }
        counts.add(Vec::new(), rows as u64);
        if self.wants_times && selection.mask.is_none() && piece.is_whole(segment) {
            let (first_s, last_s) = segment.time_range_s();
            counts.note_times(first_s, last_s);
        } else if self.wants_times {
            let times_s = segment.times_s()?;
            if let (Some(first), Some(last)) = (selection.rows().next_back(), selection.rows().next()) {
                counts.note_times(times_s[first], times_s[last]);
            }
        }
        Ok(counts)
    }

    fn packed(&self, selection: &Selection, combined: &Combined) -> Counts {
        let mut counts = Counts::default();
        let mut add = |code: u64, rows: u64| match combined.only_time(code) {
            Some(time_s) => counts.add_time(time_s, rows),
            None => counts.add(combined.key(code), rows),
        };
        if combined.count <= MAX_COUNTERS as u64 {
            let mut counters = vec![0u64; combined.count as usize];
            combined.each_code(selection, |code| counters[code as usize] += 1);
            let counted = counters.into_iter().enumerate().filter(|(_, rows)| *rows > 0);
            counted.for_each(|(code, rows)| add(code as u64, rows));
        } else {
            let mut counters: HashMap<u64, u64> = HashMap::new();
            combined.each_code(selection, |code| *counters.entry(code).or_default() += 1);
            counters.into_iter().for_each(|(code, rows)| add(code, rows));
        }
        counts
    }
}

/// A column by which is grouped, of all rows of a segment.
enum GroupColumn {
    Packed(PackedColumn),
    Times { times_s: Vec<i64>, bucket_s: i64 },
}

impl GroupColumn {
    /// `None` when the column is not packed.
    fn of(segment: &SnapshotSegment, group: GroupBy) -> Result<Option<GroupColumn>, SqlError> {
        Ok(match group {
            GroupBy::Value(column) => packed(segment, column)?.map(GroupColumn::Packed),
            GroupBy::Time { bucket_s } => Some(GroupColumn::Times { times_s: segment.times_s()?, bucket_s }),
        })
    }

    /// How many codes there are, and what is taken off a bucket to become one.
    fn codes(&self, rows: &Range<usize>) -> (u64, i64) {
        match self {
            GroupColumn::Packed(column) => (column.values.len() as u64 + 1, 0),
            GroupColumn::Times { times_s, bucket_s } => {
                let first = times_s[rows.start].div_euclid(*bucket_s);
                let last = times_s[rows.end - 1].div_euclid(*bucket_s);
                ((last - first).unsigned_abs() + 1, first)
            }
        }
    }

    fn code(&self, row: usize, first: i64) -> u64 {
        match self {
            GroupColumn::Packed(column) => u64::from(column.codes[row]),
            GroupColumn::Times { times_s, bucket_s } => (times_s[row].div_euclid(*bucket_s) - first).cast_unsigned(),
        }
    }

    fn key(&self, code: u64, first: i64) -> Key {
        match self {
            GroupColumn::Packed(column) => {
                Key::Text(code.checked_sub(1).map(|value| column.values[value as usize].clone()))
            }
            GroupColumn::Times { bucket_s, .. } => Key::TimeS((first + code.cast_signed()) * bucket_s),
        }
    }
}

/// The columns of a group as one number each row.
struct Combined {
    /// Each column with its number of codes and what is taken off a bucket.
    columns: Vec<(GroupColumn, u64, i64)>,
    /// How many combined codes there are.
    count: u64,
}

impl Combined {
    /// `None` when there are more combinations than numbers.
    fn of(columns: Vec<GroupColumn>, rows: &Range<usize>) -> Option<Combined> {
        let with_codes = columns.into_iter().map(|column| {
            let (count, first) = column.codes(rows);
            (column, count, first)
        });
        let columns: Vec<(GroupColumn, u64, i64)> = with_codes.collect();
        let count = columns.iter().try_fold(1u64, |all, (_, count, _)| all.checked_mul(*count))?;
        Some(Combined { columns, count })
    }

    /// The time of a code when times are all that is grouped by.
    fn only_time(&self, code: u64) -> Option<i64> {
        match &self.columns[..] {
            [(GroupColumn::Times { bucket_s, .. }, _, first)] => Some((first + code.cast_signed()) * bucket_s),
            _ => None,
        }
    }

    fn key(&self, mut code: u64) -> Vec<Key> {
        let mut parts = Vec::with_capacity(self.columns.len());
        for (column, count, first) in self.columns.iter().rev() {
            parts.push(column.key(code % count, *first));
            code /= count;
        }
        parts.reverse();
        parts
    }

    /// Calls for each selected row with its code.
    fn each_code(&self, selection: &Selection, mut take: impl FnMut(u64)) {
        match &self.columns[..] {
            // By far the commonest; without a step for each column the loop is several times faster.
            [(GroupColumn::Packed(column), ..)] if selection.mask.is_none() => {
                column.codes[selection.range.clone()].iter().for_each(|code| take(u64::from(*code)));
            }
            [(GroupColumn::Times { times_s, bucket_s }, _, first)] if selection.mask.is_none() => {
                // Times ascend: most rows are in the bucket of the row before.
                let (mut bucket, mut ends) = (0, i64::MIN);
                for time_s in &times_s[selection.range.clone()] {
                    if *time_s >= ends {
                        bucket = time_s.div_euclid(*bucket_s);
                        ends = (bucket + 1).saturating_mul(*bucket_s);
                    }
                    take((bucket - first).cast_unsigned());
                }
            }
            columns => {
                for row in selection.rows() {
                    take(columns.iter().fold(0, |all, (column, count, first)| all * count + column.code(row, *first)));
                }
            }
        }
    }
}
