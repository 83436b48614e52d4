//! Answering a query: walk the candidates in the order of the page, tell the false ones apart, stop when it is full.

use bytes::Bytes;

use crate::limits::GRANULE_ROWS;
use crate::lookup::bounds;
use crate::query::{Cursor, Direction, FoundRow, Page, Query};

use super::error::SegmentError;
use super::packed::{number_to_time, unpack};
use super::pages::RawPage;
use super::phrase::RowPieces;
use super::plan::Plan;
use super::reader::Segment;
use super::sidecar::{Section, SectionKind};

/// See [`Segment::search`].
pub(crate) fn search(segment: &Segment, query: &Query<'_>, texts: &[&str]) -> Result<Page, SegmentError> {
    let Some(plan) = Plan::new(segment, query, texts)? else {
        return Ok(Page::default());
    };
    let Some((start, end)) = bounds(query) else {
        return Ok(Page::default());
    };
    let mut scan = Scan::new(segment, &plan)?;
    // Rows from `low` up to, not with, `high`.
    let (low, high) = scan.row_range(start.min(end), start.max(end))?;
    let mut page = Page::default();
    scan.candidates(low, high, query.direction, |scan, row| {
        if !scan.matches(row)? {
            return Ok(true);
        }
        if page.rows.len() == query.limit {
            page.more = true;
            return Ok(false);
        }
        page.rows.push(FoundRow { cursor: scan.cursor(row)?, bytes: scan.bytes(row)? });
        Ok(true)
    })?;
    page.examined = scan.examined;
    Ok(page)
}

/// A walk through the granules of a segment, with the one that it is in unpacked.
struct Scan<'a> {
    segment: &'a Segment,
    plan: &'a Plan<'a>,
    time: Section,
    position: Section,
    granule: Option<Granule>,
    examined: u64,
}

/// What was read of a granule so far.
struct Granule {
    number: usize,
    keys: Option<(Vec<u64>, Vec<u64>)>,
    codes: Option<Vec<Vec<u64>>>,
    page: Option<RawPage>,
}

impl<'a> Scan<'a> {
    fn new(segment: &'a Segment, plan: &'a Plan<'a>) -> Result<Scan<'a>, SegmentError> {
        Ok(Scan {
            segment,
            plan,
            time: segment.sidecar.section(SectionKind::Time)?,
            position: segment.sidecar.section(SectionKind::Position)?,
            granule: None,
            examined: 0,
        })
    }

    /// Calls with every candidate until the call answers false.
    fn candidates(
        &mut self,
        low: usize,
        high: usize,
        direction: Direction,
        mut each: impl FnMut(&mut Self, usize) -> Result<bool, SegmentError>,
    ) -> Result<(), SegmentError> {
        if let Some(rows) = &self.plan.rows {
            let from = rows.partition_point(|row| (*row as usize) < low);
            let to = rows.partition_point(|row| (*row as usize) < high);
            let rows = rows.get(from..to).unwrap_or_default();
            return in_order(0..rows.len(), direction, |index| {
                let row = rows[index] as usize;
                if self.is_outside(row / GRANULE_ROWS) { Ok(true) } else { each(self, row) }
            })
            .map(drop);
        }
        let granules = low / GRANULE_ROWS..high.div_ceil(GRANULE_ROWS);
        in_order(granules, direction, |granule| {
            if self.is_outside(granule) {
                return Ok(true);
            }
            let rows = (granule * GRANULE_ROWS).max(low)..((granule + 1) * GRANULE_ROWS).min(high);
            in_order(rows, direction, |row| each(self, row))
        })
        .map(drop)
    }

    fn is_outside(&self, granule: usize) -> bool {
        self.plan.granules.as_ref().is_some_and(|granules| granules.binary_search(&(granule as u32)).is_err())
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

    fn granule_of(&mut self, row: usize) -> &mut Granule {
        let number = row / GRANULE_ROWS;
        if self.granule.as_ref().is_some_and(|granule| granule.number != number) {
            self.granule = None;
        }
        self.granule.get_or_insert(Granule { number, keys: None, codes: None, page: None })
    }

    fn cursor(&mut self, row: usize) -> Result<Cursor, SegmentError> {
        let (segment, time, position) = (self.segment, self.time, self.position);
        self.examined += 1;
        let granule = self.granule_of(row);
        let keys = match granule.keys.take() {
            Some(keys) => keys,
            None => {
                (unpack(&segment.sidecar, time, granule.number)?, unpack(&segment.sidecar, position, granule.number)?)
            }
        };
        let (times, positions) = granule.keys.insert(keys);
        let index = row % GRANULE_ROWS;
        Ok(Cursor { time_s: number_to_time(times[index]), position: positions[index] })
    }

    fn matches(&mut self, row: usize) -> Result<bool, SegmentError> {
        let plan = self.plan;
        if !self.codes_match(row)? {
            return Ok(false);
        }
        if !plan.needs_row() {
            return Ok(true);
        }
        let (schema, words) = (self.segment.schema.clone(), self.segment.sidecar.words());
        let bytes = self.raw(row)?;
        if !plan.phrases.is_empty() {
            let pieces = RowPieces::cut(words, bytes);
            if !plan.phrases.iter().all(|phrase| phrase.is_in(&pieces)) {
                return Ok(false);
            }
        }
        if plan.terms.is_empty() && plan.scopes.is_empty() {
            return Ok(true);
        }
        let extracted = schema.extract(bytes);
        let extracted = extracted.map_err(|problem| SegmentError::Row {
            file: self.segment.parquet.name().to_owned(),
            position: self.cursor(row).map_or(0, |cursor| cursor.position),
            problem,
        })?;
        let has = |(field, value): &(_, &str)| extracted.terms.iter().any(|(id, found)| id == field && found == value);
        Ok(plan.terms.iter().all(has) && (plan.scopes.is_empty() || plan.scopes.contains(&extracted.scope.as_str())))
    }

    fn codes_match(&mut self, row: usize) -> Result<bool, SegmentError> {
        let (segment, plan) = (self.segment, self.plan);
        self.examined += 1;
        let granule = self.granule_of(row);
        let columns = match granule.codes.take() {
            Some(columns) => columns,
            None => {
                let unpacked = plan.codes.iter().map(|(section, _)| unpack(&segment.sidecar, *section, granule.number));
                unpacked.collect::<Result<_, _>>()?
            }
        };
        let columns = granule.codes.insert(columns);
        let index = row % GRANULE_ROWS;
        Ok(plan.codes.iter().zip(columns).all(|((_, wanted), codes)| wanted.contains(&codes[index])))
    }

    fn raw(&mut self, row: usize) -> Result<&[u8], SegmentError> {
        let segment = self.segment;
        let granule = self.granule_of(row);
        let page = match granule.page.take() {
            Some(page) => page,
            None => RawPage::read(&segment.sidecar, &segment.parquet, granule.number)?,
        };
        Ok(granule.page.insert(page).row(row % GRANULE_ROWS))
    }

    /// A copy, so that a row of an answer does not keep its whole page in memory.
    fn bytes(&mut self, row: usize) -> Result<Bytes, SegmentError> {
        self.raw(row).map(Bytes::copy_from_slice)
    }
}

/// Calls with every number in the direction until the call answers false, which is passed on.
fn in_order(
    numbers: std::ops::Range<usize>,
    direction: Direction,
    mut each: impl FnMut(usize) -> Result<bool, SegmentError>,
) -> Result<bool, SegmentError> {
    let (start, len) = (numbers.start, numbers.len());
    for step in 0..len {
        let offset = if direction == Direction::Forward { step } else { len - 1 - step };
        if !each(start + offset)? {
            return Ok(false);
        }
    }
    Ok(true)
}
