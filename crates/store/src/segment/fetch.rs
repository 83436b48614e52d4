//! Reading the rows that a lookup has picked, page by page, with the help of idle cores.
//!
//! Unpacking pages is most of what a lookup costs: a page for each row that stands alone. They need nothing of each other.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

use crate::limits::{GRANULE_ROWS, MIN_PAGES_PER_THREAD};

use super::error::SegmentError;
use super::lazy_page::LazyPage;
use super::reader::Segment;

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
    for (index, row) in fetch_pages(wanted, &pages)? {
        bytes[index] = row;
    }
    Ok(bytes)
}

type Fetched = Result<Vec<(usize, Bytes)>, SegmentError>;

fn fetch_pages(wanted: &[WantedRow<'_>], pages: &[&[usize]]) -> Fetched {
    let next = AtomicUsize::new(0);
    let work = || -> Fetched {
        let mut fetched = Vec::new();
        while let Some(page) = pages.get(next.fetch_add(1, Ordering::Relaxed)) {
            fetch_page(wanted, page, &mut fetched)?;
        }
        Ok(fetched)
    };
    let helpers = Helpers::borrow((pages.len() / MIN_PAGES_PER_THREAD).saturating_sub(1));
    std::thread::scope(|scope| {
        // Where the system has no thread to give, this one does all.
        let spawn = |_| std::thread::Builder::new().name("page-reader".to_owned()).spawn_scoped(scope, work).ok();
        let threads: Vec<_> = (0..helpers.0).map_while(spawn).collect();
        let mut fetched = work();
        for thread in threads {
            let more = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            fetched = fetched.and_then(|mut fetched| {
                fetched.extend(more?);
                Ok(fetched)
            });
        }
        fetched
    })
}

/// Reads the rows of one page. The rows ascend, so it is unpacked up to the last of them.
fn fetch_page(wanted: &[WantedRow<'_>], page: &[usize], fetched: &mut Vec<(usize, Bytes)>) -> Result<(), SegmentError> {
    let Some(first) = page.first() else {
        return Ok(());
    };
    let WantedRow { segment, row } = wanted[*first];
    let mut rows = LazyPage::read(&segment.sidecar, &segment.parquet, row / GRANULE_ROWS)?;
    for index in page {
        // A copy, so that a row of an answer does not keep its whole page in memory.
        fetched.push((*index, Bytes::copy_from_slice(rows.row(wanted[*index].row % GRANULE_ROWS)?)));
    }
    Ok(())
}

/// Threads beside those that ask, over all lookups of the process: one for each core but one.
struct Helpers(usize);

static BUSY: AtomicUsize = AtomicUsize::new(0);
static CORES: OnceLock<usize> = OnceLock::new();

impl Helpers {
    /// As many as are free, up to `wanted`.
    fn borrow(wanted: usize) -> Helpers {
        if wanted == 0 {
            return Helpers(0);
        }
        let all = *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from)) - 1;
        let taken = |busy: usize| wanted.min(all.saturating_sub(busy));
        let busy = BUSY.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |busy| Some(busy + taken(busy)));
        Helpers(taken(busy.unwrap_or_else(|busy| busy)))
    }
}

impl Drop for Helpers {
    fn drop(&mut self) {
        BUSY.fetch_sub(self.0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helpers_are_never_more_than_idle_cores() {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        assert_eq!(Helpers::borrow(0).0, 0);
        let all = Helpers::borrow(1_000);
        assert!(all.0 < cores);
        // Other tests may hold some.
        assert!(all.0 + Helpers::borrow(1_000).0 < cores);
        drop(all);
    }
}
