//! Counting logs by their times. Where the index knows which rows match, none of them is read.

use std::time::{Duration, Instant};

use store::search::PageEnd;
use store::{FoundRow, Store};

use super::reader::{Range, ReadError};
use crate::limits::{COUNT_LOOK_MS, WALK_PLACES};

/// Tells the rows of some shards, which have their times but no bytes, shard by shard, oldest first, and now and then that
/// there are none; what says false ends it. Gives the time before which all rows were told when time was over; nothing
/// when all were. Blocks on files.
pub(crate) fn each_time(
    store: &Store,
    streams: &[&str],
    range: &Range,
    tell: &mut dyn FnMut(&[FoundRow]) -> bool,
) -> Result<Option<i64>, ReadError> {
    let mut told_until_s: Option<i64> = None;
    for (number, stream) in streams.iter().enumerate() {
        // Each shard has its share of the time that is left.
        let left = range.deadline.saturating_duration_since(Instant::now());
        let deadline = Instant::now() + left / u32::try_from(streams.len() - number).unwrap_or(u32::MAX);
        let mut after = None;
        loop {
            let next_look = Instant::now() + Duration::from_millis(COUNT_LOOK_MS);
            let page = range.page(store, stream, (after, WALK_PLACES), deadline.min(next_look), false)?;
            if !tell(&page.rows) {
                return Ok(told_until_s);
            }
            match page.end {
                PageEnd::Last => break,
                PageEnd::Full => after = page.rows.last().map(|row| row.cursor),
                PageEnd::Stopped { resume, .. } if Instant::now() < deadline => after = resume.or(after),
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
