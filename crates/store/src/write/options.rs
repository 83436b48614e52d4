//! What a store is opened with.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::surroundings::{Surroundings, System};
use crate::limits::{
    DEFAULT_PART_AGE_S, DEFAULT_PART_BYTES, DEFAULT_PART_ROWS, DEFAULT_RECOMPRESSION_AGE_S,
    DEFAULT_RECOMPRESSION_LEVEL, SEGMENTS_PER_FILTER,
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
    /// Filters, which tell which of many segments may have a value; without them every segment is asked.
    pub filters: Option<FilterOptions>,
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
            filters: None,
            compaction: true,
            recompression_age: Some(Duration::from_secs(DEFAULT_RECOMPRESSION_AGE_S)),
            recompression_level: DEFAULT_RECOMPRESSION_LEVEL,
            surroundings: Arc::new(System),
        }
    }
}

/// Where filters are made, and of how many segments.
#[derive(Debug, Clone)]
pub struct FilterOptions {
    /// A folder on a local disk for them alone. What is lost of it is made again.
    pub folder: PathBuf,
    /// Segments that one filter stands for, 1 to 32.
    pub segments: usize,
}

impl FilterOptions {
    /// Filters in this folder.
    pub fn in_folder(folder: PathBuf) -> FilterOptions {
        FilterOptions { folder, segments: SEGMENTS_PER_FILTER }
    }
}

/// Called when the positions of a stream up to one are in segments; the rows need not be kept elsewhere any more.
pub type Release = Box<dyn Fn(&str, u64) -> Result<(), String> + Send + Sync>;
