//! Which segments of a day are joined.

use std::ops::Range;

use super::catalogue::CatalogueEntry;
use crate::limits::{
    COMPACTION_BALANCE, MAX_COMPACTED_BYTES, MAX_COMPACTED_SEGMENTS, MAX_SEGMENT_ROWS, MIN_COMPACTED_SEGMENTS,
};

/// The neighbours that are best joined, of the segments of one stream and day in the order of time; nothing when it is not
/// worth it. While the day grows, more of them have to be there than when it is over.
///
/// As many as possible are joined, and of two choices the one with fewer rows. Only neighbours are: a segment then has the
/// rows of a short time, and a lookup needs few of them.
pub(crate) fn plan(day: &[&CatalogueEntry], is_over: bool) -> Option<Range<usize>> {
    let enough = if is_over { MIN_COMPACTED_SEGMENTS.1 } else { MIN_COMPACTED_SEGMENTS.0 };
    let mut best: Option<(Range<usize>, usize)> = None;
    for start in 0..day.len() {
        let (mut rows, mut bytes, mut largest) = (0, 0, 0);
        for (end, entry) in day.iter().enumerate().skip(start).take(MAX_COMPACTED_SEGMENTS) {
            rows += entry.summary.rows;
            bytes += entry.summary.raw_bytes;
            largest = largest.max(entry.summary.rows);
            if rows > MAX_SEGMENT_ROWS || bytes > MAX_COMPACTED_BYTES {
                break;
            }
            let range = start..end + 1;
            let is_better =
                best.as_ref().is_none_or(|(best, best_rows)| (range.len(), *best_rows) > (best.len(), rows));
            if range.len() >= enough && largest <= COMPACTION_BALANCE * (rows - largest) && is_better {
                best = Some((range, rows));
            }
        }
    }
    best.map(|(range, _)| range)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::SegmentSummary;

    fn entries(rows: &[usize]) -> Vec<CatalogueEntry> {
        let entry = |(number, rows): (usize, &usize)| CatalogueEntry {
            name: number.to_string(),
            stream: "a".to_owned(),
            summary: SegmentSummary {
                rows: *rows,
                first_time_s: number as i64,
                last_time_s: number as i64,
                lowest_position: 1,
                highest_position: 1,
                raw_bytes: *rows as u64,
                parquet_bytes: 0,
                parquet_crc32c: 0,
            },
            sidecar_bytes: 0,
            zstd_level: 3,
        };
        rows.iter().enumerate().map(entry).collect()
    }

    fn planned(rows: &[usize], is_over: bool) -> Option<Range<usize>> {
        let entries = entries(rows);
        plan(&entries.iter().collect::<Vec<_>>(), is_over)
    }

    #[test]
    fn the_longest_run_that_fits_is_joined() {
        assert_eq!(planned(&[], true), None);
        assert_eq!(planned(&[9], true), None);
        assert_eq!(planned(&[9, 9, 9], false), None);
        assert_eq!(planned(&[9, 9, 9], true), Some(0..3));
        assert_eq!(planned(&[9, 9, 9, 9], false), Some(0..4));
        assert_eq!(planned(&[131_000, 9, 9, 8, 9, 9, 131_000, 50, 50, 50, 50, 50], false), Some(1..6));
        assert_eq!(planned(&[50_000, 50_000, 50_000, 40_000], true), Some(2..4));
        assert_eq!(planned(&[131_072, 1], true), None);
    }

    #[test]
    fn a_large_one_waits_for_enough_small_ones() {
        assert_eq!(planned(&[60_000, 10_000, 10_000, 9_999], false), None);
        assert_eq!(planned(&[60_000, 10_000, 10_000, 10_000], false), Some(0..4));
        assert_eq!(planned(&[60_000, 29_999], true), None);
        assert_eq!(planned(&[60_000, 30_000], true), Some(0..2));
    }

    #[test]
    fn large_rows_end_a_run() {
        let mut large = entries(&[10; 8]);
        large.iter_mut().for_each(|entry| entry.summary.raw_bytes = MAX_COMPACTED_BYTES / 4);
        assert_eq!(plan(&large.iter().collect::<Vec<_>>(), false), Some(0..4));
    }

    /// A day of small parts: what is written again stays within a few times the day.
    #[test]
    fn rows_are_written_again_a_few_times_only() {
        let mut day: Vec<usize> = Vec::new();
        let mut written = 0;
        for part_rows in [1_000; 400] {
            day.push(part_rows);
            while let Some(range) = planned(&day, false) {
                let rows: usize = day[range.clone()].iter().sum();
                written += rows;
                day.splice(range, [rows]);
            }
        }
        assert!(day.len() <= 20, "{day:?}");
        assert!(written <= 400_000 * 8, "{written}");
    }
}
