//! Counting logs by their times. Where the index knows which rows match, none of them is read.

use std::time::Instant;

use store::Store;
use store::search::PageEnd;

use super::reader::{Range, ReadError};
use crate::limits::WALK_PLACES;

/// Tells the time of each row of some shards, Unix seconds, shard by shard, oldest first; what says false ends it. Gives the
/// time before which all rows were told when time was over; nothing when all were. Blocks on files.
pub(crate) fn each_time_s(
    store: &Store,
    streams: &[&str],
    range: &Range,
    tell: &mut dyn FnMut(i64) -> bool,
) -> Result<Option<i64>, ReadError> {
    let mut told_until_s: Option<i64> = None;
    for (number, stream) in streams.iter().enumerate() {
        // Each shard has its share of the time that is left.
        let left = range.deadline.saturating_duration_since(Instant::now());
        let deadline = Instant::now() + left / u32::try_from(streams.len() - number).unwrap_or(u32::MAX);
        let mut after = None;
        loop {
            let page = range.page(store, stream, (after, WALK_PLACES), deadline, false)?;
            if !page.rows.iter().all(|row| tell(row.cursor.time_s)) {
                return Ok(told_until_s);
            }
            match page.end {
                PageEnd::Last => break,
                PageEnd::Full => after = page.rows.last().map(|row| row.cursor),
                PageEnd::Stopped { resume, .. } => {
                    let until_s = resume.or(after).map_or(range.from_s, |cursor| cursor.time_s);
                    told_until_s = Some(told_until_s.map_or(until_s, |known| known.min(until_s)));
                    break;
                }
            }
        }
    }
    Ok(told_until_s)
}
