//! Answering a query: walk the candidates in the order of the page, tell the false ones apart, stop when it is full.

use std::sync::Arc;

use bytes::Bytes;

use crate::limits::GRANULE_ROWS;
use crate::lookup::bounds;
use crate::query::{Cursor, FoundRow, Page, Query};
use crate::search::Search;

use super::candidates::Candidates;
use super::error::SegmentError;
use super::fetch::{WantedRow, fetch};
use super::lazy_page::LazyPage;
use super::packed::{number_to_time, unpack};
use super::plan::Plan;
use super::reader::Segment;
use super::sidecar::{Section, SectionKind};

/// A row that matches.
pub(crate) struct PickedRow {
    pub(crate) cursor: Cursor,
    /// Its number in the segment.
    pub(crate) row: usize,
    /// Its bytes, when they had to be read to know that it matches.
    pub(crate) bytes: Option<Bytes>,
}

/// The rows of a page; most of their bytes are still to be read.
#[derive(Default)]
pub(crate) struct Picked {
    pub(crate) rows: Vec<PickedRow>,
    pub(crate) more: bool,
    pub(crate) examined: u64,
}

/// See [`Segment::lookup`].
pub(crate) fn lookup(segment: &Segment, query: &Query<'_>) -> Result<Page, SegmentError> {
    let Picked { rows, more, examined } = pick(segment, query)?;
    let left = rows.iter().filter(|row| row.bytes.is_none()).map(|row| WantedRow { segment, row: row.row });
    let mut fetched = fetch(&left.collect::<Vec<_>>())?.into_iter();
    let found = |row: PickedRow| {
        let bytes = row.bytes.or_else(|| fetched.next()).unwrap_or_default();
        FoundRow { cursor: row.cursor, bytes }
    };
    Ok(Page { rows: rows.into_iter().map(found).collect(), more, examined })
}

/// Finds the rows of a page, and reads no more of them than it takes to tell.
pub(crate) fn pick(segment: &Segment, query: &Query<'_>) -> Result<Picked, SegmentError> {
    let Some(mut scan) = Scan::open(segment, query, None)? else {
        return Ok(Picked::default());
    };
    let mut picked = Picked::default();
    while let Some(row) = scan.candidates.peek() {
        scan.candidates.skip();
        if !scan.matches(row)? {
            continue;
        }
        if picked.rows.len() == query.limit {
            picked.more = true;
            break;
        }
        let cursor = scan.cursor(row)?;
        let bytes = scan.bytes_if_read(row)?;
        picked.rows.push(PickedRow { cursor, row, bytes });
    }
    picked.examined = scan.examined;
    Ok(picked)
}

/// A walk through the granules of a segment, with the one that it is in unpacked.
pub(crate) struct Scan<'a> {
    segment: &'a Segment,
    pub(crate) plan: Plan<'a>,
    time: Section,
    position: Section,
    pub(crate) candidates: Candidates,
    granule: Granule,
    examined: u64,
}

/// What was read of a granule so far.
#[derive(Default)]
struct Granule {
    number: usize,
    keys: Option<(Vec<u64>, Vec<u64>)>,
    codes: Option<Vec<Vec<u64>>>,
    page: Option<LazyPage>,
}

impl<'a> Scan<'a> {
    /// `None` when nothing can match. What a condition beside the values says is not in [`Self::matches`].
    pub(crate) fn open(
        segment: &'a Segment,
        query: &Query<'a>,
        search: Option<&Arc<Search>>,
    ) -> Result<Option<Scan<'a>>, SegmentError> {
        let Some(plan) = Plan::new(segment, query, search)? else {
            return Ok(None);
        };
        let Some((start, end)) = bounds(query) else {
            return Ok(None);
        };
        let mut scan = Scan {
            segment,
            plan,
            time: segment.sidecar.section(SectionKind::Time)?,
            position: segment.sidecar.section(SectionKind::Position)?,
            candidates: Candidates::default(),
            granule: Granule::default(),
            examined: 0,
        };
        // Rows from `low` up to, not with, `high`.
        let (low, high) = scan.row_range(start.min(end), start.max(end))?;
        scan.candidates = Candidates::new(scan.plan.rows.take(), scan.plan.granules.take(), low, high, query.direction);
        Ok(Some(scan))
    }

    /// The rows from a cursor to another one, both inclusive.
    fn row_range(&mut self, oldest: Cursor, newest: Cursor) -> Result<(usize, usize), SegmentError> {
        let (first_s, last_s) = self.segment.time_range_s();
        let all = self.segment.row_count();
        let low = if oldest.time_s < first_s { 0 } else { self.first_row(|cursor| cursor >= oldest)? };
        let high = if newest.time_s > last_s { all } else { self.first_row(|cursor| cursor > newest)? };
        Ok((low, high))
    }

    /// The first row for which a test is true that stays true from there on.
    fn first_row(&mut self, test: impl Fn(Cursor) -> bool) -> Result<usize, SegmentError> {
        let (mut low, mut high) = (0, self.segment.row_count());
        while low < high {
            let middle = low + (high - low) / 2;
            if test(self.cursor(middle)?) { high = middle } else { low = middle + 1 }
        }
        Ok(low)
    }

    fn enter(&mut self, row: usize) {
        let number = row / GRANULE_ROWS;
        if self.granule.number != number {
            self.granule = Granule { number, ..Granule::default() };
        }
    }

    fn cursor(&mut self, row: usize) -> Result<Cursor, SegmentError> {
        self.enter(row);
        self.examined += 1;
        let (segment, time, position) = (self.segment, self.time, self.position);
        let Granule { number, keys, .. } = &mut self.granule;
        let (times, positions) = filled(keys, || {
            Ok((unpack(&segment.sidecar, time, *number)?, unpack(&segment.sidecar, position, *number)?))
        })?;
        let index = row % GRANULE_ROWS;
        Ok(Cursor { time_s: number_to_time(times[index]), position: positions[index] })
    }

    fn matches(&mut self, row: usize) -> Result<bool, SegmentError> {
        let index = row % GRANULE_ROWS;
        self.load_codes(row)?;
        let codes = self.granule.codes.as_deref().unwrap_or_default();
        if !self.plan.codes.iter().zip(codes).all(|((_, wanted), codes)| wanted.contains(&codes[index])) {
            return Ok(false);
        }
        if self.plan.is_told_by_codes() {
            return Ok(true);
        }
        self.load_page(row)?;
        let bytes = row_bytes(&mut self.granule.page, index)?;
        let has_values = self.segment.schema.extract(bytes).map(|extracted| self.plan.has_values(&extracted));
        has_values.map_err(|problem| SegmentError::Row {
            file: self.segment.parquet.name().to_owned(),
            position: self.cursor(row).map_or(0, |cursor| cursor.position),
            problem,
        })
    }

    /// Codes of the query's columns.
    fn load_codes(&mut self, row: usize) -> Result<(), SegmentError> {
        self.enter(row);
        self.examined += 1;
        let (segment, plan) = (self.segment, &self.plan);
        let Granule { number, codes, .. } = &mut self.granule;
        filled(codes, || plan.codes.iter().map(|(section, _)| unpack(&segment.sidecar, *section, *number)).collect())
            .map(drop)
    }

    fn load_page(&mut self, row: usize) -> Result<(), SegmentError> {
        self.enter(row);
        let segment = self.segment;
        let Granule { number, page, .. } = &mut self.granule;
        filled(page, || LazyPage::read(&segment.sidecar, &segment.parquet, *number)).map(drop)
    }

    /// A copy of the row's bytes when its page is open already.
    fn bytes_if_read(&mut self, row: usize) -> Result<Option<Bytes>, SegmentError> {
        let is_read = self.granule.number == row / GRANULE_ROWS && self.granule.page.is_some();
        is_read.then(|| row_bytes(&mut self.granule.page, row % GRANULE_ROWS).map(Bytes::copy_from_slice)).transpose()
    }
}

fn row_bytes(page: &mut Option<LazyPage>, index: usize) -> Result<&[u8], SegmentError> {
    page.as_mut().map_or(Ok(&[]), |page| page.row(index))
}

/// What is in a slot, put there first when it is empty.
fn filled<T>(slot: &mut Option<T>, make: impl FnOnce() -> Result<T, SegmentError>) -> Result<&mut T, SegmentError> {
    let value = match slot.take() {
        Some(value) => value,
        None => make()?,
    };
    Ok(slot.insert(value))
}
