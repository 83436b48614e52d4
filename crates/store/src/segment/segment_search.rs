//! A condition in a segment: granule by granule, what index and columns say is told for all rows at once; what that leaves
//! open is told by the rows of a page, whose bytes are first looked through as a whole.
//!
//! Pages are read in groups, which begin with one and grow while they bring less than is wanted, so that a search that soon
//! has its page reads little, and one that goes on has every idle core. Where the index names the rows, hardly one of them
//! does not match, and the first group has as many as are wanted.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use crate::limits::{
    GRANULE_ROWS, MAX_PAGE_BYTES_AT_ONCE, MAX_PAGES_AT_ONCE, MAX_PIECE_ROWS, MIN_ROWS_OF_WHOLE_PAGE,
    MIN_SEARCHED_PAGES_PER_THREAD,
};
use crate::query::{Cursor, Direction, FoundRow, Query};
use crate::row_mask::RowMask;
use crate::search::{Known, KnownRows, RowJudge, Search, Source, Step};

use super::candidates::Candidates;
use super::error::SegmentError;
use super::fetch::{WantedRow, fetch};
use super::lazy_page::LazyPage;
use super::lookup::Scan;
use super::packed::{number_to_time, unpack};
use super::pages::page_entry;
use super::plan::Plan;
use super::reader::Segment;
use super::search_plan::SearchPlan;
use super::sidecar::SectionKind;
use super::threads::side_by_side;

/// The rows of a segment that match, in the order of a query.
pub(crate) struct SegmentSearch<'a> {
    granules: Granules<'a>,
    candidates: Candidates,
    /// Whether the index names the rows that may match.
    has_named_rows: bool,
    /// Pages that are read next.
    pages_at_once: usize,
    /// Whether rows come with their bytes.
    has_bytes: bool,
}

/// What tells about the granules of a segment; threads share it.
struct Granules<'a> {
    segment: &'a Segment,
    plan: Plan<'a>,
    direction: Direction,
}

/// A granule of which index and columns have told what they can.
struct Sieved {
    granule: usize,
    candidates: RowMask,
    /// Atom by atom.
    known: Vec<KnownRows>,
    /// Rows that match.
    yes: RowMask,
    /// Rows that have to be read.
    open: RowMask,
}

/// What a granule brings.
#[derive(Default)]
struct Found {
    /// Rows that match, in order, with their bytes where these were read.
    rows: Vec<(usize, Option<Bytes>)>,
    bytes_read: u64,
}

impl<'a> SegmentSearch<'a> {
    /// `None` when nothing can match.
    pub(crate) fn open(
        segment: &'a Segment,
        query: &Query<'a>,
        search: &Arc<Search>,
        has_bytes: bool,
    ) -> Result<Option<SegmentSearch<'a>>, SegmentError> {
        let scan = Scan::open(segment, query, Some(search))?;
        Ok(scan.map(|scan| SegmentSearch::over(scan, query.direction, has_bytes)))
    }

    /// Goes on with a scan that has not begun.
    pub(crate) fn over(scan: Scan<'a>, direction: Direction, has_bytes: bool) -> SegmentSearch<'a> {
        let Scan { segment, plan, candidates, has_named_rows, .. } = scan;
        let pages_at_once = if has_named_rows { MAX_PAGES_AT_ONCE } else { 1 };
        let granules = Granules { segment, plan, direction };
        SegmentSearch { granules, candidates, has_named_rows, pages_at_once, has_bytes }
    }

    /// The next granules: as many as can be told without reading too many pages or large ones, or looking at too many rows.
    fn sieve(&mut self, wanted: usize, most_rows: u64) -> Result<Vec<Sieved>, SegmentError> {
        let (mut group, mut rows, mut likely, mut pages, mut page_bytes) = (Vec::new(), 0, 0, 0, 0);
        while let Some((granule, candidates)) = self.candidates.take_granule() {
            let sieved = self.granules.sieve(granule, candidates)?;
            rows += candidates.count() as u64;
            likely += sieved.yes.count() + if self.has_named_rows { sieved.open.count() } else { 0 };
            if !sieved.open.is_empty() {
                pages += 1;
                page_bytes += self.granules.page_bytes(granule)?;
            }
            group.push(sieved);
            let are_pages_enough = pages >= self.pages_at_once || page_bytes >= MAX_PAGE_BYTES_AT_ONCE as u64;
            if likely >= wanted || are_pages_enough || rows >= most_rows.min(MAX_PIECE_ROWS) {
                break;
            }
        }
        Ok(group)
    }

    /// Reads more at once while that brings less than is wanted.
    fn pace(&mut self, found: usize, wanted: usize, pages: usize) {
        let enough = match found {
            0 => usize::MAX,
            found => (wanted.saturating_sub(found).saturating_mul(pages)).div_ceil(found),
        };
        self.pages_at_once = (self.pages_at_once * 2).min(MAX_PAGES_AT_ONCE).min(enough).max(1);
    }

    /// The rows as an answer has them, and how many bytes had to be read for those that were known to match.
    fn answer(&self, rows: Vec<(usize, Option<Bytes>)>) -> Result<(Vec<FoundRow>, u64), SegmentError> {
        let segment = self.granules.segment;
        let left = rows.iter().filter(|(_, bytes)| self.has_bytes && bytes.is_none());
        let left: Vec<_> = left.map(|(row, _)| WantedRow { segment, row: *row }).collect();
        let mut fetched = fetch(&left)?.into_iter();
        let (mut found, mut bytes_read) = (Vec::with_capacity(rows.len()), 0);
        for rows in rows.chunk_by(|(left, _), (right, _)| left / GRANULE_ROWS == right / GRANULE_ROWS) {
            let granule = rows.first().map_or(0, |(row, _)| row / GRANULE_ROWS);
            let cursors = self.granules.cursors(granule)?;
            if self.has_bytes && rows.iter().any(|(_, bytes)| bytes.is_none()) {
                bytes_read += self.granules.page_bytes(granule)?;
            }
            for (row, bytes) in rows {
                let read = || fetched.next().unwrap_or_default();
                let bytes = bytes.clone().unwrap_or_else(read);
                found.push(FoundRow { cursor: cursors.of(row % GRANULE_ROWS), bytes });
            }
        }
        Ok((found, bytes_read))
    }
}

impl Source for SegmentSearch<'_> {
    fn advance(&mut self, wanted: usize, most_rows: u64) -> Result<Step, SegmentError> {
        let (granules, has_bytes) = (&self.granules, self.has_bytes);
        let direction = granules.direction;
        let group = self.sieve(wanted, most_rows)?;
        let granules = &self.granules;
        let open: Vec<usize> = (0..group.len()).filter(|index| !group[*index].open.is_empty()).collect();
        let read = side_by_side(open.len(), MIN_SEARCHED_PAGES_PER_THREAD, |number| {
            granules.read(&group[open[number]], wanted, has_bytes)
        })?;
        // Pages behind the last row that is wanted were read, too.
        let mut step = Step { bytes_read: read.iter().map(|found| found.bytes_read).sum(), ..Step::default() };
        let mut read = open.iter().zip(read).peekable();
        let (mut rows, mut last) = (Vec::new(), None);
        for (index, sieved) in group.iter().enumerate() {
            let found = match read.next_if(|(open, _)| **open == index) {
                Some((_, found)) => found,
                None => sieved.all(direction),
            };
            let left = wanted - rows.len();
            let cut = found.rows.get(left.saturating_sub(1)).filter(|_| left > 0).map(|(row, _)| row % GRANULE_ROWS);
            let looked_at = cut.map_or(sieved.candidates, |row| sieved.candidates.until(row, direction));
            step.examined += looked_at.count() as u64;
            rows.extend(found.rows.into_iter().take(left));
            last = looked_at.last(direction).map(|row| sieved.granule * GRANULE_ROWS + row);
            if cut.is_some() {
                break;
            }
        }
        self.pace(rows.len(), wanted, open.len());
        let (rows, bytes_read) = self.answer(rows)?;
        step.rows = rows;
        step.bytes_read += bytes_read;
        if let Some(last) = last {
            self.candidates.go_on_behind(last);
            if self.candidates.peek().is_some() {
                step.reached = Some(self.granules.cursors(last / GRANULE_ROWS)?.of(last % GRANULE_ROWS));
            }
        }
        Ok(step)
    }
}

impl Sieved {
    /// The rows that are known to match, none of which was read.
    fn all(&self, direction: Direction) -> Found {
        let rows = self.yes.rows(direction).map(|row| (self.granule * GRANULE_ROWS + row, None));
        Found { rows: rows.collect(), bytes_read: 0 }
    }
}

/// What is known of the atoms of one row.
fn known_of(row: usize, known_rows: &[KnownRows]) -> Known {
    let mut known = Known::default();
    for (atom, rows) in known_rows.iter().enumerate() {
        if rows.yes.has(row) {
            known.set(atom, true);
        } else if rows.no.has(row) {
            known.set(atom, false);
        }
    }
    known
}

/// Times and positions of the rows of a granule.
struct Cursors {
    times: Vec<u64>,
    positions: Vec<u64>,
}

impl Cursors {
    fn of(&self, row: usize) -> Cursor {
        Cursor { time_s: number_to_time(self.times[row]), position: self.positions[row] }
    }
}

impl Granules<'_> {
    /// Bytes of a granule's rows, unpacked.
    fn page_bytes(&self, granule: usize) -> Result<u64, SegmentError> {
        Ok(page_entry(&self.segment.sidecar, granule)?.plain_bytes.into())
    }

    fn cursors(&self, granule: usize) -> Result<Cursors, SegmentError> {
        let sidecar = &self.segment.sidecar;
        let numbers = |kind| unpack(sidecar, sidecar.section(kind)?, granule);
        Ok(Cursors { times: numbers(SectionKind::Time)?, positions: numbers(SectionKind::Position)? })
    }

    /// What index and columns say about a granule.
    fn sieve(&self, granule: usize, candidates: RowMask) -> Result<Sieved, SegmentError> {
        let sidecar = &self.segment.sidecar;
        let row_count = sidecar.granule_len(granule);
        let mut may_match = candidates;
        for (section, wanted) in &self.plan.codes {
            let codes = unpack(sidecar, *section, granule)?;
            may_match = may_match.and(RowMask::of(row_count, |row| wanted.contains(&codes[row])));
        }
        let Some(search) = self.plan.search.as_ref().filter(|_| !may_match.is_empty()) else {
            return Ok(self.sieved(granule, candidates, Vec::new(), may_match, RowMask::NONE));
        };
        let columns = search.columns.iter().map(|section| unpack(sidecar, *section, granule));
        let codes = columns.collect::<Result<Vec<_>, _>>()?;
        let times_s: Vec<i64> = if search.needs_times {
            let times = unpack(sidecar, sidecar.section(SectionKind::Time)?, granule)?;
            times.into_iter().map(number_to_time).collect()
        } else {
            Vec::new()
        };
        let known = search.known_rows(granule, row_count, &codes, &times_s, sidecar.time_range_s());
        let truth = search.search.truth_of_rows(&known);
        let may_match = may_match.without(truth.no);
        Ok(self.sieved(granule, candidates, known, may_match.and(truth.yes), may_match.without(truth.yes)))
    }

    fn sieved(
        &self,
        granule: usize,
        candidates: RowMask,
        known: Vec<KnownRows>,
        yes: RowMask,
        open: RowMask,
    ) -> Sieved {
        match self.plan.is_told_by_codes() {
            true => Sieved { granule, candidates, known, yes, open },
            false => Sieved { granule, candidates, known, yes: RowMask::NONE, open: yes.or(open) },
        }
    }

    /// Reads the open rows of a granule, and no more when it has as many as are wanted.
    fn read(&self, sieved: &Sieved, wanted: usize, has_bytes: bool) -> Result<Found, SegmentError> {
        let segment = self.segment;
        let mut page = LazyPage::read(&segment.sidecar, &segment.parquet, sieved.granule)?;
        let mut found = Found { rows: Vec::new(), bytes_read: page.byte_len() as u64 };
        let mut judge = RowJudge::default();
        let is_looked_through = sieved.open.count() >= MIN_ROWS_OF_WHOLE_PAGE;
        let (mut yes, mut open) = (sieved.yes, sieved.open);
        let mut known = Cow::Borrowed(&sieved.known);
        if let Some(plan) = self.plan.search.as_ref().filter(|_| is_looked_through) {
            let told = look_through(known.to_mut(), open, plan, &mut page)?;
            // Values beside the condition still have to be asked for.
            if self.plan.is_told_by_codes() {
                (yes, open) = (yes.or(open.and(told.yes)), open.without(told.yes));
            }
            open = open.without(told.no);
        }
        for row in yes.or(open).rows(self.direction) {
            let mut bytes = None;
            if open.has(row) {
                let row_bytes = page.row(row)?;
                let matches = self.matches(known_of(row, &known), row_bytes, &mut judge, is_looked_through);
                if !matches.map_err(|problem| self.row_error(sieved.granule, row, problem))? {
                    continue;
                }
                bytes = Some(row_bytes);
            } else if has_bytes {
                bytes = Some(page.row(row)?);
            }
            // A copy, so that a row of an answer does not keep its whole page in memory.
            let bytes = bytes.filter(|_| has_bytes).map(Bytes::copy_from_slice);
            found.rows.push((sieved.granule * GRANULE_ROWS + row, bytes));
            if found.rows.len() == wanted {
                break;
            }
        }
        Ok(found)
    }

    fn matches(&self, known: Known, row: &[u8], judge: &mut RowJudge, is_looked_through: bool) -> Result<bool, String> {
        let schema = &*self.segment.schema;
        if !self.plan.is_told_by_codes() && !self.plan.has_values(&schema.extract(row)?) {
            return Ok(false);
        }
        match &self.plan.search {
            None => Ok(true),
            Some(plan) => match plan.search.truth(known) {
                Some(truth) => Ok(truth),
                None if is_looked_through => RowJudge::matches_by_parts(&plan.search, known, row, schema),
                None => judge.matches(&plan.search, known, row, schema),
            },
        }
    }

    fn row_error(&self, granule: usize, row: usize, problem: String) -> SegmentError {
        let position = self.cursors(granule).map_or(0, |cursors| cursors.of(row).position);
        SegmentError::Row { file: self.segment.parquet.name().to_owned(), position, problem }
    }
}

/// Adds what the bytes of a whole page say about its rows, atom by atom while rows are open. Gives what that makes of the
/// condition.
fn look_through(
    known: &mut [KnownRows],
    mut open: RowMask,
    plan: &SearchPlan,
    page: &mut LazyPage,
) -> Result<KnownRows, SegmentError> {
    let mut bytes = page.whole()?;
    let mut truth = plan.search.truth_of_rows(known);
    for (number, atom) in plan.search.atoms().iter().enumerate() {
        let told = known[number].yes.or(known[number].no);
        if let Some(literal) = atom.literal()
            && !open.without(told).is_empty()
        {
            let lacking = RowMask::ALL.without(literal.rows_that_may_have_it(&mut bytes));
            known[number].no = known[number].no.or(lacking.without(told));
            truth = plan.search.truth_of_rows(known);
            open = open.without(truth.yes).without(truth.no);
        }
    }
    Ok(truth)
}
