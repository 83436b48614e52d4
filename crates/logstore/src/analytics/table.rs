//! The logs of a search as a table, and how they are shared out to threads.

use std::sync::Arc;

use store::search::Search as StoreSearch;
use store::write::Snapshot;
use store::{Store, StoreError};

use super::columns::{ColumnKind, LogColumn, columns};
use super::part::{LogPart, Source, Wanted};
use crate::data::reader::sure_from_s;
use crate::index::IndexConfig;
use crate::limits::SLICE_ROWS;
use crate::operations::Search;

/// Which logs a table has, whatever their time.
pub(crate) struct Rows {
    pub(crate) store: Arc<Store>,
    /// Numbers and streams of the shards.
    pub(crate) shards: Vec<(i64, String)>,
    pub(crate) search: Search,
    /// The search as the store runs it: for the wanted logs alone, and with those that it cannot tell from them.
    pub(crate) exact: Arc<StoreSearch>,
    pub(crate) wide: Arc<StoreSearch>,
    /// Empty for every topic.
    pub(crate) topic: String,
    /// Logs that came before this, Unix milliseconds, are not shown.
    pub(crate) horizon_ms: i64,
}

/// The logs that a search selects, as a table.
#[derive(Clone)]
pub struct LogTable {
    rows: Arc<Rows>,
    columns: Arc<[LogColumn]>,
}

impl LogTable {
    pub(crate) fn new(rows: Rows, index: &IndexConfig, has_date: bool) -> LogTable {
        LogTable { rows: Arc::new(rows), columns: columns(index, has_date).into() }
    }

    /// All columns.
    pub fn columns(&self) -> &[LogColumn] {
        &self.columns
    }

    /// The rows of a range of times, both ends included, in parts that may be read side by side: a few times more than
    /// there are threads to read them, when there are many rows. A part gives the values of these columns. Blocks.
    pub fn parts(
        &self,
        from_s: i64,
        last_s: i64,
        wanted: &[usize],
        threads: usize,
        now_s: i64,
    ) -> Result<Vec<LogPart>, StoreError> {
        if from_s > last_s {
            return Ok(Vec::new());
        }
        let columns: Vec<LogColumn> = wanted.iter().filter_map(|index| self.columns.get(*index)).cloned().collect();
        let needs_times_only = columns.iter().all(|column| matches!(column.kind, ColumnKind::Time | ColumnKind::Date));
        let are_all_wanted = self.rows.search.is_all() && self.rows.topic.is_empty();
        let sure_from_s = self.rows.sure_from_s();
        let wanted = Arc::new(Wanted::of(columns));
        let mut parts = Vec::new();
        for shard in &self.rows.shards {
            let snapshot = self.rows.store.snapshot_kept(&shard.1, now_s)?;
            let mut walk = |from_s, last_s| {
                let slices = slices(&snapshot, from_s, last_s, threads).into_iter();
                let stream = &shard.1;
                parts.extend(slices.map(|(from_s, last_s)| match needs_times_only {
                    true => Source::Found { stream: stream.clone(), from_s, last_s },
                    false => Source::Walk { shard: shard.clone(), from_s, last_s },
                }));
            };
            if !needs_times_only || !are_all_wanted {
                walk(from_s, last_s);
                continue;
            }
            if from_s < sure_from_s {
                walk(from_s, last_s.min(sure_from_s - 1));
            }
            parts.extend(times(&snapshot, from_s.max(sure_from_s), last_s));
        }
        let part = |source| LogPart { rows: self.rows.clone(), wanted: wanted.clone(), source };
        Ok(parts.into_iter().map(part).collect())
    }
}

impl Rows {
    /// Logs of this time and later are shown, however long ago they came.
    fn sure_from_s(&self) -> i64 {
        sure_from_s(self.horizon_ms).unwrap_or(i64::MIN)
    }
}

/// The rows of a range, by their times alone.
fn times(snapshot: &Snapshot, from_s: i64, last_s: i64) -> Vec<Source> {
    let mut sources = Vec::new();
    for segment in snapshot.segments() {
        let (first, last) = segment.time_range_s();
        if first <= last_s && last >= from_s {
            sources.push(Source::Segment { segment: segment.clone(), from_s, last_s });
        }
    }
    let memory = snapshot.memory().iter().map(|row| row.cursor.time_s);
    let known: Vec<i64> = memory.filter(|time_s| (from_s..=last_s).contains(time_s)).collect();
    sources.push(Source::Times(known));
    sources
}

/// Cuts a range where that leaves each slice about as many rows.
fn slices(snapshot: &Snapshot, from_s: i64, last_s: i64, threads: usize) -> Vec<(i64, i64)> {
    if from_s > last_s {
        return Vec::new();
    }
    let mut weights: Vec<(i64, usize)> = Vec::new();
    for segment in snapshot.segments() {
        let (first, last) = segment.time_range_s();
        if first <= last_s && last >= from_s {
            weights.extend(spread(first.max(from_s), last.min(last_s), segment.row_count()));
        }
    }
    for chunk in snapshot.memory().chunks(SLICE_ROWS) {
        let first = chunk[0].cursor.time_s;
        if (from_s..=last_s).contains(&first) {
            weights.push((first, chunk.len()));
        }
    }
    weights.sort_unstable();
    let total: usize = weights.iter().map(|(_, rows)| rows).sum();
    let share = (total / threads.max(1)).max(SLICE_ROWS);
    let (mut slices, mut start_s, mut collected) = (Vec::new(), from_s, 0);
    for (first, rows) in weights {
        if collected >= share && first > start_s {
            slices.push((start_s, first - 1));
            (start_s, collected) = (first, 0);
        }
        collected += rows;
    }
    slices.push((start_s, last_s));
    slices
}

/// A segment's rows as if they were spread evenly over its time.
fn spread(first_s: i64, last_s: i64, rows: usize) -> impl Iterator<Item = (i64, usize)> {
    let pieces = (rows / SLICE_ROWS).max(1) as i64;
    let width_s = ((last_s - first_s) / pieces).max(1);
    let each = rows / pieces as usize;
    (0..pieces).map(move |piece| (first_s.saturating_add(piece.saturating_mul(width_s)).min(last_s), each))
}
