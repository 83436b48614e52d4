//! Bounds of a statement, each with its unit and why.

/// Rows of an answer when the statement has no LIMIT (SLS, "LIMIT clause").
pub const DEFAULT_ROWS: u64 = 100;

/// Rows of an answer (SLS, "LIMIT clause").
pub const MAX_ROWS: u64 = 1_000_000;

/// Rows of a page by `LIMIT offset, rows` (SLS, "LIMIT clause").
pub const MAX_PAGE_ROWS: u64 = 10_000;

/// Bytes of the texts of an answer: it is built in memory and sent as one.
pub const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// Bytes of a statement: what a person or a dashboard writes.
pub const MAX_TEXT_BYTES: usize = 16 * 1024;

/// How deep expressions and queries may be nested: the parser goes through them by recursion.
pub(crate) const MAX_DEPTH: usize = 100;

/// Rows of a batch.
pub(crate) const BATCH_ROWS: usize = 8_192;

/// Bytes of texts after which a batch ends early.
pub(crate) const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Batches that wait between reading and computing, for each thread that reads: a bound on memory.
pub(crate) const WAITING_BATCHES: usize = 2;

/// Points that `time_series` fills in.
pub(crate) const MAX_POINTS: i64 = 100_000;

/// Other time ranges that a statement may be compared with: each runs its subquery again.
pub(crate) const MAX_COMPARED: usize = 8;

/// Columns that UNNEST makes of one argument, and arguments that WITH ORDINALITY counts: there is a function for each.
pub(crate) const MAX_UNNESTED: usize = 5;
