//! Answering a query: walk the candidates in the order of the page, tell the false ones apart, stop when it is full.

use std::sync::Arc;

use bytes::Bytes;

use crate::limits::GRANULE_ROWS;
use crate::lookup::bounds;
use crate::query::{Cursor, FoundRow, Page, Query};
use crate::search::{Search, Source};

use super::candidates::Candidates;
use super::error::SegmentError;
use super::fetch::{WantedRow, fetch};
use super::packed::{number_to_time, unpack};
use super::plan::Plan;
use super::reader::Segment;
use super::segment_search::SegmentSearch;
use super::sidecar::{Section, SectionKind};

/// A row that matches.
pub(crate) struct PickedRow {
    pub(crate) cursor: Cursor,
    pub(crate) bytes: PickedBytes,
}

/// The bytes of a row that matches.
pub(crate) enum PickedBytes {
    /// They had to be read to know that it matches.
    Read(Bytes),
    /// They are those of this row of the segment.
    Of(usize),
    /// The same, and they may tell that it does not match.
    Unproven(usize),
}

/// What proves that a row matches which the columns do not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// Its own bytes.
    Row,
    /// Where the index names rows, whoever reads them proves it: hardly one does not match.
    LaterWhereNamed,
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
    let Picked { rows, more, examined } = pick(segment, query, Proof::Row)?;
    let left = rows.iter().filter_map(|row| match row.bytes {
        PickedBytes::Read(_) => None,
        PickedBytes::Of(row) | PickedBytes::Unproven(row) => Some(WantedRow { segment, row }),
    });
    let mut fetched = fetch(&left.collect::<Vec<_>>())?.into_iter();
    let found = |row: PickedRow| {
        let bytes = match row.bytes {
            PickedBytes::Read(bytes) => bytes,
            PickedBytes::Of(_) | PickedBytes::Unproven(_) => fetched.next().unwrap_or_default(),
        };
        FoundRow { cursor: row.cursor, bytes }
    };
    Ok(Page { rows: rows.into_iter().map(found).collect(), more, examined })
}

/// Finds the rows of a page, and reads no more of them than it takes to tell.
pub(crate) fn pick(segment: &Segment, query: &Query<'_>, proof: Proof) -> Result<Picked, SegmentError> {
    let Some(scan) = Scan::open(segment, query, None)? else {
        return Ok(Picked::default());
    };
    if scan.plan.is_told_by_codes() {
        pick_by_codes(scan, query, PickedBytes::Of)
    } else if scan.has_named_rows && proof == Proof::LaterWhereNamed {
        pick_by_codes(scan, query, PickedBytes::Unproven)
    } else {
        pick_by_rows(scan, query)
    }
}

fn pick_by_codes(
    mut scan: Scan<'_>,
    query: &Query<'_>,
    bytes_of: fn(usize) -> PickedBytes,
) -> Result<Picked, SegmentError> {
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
        picked.rows.push(PickedRow { cursor: scan.cursor(row)?, bytes: bytes_of(row) });
    }
    picked.examined = scan.examined;
    Ok(picked)
}

/// Pages are read to know which rows match: some at once, by idle cores.
fn pick_by_rows(scan: Scan<'_>, query: &Query<'_>) -> Result<Picked, SegmentError> {
    let mut picked = Picked { examined: scan.examined, ..Picked::default() };
    let mut search = SegmentSearch::over(scan, query.direction, true);
    while picked.rows.len() <= query.limit {
        let step = search.advance((query.limit - picked.rows.len()).saturating_add(1), u64::MAX)?;
        picked.examined += step.examined;
        let rows = step.rows.into_iter();
        picked.rows.extend(rows.map(|row| PickedRow { cursor: row.cursor, bytes: PickedBytes::Read(row.bytes) }));
        if step.reached.is_none() {
            break;
        }
    }
    picked.more = picked.rows.len() > query.limit;
    picked.rows.truncate(query.limit);
    Ok(picked)
}

/// A walk through the granules of a segment, with the one that it is in unpacked.
pub(crate) struct Scan<'a> {
    pub(crate) segment: &'a Segment,
    pub(crate) plan: Plan<'a>,
    /// Whether the index names the rows that may match: hardly one of them does not.
    pub(crate) has_named_rows: bool,
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
            has_named_rows: plan.rows.is_some(),
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

    /// As far as codes tell.
    fn matches(&mut self, row: usize) -> Result<bool, SegmentError> {
        self.load_codes(row)?;
        let codes = self.granule.codes.as_deref().unwrap_or_default();
        let index = row % GRANULE_ROWS;
        Ok(self.plan.codes.iter().zip(codes).all(|((_, wanted), codes)| wanted.contains(&codes[index])))
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
}

/// What is in a slot, put there first when it is empty.
fn filled<T>(slot: &mut Option<T>, make: impl FnOnce() -> Result<T, SegmentError>) -> Result<&mut T, SegmentError> {
    let value = match slot.take() {
        Some(value) => value,
        None => make()?,
    };
    Ok(slot.insert(value))
}
