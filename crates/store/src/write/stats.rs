//! What a store says of itself.

use super::maintenance::MaintenanceCounters;
use super::store::Store;
use crate::memory::MemoryStats;

/// What a store holds now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoreStats {
    /// All memory parts together.
    pub memory: MemoryStats,
    /// Parts that wait to be written or are being written.
    pub sealed_parts: u64,
    /// Number of segments.
    pub segments: u64,
    /// Rows in segments.
    pub segment_rows: u64,
    /// Bytes of the rows in segments, as they came.
    pub segment_raw_bytes: u64,
    /// Bytes of all files of segments.
    pub segment_file_bytes: u64,
    /// Parts that became segments since the store was opened.
    pub flushed_parts: u64,
    /// Attempts at writing a part that failed since the store was opened.
    pub flush_failures: u64,
    /// Why the last attempt failed; nothing when it did not.
    pub flush_fault: Option<String>,
    /// What was done to segments since the store was opened.
    pub maintenance: MaintenanceCounters,
}

impl Store {
    /// What the store holds now.
    pub fn stats(&self) -> StoreStats {
        let view = self.shared.view();
        let mut stats = StoreStats { maintenance: self.shared.maintenance.counters(), ..StoreStats::default() };
        for part in view.parts.iter().map(|part| part.stats()) {
            stats.memory.rows += part.rows;
            stats.memory.payload_bytes += part.payload_bytes;
            stats.memory.index_bytes += part.index_bytes;
            stats.memory.streams = stats.memory.streams.max(part.streams);
        }
        for segment in view.segments.values().flatten() {
            let summary = &segment.entry.summary;
            stats.segments += 1;
            stats.segment_rows += summary.rows as u64;
            stats.segment_raw_bytes += summary.raw_bytes;
            stats.segment_file_bytes += summary.parquet_bytes + segment.entry.sidecar_bytes;
        }
        let progress = self.shared.progress.lock();
        stats.sealed_parts = progress.sealed.len() as u64;
        stats.flushed_parts = progress.flushed_parts;
        stats.flush_failures = progress.failures;
        stats.flush_fault.clone_from(&progress.fault);
        stats
    }
}
