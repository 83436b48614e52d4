//! Bounds of the memory part, each with its unit and reason.

/// Rows per chunk of row storage (48 bytes each): growing never copies more than one chunk.
pub(crate) const CHUNK_ROWS: usize = 4096;

/// Row numbers per block of a posting list: a late row moves at most this many (4 KiB) inside one list.
pub(crate) const BLOCK_ROWS: usize = 1024;

/// Hash tables per stream; a power of two. One table grows at a time, so with ten million terms growing moves about
/// forty thousand entries (under a millisecond) instead of all.
pub(crate) const TABLES: usize = 256;

/// Rows per stream. Row numbers are 31 bits wide; at 48 bytes a row memory ends long before.
pub const MAX_STREAM_ROWS: usize = 1 << 31;
