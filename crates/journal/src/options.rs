//! Settings of a journal.

use std::time::Duration;

use crate::error::JournalError;
use crate::limits::{DISK_CHECK_INTERVAL, MAX_RECORD_BYTES, MAX_STREAM_NAME_BYTES};

/// Settings of a journal; the defaults suit one server.
#[derive(Debug, Clone)]
pub struct Options {
    /// Largest payload in bytes; a larger one is refused to its caller. Default 1 MiB.
    pub max_record_bytes: usize,
    /// A file that has reached this size is followed by a new one. Default 64 MiB.
    pub max_file_bytes: u64,
    /// With less free space than this, in bytes, appends are refused. Default 256 MiB.
    pub free_disk_floor_bytes: u64,
    /// How often the free space is looked at, and a full disk tried again. Default 1 s.
    pub disk_check_interval: Duration,
    /// Payload bytes that may wait for the writer; an append that finds no room waits. Default 32 MiB.
    pub max_queued_bytes: usize,
    /// Payload bytes of the newest records that are kept in memory for followers; one that is further behind reads
    /// files. Default 16 MiB.
    pub live_buffer_bytes: usize,
    /// Whether records are forced to disk. Default [`SyncMode::Full`].
    pub sync: SyncMode,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_record_bytes: 1 << 20,
            max_file_bytes: 64 << 20,
            free_disk_floor_bytes: 256 << 20,
            disk_check_interval: DISK_CHECK_INTERVAL,
            max_queued_bytes: 32 << 20,
            live_buffer_bytes: 16 << 20,
            sync: SyncMode::Full,
        }
    }
}

/// Whether an append waits until its record is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncMode {
    /// Every group is forced to disk before its appends are answered.
    Full,
    /// Nothing is forced to disk: a crash loses acknowledged records. For benchmarks only.
    Off,
}

impl Options {
    pub(crate) fn validate(&self) -> Result<(), JournalError> {
        let refuse = |what: String| Err(JournalError::InvalidOptions { what });
        if self.max_record_bytes == 0 || self.max_record_bytes > MAX_RECORD_BYTES {
            return refuse(format!("max_record_bytes is {}, must be 1 to {MAX_RECORD_BYTES}", self.max_record_bytes));
        }
        let least_queued_bytes = self.max_record_bytes + MAX_STREAM_NAME_BYTES;
        if self.max_queued_bytes < least_queued_bytes || u32::try_from(self.max_queued_bytes).is_err() {
            return refuse(format!(
                "max_queued_bytes is {}, must be {least_queued_bytes} (one record) to {}",
                self.max_queued_bytes,
                u32::MAX
            ));
        }
        if self.max_file_bytes == 0 {
            return refuse("max_file_bytes is 0, must be at least 1".to_owned());
        }
        Ok(())
    }
}
