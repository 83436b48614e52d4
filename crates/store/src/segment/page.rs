//! The page of a lookup: rows that were picked are read, and those that only the index named are proven by their bytes.

use bytes::Bytes;

use crate::limits::MAX_PAGES_AT_ONCE;
use crate::query::{Cursor, FoundRow, Page, Query};

use super::error::SegmentError;
use super::fetch::{WantedRow, fetch};

/// A row that was picked.
pub(crate) struct PickedRow<'a> {
    pub(crate) cursor: Cursor,
    pub(crate) bytes: PickedBytes<'a>,
}

/// Where the bytes of a row are.
pub(crate) enum PickedBytes<'a> {
    There(Bytes),
    In(WantedRow<'a>),
    /// There, too, and they may tell that the row does not match: the index named it, and no column knows.
    Unproven(WantedRow<'a>),
}

/// The first rows behind a cursor, in order; no more than were asked for.
#[derive(Default)]
pub(crate) struct Picked<'a> {
    pub(crate) rows: Vec<PickedRow<'a>>,
    pub(crate) examined: u64,
}

impl Picked<'_> {
    /// Whether rows of segments had to be read to know that they match.
    pub(crate) fn has_read(&self) -> bool {
        self.rows.iter().any(|row| matches!(row.bytes, PickedBytes::There(_)))
    }
}

/// Fills a page with rows that are picked. One more is picked than the page has, which tells whether more follows; where a
/// row turns out not to match, those behind are picked next.
pub(crate) fn fill_page<'a, E: From<SegmentError>>(
    query: &Query<'_>,
    pick: impl Fn(&Query<'_>) -> Result<Picked<'a>, E>,
) -> Result<Page, E> {
    let (mut page, mut next) = (Page::default(), query.clone());
    loop {
        next.limit = next.limit.saturating_add(1);
        let Picked { mut rows, examined } = pick(&next)?;
        page.examined += examined;
        let is_last = rows.len() < next.limit;
        // Of the row behind the page nothing is read, unless its match is unproven.
        let is_proven = |row: &mut PickedRow<'_>| !matches!(row.bytes, PickedBytes::Unproven(_));
        let behind = if is_last { None } else { rows.pop_if(is_proven) };
        next.after = rows.last().map(|row| row.cursor).or(next.after);
        page.rows.extend(read(query, rows)?);
        let known = page.rows.len() + usize::from(behind.is_some());
        page.more = known > query.limit;
        if page.more || is_last {
            page.rows.truncate(query.limit);
            return Ok(page);
        }
        next.limit = (query.limit - page.rows.len()).max(MAX_PAGES_AT_ONCE);
    }
}

/// The rows that match.
fn read(query: &Query<'_>, rows: Vec<PickedRow<'_>>) -> Result<Vec<FoundRow>, SegmentError> {
    let left = rows.iter().filter_map(|row| match row.bytes {
        PickedBytes::There(_) => None,
        PickedBytes::In(wanted) | PickedBytes::Unproven(wanted) => Some(wanted),
    });
    let mut fetched = fetch(&left.collect::<Vec<_>>())?.into_iter();
    let mut found = Vec::with_capacity(rows.len());
    for PickedRow { cursor, bytes } in rows {
        let (bytes, unproven) = match bytes {
            PickedBytes::There(bytes) => (bytes, None),
            PickedBytes::In(_) => (fetched.next().unwrap_or_default(), None),
            PickedBytes::Unproven(wanted) => (fetched.next().unwrap_or_default(), Some(wanted.segment)),
        };
        let row = FoundRow { cursor, bytes };
        if unproven.map_or(Ok(true), |segment| segment.has_values(query, &row))? {
            found.push(row);
        }
    }
    Ok(found)
}
