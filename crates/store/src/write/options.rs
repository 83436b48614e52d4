//! What a store is opened with.

use std::time::Duration;

use crate::retention::Period;
use crate::limits::{DEFAULT_PART_AGE_S, DEFAULT_PART_BYTES, DEFAULT_PART_ROWS};

/// When parts are sealed.
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
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            part_rows: DEFAULT_PART_ROWS,
            part_bytes: DEFAULT_PART_BYTES,
            part_age: Duration::from_secs(DEFAULT_PART_AGE_S),
            retention: Period::UNLIMITED,
        }
    }
}

/// Called when the positions of a stream up to one are in segments; the rows need not be kept elsewhere any more.
pub type Release = Box<dyn Fn(&str, u64) -> Result<(), String> + Send + Sync>;
