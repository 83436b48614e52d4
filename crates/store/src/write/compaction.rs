//! Joining small segments of a day.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::catalogue::CatalogueEntry;
use super::compaction_plan::plan;
use super::error::StoreError;
use super::looked_through::{LookedThrough, day_of, is_day_over};
use super::maintenance::Chore;
use super::rewrite::rewrite;
use super::store::Shared;
use super::view::{SegmentHandle, View};
use crate::limits::ZSTD_LEVEL;

/// Joins neighbours until nothing is worth it.
#[derive(Default)]
pub(crate) struct Compaction {
    /// Where nothing was worth being joined; a day that is over is joined further.
    done: LookedThrough,
}

impl Chore for Compaction {
    fn name(&self) -> &'static str {
        "compaction"
    }

    fn step(&mut self, shared: &Shared) -> Result<bool, StoreError> {
        // New segments come first, and their making needs as much memory.
        if !shared.options.compaction || shared.is_flushing() || shared.is_pressed() {
            return Ok(false);
        }
        let view = shared.view();
        let now_s = shared.options.surroundings.unix_s();
        if self.done.is(&view, now_s) {
            return Ok(false);
        }
        let Some(inputs) = choose(shared, &view, now_s) else {
            self.done = LookedThrough::at(&view, now_s);
            return Ok(false);
        };
        // The files of what is replaced can go before the next step.
        drop(view);
        let level = inputs.iter().map(|input| input.entry.zstd_level).min().unwrap_or(ZSTD_LEVEL);
        let count = inputs.len() as u64;
        if let Some(entry) = rewrite(shared, inputs, level)? {
            let (name, rows) = (&entry.name, entry.summary.rows);
            tracing::info!(segments = count, rows, into = name, "segments were joined");
            shared.maintenance.count(|counters| {
                counters.compactions += 1;
                counters.compacted_segments += count;
                counters.compacted_rows += rows as u64;
            });
        }
        Ok(true)
    }
}

/// The first segments that are worth being joined.
fn choose(shared: &Shared, view: &View, now_s: i64) -> Option<Vec<Arc<SegmentHandle>>> {
    for segments in view.segments.values() {
        let mut days: BTreeMap<i64, Vec<&Arc<SegmentHandle>>> = BTreeMap::new();
        for segment in segments {
            days.entry(day_of(&segment.entry)).or_default().push(segment);
        }
        for (day, mut segments) in days {
            segments.sort_by_key(|segment| (segment.entry.summary.first_time_s, segment.entry.summary.lowest_position));
            // What cannot be read parts its neighbours.
            for run in segments.split(|segment| shared.maintenance.is_set_aside(&segment.entry.name)) {
                let entries: Vec<&CatalogueEntry> = run.iter().map(|segment| &segment.entry).collect();
                if let Some(range) = plan(&entries, is_day_over(day, now_s)) {
                    return Some(run[range].iter().copied().cloned().collect());
                }
            }
        }
    }
    None
}
