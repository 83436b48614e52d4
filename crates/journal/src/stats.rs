//! Figures of a journal since it was opened.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the sync time buckets, in microseconds; one more bucket takes everything above.
pub const SYNC_BUCKET_BOUNDS_MICROS: [u64; 12] =
    [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 1_000_000];

const BUCKETS: usize = SYNC_BUCKET_BOUNDS_MICROS.len() + 1;

/// Figures of a journal. Totals count since the journal was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalStats {
    /// Records made durable.
    pub records: u64,
    /// Bytes of the groups written, with all headers.
    pub bytes: u64,
    /// Groups written: records per group is the ratio of the two.
    pub groups: u64,
    /// Time of the last sync, in microseconds.
    pub last_sync_micros: u64,
    /// Time of all syncs, in microseconds.
    pub total_sync_micros: u64,
    /// Time of the longest sync, in microseconds.
    pub max_sync_micros: u64,
    /// Number of syncs that took up to the bound of the same index in [`SYNC_BUCKET_BOUNDS_MICROS`], and longer than
    /// the bound before it; the last one has no bound.
    pub sync_counts: [u64; BUCKETS],
    /// Files that are kept.
    pub files: usize,
    /// Bytes of those files up to their last record.
    pub file_bytes: u64,
    /// Bytes that wait for the writer.
    pub queued_bytes: usize,
    /// Free bytes on the disk at the last look.
    pub free_disk_bytes: u64,
}

/// The counters behind [`JournalStats`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    records: AtomicU64,
    bytes: AtomicU64,
    groups: AtomicU64,
    last_sync_micros: AtomicU64,
    total_sync_micros: AtomicU64,
    max_sync_micros: AtomicU64,
    sync_counts: [AtomicU64; BUCKETS],
}

impl Counters {
    pub(crate) fn group_written(&self, records: u64, bytes: u64) {
        self.records.fetch_add(records, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.groups.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn synced(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.last_sync_micros.store(micros, Ordering::Relaxed);
        self.total_sync_micros.fetch_add(micros, Ordering::Relaxed);
        self.max_sync_micros.fetch_max(micros, Ordering::Relaxed);
        let bucket = SYNC_BUCKET_BOUNDS_MICROS.partition_point(|bound| *bound < micros);
        self.sync_counts[bucket].fetch_add(1, Ordering::Relaxed);
    }

    /// The totals; what is not counted here is left at zero.
    pub(crate) fn totals(&self) -> JournalStats {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        JournalStats {
            records: get(&self.records),
            bytes: get(&self.bytes),
            groups: get(&self.groups),
            last_sync_micros: get(&self.last_sync_micros),
            total_sync_micros: get(&self.total_sync_micros),
            max_sync_micros: get(&self.max_sync_micros),
            sync_counts: std::array::from_fn(|bucket| get(&self.sync_counts[bucket])),
            files: 0,
            file_bytes: 0,
            queued_bytes: 0,
            free_disk_bytes: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sync_times_fall_into_their_buckets() {
        let counters = Counters::default();
        for micros in [50, 51, 1_000_000, 1_000_001] {
            counters.synced(Duration::from_micros(micros));
        }
        let totals = counters.totals();
        assert_eq!(totals.sync_counts, [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
        assert_eq!((totals.max_sync_micros, totals.total_sync_micros), (1_000_001, 2_000_102));
    }
}
