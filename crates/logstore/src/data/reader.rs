//! Reading the rows of shards: logs in the order of time over all shards of a logstore, and groups by their number.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use store::search::{Budget, PageEnd, Search};
use store::{Cursor, Direction, FieldId, FoundRow, Query, Store, StoreError};

use super::row::{LogRow, RowKeys};
use super::schema::GROUP;
use crate::limits::{MAX_AHEAD_S, MAX_GROUP_LOGS, WALK_BYTES, WALK_FIRST_ROWS, WALK_ROWS};

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
    /// Rows of groups that were received before this, Unix milliseconds, are not shown.
    pub(crate) horizon_ms: i64,
    /// A condition that the store can tell from its index; every row that is wanted has it.
    pub(crate) search: Option<Arc<Search>>,
    pub(crate) deadline: Instant,
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
}

struct ShardWalk {
    number: i64,
    stream: String,
    after: Option<Cursor>,
    ahead: VecDeque<FoundRow>,
    is_at_end: bool,
    /// Rows to ask for next: as many as fit into some memory, by the rows of the last time.
    limit: usize,
}

impl Walk {
    /// Starts at the beginning of the range, in its direction.
    pub(crate) fn new(store: Arc<Store>, shards: Vec<(i64, String)>, range: Range) -> Walk {
        let shard = |(number, stream)| ShardWalk {
            number,
            stream,
            after: None,
            ahead: VecDeque::new(),
            is_at_end: false,
            limit: WALK_FIRST_ROWS,
        };
        Walk { store, range, shards: shards.into_iter().map(shard).collect() }
    }

    /// The next row; `None` at the end. Blocks on files.
    pub(crate) fn next(&mut self) -> Result<Option<Found>, ReadError> {
        loop {
            for shard in &mut self.shards {
                shard.fill(&self.store, &self.range)?;
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
            let Some(row) = shard.ahead.pop_front() else {
                return Ok(None);
            };
            if is_shown(&row, self.range.horizon_ms)? {
                return Ok(Some(Found { shard: shard.number, row }));
            }
        }
    }
}

impl ShardWalk {
    fn fill(&mut self, store: &Store, range: &Range) -> Result<(), ReadError> {
        while self.ahead.is_empty() && !self.is_at_end {
            if Instant::now() >= range.deadline {
                return Err(ReadError::Late);
            }
            let all_of: Vec<_> = range.all_of.iter().map(|(field, value)| (*field, value.as_str())).collect();
            let query = Query {
                scopes: SCOPES,
                all_of: &all_of,
                from_s: range.from_s,
                to_s: range.to_s,
                direction: range.direction,
                after: self.after,
                limit: self.limit,
            };
            let rows = match &range.search {
                None => {
                    let page = store.lookup(&self.stream, &query)?;
                    self.is_at_end = !page.more;
                    page.rows
                }
                Some(search) => {
                    let budget = Budget::unlimited().until(range.deadline);
                    let page = store.search(&self.stream, &query, search, &budget)?;
                    match page.end {
                        PageEnd::Last => self.is_at_end = true,
                        PageEnd::Full => {}
                        PageEnd::Stopped { .. } => return Err(ReadError::Late),
                    }
                    page.rows
                }
            };
            self.after = rows.last().map(|row| row.cursor).or(self.after);
            let bytes: usize = rows.iter().map(|row| row.bytes.len()).sum();
            self.limit = (WALK_BYTES * rows.len().max(1) / bytes.max(1)).clamp(1, WALK_ROWS);
            self.ahead = rows.into();
        }
        Ok(())
    }
}

/// A row is shown as long as its group is kept. A log is at most so far ahead of its group, so most need not be read.
pub(crate) fn is_shown(row: &FoundRow, horizon_ms: i64) -> Result<bool, ReadError> {
    if row.cursor.time_s.saturating_sub(MAX_AHEAD_S).saturating_mul(1_000) >= horizon_ms {
        return Ok(true);
    }
    let keys: RowKeys<'_> = serde_json::from_slice(&row.bytes).map_err(|error| ReadError::Row(error.to_string()))?;
    Ok(keys.received_ms >= horizon_ms)
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
