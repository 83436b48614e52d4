//! Counts rows by group: what is counted, and by how many threads. How each place is counted is in `tally.rs`.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use foldhash::fast::RandomState;

use crate::columns::Column;
use crate::error::SqlError;
use crate::filter::Filter;
use crate::limits::MAX_COUNTED_GROUPS;
use crate::table::StreamTable;
use crate::tally::Tally;

/// What groups are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GroupBy {
    /// A column of which a row has one value at most.
    Value(Column),
    /// Ranges of times of this length.
    Time { bucket_s: i64 },
}

/// Rows of each group.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// By the key of the group.
    pub(crate) rows: HashMap<Box<[u8]>, u64, RandomState>,
    /// Rows of each bucket, when times are all that is grouped by: there may be so many that hashing them would cost more
    /// than counting.
    pub(crate) by_time: Vec<(i64, u64)>,
    /// Earliest and latest time of all rows, when they were asked for.
    pub(crate) times_s: Option<(i64, i64)>,
}

impl Counts {
    pub(crate) fn add(&mut self, key: &[u8], rows: u64) {
        match self.rows.get_mut(key) {
            Some(known) => *known += rows,
            None => {
                self.rows.insert(key.into(), rows);
            }
        }
    }

    /// Adds to a bucket of time; it may come again.
    pub(crate) fn add_time(&mut self, time_s: i64, rows: u64) {
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

    pub(crate) fn note_times(&mut self, first_s: i64, last_s: i64) {
        let (known_first, known_last) = self.times_s.unwrap_or((first_s, last_s));
        self.times_s = Some((known_first.min(first_s), known_last.max(last_s)));
    }

    fn join(&mut self, other: Counts) {
        other.rows.into_iter().for_each(|(key, rows)| *self.rows.entry(key).or_default() += rows);
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
    let schema = &**table.snapshot.schema();
    let tally = Tally { schema, groups, tests: &filter.tests, wants_times, goes_on };
    let (next, has_too_many) = (AtomicUsize::new(0), AtomicBool::new(false));
    let work = || -> Result<Counts, SqlError> {
        let mut counts = Counts::default();
        while let Some(piece) = pieces.get(next.fetch_add(1, Ordering::Relaxed)) {
            tally.add(piece, &mut counts)?;
            if has_too_many.load(Ordering::Relaxed) || counts.has_too_many() {
                has_too_many.store(true, Ordering::Relaxed);
                break;
            }
        }
        Ok(counts)
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(pieces.len()).max(1);
    let mut counts = std::thread::scope(|scope| -> Result<Counts, SqlError> {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let own = work();
        let others: Vec<_> = others.into_iter().map(|other| other.join()).collect();
        let mut counts = own?;
        for other in others {
            counts.join(other.map_err(|_| SqlError::Failed("a thread that counts panicked".to_owned()))??);
        }
        Ok(counts)
    })?;
    if has_too_many.into_inner() || counts.has_too_many() {
        return Ok(None);
    }
    counts.merge_times();
    if groups.is_empty() {
        // Without groups there is one row even when nothing was found.
        counts.add(&[], 0);
    }
    Ok(Some(counts))
}
