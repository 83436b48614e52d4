//! What a store is opened with.

use std::sync::Arc;
use std::time::Duration;

use super::surroundings::{Surroundings, System};
use crate::limits::{
    DEFAULT_PART_AGE_S, DEFAULT_PART_BYTES, DEFAULT_PART_ROWS, DEFAULT_RECOMPRESSION_AGE_S, DEFAULT_RECOMPRESSION_LEVEL,
};
use crate::retention::Period;

/// When parts are sealed, and what becomes of segments.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Rows of a part.
    pub part_rows: u64,
    /// Bytes of a part: rows and index.
    pub part_bytes: u64,
    /// Age of a part's first row.
    pub part_age: Duration,
    /// How long rows are kept of streams that have no period of their own.
    pub retention: Period,
    /// Whether small segments of a day are joined.
    pub compaction: bool,
    /// Age of a segment's newest row from which on it is compressed again when the machine is idle; none for never.
    pub recompression_age: Option<Duration>,
    /// zstd level of that.
    pub recompression_level: i32,
    /// Time and load.
    pub surroundings: Arc<dyn Surroundings>,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            part_rows: DEFAULT_PART_ROWS,
            part_bytes: DEFAULT_PART_BYTES,
            part_age: Duration::from_secs(DEFAULT_PART_AGE_S),
            retention: Period::UNLIMITED,
            compaction: true,
            recompression_age: Some(Duration::from_secs(DEFAULT_RECOMPRESSION_AGE_S)),
            recompression_level: DEFAULT_RECOMPRESSION_LEVEL,
            surroundings: Arc::new(System),
        }
    }
}

/// Called when the positions of a stream up to one are in segments; the rows need not be kept elsewhere any more.
pub type Release = Box<dyn Fn(&str, u64) -> Result<(), String> + Send + Sync>;
