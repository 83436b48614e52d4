//! One page over memory parts and segments: newest (or oldest) places first, and no more of them than the page needs.

use std::sync::Arc;

use crate::query::{Direction, FoundRow, Page, Query};

use super::error::StoreError;
use super::view::{SegmentHandle, View};

/// A page as if all rows were in one place.
///
/// Every place is asked for one row more than the page has, so that what is left over tells whether more follows.
pub(crate) fn lookup(view: &View, stream: &str, query: &Query<'_>) -> Result<Page, StoreError> {
    let wanted = Query { limit: query.limit.saturating_add(1), ..query.clone() };
    let mut merged = Merged { rows: Vec::new(), limit: wanted.limit, direction: query.direction, examined: 0 };
    for part in &view.parts {
        merged.add(part.lookup(stream, &wanted));
    }
    for segment in in_reach(view, stream, query) {
        if merged.needs(segment) {
            merged.add(segment.segment()?.lookup(&wanted)?);
        }
    }
    let more = merged.rows.len() > query.limit;
    merged.rows.truncate(query.limit);
    Ok(Page { rows: merged.rows, more, examined: merged.examined })
}

/// Segments that can have rows of the page, those with the first rows first.
fn in_reach<'a>(view: &'a View, stream: &str, query: &Query<'_>) -> Vec<&'a SegmentHandle> {
    let is_behind = |segment: &SegmentHandle| match (query.after, query.direction) {
        (None, _) => true,
        (Some(after), Direction::Forward) => segment.entry.summary.last_time_s >= after.time_s,
        (Some(after), Direction::Backward) => segment.entry.summary.first_time_s <= after.time_s,
    };
    let all = view.segments.get(stream).map(Vec::as_slice).unwrap_or_default().iter().map(Arc::as_ref);
    let mut segments: Vec<&SegmentHandle> = all
        .filter(|segment| {
            let summary = &segment.entry.summary;
            summary.last_time_s >= query.from_s && summary.first_time_s <= query.to_s && is_behind(segment)
        })
        .collect();
    match query.direction {
        Direction::Forward => segments.sort_by_key(|segment| segment.entry.summary.first_time_s),
        Direction::Backward => segments.sort_by_key(|segment| std::cmp::Reverse(segment.entry.summary.last_time_s)),
    }
    segments
}

struct Merged {
    rows: Vec<FoundRow>,
    limit: usize,
    direction: Direction,
    examined: u64,
}

impl Merged {
    fn add(&mut self, page: Page) {
        self.examined += page.examined;
        if page.rows.is_empty() {
            return;
        }
        self.rows.extend(page.rows);
        match self.direction {
            Direction::Forward => self.rows.sort_by_key(|row| row.cursor),
            Direction::Backward => self.rows.sort_by_key(|row| std::cmp::Reverse(row.cursor)),
        }
        self.rows.truncate(self.limit);
    }

    /// Whether a segment may have rows that come before the last one found.
    fn needs(&self, segment: &SegmentHandle) -> bool {
        let Some(last) = self.rows.last().filter(|_| self.rows.len() >= self.limit) else {
            return true;
        };
        let summary = &segment.entry.summary;
        match self.direction {
            Direction::Forward => summary.first_time_s <= last.cursor.time_s,
            Direction::Backward => summary.last_time_s >= last.cursor.time_s,
        }
    }
}
