//! Bounds of the service, each with its unit and reason. Public document: Object Storage Service, "Limits".

/// Seconds by which the clock of a client may differ.
pub const CLOCK_WINDOW_S: i64 = 15 * 60;

/// Seconds that a link of version 4 may live: seven days.
pub const MAX_LINK_LIFE_S: i64 = 7 * 86_400;

/// Buckets of an account.
pub const MAX_BUCKETS: i64 = 100;

/// Bytes of a key.
pub const MAX_KEY_BYTES: usize = 1_023;

/// Bytes of an object that is put, or appended to, in one request each.
pub const MAX_PUT_BYTES: u64 = 5 * 1024 * 1024 * 1024;

/// Bytes of an object that is copied by one request.
pub const MAX_COPY_BYTES: u64 = 1024 * 1024 * 1024;

/// Bytes of the names and values of an object's own metadata.
pub const MAX_METADATA_BYTES: usize = 8 * 1024;

/// Tags of an object.
pub const MAX_TAGS: usize = 10;

/// Entries of a page of a listing: at most, and when the client does not say.
pub const LIST_PAGE: (i64, i64) = (1_000, 100);

/// Keys of one batch deletion.
pub const MAX_BATCH_KEYS: usize = 1_000;

/// Bytes of a body that is XML: a batch deletion of the longest keys fits.
pub const MAX_XML_BYTES: usize = 2 * 1024 * 1024;

/// Bytes of every part but the last.
pub const MIN_PART_BYTES: u64 = 100 * 1024;

/// Number of the last part.
pub const MAX_PART_NUMBER: i64 = 10_000;

/// Rules of a lifecycle.
pub const MAX_LIFECYCLE_RULES: usize = 1_000;

/// Days of a retention policy: at least, and at most.
pub const WORM_DAYS: (i64, i64) = (1, 25_550);

/// Milliseconds after which a retention policy that was not locked ends by itself.
pub const WORM_TRIAL_MS: i64 = 24 * 3_600 * 1_000;

/// Files of an object that is appended to; then neighbours are joined.
pub(crate) const MAX_APPEND_PIECES: usize = 32;

/// Bytes that are written or read at a time.
pub(crate) const PIECE_BYTES: usize = 256 * 1024;
