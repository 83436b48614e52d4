//! Benchmarks: programs that print a table, never tests with a clock.
//!
//! One program a subject in `bin/`; what they share (percentiles, the table, a server process, a lean client) is here.

pub mod client;
pub mod percentile;
pub mod report;
pub mod server;
