//! Reading the rows that a lookup has picked, page by page, with the help of idle cores.
//!
//! Unpacking pages is most of what a lookup costs: a page for each row that stands alone. They need nothing of each other.

use bytes::Bytes;

use crate::limits::{GRANULE_ROWS, MIN_PAGES_PER_THREAD};

use super::error::SegmentError;
use super::lazy_page::LazyPage;
use super::reader::Segment;
use super::threads::side_by_side;

/// A row to be read.
#[derive(Clone, Copy)]
pub(crate) struct WantedRow<'a> {
    pub(crate) segment: &'a Segment,
    pub(crate) row: usize,
}

/// The bytes of rows, in the order of the rows.
pub(crate) fn fetch(wanted: &[WantedRow<'_>]) -> Result<Vec<Bytes>, SegmentError> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    let page_of = |index: &usize| (std::ptr::from_ref(wanted[*index].segment), wanted[*index].row / GRANULE_ROWS);
    order.sort_by_key(|index| (page_of(index), wanted[*index].row));
    let pages: Vec<&[usize]> = order.chunk_by(|left, right| page_of(left) == page_of(right)).collect();
    let mut bytes = vec![Bytes::new(); wanted.len()];
    let fetched = side_by_side(pages.len(), MIN_PAGES_PER_THREAD, |page| fetch_page(wanted, pages[page]))?;
    for (index, row) in fetched.into_iter().flatten() {
        bytes[index] = row;
    }
    Ok(bytes)
}

/// Reads the rows of one page. The rows ascend, so it is unpacked up to the last of them.
fn fetch_page(wanted: &[WantedRow<'_>], page: &[usize]) -> Result<Vec<(usize, Bytes)>, SegmentError> {
    let Some(first) = page.first() else {
        return Ok(Vec::new());
    };
    let WantedRow { segment, row } = wanted[*first];
    let mut rows = LazyPage::read(&segment.sidecar, &segment.parquet, row / GRANULE_ROWS)?;
    // A copy, so that a row of an answer does not keep its whole page in memory.
    let mut copy = |index: &usize| Ok((*index, Bytes::copy_from_slice(rows.row(wanted[*index].row % GRANULE_ROWS)?)));
    page.iter().map(&mut copy).collect()
}
