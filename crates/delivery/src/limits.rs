//! Every bound of the delivery, with its unit and its reason.

use std::time::Duration;

/// How often the journal is asked whether events came. Appends are not slowed by it: it reads one number.
pub const WATCH_EVERY: Duration = Duration::from_millis(50);

/// How long events for a logstore are gathered, milliseconds: a fraction of the two seconds within which they are there.
pub const LOG_LINGER_MS: i64 = 300;

/// Bytes of events in one batch for a logstore: with what a group adds, a client's group, so that a batch is one group.
pub const LOG_BATCH_BYTES: usize = logstore::limits::CLIENT_GROUP_BYTES / 4 * 3;

/// Events in one batch for a logstore: what every version of the service takes.
pub const LOG_BATCH_EVENTS: usize = 4_096;

/// Events in one batch for a bucket: bounds what is in memory beside the bytes.
pub const BUCKET_BATCH_EVENTS: usize = 50_000;

/// Pause after a first failure, milliseconds; it doubles from failure to failure.
pub const FIRST_PAUSE_MS: u64 = 1_000;

/// Longest pause after a failure, milliseconds: five minutes.
pub const LONGEST_PAUSE_MS: u64 = 300_000;

/// A write that is not answered within this time counts as failed, and is repeated: its name makes that harmless.
pub const WRITE_PATIENCE: Duration = Duration::from_secs(120);

/// How long a stop waits for writes in hand. What does not end within it is written again after the start, and recognised.
pub const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// Positions passed over without an event for the trail after which the cursor is written all the same.
pub const SKIP_POSITIONS: u64 = 10_000;

/// How long the event of a call that stopped a trail is waited for, milliseconds: it is recorded before the call is answered.
pub const TAIL_PATIENCE_MS: i64 = 60_000;

/// Characters of a text about a failure.
pub const MAX_ERROR_CHARS: usize = 600;

/// Characters of what a service elsewhere says in it: the rest is for what a person must do.
pub const MAX_TOLD_CHARS: usize = 300;

/// Bytes of a delivered object that is read back: a batch of the largest events, before compression.
pub const MAX_OBJECT_BYTES: u64 = 256 * 1024 * 1024;

/// Keys of one page when a bucket that speaks S3 is read back; the service itself answers a thousand at a time.
pub const S3_KEYS_PAGE: usize = 1_000;

/// Events of one comparison; the ids of all of them are in memory, some 120 bytes each.
pub const MAX_VERIFIED_EVENTS: usize = 4_000_000;

/// Comparisons at a time, because of their memory; others wait.
pub const COMPARISONS: usize = 2;

/// How often a comparison looks again whether a delivery has a piece for what the trail wants.
pub const HOLE_LOOKS: u32 = 6;

/// Pause in between: a delivery that runs needs a moment after the trail has changed, a loaded machine some more.
pub const HOLE_PAUSE: Duration = Duration::from_millis(300);

/// How often a delivery that fails says how far behind it is; its pauses are longer.
pub const SHOW_EVERY: Duration = Duration::from_secs(2);

/// Findings that a comparison names; the others are counted.
pub const MAX_FINDINGS: usize = 1_000;
