//! Benchmarks: programs that print a table, never tests with a clock.
//!
//! One program a subject in `bin/`; what they share (percentiles, the table, a server process, a lean client, the parts
//! of an audit without a server) is here. `demo-data` writes a generated history instead of measuring.

pub mod audit_parts;
pub mod client;
pub mod exact;
pub mod percentile;
pub mod process;
pub mod report;
pub mod server;
pub mod spool;

/// Why a program ends early; the text is for whoever started it.
pub type Failure = Box<dyn std::error::Error>;
