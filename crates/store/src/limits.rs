//! Bounds of the memory part, each with its unit and reason.

use std::time::Duration;

/// Rows per chunk of row storage (48 bytes each): growing never copies more than one chunk.
pub(crate) const CHUNK_ROWS: usize = 4096;

/// Row numbers per block of a posting list: a late row moves at most this many (4 KiB) inside one list.
pub(crate) const BLOCK_ROWS: usize = 1024;

/// Hash tables per stream; a power of two. One table grows at a time, so with ten million terms growing moves about
/// forty thousand entries (under a millisecond) instead of all.
pub(crate) const TABLES: usize = 256;

/// Scopes and terms of a stream in memory that are remembered, so that what every row has is not hashed again, and bytes of a
/// value: 36 KiB, most of which stays in the processor's first cache. Only streams with so many
/// rows remember terms.
pub(crate) const RECENT_SCOPES: usize = 8;
pub(crate) const RECENT_TERMS: usize = 512;
pub(crate) const RECENT_VALUE_BYTES: usize = 38;
pub(crate) const ROWS_BEFORE_RECENT_TERMS: usize = 1024;

/// Values of a stream in memory that are numbered: those that come again and again are a few hundred.
pub(crate) const MAX_COMMON_VALUES: usize = 4096;

/// Rows per stream. Row numbers are 31 bits wide; at 48 bytes a row memory ends long before.
pub const MAX_STREAM_ROWS: usize = 1 << 31;

/// Rows of a granule: what one entry of a segment's index points at, and one page of its Parquet column `raw`. Part of
/// the file format.
pub const GRANULE_ROWS: usize = 256;

/// Rows of a segment; at about 130 words a row the index is built in 150 MB.
pub const MAX_SEGMENT_ROWS: usize = 131_072;

/// Bytes of one row in a segment: a page of 256 such rows still fits a Parquet page of 31-bit size.
pub const MAX_SEGMENT_ROW_BYTES: usize = 4 * 1024 * 1024;

/// Bytes of a page of rows before compression.
pub(crate) const MAX_RAW_PAGE_BYTES: usize = GRANULE_ROWS * (MAX_SEGMENT_ROW_BYTES + 4);

/// Bytes of a page of rows that are unpacked at once: a block of zstd, which comes whole anyway.
pub(crate) const UNPACKED_STEP_BYTES: usize = 128 * 1024;

/// Decoders with room for a page that are kept for later, and the largest room that is; with a copy and the rooms of zstd
/// itself 96 MiB together at most, usually a tenth of that.
pub(crate) const SPARE_UNPACKERS: usize = 8;
pub(crate) const MAX_SPARE_UNPACKER_BYTES: usize = 4 * 1024 * 1024;

/// Rows that the Parquet library gets or gives at once, so that no second copy of a column is in memory.
pub(crate) const PARQUET_BATCH_ROWS: usize = 4096;

/// Pages of a lookup that make another thread worth its start, which takes as long as some tenth of a page.
pub(crate) const MIN_PAGES_PER_THREAD: usize = 4;

/// Segments that one lookup asks at once, at most.
pub(crate) const MAX_SEGMENTS_AT_ONCE: usize = 64;

/// Work that makes another thread worth its start: asking the index of one segment takes from some microseconds to a
/// millisecond.
pub(crate) const MIN_THREAD_WORK: Duration = Duration::from_micros(100);

/// Bytes that one checksum of a segment's index covers: what a small read has to read at least. Part of the file format.
pub(crate) const SIDECAR_BLOCK_BYTES: usize = 4096;

/// Bytes of a sidecar's header, which is read whole when a segment is opened; a thousandth of the file is usual.
pub(crate) const MAX_SIDECAR_HEADER_BYTES: usize = 64 * 1024 * 1024;

/// Bytes of a word that count for the index; longer words are found by their beginning and then compared whole.
pub(crate) const MAX_INDEXED_WORD_BYTES: usize = 128;

/// JSON inside strings of JSON is opened to this depth.
pub(crate) const MAX_NESTED_JSON: usize = 3;

/// Words of the index that share a bucket on average: a bucket is read whole, some 300 bytes in a microsecond.
pub(crate) const BUCKET_TERMS: usize = 64;

/// Bits of a hash beyond those that number the words of a segment: of a thousand words that are not there, one or two seem
/// to be and cost a page.
pub(crate) const SPARE_HASH_BITS: u32 = 10;

/// Bits of a hash at least.
pub(crate) const MIN_HASH_BITS: u32 = 16;

/// A word that is in at most one of so many rows has a list of rows, a commoner one a list of granules.
pub(crate) const ROW_LIST_SPARSITY: usize = 64;

/// Rows of a segment that tell which words are common.
pub(crate) const LEARNING_ROWS: usize = 1024;

/// A word that is in one of so many of the first rows is common. Far from [`ROW_LIST_SPARSITY`], so that a word with a list
/// of rows is hardly ever taken for a common one.
pub(crate) const COMMON_SPARSITY: usize = 8;

/// Strings that are remembered while words are collected, so that they are not cut again, and bytes of one: 32 KiB together,
/// which stay in the processor's first cache.
pub(crate) const KNOWN_STRINGS: usize = 512;
pub(crate) const KNOWN_STRING_BYTES: usize = 48;

/// Bytes up to which a list stands beside its word and not in a place of its own.
pub(crate) const INLINE_LIST_BYTES: usize = 48;

/// Distinct values up to which a field becomes a packed column; two bytes hold the code.
pub(crate) const MAX_PACKED_VALUES: usize = 65_534;

/// Distinct values up to which a field becomes a packed column although most rows have one of their own: a few are cheaper
/// to compare than their rows are to read.
pub(crate) const MAX_PACKED_IDS: usize = 256;

/// Bytes of the distinct values up to which a field becomes a packed column: the values are read whole by a lookup.
pub(crate) const MAX_PACKED_VALUE_BYTES: usize = 256 * 1024;

/// Rows of a memory part before it is sealed: below [`MAX_SEGMENT_ROWS`], so that a day of a stream is one segment.
pub const DEFAULT_PART_ROWS: u64 = 100_000;

/// Bytes of a memory part before it is sealed. One part open, [`MAX_SEALED_PARTS`] being written and what their segments
/// need while they are built stay near 350 MB together while nothing is joined.
pub const DEFAULT_PART_BYTES: u64 = 60 * 1024 * 1024;

/// Bytes that the index over a row in memory and its kept values are taken to need, measured: 100 to 250 and 130 for thirteen
/// terms.
pub(crate) const INDEX_BYTES_PER_ROW: u64 = 380;

/// Seconds after its first row at which a part is sealed however small it is: what a start has to read from the journal.
pub const DEFAULT_PART_AGE_S: u64 = 900;

/// Sealed parts, those that are being written among them; when the open part is full, too, inserting waits.
pub const MAX_SEALED_PARTS: usize = 2;

/// Threads that write sealed parts. Reading the values of a part is done by one thread and cutting its words by another, which
/// takes longer than anything beside it: one part at a time leaves a core idle for half of the time.
pub(crate) const SEGMENT_WRITERS: usize = 2;

/// Segments of a part that are built and wait to be put, beside the one that is being put: each has some megabytes.
pub(crate) const BUILT_AHEAD: usize = 1;

/// zstd level of the Parquet files that are written first: 3 costs a quarter more for a thousandth less, 6 twice as much
/// for a tenth less.
pub(crate) const ZSTD_LEVEL: i32 = 1;

/// Bytes of rows, before compression, of segments that are joined: they are in memory at once, and about as much again is
/// needed for their index. Joining begins only while no memory part waits to be written.
pub const MAX_COMPACTED_BYTES: u64 = 128 * 1024 * 1024;

/// Segments that are joined at once: each is a file that is read.
pub(crate) const MAX_COMPACTED_SEGMENTS: usize = 256;

/// Rows press when a part of at least so many bytes was full within so many seconds; joining then waits until so many seconds
/// after it. Its segments are large anyway, and it would take memory and cores from what has to be written.
pub(crate) const PRESSING_PART_BYTES: u64 = 32 * 1024 * 1024;
pub(crate) const PRESSING_FILL_S: u64 = 30;
pub(crate) const PRESSURE_S: u64 = 10;

/// Segments that are worth being joined while their day still grows, and after it.
pub(crate) const MIN_COMPACTED_SEGMENTS: (usize, usize) = (4, 2);

/// The largest of the segments that are joined has at most so many times the rows of all others together, so that a row
/// is written again only when its segment grows by half.
pub(crate) const COMPACTION_BALANCE: usize = 2;

/// Seconds after the end of a day from which on few rows of it are expected.
pub(crate) const QUIET_DAY_S: i64 = 3_600;

/// Segments that one filter stands for, a bit of a word for each: more make a lookup read fewer blocks, and leave more
/// segments that are not enough for a filter yet.
pub const SEGMENTS_PER_FILTER: usize = 32;

/// Slots of a filter for each term that its segments have on average, and those of them that a term has. Of a thousand segments
/// without a term six seem to have it; audit events take four bytes a row.
pub(crate) const SLOTS_FOR_TERM: u64 = 12;
pub(crate) const SLOTS_PER_TERM: usize = 4;

/// Seconds after which a filter is tried again that its folder could not take.
pub(crate) const FILTER_PAUSE_S: i64 = 600;

/// Age of segments that are compressed again, seconds: a week, so that late rows have been joined.
pub const DEFAULT_RECOMPRESSION_AGE_S: u64 = 7 * 86_400;

/// zstd level of that: a tenth smaller than [`ZSTD_LEVEL`] at four times the cost.
pub const DEFAULT_RECOMPRESSION_LEVEL: i32 = 9;

/// Seconds without new rows after which the machine may be idle.
pub(crate) const IDLE_AFTER_S: i64 = 60;

/// Runnable threads for each core below which the machine is idle.
pub(crate) const IDLE_LOAD_PER_CORE: f64 = 0.5;

/// Seconds that a store that ends has for writing what is in memory: two parts, and some patience with the disk.
pub const FINISH_PATIENCE_S: u64 = 20;

/// Rows of an open part that are written when a store ends; fewer are read again from the journal in a moment.
pub(crate) const FINISH_MIN_ROWS: u64 = 1_000;

/// Milliseconds after which the maintenance thread looks for work on its own.
pub(crate) const MAINTENANCE_INTERVAL_MS: u64 = 1_000;

/// Pause before a failed step of writing is tried again, milliseconds: at first, and at most.
pub(crate) const RETRY_PAUSE_MS: (u64, u64) = (100, 10_000);

/// Days that rows are kept when nothing else is said: what lookups of comparable services show.
pub const DEFAULT_RETENTION_DAYS: u32 = 90;

/// Days of the longest limited retention, a hundred years: longer is meant to be unlimited.
pub const MAX_RETENTION_DAYS: u32 = 36_500;

/// Seconds between the moment from which lookups do not show a row and the earliest at which its segment leaves: longer
/// than any lookup runs.
pub const EXPIRY_GRACE_S: i64 = 3_600;

/// Seconds from one look for segments that may leave to the next.
pub const EXPIRY_INTERVAL_S: u64 = 3_600;

/// Holds of one stream: each lookup walks them.
pub const MAX_HOLDS: usize = 100;

/// Conditions of one search: what is known of each is one bit of a word.
pub const MAX_SEARCH_ATOMS: usize = 64;

/// Depth to which conditions nest: they are walked by recursion.
pub const MAX_SEARCH_DEPTH: usize = 64;

/// Words of a phrase: how much of it was seen is one bit of a word for each.
pub const MAX_PHRASE_WORDS: usize = 64;

/// Bytes of a search that a person writes.
pub const MAX_SEARCH_BYTES: usize = 4096;

/// Rows that a search picks from a memory part at once, at first and at most: a few have to be read anyway, and a lock is
/// held while they are picked (about 0.1 ms for the most).
pub(crate) const FIRST_CHUNK_ROWS: usize = 64;
pub(crate) const MAX_CHUNK_ROWS: usize = 512;

/// Rows of a block in memory that has a filter of its words, and 64-bit words of a filter: 32 bytes a row, of which about
/// 1 in 12 bits are set by audit events.
pub(crate) const FILTER_BLOCK_ROWS: usize = 64;
pub(crate) const FILTER_WORDS: usize = 256;

/// Rows that a search reads in a memory part before it leaves filters, and filters that it leaves at most: a search that
/// ends soon makes none, a long one takes up to twice its time once, and the next one a tenth.
pub(crate) const ROWS_BEFORE_FILTERS: u64 = 2048;
pub(crate) const MAX_FILTERS_MADE: usize = 256;

/// Rows that one piece of a search looks at, before it looks whether it may go on.
pub(crate) const MAX_PIECE_ROWS: u64 = 4096;

/// Pages that one piece of a search reads, at most: some five milliseconds of two cores, in which a thread is soon started.
pub(crate) const MAX_PAGES_AT_ONCE: usize = 16;

/// Bytes of such pages, unpacked, behind which none is added: as many may be copied for rows that match. Sixteen pages of
/// rows of a kilobyte have 4 MiB.
pub(crate) const MAX_PAGE_BYTES_AT_ONCE: usize = 16 * 1024 * 1024;

/// Pages of a search that make another thread worth its start: they are read whole.
pub(crate) const MIN_SEARCHED_PAGES_PER_THREAD: usize = 2;

/// Open rows of a page for which it is looked through as a whole; fewer are asked one by one, and what comes behind them is
/// not unpacked.
pub(crate) const MIN_ROWS_OF_WHOLE_PAGE: usize = 16;

/// Values of a field up to which a pattern is looked up value by value; more are common enough to be found by walking.
pub(crate) const MAX_PATTERN_VALUES: usize = 64;
