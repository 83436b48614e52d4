//! SQL over logs: what stands behind the `|` of a search, in Presto's dialect as the log service speaks it, on DataFusion.
//!
//! A statement is read (`dialect`) and made one that DataFusion plans to the same meaning; its tables (`table.rs`) give the
//! rows that the search selects, and of them the columns that the plan needs; functions that only rewritten statements
//! call are in `functions.rs`. It runs on the machine of crate `sql`, within the limits that all SQL has together
//! (`engine.rs`).
//!
//! It is not: a store of logs or the search before the `|` (crate `logstore`), or Presto's functions (crate `presto`).

mod batch;
mod dialect;
mod engine;
mod fault;
mod functions;
pub mod limits;
mod range;
mod rows;
mod table;

pub use engine::{Settings, SqlAnalytics};
