//! Counts rows by group out of packed columns, and of the rows in memory, without decoding Parquet.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use store::limits::GRANULE_ROWS;
use store::segment::{PackedColumn, SourceRow};
use store::write::SnapshotSegment;

use crate::columns::Column;
use crate::counted::ended;
use crate::error::SqlError;
use crate::filter::{Filter, value_of};
use crate::limits::{MAX_COUNTED_GROUPS, MAX_COUNTERS};
use crate::scan::{Piece, extract};
use crate::select::{Selection, packed};
use crate::table::StreamTable;

/// What groups are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GroupBy {
    /// A column of which a row has one value at most.
    Value(Column),
    /// Ranges of times of this length.
    Time { bucket_s: i64 },
}

/// A part of what a group has in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Text(Option<String>),
    TimeS(i64),
}

impl Key {
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Key::Text(text) => text.as_deref(),
            Key::TimeS(_) => None,
        }
    }

    pub(crate) fn time_s(&self) -> Option<i64> {
        match self {
            Key::TimeS(time_s) => Some(*time_s),
            Key::Text(_) => None,
        }
    }
}

/// Rows of each group.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) rows: HashMap<Vec<Key>, u64>,
    /// Rows of each bucket, when times are all that is grouped by: there may be so many that hashing them would cost more
    /// than counting.
    pub(crate) by_time: Vec<(i64, u64)>,
    /// Earliest and latest time of all rows, when they were asked for.
    pub(crate) times_s: Option<(i64, i64)>,
}

impl Counts {
    fn add(&mut self, key: Vec<Key>, rows: u64) {
        *self.rows.entry(key).or_default() += rows;
    }

    /// Adds to a bucket of time; it may come again.
    fn add_time(&mut self, time_s: i64, rows: u64) {
        match self.by_time.last_mut() {
            Some((last_s, known)) if *last_s == time_s => *known += rows,
            _ => self.by_time.push((time_s, rows)),
        }
    }

    /// Makes every bucket of time come once.
    fn merge_times(&mut self) {
        let mut all = std::mem::take(&mut self.by_time);
        all.sort_unstable_by_key(|(time_s, _)| *time_s);
        all.into_iter().for_each(|(time_s, rows)| self.add_time(time_s, rows));
    }

    /// Groups so far; buckets of time that came again are merged when there are many.
    fn has_too_many(&mut self) -> bool {
        if self.by_time.len() > MAX_COUNTED_GROUPS {
            self.merge_times();
        }
        self.rows.len().max(self.by_time.len()) > MAX_COUNTED_GROUPS
    }

    fn note_times(&mut self, first_s: i64, last_s: i64) {
        let (known_first, known_last) = self.times_s.unwrap_or((first_s, last_s));
        self.times_s = Some((known_first.min(first_s), known_last.max(last_s)));
    }

    fn join(&mut self, other: Counts) {
        other.rows.into_iter().for_each(|(key, rows)| self.add(key, rows));
        self.by_time.extend(other.by_time);
        if let Some((first_s, last_s)) = other.times_s {
            self.note_times(first_s, last_s);
        }
    }
}

/// Counts the rows that meet a filter; `None` when there are too many groups. As many threads as cores read.
pub(crate) fn count(
    table: &StreamTable,
    groups: &[GroupBy],
    filter: &Filter,
    wants_times: bool,
    goes_on: &(dyn Fn() -> bool + Sync),
) -> Result<Option<Counts>, SqlError> {
    let pieces = table.pieces(filter);
    let counter = Counter { table, groups, filter, wants_times };
    let (next, total) = (AtomicUsize::new(0), Mutex::new(Some(Counts::default())));
    let work = || -> Result<(), SqlError> {
        while let Some(piece) = pieces.get(next.fetch_add(1, Ordering::Relaxed)) {
            if !goes_on() {
                return Err(ended());
            }
            let counts = match piece {
                Piece::Memory(rows) => counter.memory(rows, goes_on)?,
                Piece::Segment(segment) => counter.segment(segment)?,
            };
            let mut total = total.lock();
            let Some(sum) = total.as_mut() else {
                return Ok(());
            };
            sum.join(counts);
            if sum.has_too_many() {
                *total = None;
                return Ok(());
            }
        }
        Ok(())
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(pieces.len()).max(1);
    std::thread::scope(|scope| -> Result<(), SqlError> {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let own = work();
        for other in others {
            other.join().map_err(|_| SqlError::Failed("a thread that counts panicked".to_owned()))??;
        }
        own
    })?;
    let mut counts = total.into_inner();
    if let Some(counts) = &mut counts {
        counts.merge_times();
        if groups.is_empty() {
            // Without groups there is one row even when nothing was found.
            counts.add(Vec::new(), 0);
        }
    }
    Ok(counts)
}

struct Counter<'a> {
    table: &'a StreamTable,
    groups: &'a [GroupBy],
    filter: &'a Filter,
    wants_times: bool,
}

/// A column by which is grouped, of all rows of a segment.
enum GroupColumn {
    Packed(PackedColumn),
    Times { times_s: Vec<i64>, bucket_s: i64 },
}

impl GroupColumn {
    /// How many codes there are, and what is taken off a bucket to become one.
    fn codes(&self, rows: &std::ops::Range<usize>) -> (u64, i64) {
        match self {
            GroupColumn::Packed(column) => (column.values.len() as u64 + 1, 0),
            GroupColumn::Times { times_s, bucket_s } => {
                let first = times_s[rows.start].div_euclid(*bucket_s);
                let last = times_s[rows.end - 1].div_euclid(*bucket_s);
                ((last - first).unsigned_abs() + 1, first)
            }
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

impl Counter<'_> {
    fn memory(&self, rows: &[SourceRow], goes_on: &(dyn Fn() -> bool + Sync)) -> Result<Counts, SqlError> {
        let schema = &**self.table.snapshot.schema();
        let needs_values =
            !self.filter.tests.is_empty() || self.groups.iter().any(|group| matches!(group, GroupBy::Value(_)));
        let from = rows.partition_point(|row| row.cursor.time_s < self.filter.from_s);
        let to = rows.partition_point(|row| row.cursor.time_s <= self.filter.to_s).max(from);
        let mut counts = Counts::default();
        for (number, row) in rows[from..to].iter().enumerate() {
            if number % GRANULE_ROWS == 0 && !goes_on() {
                return Err(ended());
            }
            let extracted =
                if needs_values { extract(schema, row.cursor.position, &row.bytes)? } else { Default::default() };
            if self.filter.tests.iter().all(|test| test.matches(&extracted)) {
                self.add(&mut counts, row.cursor.time_s, &extracted);
            }
        }
        Ok(counts)
    }

    /// Adds a row of which everything is known.
    fn add(&self, counts: &mut Counts, time_s: i64, extracted: &store::Extracted) {
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

    fn segment(&self, segment: &SnapshotSegment) -> Result<Counts, SqlError> {
        let selection = Selection::of(segment, self.filter)?;
        if selection.range.is_empty() {
            return Ok(Counts::default());
        }
        let columns = self.groups.iter().map(|group| -> Result<Option<GroupColumn>, SqlError> {
            Ok(match group {
                GroupBy::Value(column) => packed(segment, *column)?.map(GroupColumn::Packed),
                GroupBy::Time { bucket_s } => {
                    Some(GroupColumn::Times { times_s: segment.times_s()?, bucket_s: *bucket_s })
                }
            })
        });
        let columns: Option<Vec<GroupColumn>> = columns.collect::<Result<_, SqlError>>()?;
        match columns {
            Some(columns) if selection.rest.is_empty() => self.packed(segment, &selection, &columns),
            _ => self.unpacked(segment, &selection),
        }
    }

    /// Something has to be read from the rows themselves.
    fn unpacked(&self, segment: &SnapshotSegment, selection: &Selection) -> Result<Counts, SqlError> {
        let schema = &**self.table.snapshot.schema();
        let times_s = segment.times_s()?;
        let (mut counts, mut page) = (Counts::default(), (usize::MAX, Vec::new()));
        for row in selection.rows() {
            let granule = row / GRANULE_ROWS;
            if page.0 != granule {
                page = (granule, segment.granule(granule)?);
            }
            let bytes = page.1.get(row % GRANULE_ROWS).map(|bytes| &bytes[..]).unwrap_or_default();
            let extracted = extract(schema, 0, bytes)?;
            if selection.rest.iter().all(|test| test.matches(&extracted)) {
                self.add(&mut counts, times_s[row], &extracted);
            }
        }
        Ok(counts)
    }

    fn packed(
        &self,
        segment: &SnapshotSegment,
        selection: &Selection,
        columns: &[GroupColumn],
    ) -> Result<Counts, SqlError> {
        let mut counts = Counts::default();
        let codes: Vec<(u64, i64)> = columns.iter().map(|column| column.codes(&selection.range)).collect();
        let combinations = codes.iter().try_fold(1u64, |all, (count, _)| all.checked_mul(*count));
        let key = |mut combined: u64| {
            let mut parts = Vec::with_capacity(columns.len());
            for (column, (count, first)) in columns.iter().zip(&codes).rev() {
                parts.push(column.key(combined % count, *first));
                combined /= count;
            }
            parts.reverse();
            parts
        };
        if columns.is_empty() {
            let rows = match &selection.mask {
                None => selection.range.len(),
                Some(mask) => mask.iter().filter(|kept| **kept).count(),
            };
            if rows > 0 {
                counts.add(Vec::new(), rows as u64);
                self.note_segment_times(&mut counts, segment, selection)?;
            }
            return Ok(counts);
        }
        match combinations {
            Some(all) if all <= MAX_COUNTERS as u64 => {
                let mut counters = vec![0u64; all as usize];
                each_code(selection, columns, &codes, |code| counters[code as usize] += 1);
                for (code, rows) in counters.into_iter().enumerate().filter(|(_, rows)| *rows > 0) {
                    match self.groups {
                        [GroupBy::Time { bucket_s }] => counts.add_time((codes[0].1 + code as i64) * bucket_s, rows),
                        _ => counts.add(key(code as u64), rows),
                    }
                }
            }
            Some(_) => {
                let mut counters: HashMap<u64, u64> = HashMap::new();
                each_code(selection, columns, &codes, |code| *counters.entry(code).or_default() += 1);
                for (code, rows) in counters {
                    match self.groups {
                        [GroupBy::Time { bucket_s }] => {
                            counts.add_time((codes[0].1 + code.cast_signed()) * bucket_s, rows);
                        }
                        _ => counts.add(key(code), rows),
                    }
                }
            }
            None => return self.unpacked(segment, selection),
        }
        Ok(counts)
    }

    fn note_segment_times(
        &self,
        counts: &mut Counts,
        segment: &SnapshotSegment,
        selection: &Selection,
    ) -> Result<(), SqlError> {
        if !self.wants_times {
            return Ok(());
        }
        if selection.mask.is_none() && selection.range.len() == segment.row_count() {
            let (first_s, last_s) = segment.time_range_s();
            counts.note_times(first_s, last_s);
            return Ok(());
        }
        let times_s = segment.times_s()?;
        let first = selection.rows().next();
        let last = selection.range.clone().rev().find(|row| selection.has(*row));
        if let (Some(first), Some(last)) = (first, last) {
            counts.note_times(times_s[first], times_s[last]);
        }
        Ok(())
    }
}

/// Calls for each selected row with the codes of its columns, combined to one number.
fn each_code(selection: &Selection, columns: &[GroupColumn], codes: &[(u64, i64)], mut take: impl FnMut(u64)) {
    match columns {
        // By far the commonest; without a step for each column the loop is several times faster.
        [GroupColumn::Packed(column)] if selection.mask.is_none() => {
            column.codes[selection.range.clone()].iter().for_each(|code| take(u64::from(*code)));
        }
        [GroupColumn::Times { times_s, bucket_s }] if selection.mask.is_none() => {
            // Times ascend: most rows are in the bucket of the row before.
            let first = codes[0].1;
            let (mut bucket, mut ends) = (0, i64::MIN);
            for time_s in &times_s[selection.range.clone()] {
                if *time_s >= ends {
                    bucket = time_s.div_euclid(*bucket_s);
                    ends = (bucket + 1).saturating_mul(*bucket_s);
                }
                take((bucket - first).cast_unsigned());
            }
        }
        _ => {
            for row in selection.rows() {
                let code = columns.iter().zip(codes).fold(0, |combined, (column, (count, first))| {
                    let code = match column {
                        GroupColumn::Packed(column) => u64::from(column.codes[row]),
                        GroupColumn::Times { times_s, bucket_s } => {
                            (times_s[row].div_euclid(*bucket_s) - first).cast_unsigned()
                        }
                    };
                    combined * count + code
                });
                take(code);
            }
        }
    }
}
