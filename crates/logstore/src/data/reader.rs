//! Reading the rows of shards: logs in the order of time over all shards of a logstore, and groups by their number.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use store::search::{Budget, PageEnd, Search, SearchPage};
use store::{Cursor, Direction, FieldId, FoundRow, Query, Store, StoreError};

use super::row::{LogRow, RowKeys};
use super::schema::GROUP;
use crate::limits::{MAX_AHEAD_S, MAX_GROUP_LOGS, WALK_BYTES, WALK_FIRST_ROWS, WALK_PLACES, WALK_ROWS};

/// Rows have no scopes of their own.
const SCOPES: &[&str] = &[""];

/// Why rows cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a row {0}")]
    Row(String),
    /// What was given up to here is whole; what follows is not known.
    #[error("the time for the search was over")]
    Late,
}

/// Which rows of which shards, and in which order.
pub(crate) struct Range {
    /// Earliest time, Unix seconds, inclusive.
    pub(crate) from_s: i64,
    /// Latest time, Unix seconds, inclusive.
    pub(crate) to_s: i64,
    /// Values that the rows have.
    pub(crate) all_of: Vec<(FieldId, String)>,
    pub(crate) direction: Direction,
    /// What the rows have beside the values.
    pub(crate) search: Arc<Search>,
    pub(crate) deadline: Instant,
}

impl Range {
    /// A page of a shard; rows of segments with their bytes or without.
    pub(super) fn page(
        &self,
        store: &Store,
        stream: &str,
        (after, limit): (Option<Cursor>, usize),
        deadline: Instant,
        has_bytes: bool,
    ) -> Result<SearchPage, StoreError> {
        let all_of: Vec<_> = self.all_of.iter().map(|(field, value)| (*field, value.as_str())).collect();
        let query = Query {
            scopes: SCOPES,
            all_of: &all_of,
            from_s: self.from_s,
            to_s: self.to_s,
            direction: self.direction,
            after,
            limit,
        };
        let budget = Budget::unlimited().until(deadline);
        match has_bytes {
            true => store.search(stream, &query, &self.search, &budget),
            false => store.search_places(stream, &query, &self.search, &budget),
        }
    }
}

/// A row and the shard that it is in.
pub(crate) struct Found {
    pub(crate) shard: i64,
    pub(crate) row: FoundRow,
}

/// Rows of several shards, merged: by time, then by shard, then by arrival.
pub(crate) struct Walk {
    store: Arc<Store>,
    range: Range,
    shards: Vec<ShardWalk>,
    /// Rows that the store looked at, and bytes that it read for that.
    pub(crate) examined: u64,
    pub(crate) bytes_read: u64,
}

struct ShardWalk {
    number: i64,
    stream: String,
    /// The last row that was taken.
    taken: Option<Cursor>,
    /// The last row that was asked for.
    after: Option<Cursor>,
    ahead: VecDeque<FoundRow>,
    is_at_end: bool,
    /// What comes behind `ahead` was not found in time.
    is_late: bool,
    /// Rows to ask for next: as many as fit into some memory, by the rows of the last time.
    limit: usize,
}

impl Walk {
    /// Starts at the beginning of the range, in its direction.
    pub(crate) fn new(store: Arc<Store>, shards: Vec<(i64, String)>, range: Range) -> Walk {
        let shard = |(number, stream)| ShardWalk {
            number,
            stream,
            taken: None,
            after: None,
            ahead: VecDeque::new(),
            is_at_end: false,
            is_late: false,
            limit: WALK_FIRST_ROWS,
        };
        Walk { store, range, shards: shards.into_iter().map(shard).collect(), examined: 0, bytes_read: 0 }
    }

    /// The next row; `None` at the end. Blocks on files.
    pub(crate) fn next(&mut self) -> Result<Option<Found>, ReadError> {
        self.take(true)
    }

    /// Goes past so many rows, which are not read where the index knows them. Stops at the end. Blocks on files.
    pub(crate) fn skip(&mut self, rows: usize) -> Result<(), ReadError> {
        for _ in 0..rows {
            if self.take(false)?.is_none() {
                break;
            }
        }
        // What is ahead has no bytes yet.
        self.shards.iter_mut().for_each(ShardWalk::forget_ahead);
        Ok(())
    }

    fn take(&mut self, has_bytes: bool) -> Result<Option<Found>, ReadError> {
        for index in 0..self.shards.len() {
            self.fill(index, has_bytes)?;
        }
        let place = |shard: &ShardWalk| shard.ahead.front().map(|row| (row.cursor.time_s, shard.number));
        let places = self.shards.iter().enumerate().filter_map(|(index, shard)| Some((place(shard)?, index)));
        let next = match self.range.direction {
            Direction::Forward => places.min(),
            Direction::Backward => places.max(),
        };
        let Some((_, index)) = next else {
            return Ok(None);
        };
        let shard = &mut self.shards[index];
        let row = shard.ahead.pop_front();
        shard.taken = row.as_ref().map(|row| row.cursor).or(shard.taken);
        Ok(row.map(|row| Found { shard: shard.number, row }))
    }

    fn fill(&mut self, index: usize, has_bytes: bool) -> Result<(), ReadError> {
        let most_places = (WALK_PLACES / self.shards.len()).max(WALK_ROWS);
        let shard = &mut self.shards[index];
        while shard.ahead.is_empty() && !shard.is_at_end {
            if shard.is_late || Instant::now() >= self.range.deadline {
                return Err(ReadError::Late);
            }
            let part = (shard.after, shard.limit);
            let page = self.range.page(&self.store, &shard.stream, part, self.range.deadline, has_bytes)?;
            match page.end {
                PageEnd::Last => shard.is_at_end = true,
                PageEnd::Full => {}
                PageEnd::Stopped { .. } => shard.is_late = true,
            }
            self.examined += page.examined;
            self.bytes_read += page.bytes_read;
            shard.after = page.rows.last().map(|row| row.cursor).or(shard.after);
            shard.limit = if has_bytes { rows_of_some_memory(&page.rows) } else { most_places.min(shard.limit * 8) };
            shard.ahead = page.rows.into();
        }
        Ok(())
    }
}

impl ShardWalk {
    fn forget_ahead(&mut self) {
        if !self.ahead.is_empty() {
            self.ahead.clear();
            (self.after, self.is_at_end, self.is_late) = (self.taken, false, false);
        }
        self.limit = WALK_FIRST_ROWS;
    }
}

/// How many rows like these fit into some memory.
fn rows_of_some_memory(rows: &[FoundRow]) -> usize {
    let bytes: usize = rows.iter().map(|row| row.bytes.len()).sum();
    (WALK_BYTES * rows.len().max(1) / bytes.max(1)).clamp(1, WALK_ROWS)
}

/// Rows of this time and later are shown whenever their groups came: none is further ahead of its group. Nothing when all
/// rows are.
pub(crate) fn sure_from_s(horizon_ms: i64) -> Option<i64> {
    (horizon_ms > i64::MIN).then(|| horizon_ms.div_euclid(1_000).saturating_add(1 + MAX_AHEAD_S))
}

/// A row is shown as long as its group is kept. A log is at most so far ahead of its group, so most need not be read.
pub(crate) fn is_shown(row: &FoundRow, horizon_ms: i64) -> Result<bool, ReadError> {
    if is_kept(row.cursor.time_s, i64::MIN, horizon_ms) {
        return Ok(true);
    }
    let keys: RowKeys<'_> = serde_json::from_slice(&row.bytes).map_err(|error| ReadError::Row(error.to_string()))?;
    Ok(keys.received_ms >= horizon_ms)
}

/// Whether a row of this time, whose group was received at that one, is shown.
pub(crate) fn is_kept(time_s: i64, received_ms: i64, horizon_ms: i64) -> bool {
    sure_from_s(horizon_ms).is_none_or(|sure_s| time_s >= sure_s) || received_ms >= horizon_ms
}

/// Groups of one shard by their number.
pub(crate) struct ShardReader {
    pub(crate) store: Arc<Store>,
    pub(crate) stream: String,
    /// Number of the newest group; 0 when there was none ever.
    pub(crate) last: u64,
    /// Groups that were received before this, Unix milliseconds, are not shown.
    pub(crate) horizon_ms: i64,
}

impl ShardReader {
    /// When a group was received, Unix milliseconds; `None` when it is not kept. Blocks on files.
    pub(crate) fn received_ms(&self, group: u64) -> Result<Option<i64>, ReadError> {
        let rows = self.rows_of(group, 1)?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let row = LogRow::read(&row.bytes).map_err(ReadError::Row)?;
        Ok(Some(row.received_ms).filter(|received_ms| *received_ms >= self.horizon_ms))
    }

    /// The first group that was received at a time, Unix milliseconds, or later; behind the last when there is none.
    pub(crate) fn first_since(&self, from_ms: i64) -> Result<u64, ReadError> {
        let (mut low, mut high) = (1, self.last + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.received_ms(middle)?.is_some_and(|received_ms| received_ms >= from_ms) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(low)
    }

    /// The oldest group that is kept; behind the last when there is none.
    pub(crate) fn begin(&self) -> Result<u64, ReadError> {
        self.first_since(i64::MIN)
    }

    /// The rows of a group in its own order; none when it is not kept.
    pub(crate) fn group(&self, group: u64) -> Result<Vec<FoundRow>, ReadError> {
        let mut rows = self.rows_of(group, MAX_GROUP_LOGS)?;
        rows.sort_unstable_by_key(|row| row.cursor.position);
        Ok(rows)
    }

    fn rows_of(&self, group: u64, limit: usize) -> Result<Vec<FoundRow>, ReadError> {
        let number = group.to_string();
        let query = Query {
            scopes: SCOPES,
            all_of: &[(GROUP, &number)],
            from_s: i64::MIN,
            to_s: i64::MAX,
            direction: Direction::Forward,
            after: None,
            limit,
        };
        Ok(self.store.lookup(&self.stream, &query)?.rows)
    }
}

/// Whether a shard has a row with a value.
pub(crate) fn has_row(store: &Store, stream: &str, field: FieldId, value: &str) -> Result<bool, ReadError> {
    let query = Query {
        scopes: SCOPES,
        all_of: &[(field, value)],
        from_s: i64::MIN,
        to_s: i64::MAX,
        direction: Direction::Backward,
        after: None,
        limit: 1,
    };
    Ok(!store.lookup(stream, &query)?.rows.is_empty())
}
