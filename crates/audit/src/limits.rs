//! Bounds of the audit, each with its unit and why it is so.

/// Largest event, bytes: the size that comparable services take.
pub const MAX_EVENT_BYTES: usize = 256 * 1024;
/// Most events on a page (public rule).
pub const MAX_PAGE: i64 = 50;
/// Events on a page when the caller names no number.
pub const DEFAULT_PAGE: i64 = 20;
/// Longest range of a lookup, seconds (public rule: 30 days).
pub const MAX_RANGE_S: i64 = 30 * 86_400;
/// Range of a lookup without times, seconds (public rule: seven days).
pub const DEFAULT_RANGE_S: i64 = 7 * 86_400;
/// Attributes that are read at all; the public rule uses the first two.
pub const MAX_ATTRIBUTES: usize = 50;
/// Longest page token that is looked at, bytes.
pub const MAX_TOKEN_BYTES: usize = 2_048;
/// How long a lookup waits for the index to catch up with what was acknowledged, milliseconds.
pub const MAX_INDEX_WAIT_MS: u64 = 10_000;
/// How long one search works before it answers what it has, milliseconds: clients wait ten seconds as a rule.
pub const MAX_SEARCH_MS: u64 = 5_000;
/// Bytes of events that one search reads, before compression: what two cores read in the time above, and some more.
pub const MAX_SEARCH_READ_BYTES: u64 = 16 * 1024 * 1024 * 1024;
/// Events that one search examines.
pub const MAX_SEARCH_EVENTS: u64 = 100_000_000;
/// Searches that run at once; more wait. Each keeps a core busy.
pub const MAX_SEARCHES: usize = 4;
/// Longest SQL text, bytes: what a person writes.
pub const MAX_SQL_BYTES: usize = 8 * 1024;
/// Most rows of an answer to SQL.
pub const MAX_SQL_ROWS: i64 = 10_000;
/// Rows of an answer to SQL when the caller names no number.
pub const DEFAULT_SQL_ROWS: i64 = 1_000;
/// Milliseconds after which a running query looks whether its client is still there.
pub const HANG_UP_POLL_MS: u64 = 100;
/// Rejected calls that are written down each second; more are only counted, so that nobody can fill the disk.
pub const REJECTED_PER_SECOND: u32 = 50;
/// Size at which the log of rejected calls starts anew, bytes; one older file is kept.
pub const REJECTED_FILE_BYTES: u64 = 16 * 1024 * 1024;
/// Rejected calls waiting to be written.
pub const REJECTED_QUEUE: usize = 1_024;
/// Characters of the name of a legal hold.
pub const MAX_HOLD_NAME_CHARS: usize = 64;
/// Characters of the reason of a legal hold.
pub const MAX_HOLD_REASON_CHARS: usize = 512;
/// Pause before an expiry is reported again after a failure, milliseconds.
pub(crate) const REPORT_RETRY_PAUSE_MS: u64 = 10_000;
/// Age at which a trail writes a file into its bucket, when it has not set its own, seconds.
pub const DEFAULT_FILE_INTERVAL_S: i64 = 60;
/// Size of the events at which it writes one earlier, bytes.
pub const DEFAULT_FILE_MAX_BYTES: i64 = 5 * 1024 * 1024;
/// How long GetTrailStatus waits for a destination elsewhere; one that takes longer counts as not reachable.
pub(crate) const STATUS_PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);
/// Trails of one account in one region (public rule).
pub const MAX_TRAILS: usize = 5;
/// Data event selectors of a trail (public rule).
pub const MAX_SELECTORS: usize = 20;
/// Values of one list in a data event selector.
pub const MAX_SELECTOR_VALUES: usize = 100;
/// Shortest and longest age at which a trail may write a file, seconds.
pub const MIN_FILE_INTERVAL_S: i64 = 1;
/// See [`MIN_FILE_INTERVAL_S`].
pub const MAX_FILE_INTERVAL_S: i64 = 3_600;
/// Smallest size of events at which a trail may write a file, bytes.
pub const MIN_FILE_MAX_BYTES: i64 = 1_024;
/// Largest: a file is built in memory.
pub const MAX_FILE_MAX_BYTES: i64 = 256 * 1024 * 1024;
/// Characters of the JSON text of selectors.
pub const MAX_SELECTOR_TEXT_CHARS: usize = 64 * 1024;
/// Items of a page of a list when the caller names no number.
pub const DEFAULT_LIST_PAGE: i64 = 20;
/// Most items of a page of a list (public rule).
pub const MAX_LIST_PAGE: i64 = 100;
/// Largest number of a page.
pub const MAX_PAGE_NUMBER: i64 = 1_000_000;
/// Characters of a query that is kept.
pub const MAX_QUERY_CHARS: usize = 8_192;
/// Queries that are kept of each caller; older ones leave.
pub const MAX_QUERY_HISTORY: i64 = 100;
/// Query templates of an account.
pub const MAX_QUERY_TEMPLATES: i64 = 1_000;
/// Days of one count of events.
pub const MAX_COUNT_DAYS: i64 = 400;
/// Days that events must be kept for a full score: a common legal minimum.
pub const MIN_GOVERNED_RETENTION_DAYS: u32 = 180;
/// Uses of access keys are kept so long, seconds (public rule: 400 days).
pub const KEY_USE_KEPT_S: i64 = 400 * 86_400;
/// How often older ones are removed, seconds: nobody sees them, so it is only for the space.
pub const KEY_USE_SWEEP_S: i64 = 3_600;
/// Values of one list of a key that are kept, the newest: five pages of the longest, and a few milliseconds to sort.
pub const MAX_KEY_USE_VALUES: usize = 500;
/// Longest event that is kept with a use, bytes: nearly all are shorter, and each may be kept four times.
pub const MAX_KEY_USE_DETAIL_BYTES: usize = 32 * 1024;
/// Bytes of a value in the table of uses that tell it from others: what a B-tree key of PostgreSQL takes, with the rest.
pub const MAX_KEY_USE_VALUE_BYTES: usize = 1_024;
/// The same of names of services, types and people.
pub const MAX_KEY_USE_NAME_BYTES: usize = 256;
/// Longest id of an access key, bytes; those of this server have 24.
pub const MAX_KEY_ID_BYTES: usize = 128;
/// Pause between commits of uses while nobody asks, milliseconds: at ten thousand events a second, one write for many.
pub const KEY_USE_INTERVAL_MS: u64 = 2_000;
/// Pause after a failed one, milliseconds.
pub const KEY_USE_RETRY_PAUSE_MS: u64 = 2_000;
/// Events that are read again at a time.
pub const EVENT_SOURCE_RECORDS: usize = 4_096;
/// Bytes of events that one commit folds: they may stay in memory until it is done.
pub const MAX_KEY_USE_BATCH_BYTES: usize = 32 * 1024 * 1024;
/// Values after which a commit takes no more events: other writers of the database wait so long.
pub const MAX_KEY_USE_BATCH_VALUES: usize = 4_096;
/// Uses that one statement writes: fewer round trips, far below the databases' numbers of parameters.
pub const KEY_USE_ROWS_PER_STATEMENT: usize = 32;
