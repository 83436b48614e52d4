//! The rows: one file for each table, SQL and nothing else.

pub(crate) mod bucket;
pub(crate) mod doomed;
pub(crate) mod object;
pub(crate) mod upload;
