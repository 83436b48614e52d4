//! What SQL may use.

use serde::{Deserialize, Serialize};

/// `[sql]`: bounds of `ExecuteSql`. A server that was built without SQL takes them and needs none.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SqlConfig {
    /// Memory that all running queries use together for grouping, sorting and joining, MiB. What they need beyond it goes
    /// to `sql-spill/` in the data folder, or they fail.
    pub memory_mib: u32,
    /// Size of that folder, MiB.
    pub spill_mib: u32,
    /// Longest time of a query, seconds.
    pub time_limit_s: u32,
}

impl Default for SqlConfig {
    fn default() -> Self {
        // The time is less than the minute that clients wait.
        Self { memory_mib: 256, spill_mib: 4096, time_limit_s: 30 }
    }
}
