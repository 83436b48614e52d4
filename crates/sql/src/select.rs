//! Which rows of a segment meet a filter, as far as its columns tell.

use std::ops::Range;

use store::FieldId;
use store::limits::GRANULE_ROWS;
use store::segment::WholeColumn;
use store::write::SnapshotSegment;

use crate::columns::Column;
use crate::error::SqlError;
use crate::filter::{ColumnTest, Test};
use crate::limits::PAGES_PER_COLUMN_FILE;
use crate::piece::Piece;
use crate::segment_columns::SegmentColumns;

/// Rows of a segment that may match.
pub(crate) struct Selection {
    /// Rows in the range of times.
    pub(crate) range: Range<usize>,
    /// Of the range only the rows for which this is true; all when there is none.
    pub(crate) mask: Option<Vec<bool>>,
    /// What the rows themselves have to tell.
    pub(crate) rest: Vec<ColumnTest>,
}

impl Selection {
    /// The rows of a piece in its segment, as its packed columns tell.
    pub(crate) fn of(
        columns: &mut SegmentColumns<'_>,
        piece: &Piece,
        tests: &[ColumnTest],
    ) -> Result<Selection, SqlError> {
        let mut selection = Selection { range: time_range(columns.segment, piece)?, mask: None, rest: Vec::new() };
        for test in tests {
            if selection.range.is_empty() {
                break;
            }
            match columns.get(test.column)? {
                Some(column) => selection.keep_codes(&column, &test.test),
                None => {
                    selection.keep_granules(columns.segment, test)?;
                    selection.rest.push(test.clone());
                }
            }
        }
        Ok(selection)
    }

    /// Where many pages would have to be read for columns that are not packed, loads these and decides by them what is left.
    /// `also` are columns that are wanted of the rows, of at most `most_rows` of them.
    pub(crate) fn load(
        &mut self,
        columns: &mut SegmentColumns<'_>,
        also: impl Iterator<Item = Column>,
        most_rows: usize,
    ) -> Result<(), SqlError> {
        let most_pages = if self.rest.is_empty() { most_rows.div_ceil(GRANULE_ROWS) } else { usize::MAX };
        let all_pages = columns.segment.row_count().div_ceil(GRANULE_ROWS);
        if self.page_count().min(most_pages) * PAGES_PER_COLUMN_FILE < all_pages {
            return Ok(());
        }
        columns.load(self.rest.iter().map(|test| test.column).chain(also))?;
        for test in std::mem::take(&mut self.rest) {
            match columns.get(test.column)? {
                Some(column) => self.keep_codes(&column, &test.test),
                None => self.rest.push(test),
            }
        }
        Ok(())
    }

    /// Pages that have rows that may match.
    fn page_count(&self) -> usize {
        let range = &self.range;
        let pages = range.start / GRANULE_ROWS..range.end.div_ceil(GRANULE_ROWS);
        let rows = |page: usize| (page * GRANULE_ROWS).max(range.start)..((page + 1) * GRANULE_ROWS).min(range.end);
        pages.filter(|page| rows(*page).any(|row| self.has(row))).count()
    }

    /// Whether a row of the range may match.
    fn has(&self, row: usize) -> bool {
        self.mask.as_ref().is_none_or(|mask| mask[row - self.range.start])
    }

    /// The rows that may match, newest first.
    pub(crate) fn rows(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.range.clone().rev().filter(|row| self.has(*row))
    }

    fn keep_codes(&mut self, column: &WholeColumn, test: &Test) {
        let allowed: Vec<bool> = std::iter::once(test.matches(None))
            .chain(column.values.iter().map(|value| test.matches(Some(value))))
            .collect();
        let codes = &column.codes[self.range.clone()];
        match &mut self.mask {
            None => self.mask = Some(codes.iter().map(|code| allowed[*code as usize]).collect()),
            Some(mask) => mask.iter_mut().zip(codes).for_each(|(kept, code)| *kept &= allowed[*code as usize]),
        }
    }

    /// Drops what the index says does not have a value.
    fn keep_granules(&mut self, segment: &SnapshotSegment, test: &ColumnTest) -> Result<(), SqlError> {
        let (Column::One(field), Test::OneOf(wanted)) = (test.column, &test.test) else {
            return Ok(());
        };
        let Some(granules) = granules_with_any(segment, field, wanted)? else {
            return Ok(());
        };
        let range = self.range.clone();
        let mask = self.mask.get_or_insert_with(|| vec![true; range.len()]);
        let mut row = range.start;
        while row < range.end {
            let granule = row / GRANULE_ROWS;
            let end = ((granule + 1) * GRANULE_ROWS).min(range.end);
            if granules.binary_search(&(granule as u32)).is_err() {
                mask[row - range.start..end - range.start].fill(false);
            }
            row = end;
        }
        Ok(())
    }
}

fn granules_with_any(
    segment: &SnapshotSegment,
    field: FieldId,
    values: &[String],
) -> Result<Option<Vec<u32>>, SqlError> {
    let mut all = Vec::new();
    for value in values {
        match segment.granules_with(field, value)? {
            Some(granules) => all.extend(granules),
            None => return Ok(None),
        }
    }
    all.sort_unstable();
    Ok(Some(all))
}

fn time_range(segment: &SnapshotSegment, piece: &Piece) -> Result<Range<usize>, SqlError> {
    if piece.is_whole(segment) {
        return Ok(0..segment.row_count());
    }
    let times = segment.times_s()?;
    let from = times.partition_point(|time| *time < piece.from_s);
    Ok(from..times.partition_point(|time| *time <= piece.to_s).max(from))
}
