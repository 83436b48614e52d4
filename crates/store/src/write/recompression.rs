//! Compressing old segments again when nobody needs the machine.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::error::StoreError;
use super::maintenance::Chore;
use super::rewrite::rewrite;
use super::store::Shared;
use super::view::SegmentHandle;
use crate::limits::{IDLE_AFTER_S, IDLE_LOAD_PER_CORE};

/// Writes one old segment after the other with a higher level.
pub(crate) struct Recompression;

impl Chore for Recompression {
    fn name(&self) -> &'static str {
        "recompression"
    }

    fn step(&mut self, shared: &Shared) -> Result<bool, StoreError> {
        let now_s = shared.options.surroundings.unix_s();
        let Some(input) = choose(shared, now_s).filter(|_| is_idle(shared, now_s)) else {
            return Ok(false);
        };
        let before = input.entry.summary.parquet_bytes;
        if let Some(entry) = rewrite(shared, vec![input], shared.options.recompression_level)? {
            let after = entry.summary.parquet_bytes;
            tracing::info!(segment = entry.name, before, after, "a segment was compressed again");
            shared.maintenance.count(|counters| {
                counters.recompressed_segments += 1;
                counters.recompression_saved_bytes += before.saturating_sub(after);
            });
        }
        Ok(true)
    }
}

/// The oldest segment that is old enough.
fn choose(shared: &Shared, now_s: i64) -> Option<Arc<SegmentHandle>> {
    let age_s = i64::try_from(shared.options.recompression_age?.as_secs()).ok()?;
    let view = shared.view();
    let old = view.segments.values().flatten().filter(|segment| {
        let entry = &segment.entry;
        entry.summary.last_time_s <= now_s.saturating_sub(age_s)
            && entry.zstd_level < shared.options.recompression_level
            && !shared.maintenance.is_set_aside(&entry.name)
    });
    old.min_by_key(|segment| segment.entry.summary.last_time_s).cloned()
}

fn is_idle(shared: &Shared, now_s: i64) -> bool {
    let quiet_s = now_s.saturating_sub(shared.last_insert_s.load(Ordering::Relaxed));
    let is_calm = shared.options.surroundings.load_per_core().is_none_or(|load| load < IDLE_LOAD_PER_CORE);
    quiet_s >= IDLE_AFTER_S && is_calm && !shared.is_flushing()
}
