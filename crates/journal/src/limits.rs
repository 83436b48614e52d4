//! Every bound of the journal, with its unit and its reason.

use std::time::Duration;

/// Longest stream name, in bytes: its length is stored in one byte and names are repeated in every record.
pub const MAX_STREAM_NAME_BYTES: usize = 200;

/// Most streams in one journal: the last position of each is written at the head of every file.
pub const MAX_STREAMS: usize = 65_536;

/// Largest position and largest record number: half of what the field holds, so that sums of numbers never overflow. A
/// million records a second reach it after 290,000 years, so a file that says more is refused as damaged.
pub const MAX_POSITION: u64 = u64::MAX / 2;

/// Largest value that `Options::max_record_bytes` may take: a record is held in memory several times on its way.
pub const MAX_RECORD_BYTES: usize = 64 << 20;

/// A group takes no further record once its body has this many bytes: bounds one write and the memory of one read.
pub const MAX_GROUP_BYTES: usize = 8 << 20;

/// Longest group body that a reader accepts: a full group or one record of the largest size, with room for its fields.
pub(crate) const MAX_GROUP_BODY_BYTES: usize = MAX_RECORD_BYTES + MAX_GROUP_BYTES;

/// Longest file header that a reader accepts: every stream with the longest name, with room for the fixed fields.
pub(crate) const MAX_FILE_HEADER_BYTES: usize = MAX_STREAMS * (MAX_STREAM_NAME_BYTES + 9) + 64;

/// Bytes that a reader fetches at once: few system calls, little waste when only one group is wanted.
pub(crate) const READ_WINDOW_BYTES: usize = 1 << 20;

/// Bytes that a follower fetches at once. A group that reaches beyond them is fetched again whole, and groups of many writers
/// have hundreds of kilobytes, so that a small window would read and keep much of what it follows twice.
pub(crate) const FOLLOW_WINDOW_BYTES: usize = 4 << 20;

/// Distance between two remembered places of a file, in bytes: a read starts at most this far before its first record.
pub(crate) const MARK_SPACING_BYTES: u64 = 256 << 10;

/// `read_from` stops after this many payload bytes, so that a large `max_records` cannot exhaust memory.
pub const MAX_READ_BYTES: usize = 8 << 20;

/// A follower's batch takes no further group once it has this many records.
pub const FOLLOW_BATCH_RECORDS: usize = 8_192;

/// A follower's batch takes no further group once it has this many payload bytes.
pub const FOLLOW_BATCH_BYTES: usize = 4 << 20;

/// How often the free space of the disk is looked at, and a full disk tried again.
pub(crate) const DISK_CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Free space is looked at earlier when this many bytes were written since: a fast writer must not run past the floor.
pub(crate) const FREE_SPACE_CHECK_BYTES: u64 = 32 << 20;

/// Zeros written ahead of the records at a time: a sync that does not change the length of the file is cheaper. The
/// group that fills ahead waits for these bytes too, so that more of them make the longest waits longer. Measured with
/// 128 writers: 1 MiB made one sync in fourteen five times as long as the others, with waits of 2.6 to 3.1 ms at p99;
/// 256 KiB 1.8 to 2.2 ms, for 4 to 6 % of throughput and 0.2 ms at the median.
pub(crate) const FILL_AHEAD_BYTES: usize = 256 << 10;

/// Groups from this size on are written without filling ahead: they pay for their own change of length.
pub(crate) const FILL_AHEAD_BELOW_BYTES: usize = FILL_AHEAD_BYTES / 4;

/// How often `check` looks again at a file that a running server may be writing to.
pub(crate) const CHECK_ATTEMPTS: u32 = 20;

/// Pause between two such looks: longer than a group is usually under way.
pub(crate) const CHECK_PAUSE: Duration = Duration::from_millis(50);

/// How often the lock of the folder is tried before the folder counts as open elsewhere.
pub(crate) const LOCK_ATTEMPTS: u32 = 5;

/// Pause between two such attempts.
pub(crate) const LOCK_PAUSE: Duration = Duration::from_millis(20);
