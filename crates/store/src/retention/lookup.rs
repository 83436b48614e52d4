//! One page of what is kept.

use super::period::Period;
use super::rules::StreamRules;
use crate::query::{Direction, Page, Query};
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
