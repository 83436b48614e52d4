//! One page of what is kept: a page over ranges of time that lie apart.

use super::period::Period;
use super::rules::StreamRules;
use crate::query::{Cursor, Direction, Page, Query};
use crate::search::{PageEnd, SearchPage};
use crate::write::StoreError;

/// A page of the rows in retention or under a hold, out of pages of ranges of time.
pub(crate) fn lookup_kept(
    rules: &StreamRules,
    default: Period,
    now_s: i64,
    query: &Query<'_>,
    lookup: impl Fn(&Query<'_>) -> Result<Page, StoreError>,
) -> Result<Page, StoreError> {
    let mut ranges = rules.kept(default, now_s, query.from_s, query.to_s);
    if query.direction == Direction::Backward {
        ranges.reverse();
    }
    let mut page = Page::default();
    // One row more than the page has tells whether more follows.
    let wanted = query.limit.saturating_add(1);
    for (from_s, to_s) in ranges {
        let found = lookup(&Query { from_s, to_s, limit: wanted - page.rows.len(), ..query.clone() })?;
        page.examined += found.examined;
        page.rows.extend(found.rows);
        if page.rows.len() >= wanted {
            break;
        }
    }
    page.more = page.rows.len() > query.limit;
    page.rows.truncate(query.limit);
    Ok(page)
}

/// Like [`lookup_kept`], for a search over the ranges that are kept. A page that is full ends there, whatever follows.
pub(crate) fn search_kept(
    mut ranges: Vec<(i64, i64)>,
    query: &Query<'_>,
    search: impl Fn(&Query<'_>) -> Result<SearchPage, StoreError>,
) -> Result<SearchPage, StoreError> {
    if query.direction == Direction::Backward {
        ranges.reverse();
    }
    let mut page = SearchPage { rows: Vec::new(), end: PageEnd::Last, examined: 0, bytes_read: 0 };
    let mut searched = None;
    for (from_s, to_s) in ranges {
        if page.rows.len() >= query.limit {
            page.end = PageEnd::Full;
            break;
        }
        let found = search(&Query { from_s, to_s, limit: query.limit - page.rows.len(), ..query.clone() })?;
        page.rows.extend(found.rows);
        page.examined += found.examined;
        page.bytes_read += found.bytes_read;
        page.end = match found.end {
            // It came nowhere in this range, but to the end of the one before.
            PageEnd::Stopped { reason, resume: None } => PageEnd::Stopped { reason, resume: searched },
            end => end,
        };
        if page.end != PageEnd::Last {
            break;
        }
        searched = Some(match query.direction {
            Direction::Forward => Cursor { time_s: to_s, ..Cursor::LAST },
            Direction::Backward => Cursor { time_s: from_s, ..Cursor::FIRST },
        });
    }
    Ok(page)
}
