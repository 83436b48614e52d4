//! One page over memory parts and segments: newest (or oldest) places first, and no more of them than the page needs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::limits::{MAX_SEGMENTS_AT_ONCE, MIN_THREAD_WORK};
use crate::query::{Cursor, Direction, FoundRow, Page, Query};
use crate::schema::Schema;
use crate::search::{self, Budget, MemorySource, Place, Search, SearchPage, Source, is_before};
use crate::segment::{Picked, PickedBytes, PickedRow, SegmentSearch, fill_page, pick, side_by_side};

use super::error::StoreError;
use super::sieve::Sieve;
use super::view::{SegmentHandle, View};

/// A page as if all rows were in one place.
pub(crate) fn lookup(view: &View, stream: &str, query: &Query<'_>) -> Result<Page, StoreError> {
    fill_page(query, |query| pick_from_all(view, stream, query))
}

/// The first rows of all places. Segments are asked in groups, which begin with one and grow: rows that the first one has
/// ask nothing else, a rare value has every idle core.
fn pick_from_all<'a>(view: &'a View, stream: &str, query: &Query<'_>) -> Result<Picked<'a>, StoreError> {
    let mut merged = Merged { picked: Picked::default(), limit: query.limit, direction: query.direction };
    for part in &view.parts {
        merged.add(in_memory(part.lookup(stream, query)));
    }
    let (segments, sieve) = (in_reach(view, stream, query), Sieve::new(query, None));
    let (mut left, mut at_once, mut per_thread) = (segments.into_iter(), 1, usize::MAX);
    loop {
        let may_add = |handle: &&'a SegmentHandle| merged.needs(handle) && sieve.may_match(handle);
        let needed: Vec<&SegmentHandle> = left.by_ref().filter(may_add).take(at_once).collect();
        if needed.is_empty() {
            return Ok(merged.picked);
        }
        let begun = Instant::now();
        let picked = side_by_side(needed.len(), per_thread, |number| {
            Ok::<_, StoreError>(pick(needed[number].segment()?, query)?)
        })?;
        per_thread = segments_per_thread(begun.elapsed(), needed.len());
        // Where rows had to be read, idle cores had their pages, and each segment may have read as many as are wanted.
        let has_read = picked.iter().any(Picked::has_read);
        picked.into_iter().for_each(|picked| merged.add(picked));
        at_once = if has_read { 1 } else { (at_once * 2).min(MAX_SEGMENTS_AT_ONCE) };
    }
}

fn in_memory<'a>(page: Page) -> Picked<'a> {
    let row = |row: FoundRow| PickedRow { cursor: row.cursor, bytes: PickedBytes::There(row.bytes) };
    Picked { rows: page.rows.into_iter().map(row).collect(), examined: page.examined }
}

/// Segments that make another thread worth its start, when so many took so long.
fn segments_per_thread(took: Duration, segments: usize) -> usize {
    let one_ns = took.as_nanos() / segments.max(1) as u128;
    (MIN_THREAD_WORK.as_nanos() / one_ns.max(1)).max(1) as usize
}

/// A page of a search as if all rows were in one place; its rows with their bytes or without.
pub(crate) fn search(
    view: &View,
    stream: &str,
    query: &Query<'_>,
    search: &Arc<Search>,
    schema: &dyn Schema,
    budget: &Budget,
    has_bytes: bool,
) -> Result<SearchPage, StoreError> {
    let in_memory = view.parts.iter().filter_map(|part| part.stream(stream)).map(|rows| SearchedPlace::Memory {
        source: Box::new(MemorySource::new(stream, rows, query, search, schema)),
        after: query.after,
    });
    let sieve = &Sieve::new(query, Some(search));
    let in_segments = in_reach(view, stream, query).into_iter();
    let in_segments = in_segments.map(|segment| SearchedPlace::Segment { segment, sieve, query, search, has_bytes });
    search::search(in_memory.chain(in_segments).collect(), query, budget)
}

/// A place of rows that is opened when the search comes to it.
enum SearchedPlace<'a, 's> {
    Memory {
        source: Box<MemorySource<'a>>,
        after: Option<Cursor>,
    },
    Segment {
        segment: &'a SegmentHandle,
        sieve: &'s Sieve<'a, 'a>,
        query: &'a Query<'a>,
        search: &'a Arc<Search>,
        has_bytes: bool,
    },
}

impl<'a> Place<'a, StoreError> for SearchedPlace<'a, '_> {
    fn starts_behind(&self) -> Option<Cursor> {
        let (segment, query) = match self {
            SearchedPlace::Memory { after, .. } => return *after,
            SearchedPlace::Segment { segment, query, .. } => (segment, query),
        };
        let summary = &segment.entry.summary;
        let start = match query.direction {
            Direction::Forward => Cursor { time_s: summary.first_time_s, ..Cursor::FIRST }.predecessor(),
            Direction::Backward => Cursor { time_s: summary.last_time_s, ..Cursor::LAST }.successor(),
        };
        match (start, query.after) {
            (Some(start), Some(after)) if is_before(query.direction, start, after) => Some(after),
            (start, after) => start.or(after),
        }
    }

    fn open(self) -> Result<Option<Box<dyn Source + 'a>>, StoreError> {
        match self {
            SearchedPlace::Memory { source, .. } => Ok(Some(source)),
            SearchedPlace::Segment { segment, sieve, .. } if !sieve.may_match(segment) => Ok(None),
            SearchedPlace::Segment { segment, query, search, has_bytes, .. } => {
                let source = SegmentSearch::open(segment.segment()?, query, search, has_bytes)?;
                Ok(source.map(|source| Box::new(source) as _))
            }
        }
    }
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

/// The first rows of the places that were asked so far.
struct Merged<'a> {
    picked: Picked<'a>,
    limit: usize,
    direction: Direction,
}

impl<'a> Merged<'a> {
    fn add(&mut self, more: Picked<'a>) {
        let Picked { rows, examined } = &mut self.picked;
        *examined += more.examined;
        if more.rows.is_empty() {
            return;
        }
        rows.extend(more.rows);
        match self.direction {
            Direction::Forward => rows.sort_by_key(|row| row.cursor),
            Direction::Backward => rows.sort_by_key(|row| std::cmp::Reverse(row.cursor)),
        }
        rows.truncate(self.limit);
    }

    /// Whether a segment may have rows that come before the last one found.
    fn needs(&self, segment: &SegmentHandle) -> bool {
        let rows = &self.picked.rows;
        let Some(last) = rows.last().filter(|_| rows.len() >= self.limit) else {
            return true;
        };
        let summary = &segment.entry.summary;
        match self.direction {
            Direction::Forward => summary.first_time_s <= last.cursor.time_s,
            Direction::Backward => summary.last_time_s >= last.cursor.time_s,
        }
    }
}
