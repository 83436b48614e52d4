//! Bounds of object storage and its cache, each with its unit and reason.

/// Bytes of a block of the cache, and so of the smallest request for a part of a file: four or five pages of rows. A
/// smaller request would take as long, since nearly all of its time is the way to the storage and back.
pub(crate) const BLOCK_BYTES: u64 = 256 * 1024;

/// Bytes under one checksum of a block: a read of a few hundred bytes has to check no more.
pub(crate) const UNIT_BYTES: usize = 4096;

/// Bytes of a cached file's header: a name is under a kilobyte, the checksums of a block's units are 256 bytes.
pub(crate) const MAX_HEADER_BYTES: usize = 4096;

/// Bytes of an object's name, as S3 has it.
pub(crate) const MAX_NAME_BYTES: usize = 1024;

/// Bytes that a file of the cache takes on the disk are counted in these: the usual block of a file system.
pub(crate) const DISK_BLOCK_BYTES: u64 = 4096;

/// Bytes of one request for missing blocks that lie side by side: they are in memory until they are in the cache.
pub(crate) const MAX_FETCH_BYTES: u64 = 8 * 1024 * 1024;

/// Bytes of a single read beyond which missing bytes go past the cache: such a read is a scan or a merge, and would push
/// out what lookups need.
pub(crate) const MAX_CACHED_READ_BYTES: u64 = 4 * 1024 * 1024;

/// A file larger than one in so many of the cache is neither written through nor fetched whole.
pub(crate) const WHOLE_FILE_SHARE: u64 = 4;

/// MiB of the cache unless set: the indexes of about 60 million events and the pages that lookups of a day touch.
pub const DEFAULT_CACHE_MIB: u64 = 4096;

/// Bytes of a cache at least: a few blocks. Less would not even hold what one lookup reads twice.
pub(crate) const MIN_CACHE_BYTES: u64 = 4 * BLOCK_BYTES;

/// Bytes of free disk below which the cache grows no more: the journal on the same disk refuses calls when too little is
/// free, and a cache must never be the reason.
pub(crate) const FREE_DISK_FLOOR_BYTES: u64 = 1024 * 1024 * 1024;

/// Seconds after which the use of a cached block is marked on its file again, so that it is known after a restart.
pub(crate) const USE_MARK_AGE_S: u64 = 600;

/// Bytes of a file beyond which it is uploaded in parts.
pub(crate) const MULTIPART_BYTES: usize = 16 * 1024 * 1024;

/// Bytes of a part; S3 takes 5 MiB to 5 GiB and 10,000 parts, so files up to 78 GiB.
pub(crate) const PART_BYTES: usize = 8 * 1024 * 1024;

/// Parts on their way at once: 32 MiB of memory.
pub(crate) const PARALLEL_PARTS: usize = 4;

/// Seconds to connect.
pub(crate) const CONNECT_TIMEOUT_S: u64 = 5;

/// Seconds of one request with its answer: a part at 0.3 MB/s.
pub(crate) const REQUEST_TIMEOUT_S: u64 = 30;

/// Seconds of one read with all repetitions: somebody waits for the lookup.
pub(crate) const READ_PATIENCE_S: u64 = 20;

/// Seconds of one put with all repetitions; then the whole flush is tried again after a pause.
pub(crate) const WRITE_PATIENCE_S: u64 = 300;

/// Repetitions of a request that failed for a passing reason.
pub(crate) const RETRIES: usize = 6;

/// Milliseconds before a request is repeated: at first, and at most; each pause is drawn by lot between.
pub(crate) const RETRY_PAUSE_MS: (u64, u64) = (100, 5_000);

/// Names that are listed within one patience: a page of what services answer.
pub(crate) const LISTED_AT_ONCE: usize = 1_000;

/// Steps between the slashes of a name in Azure, prefix included: an account with folders takes 63, others 254.
pub(crate) const AZURE_STEPS: usize = 60;

/// Bytes of what a server said that are repeated in an error.
pub(crate) const MAX_REASON_BYTES: usize = 300;

/// Bytes that are read of an owner's mark; our own have 32.
pub(crate) const MAX_OWNER_BYTES: u64 = 256;
