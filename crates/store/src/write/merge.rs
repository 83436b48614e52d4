//! One page over memory parts and segments: newest (or oldest) places first, and no more of them than the page needs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::limits::{MAX_SEGMENTS_AT_ONCE, MIN_THREAD_WORK};
use crate::query::{Cursor, Direction, FoundRow, Page, Query};
use crate::schema::Schema;
use crate::search::{self, Budget, MemorySource, Place, Search, SearchPage, Source, is_before};
use crate::segment::{Picked, PickedBytes, Proof, Segment, SegmentSearch, WantedRow, fetch, pick, side_by_side};

use super::error::StoreError;
use super::view::{SegmentHandle, View};

/// A page as if all rows were in one place.
///
/// Every place is asked for one row more than the page has, so that what is left over tells whether more follows. Rows in
/// segments are only picked at first; those that are in the page are then read together. That a row which only the index
/// named does match is told by reading it. Should it not, and the page have been full, another row may belong there: then
/// all is asked once more, with proofs.
pub(crate) fn lookup(view: &View, stream: &str, query: &Query<'_>) -> Result<Page, StoreError> {
    let (page, lacks_rows) = merge(view, stream, query, Proof::LaterWhereNamed)?.read(query)?;
    if !lacks_rows {
        return Ok(page);
    }
    Ok(merge(view, stream, query, Proof::Row)?.read(query)?.0)
}

/// Segments are asked in groups, which begin with one and grow: a page that the first one fills asks nothing else, a rare
/// value has every idle core.
fn merge<'a>(view: &'a View, stream: &str, query: &Query<'_>, proof: Proof) -> Result<Merged<'a>, StoreError> {
    let wanted = Query { limit: query.limit.saturating_add(1), ..query.clone() };
    let mut merged = Merged { rows: Vec::new(), limit: wanted.limit, direction: query.direction, examined: 0 };
    for part in &view.parts {
        merged.add_page(part.lookup(stream, &wanted));
    }
    let segments = in_reach(view, stream, query);
    let (mut left, mut at_once, mut per_thread) = (&segments[..], 1, usize::MAX);
    while !left.is_empty() {
        let (group, rest) = left.split_at(at_once.min(left.len()));
        let needed: Vec<&SegmentHandle> = group.iter().copied().filter(|handle| merged.needs(handle)).collect();
        let begun = Instant::now();
        let picked = side_by_side(needed.len(), per_thread, |number| {
            let segment = needed[number].segment()?;
            Ok::<_, StoreError>((segment, pick(segment, &wanted, proof)?))
        })?;
        per_thread = segments_per_thread(begun.elapsed(), needed.len());
        picked.into_iter().for_each(|(segment, picked)| merged.add_picked(segment, picked));
        (left, at_once) = (rest, (at_once * 2).min(MAX_SEGMENTS_AT_ONCE));
    }
    Ok(merged)
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
    let in_segments = in_reach(view, stream, query).into_iter();
    let in_segments = in_segments.map(|segment| SearchedPlace::Segment { segment, query, search, has_bytes });
    search::search(in_memory.chain(in_segments).collect(), query, budget)
}

/// A place of rows that is opened when the search comes to it.
enum SearchedPlace<'a> {
    Memory { source: Box<MemorySource<'a>>, after: Option<Cursor> },
    Segment { segment: &'a SegmentHandle, query: &'a Query<'a>, search: &'a Arc<Search>, has_bytes: bool },
}

impl<'a> Place<'a, StoreError> for SearchedPlace<'a> {
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
            SearchedPlace::Segment { segment, query, search, has_bytes } => {
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

struct MergedRow<'a> {
    cursor: Cursor,
    bytes: RowBytes<'a>,
}

enum RowBytes<'a> {
    There(Bytes),
    In(WantedRow<'a>),
    /// They may tell that the row does not match.
    Unproven(WantedRow<'a>),
}

struct Merged<'a> {
    rows: Vec<MergedRow<'a>>,
    limit: usize,
    direction: Direction,
    examined: u64,
}

impl<'a> Merged<'a> {
    fn add_page(&mut self, page: Page) {
        let rows = page.rows.into_iter();
        let rows = rows.map(|row| MergedRow { cursor: row.cursor, bytes: RowBytes::There(row.bytes) });
        self.add(rows, page.examined);
    }

    fn add_picked(&mut self, segment: &'a Segment, picked: Picked) {
        let rows = picked.rows.into_iter().map(|row| MergedRow {
            cursor: row.cursor,
            bytes: match row.bytes {
                PickedBytes::Read(bytes) => RowBytes::There(bytes),
                PickedBytes::Of(row) => RowBytes::In(WantedRow { segment, row }),
                PickedBytes::Unproven(row) => RowBytes::Unproven(WantedRow { segment, row }),
            },
        });
        self.add(rows, picked.examined);
    }

    fn add(&mut self, rows: impl ExactSizeIterator<Item = MergedRow<'a>>, examined: u64) {
        self.examined += examined;
        if rows.len() == 0 {
            return;
        }
        self.rows.extend(rows);
        match self.direction {
            Direction::Forward => self.rows.sort_by_key(|row| row.cursor),
            Direction::Backward => self.rows.sort_by_key(|row| std::cmp::Reverse(row.cursor)),
        }
        self.rows.truncate(self.limit);
    }

    /// The page; and whether a row of it did not match while others were left out, so that it may lack some.
    fn read(mut self, query: &Query<'_>) -> Result<(Page, bool), StoreError> {
        let is_full = self.rows.len() == self.limit;
        // Of the row behind the page nothing is read, unless its match is unproven.
        let behind = if is_full { self.rows.pop_if(|row| !matches!(row.bytes, RowBytes::Unproven(_))) } else { None };
        let left = self.rows.iter().filter_map(|row| match row.bytes {
            RowBytes::There(_) => None,
            RowBytes::In(wanted) | RowBytes::Unproven(wanted) => Some(wanted),
        });
        let mut fetched = fetch(&left.collect::<Vec<_>>())?.into_iter();
        let (picked, mut rows) = (self.rows.len(), Vec::with_capacity(self.rows.len()));
        for MergedRow { cursor, bytes } in self.rows {
            let (bytes, matches) = match bytes {
                RowBytes::There(bytes) => (bytes, true),
                RowBytes::In(_) => (fetched.next().unwrap_or_default(), true),
                RowBytes::Unproven(wanted) => {
                    let bytes = fetched.next().unwrap_or_default();
                    let matches = wanted.segment.proves(query, cursor, &bytes)?;
                    (bytes, matches)
                }
            };
            if matches {
                rows.push(FoundRow { cursor, bytes });
            }
        }
        let lacks_rows = is_full && rows.len() < picked;
        let more = behind.is_some() || rows.len() > query.limit;
        rows.truncate(query.limit);
        Ok((Page { rows, more, examined: self.examined }, lacks_rows))
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
