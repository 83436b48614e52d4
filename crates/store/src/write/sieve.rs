//! What filters say about the segments of one lookup.

use std::sync::Arc;

use parking_lot::Mutex;

use super::view::SegmentHandle;
use crate::filters::{SegmentBits, SegmentFilter};
use crate::query::Query;
use crate::search::Search;

/// Asks each filter once, when the lookup comes to the first segment that it stands for.
pub(crate) struct Sieve<'a, 'q> {
    query: &'q Query<'q>,
    search: Option<&'q Arc<Search>>,
    asked: Mutex<Vec<(&'a SegmentFilter, SegmentBits)>>,
}

impl<'a, 'q> Sieve<'a, 'q> {
    pub(crate) fn new(query: &'q Query<'q>, search: Option<&'q Arc<Search>>) -> Sieve<'a, 'q> {
        Sieve { query, search, asked: Mutex::default() }
    }

    /// Whether a segment may have rows that are asked for.
    pub(crate) fn may_match(&self, segment: &'a SegmentHandle) -> bool {
        let Some((filter, bit)) = segment.filter() else {
            return true;
        };
        let mut asked = self.asked.lock();
        // Neighbours mostly have the same filter.
        let known = asked.iter().rev().find(|(other, _)| std::ptr::eq(*other, &**filter));
        let segments = known.map(|(_, segments)| *segments).unwrap_or_else(|| {
            let segments = filter.may_match(self.query, self.search);
            asked.push((filter, segments));
            segments
        });
        segments >> bit & 1 == 1
    }
}
