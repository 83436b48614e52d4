//! Picking the rows of a query: walk the candidates in the order of the page, tell the false ones apart, stop when it is full.

use std::sync::Arc;

use crate::limits::GRANULE_ROWS;
use crate::lookup::bounds;
use crate::query::{Cursor, Query};
use crate::search::{Search, Source};

use super::candidates::Candidates;
use super::error::SegmentError;
use super::fetch::WantedRow;
use super::packed::{number_to_time, unpack};
use super::page::{Picked, PickedBytes, PickedRow};
use super::plan::Plan;
use super::reader::Segment;
use super::segment_search::SegmentSearch;
use super::sidecar::{Section, SectionKind};

/// Picks the first rows that a query asks for, and reads a row only when neither columns nor the index name it.
pub(crate) fn pick<'a>(segment: &'a Segment, query: &Query<'_>) -> Result<Picked<'a>, SegmentError> {
    let Some(scan) = Scan::open(segment, query, None)? else {
        return Ok(Picked::default());
    };
    if scan.plan.is_told_by_codes() {
        pick_by_codes(segment, scan, query.limit, PickedBytes::In)
    } else if scan.has_named_rows {
        pick_by_codes(segment, scan, query.limit, PickedBytes::Unproven)
    } else {
        pick_by_rows(scan, query)
    }
}

fn pick_by_codes<'a>(
    segment: &'a Segment,
    mut scan: Scan<'_>,
    limit: usize,
    bytes_of: fn(WantedRow<'a>) -> PickedBytes<'a>,
) -> Result<Picked<'a>, SegmentError> {
    let mut picked = Picked::default();
    while let Some(row) = scan.candidates.peek().filter(|_| picked.rows.len() < limit) {
        scan.candidates.skip();
        if scan.matches(row)? {
            let bytes = bytes_of(WantedRow { segment, row });
            picked.rows.push(PickedRow { cursor: scan.cursor(row)?, bytes });
        }
    }
    picked.examined = scan.examined;
    Ok(picked)
}

/// Pages are read to know which rows match: some at once, by idle cores.
fn pick_by_rows<'a>(scan: Scan<'_>, query: &Query<'_>) -> Result<Picked<'a>, SegmentError> {
    let mut picked = Picked { examined: scan.examined, ..Picked::default() };
    let mut search = SegmentSearch::over(scan, query.direction, true);
    while picked.rows.len() < query.limit {
        let step = search.advance(query.limit - picked.rows.len(), u64::MAX)?;
        picked.examined += step.examined;
        let rows = step.rows.into_iter();
        picked.rows.extend(rows.map(|row| PickedRow { cursor: row.cursor, bytes: PickedBytes::There(row.bytes) }));
        if step.reached.is_none() {
            break;
        }
    }
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
