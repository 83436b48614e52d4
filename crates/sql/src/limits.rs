//! Bounds of a query, each with its unit and why.

/// Bytes of a query's text: what a person writes, and small enough that its parse tree fits a worker's stack.
pub const MAX_TEXT_BYTES: usize = 8 * 1024;

/// Bytes of a worker's stack: expressions are walked by recursion, and a stack that ends would end the server. Only what
/// is used takes memory.
pub(crate) const WORKER_STACK_BYTES: usize = 64 * 1024 * 1024;

/// Rows of an answer.
pub const MAX_ANSWER_ROWS: usize = 10_000;

/// Bytes of the texts of an answer: it is built in memory and sent as one.
pub const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// Queries that run at once; others wait for their turn within their time. Each takes as many cores as there are.
pub const MAX_RUNNING: usize = 2;

/// Bytes of one value that `repeat`, `lpad`, `range` and the like make: a few times the longest event. All that a batch of
/// rows makes is taken from the memory of queries besides.
pub const MAX_MADE_BYTES: usize = 1024 * 1024;

/// Rows of a batch.
pub(crate) const BATCH_ROWS: usize = 8192;

/// Bytes of texts after which a batch ends early.
pub(crate) const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Batches that wait between reading and computing, for each thread that reads: a bound on memory.
pub(crate) const WAITING_BATCHES: usize = 2;

/// A segment's Parquet file is read whole for a column that is not packed, unless the pages that have rows are fewer than one
/// in so many: reading and checking the file and decoding a column takes as long as reading the rows of some ten pages.
pub(crate) const PAGES_PER_COLUMN_FILE: usize = 16;

/// Groups that are counted out of columns; with more, memory has to be accounted for, and DataFusion does it.
pub(crate) const MAX_COUNTED_GROUPS: usize = 500_000;

/// Combinations of values up to which a table of counters is cheaper than a hash table.
pub(crate) const MAX_COUNTERS: usize = 1 << 20;
