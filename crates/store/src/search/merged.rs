//! One page over many places: whichever is least far is searched on, so that what was found up to there is final.
//!
//! Therefore a search can end at any moment with an answer that is whole up to a place, and no place is searched further
//! than the page needs, but for one small piece each.

use crate::query::{Cursor, Direction, FoundRow, Query};
use crate::segment::SegmentError;

use super::budget::{Budget, Stopped};
use super::page::{PageEnd, SearchPage};
use super::source::{Reached, Source, is_before, is_less_far};

/// A place that is not opened yet.
pub(crate) trait Place<'a, E> {
    /// A place before all rows that it can have.
    fn starts_behind(&self) -> Reached;

    /// Opens it; nothing when no row of it can match.
    fn open(self) -> Result<Option<Box<dyn Source + 'a>>, E>;
}

/// A place that is open.
pub(crate) struct Ready<'a> {
    pub(crate) source: Option<Box<dyn Source + 'a>>,
    pub(crate) start: Reached,
}

impl<'a> Place<'a, SegmentError> for Ready<'a> {
    fn starts_behind(&self) -> Reached {
        self.start
    }

    fn open(self) -> Result<Option<Box<dyn Source + 'a>>, SegmentError> {
        Ok(self.source)
    }
}

struct Open<'a> {
    source: Box<dyn Source + 'a>,
    reached: Reached,
}

struct Merge<'a> {
    open: Vec<Open<'a>>,
    /// In order.
    found: Vec<FoundRow>,
    direction: Direction,
    examined: u64,
    bytes_read: u64,
}

/// A page over places that come in the order of their starts.
pub(crate) fn search<'a, E, P>(places: Vec<P>, query: &Query<'_>, budget: &Budget) -> Result<SearchPage, E>
where
    P: Place<'a, E>,
    E: From<SegmentError>,
{
    let direction = query.direction;
    let mut merge = Merge { open: Vec::new(), found: Vec::new(), direction, examined: 0, bytes_read: 0 };
    let mut places = places.into_iter().peekable();
    loop {
        let least = merge.least_far();
        let waiting = places.peek().map(P::starts_behind);
        let reached = match (least, waiting) {
            (None, None) => return Ok(merge.last_page(query.limit)),
            (Some(least), None) => merge.open[least].reached,
            (None, Some(start)) => start,
            (Some(least), Some(start)) => {
                let reached = merge.open[least].reached;
                if is_less_far(direction, start, reached) { start } else { reached }
            }
        };
        let final_rows = merge.final_rows(reached);
        if final_rows > query.limit {
            return Ok(merge.page(query.limit, PageEnd::Full));
        }
        if let Some(reason) = budget.stopped()
            && (reason == Stopped::Cancelled || comes_on(direction, query.after, reached))
        {
            let resume = reached.or(query.after);
            return Ok(merge.page(final_rows, PageEnd::Stopped { reason, resume }));
        }
        match places.next_if(|place| least.is_none() || !is_less_far(direction, reached, place.starts_behind())) {
            Some(place) => {
                let reached = place.starts_behind();
                merge.open.extend(place.open()?.map(|source| Open { source, reached }));
            }
            None => {
                let wanted = query.limit.saturating_add(1) - final_rows;
                merge.advance(least.unwrap_or_default(), wanted, budget)?;
            }
        }
    }
}

/// Whether asking again from a place is any better than asking as before.
fn comes_on(direction: Direction, after: Option<Cursor>, reached: Reached) -> bool {
    match (after, reached) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(after), Some(reached)) => is_before(direction, after, reached),
    }
}

impl Merge<'_> {
    fn least_far(&self) -> Option<usize> {
        let mut least: Option<usize> = None;
        for (index, place) in self.open.iter().enumerate() {
            match least {
                Some(other) if !is_less_far(self.direction, place.reached, self.open[other].reached) => {}
                _ => least = Some(index),
            }
        }
        least
    }

    /// Number of found rows to which no place can add any more.
    fn final_rows(&self, reached: Reached) -> usize {
        let Some(reached) = reached else {
            return 0;
        };
        self.found.partition_point(|row| !is_before(self.direction, reached, row.cursor))
    }

    fn advance(&mut self, index: usize, wanted: usize, budget: &Budget) -> Result<(), SegmentError> {
        let step = self.open[index].source.advance(wanted, budget.rows_left())?;
        budget.spend(step.examined, step.bytes_read);
        self.examined += step.examined;
        self.bytes_read += step.bytes_read;
        let mut rows = step.rows;
        if let (Some(last), Some(first)) = (self.found.last(), rows.first())
            && is_before(self.direction, first.cursor, last.cursor)
        {
            self.found.append(&mut rows);
            match self.direction {
                Direction::Forward => self.found.sort_by_key(|row| row.cursor),
                Direction::Backward => self.found.sort_by_key(|row| std::cmp::Reverse(row.cursor)),
            }
        } else {
            self.found.append(&mut rows);
        }
        match step.reached {
            Some(reached) => self.open[index].reached = Some(reached),
            None => drop(self.open.swap_remove(index)),
        }
        Ok(())
    }

    fn last_page(self, limit: usize) -> SearchPage {
        let end = if self.found.len() > limit { PageEnd::Full } else { PageEnd::Last };
        self.page(limit, end)
    }

    fn page(mut self, rows: usize, end: PageEnd) -> SearchPage {
        self.found.truncate(rows);
        SearchPage { rows: self.found, end, examined: self.examined, bytes_read: self.bytes_read }
    }
}
