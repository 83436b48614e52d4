//! Joining small segments of a day.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use super::catalogue::CatalogueEntry;
use super::compaction_plan::plan;
use super::error::StoreError;
use super::flush::SECONDS_OF_A_DAY;
use super::maintenance::Chore;
use super::rewrite::rewrite;
use super::store::Shared;
use super::view::{SegmentHandle, View};
use crate::limits::{QUIET_DAY_S, ZSTD_LEVEL};

/// Joins neighbours until nothing is worth it.
#[derive(Default)]
pub(crate) struct Compaction {
    /// What was looked through with nothing left to do, and in which hour: a day that is over is joined further.
    done: Option<(Weak<View>, i64)>,
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
        let seen = (Arc::downgrade(&view), now_s.div_euclid(QUIET_DAY_S));
        if self.done.as_ref().is_some_and(|done| Weak::ptr_eq(&done.0, &seen.0) && done.1 == seen.1) {
            return Ok(false);
        }
        let Some(inputs) = choose(shared, &view, now_s) else {
            self.done = Some(seen);
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
    let day_of = |entry: &CatalogueEntry| entry.summary.first_time_s.div_euclid(SECONDS_OF_A_DAY);
    for segments in view.segments.values() {
        let mut days: BTreeMap<i64, Vec<&Arc<SegmentHandle>>> = BTreeMap::new();
        for segment in segments {
            days.entry(day_of(&segment.entry)).or_default().push(segment);
        }
        for (day, mut segments) in days {
            let is_over = now_s >= (day + 1) * SECONDS_OF_A_DAY + QUIET_DAY_S;
            segments.sort_by_key(|segment| (segment.entry.summary.first_time_s, segment.entry.summary.lowest_position));
            // What cannot be read parts its neighbours.
            for run in segments.split(|segment| shared.maintenance.is_set_aside(&segment.entry.name)) {
                let entries: Vec<&CatalogueEntry> = run.iter().map(|segment| &segment.entry).collect();
                if let Some(range) = plan(&entries, is_over) {
                    return Some(run[range].iter().copied().cloned().collect());
                }
            }
        }
    }
    None
}
