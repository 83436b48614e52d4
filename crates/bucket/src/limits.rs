//! Bounds of the service, each with its unit and reason. Public document: Object Storage Service, "Limits".

/// Seconds by which the clock of a client may differ.
pub const CLOCK_WINDOW_S: i64 = 15 * 60;

/// Seconds by which the time of retention may be ahead of the system's clock before the operator is told: clocks are
/// set back by less when they are corrected as usual.
pub(crate) const CLOCK_AHEAD_S: u64 = 5 * 60;

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

/// Files without a row that a start removes. A killed server leaves as many as writes were under way; many more mean that
/// the rows are not those of the files.
pub(crate) const MAX_ORPHANS: usize = 1_000;

/// Names of files that wait to be looked up; then the list of files waits.
pub(crate) const ORPHAN_QUEUE: usize = 1_000;

/// Files of an object that is appended to; then neighbours are joined.
pub(crate) const MAX_APPEND_PIECES: usize = 32;

/// Bytes that are written or read at a time.
pub(crate) const PIECE_BYTES: usize = 256 * 1024;

/// Bytes of an object that the client sends in one request; a larger one goes in parts.
pub const CLIENT_WHOLE_BYTES: usize = 16 * 1024 * 1024;

/// Bytes of the client's parts: of the first ones, which then double after every so many, so that 10,000 parts are enough
/// for half a terabyte whose length nobody knew.
pub const CLIENT_PART_BYTES: (usize, i64) = (8 * 1024 * 1024, 2_000);

/// Bytes that the client reads of an object in one request.
pub const CLIENT_READ_BYTES: u64 = 8 * 1024 * 1024;

/// Bytes of an answer that is no object: a page of 1,000 of the longest keys, each byte of them encoded.
pub(crate) const CLIENT_ANSWER_BYTES: u64 = 16 * 1024 * 1024;

/// Times that the client sends a call.
pub(crate) const CLIENT_ATTEMPTS: u32 = 5;

/// Milliseconds before the first repetition, drawn by lot from half of it on; each later pause is twice as long.
pub(crate) const CLIENT_PAUSE_MS: u64 = 200;

/// Seconds to connect, and of a whole call: a part of 8 MiB at half a megabit.
pub(crate) const CLIENT_TIMEOUTS_S: (u64, u64) = (10, 120);
