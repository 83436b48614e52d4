//! Rows of segments in the order of their positions: for consumers of a stream whose records the journal has let go.

use std::sync::Arc;

use super::error::StoreError;
use super::store::Store;
use super::view::SegmentHandle;
use crate::limits::GRANULE_ROWS;
use crate::segment::SourceRow;

/// A row's position and its place: which segment, which row of it.
type Placed = (u64, usize, usize);

impl Store {
    /// Rows of segments with positions from `from` to `to`, both included, in the order of positions: the first `limit` of
    /// them, with their times in their cursors. Positions between them are of rows that have expired. Rows in memory are not
    /// looked at: the journal still has those. Blocks on files.
    pub fn rows_by_position(
        &self,
        stream: &str,
        from: u64,
        to: u64,
        limit: usize,
    ) -> Result<Vec<SourceRow>, StoreError> {
        let view = self.shared.view();
        let mut segments: Vec<Arc<SegmentHandle>> = view.segments.get(stream).into_iter().flatten().cloned().collect();
        segments.retain(|segment| {
            let summary = &segment.entry.summary;
            summary.lowest_position <= to && summary.highest_position >= from
        });
        segments.sort_by_key(|segment| segment.entry.summary.lowest_position);
        let mut placed: Vec<Placed> = Vec::new();
        for (number, segment) in segments.iter().enumerate() {
            if is_enough(&mut placed, segment.entry.summary.lowest_position, limit) {
                break;
            }
            let positions = segment.segment()?.positions()?;
            let wanted = positions.iter().enumerate().filter(|(_, position)| (from..=to).contains(*position));
            placed.extend(wanted.map(|(row, position)| (*position, number, row)));
        }
        placed.sort_unstable();
        placed.truncate(limit);
        read(&segments, &placed)
    }

    /// The lowest position of a stream that a segment has.
    pub fn first_position(&self, stream: &str) -> Option<u64> {
        let view = self.shared.view();
        let segments = view.segments.get(stream).into_iter().flatten();
        segments.map(|segment| segment.entry.summary.lowest_position).min()
    }
}

/// Whether as many rows as are wanted lie before everything that segments from here on can have.
fn is_enough(placed: &mut [Placed], next_lowest: u64, limit: usize) -> bool {
    if placed.len() < limit || limit == 0 {
        return limit == 0;
    }
    let (_, last_wanted, _) = placed.select_nth_unstable(limit - 1);
    last_wanted.0 < next_lowest
}

/// The rows at these places. Each page is unpacked once.
fn read(segments: &[Arc<SegmentHandle>], placed: &[Placed]) -> Result<Vec<SourceRow>, StoreError> {
    let mut by_page: Vec<(usize, usize, usize)> =
        placed.iter().enumerate().map(|(index, (_, segment, row))| (*segment, *row, index)).collect();
    by_page.sort_unstable();
    let mut rows: Vec<Option<SourceRow>> = placed.iter().map(|_| None).collect();
    for of_segment in by_page.chunk_by(|left, right| left.0 == right.0) {
        let segment = segments[of_segment[0].0].segment()?;
        let times_s = segment.times_s()?;
        for of_page in of_segment.chunk_by(|left, right| left.1 / GRANULE_ROWS == right.1 / GRANULE_ROWS) {
            let mut page = segment.page(of_page[0].1 / GRANULE_ROWS)?;
            for (_, row, index) in of_page {
                let bytes = page.row(row % GRANULE_ROWS)?.to_vec().into();
                let time_s = times_s.get(*row).copied().unwrap_or_default();
                let cursor = crate::query::Cursor { time_s, position: placed[*index].0 };
                rows[*index] = Some(SourceRow { cursor, bytes });
            }
        }
    }
    Ok(rows.into_iter().flatten().collect())
}
