//! Counts the rows of one place by group: out of columns where they tell enough, else out of the rows.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use store::limits::GRANULE_ROWS;
use store::segment::{SourceRow, WholeColumn};
use store::write::{SnapshotPage, SnapshotSegment};
use store::{Extracted, Schema};

use crate::count::{Counts, GroupBy};
use crate::ending::ended;
use crate::error::SqlError;
use crate::filter::{ColumnTest, value_of};
use crate::key::Part;
use crate::limits::MAX_COUNTERS;
use crate::piece::{Piece, Rows};
use crate::scan::extract;
use crate::segment_columns::SegmentColumns;
use crate::select::Selection;

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
    /// Adds the rows of a piece.
    pub(crate) fn add(&self, piece: &Piece, counts: &mut Counts) -> Result<(), SqlError> {
        self.check_goes_on()?;
        match &piece.rows {
            Rows::Memory(rows) => self.add_memory(&rows[piece.of_memory(rows)], counts),
            Rows::Segment(segment) => self.add_segment(segment, piece, counts),
        }
    }

    fn check_goes_on(&self) -> Result<(), SqlError> {
        if (self.goes_on)() { Ok(()) } else { Err(ended()) }
    }

    fn add_memory(&self, rows: &[SourceRow], counts: &mut Counts) -> Result<(), SqlError> {
        let by_value = self.groups.iter().any(|group| matches!(group, GroupBy::Value(_)));
        let needs_values = by_value || !self.tests.is_empty();
        let mut key = Vec::new();
        for rows in rows.chunks(GRANULE_ROWS) {
            self.check_goes_on()?;
            for row in rows {
                let extract = || extract(self.schema, row.cursor.position, &row.bytes);
                let extracted = if needs_values { extract()? } else { Extracted::default() };
                if self.tests.iter().all(|test| test.matches(&extracted)) {
                    self.add_row(counts, &mut key, row.cursor.time_s, &extracted);
                }
            }
        }
        Ok(())
    }

    /// Adds a row of which everything is known. The key is memory that is used again.
    fn add_row(&self, counts: &mut Counts, key: &mut Vec<u8>, time_s: i64, extracted: &Extracted<'_>) {
        if let [GroupBy::Time { bucket_s }] = self.groups {
            counts.add_time(time_s.div_euclid(*bucket_s) * bucket_s, 1);
            return;
        }
        key.clear();
        for group in self.groups {
            match group {
                GroupBy::Value(column) => Part::Text(value_of(extracted, *column)).write(key),
                GroupBy::Time { bucket_s } => Part::TimeS(time_s.div_euclid(*bucket_s) * bucket_s).write(key),
            }
        }
        counts.add(key, 1);
        if self.wants_times {
            counts.note_times(time_s, time_s);
        }
    }

    fn add_segment(&self, segment: &SnapshotSegment, piece: &Piece, counts: &mut Counts) -> Result<(), SqlError> {
        let mut columns = SegmentColumns::of(segment);
        let mut selection = Selection::of(&mut columns, piece, self.tests)?;
        if selection.range.is_empty() {
            return Ok(());
        }
        let grouped = self.groups.iter().filter_map(|group| match group {
            GroupBy::Value(column) => Some(*column),
            GroupBy::Time { .. } => None,
        });
        selection.load(&mut columns, grouped, usize::MAX)?;
        if !selection.rest.is_empty() {
            return self.add_rows(segment, &selection, counts);
        }
        if self.groups.is_empty() {
            return self.add_all(segment, piece, &selection, counts);
        }
        let columns = self.groups.iter().map(|group| GroupColumn::of(&mut columns, *group));
        let columns: Option<Vec<GroupColumn>> = columns.collect::<Result<_, SqlError>>()?;
        match columns.and_then(|columns| Combined::of(columns, &selection.range)) {
            Some(combined) => combined.add(&selection, counts),
            None => self.add_rows(segment, &selection, counts)?,
        }
        Ok(())
    }

    /// Something has to be read from the rows themselves.
    fn add_rows(&self, segment: &SnapshotSegment, selection: &Selection, counts: &mut Counts) -> Result<(), SqlError> {
        let times_s = segment.times_s()?;
        let (mut key, mut page): (Vec<u8>, Option<(usize, SnapshotPage)>) = (Vec::new(), None);
        for row in selection.rows() {
            let granule = row / GRANULE_ROWS;
            let page = match &mut page {
                Some((number, page)) if *number == granule => page,
                page => {
                    self.check_goes_on()?;
                    &mut page.insert((granule, segment.page(granule)?)).1
                }
            };
            let bytes = page.row(row % GRANULE_ROWS)?;
            let extracted = extract(self.schema, 0, bytes)?;
            if selection.rest.iter().all(|test| test.matches(&extracted)) {
                self.add_row(counts, &mut key, times_s[row], &extracted);
            }
        }
        Ok(())
    }

    /// All selected rows are one group.
    fn add_all(
        &self,
        segment: &SnapshotSegment,
        piece: &Piece,
        selection: &Selection,
        counts: &mut Counts,
    ) -> Result<(), SqlError> {
        let rows = match &selection.mask {
            None => selection.range.len(),
            Some(mask) => mask.iter().filter(|kept| **kept).count(),
        };
        if rows == 0 {
            return Ok(());
        }
        counts.add(&[], rows as u64);
        if self.wants_times && selection.mask.is_none() && piece.is_whole(segment) {
            let (first_s, last_s) = segment.time_range_s();
            counts.note_times(first_s, last_s);
        } else if self.wants_times {
            let times_s = segment.times_s()?;
            if let (Some(first), Some(last)) = (selection.rows().next_back(), selection.rows().next()) {
                counts.note_times(times_s[first], times_s[last]);
            }
        }
        Ok(())
    }
}

/// A column by which is grouped, of all rows of a segment.
enum GroupColumn {
    Values(Rc<WholeColumn>),
    Times { times_s: Vec<i64>, bucket_s: i64 },
}

impl GroupColumn {
    /// `None` when the column is not there.
    fn of(columns: &mut SegmentColumns<'_>, group: GroupBy) -> Result<Option<GroupColumn>, SqlError> {
        Ok(match group {
            GroupBy::Value(column) => columns.get(column)?.map(GroupColumn::Values),
            GroupBy::Time { bucket_s } => Some(GroupColumn::Times { times_s: columns.segment.times_s()?, bucket_s }),
        })
    }

    /// How many codes there are, and what is taken off a bucket to become one.
    fn codes(&self, rows: &Range<usize>) -> (u64, i64) {
        match self {
            GroupColumn::Values(column) => (column.values.len() as u64 + 1, 0),
            GroupColumn::Times { times_s, bucket_s } => {
                let first = times_s[rows.start].div_euclid(*bucket_s);
                let last = times_s[rows.end - 1].div_euclid(*bucket_s);
                ((last - first).unsigned_abs() + 1, first)
            }
        }
    }

    fn code(&self, row: usize, first: i64) -> u64 {
        match self {
            GroupColumn::Values(column) => u64::from(column.codes[row]),
            GroupColumn::Times { times_s, bucket_s } => (times_s[row].div_euclid(*bucket_s) - first).cast_unsigned(),
        }
    }

    fn part(&self, code: u64, first: i64) -> Part<'_> {
        match self {
            GroupColumn::Values(column) => {
                Part::Text(code.checked_sub(1).map(|value| column.values.get(value as usize)))
            }
            GroupColumn::Times { bucket_s, .. } => Part::TimeS((first + code.cast_signed()) * bucket_s),
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

    /// Adds the selected rows.
    fn add(&self, selection: &Selection, counts: &mut Counts) {
        let mut key = Vec::new();
        let mut add = |code: u64, rows: u64| match self.only_time(code) {
            Some(time_s) => counts.add_time(time_s, rows),
            None => {
                self.write_key(code, &mut key);
                counts.add(&key, rows);
            }
        };
        if self.count <= MAX_COUNTERS as u64 {
            let mut counters = vec![0u64; self.count as usize];
            self.each_code(selection, |code| counters[code as usize] += 1);
            let counted = counters.into_iter().enumerate().filter(|(_, rows)| *rows > 0);
            counted.for_each(|(code, rows)| add(code as u64, rows));
        } else {
            let mut counters: HashMap<u64, u64> = HashMap::new();
            self.each_code(selection, |code| *counters.entry(code).or_default() += 1);
            counters.into_iter().for_each(|(code, rows)| add(code, rows));
        }
    }

    /// The parts of a code, in the order of the columns; `rest` is what the columns before have left of it.
    fn write_key(&self, mut rest: u64, key: &mut Vec<u8>) {
        key.clear();
        let mut below = self.count;
        for (column, count, first) in &self.columns {
            below /= count;
            column.part(rest / below, *first).write(key);
            rest %= below;
        }
    }

    /// Calls for each selected row with its code.
    fn each_code(&self, selection: &Selection, mut take: impl FnMut(u64)) {
        match &self.columns[..] {
            // By far the commonest; without a step for each column the loop is several times faster.
            [(GroupColumn::Values(column), ..)] if selection.mask.is_none() => {
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
