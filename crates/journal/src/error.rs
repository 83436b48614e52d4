//! What can go wrong, and what to do about it.

use std::io;
use std::sync::Arc;

use crate::Position;

/// An error of the journal. It can be cloned because all appends of one group share one outcome.
#[derive(Debug, Clone, thiserror::Error)]
pub enum JournalError {
    /// The name is empty, too long, or has a character that is not allowed.
    #[error("stream name {name:?} is not allowed: {reason}")]
    InvalidStreamName {
        /// The name, shortened when very long.
        name: String,
        /// The rule that it breaks.
        reason: &'static str,
    },
    /// An option is outside what the journal can keep.
    #[error("journal option is not possible: {what}")]
    InvalidOptions {
        /// The option and its bounds.
        what: String,
    },
    /// The payload is larger than `Options::max_record_bytes`; nothing was written.
    #[error("record of {bytes} bytes is over the limit of {limit_bytes} bytes; split it or raise max_record_bytes")]
    RecordTooLarge {
        /// Size of the payload.
        bytes: usize,
        /// The configured limit.
        limit_bytes: usize,
    },
    /// The journal has as many streams as it can keep; nothing was written.
    #[error("the journal already has {limit} streams; use fewer stream names")]
    TooManyStreams {
        /// The limit.
        limit: usize,
    },
    /// The stream, or the journal as a whole, has given its last number; nothing was written.
    #[error("{what} has given its last number {limit}; use {instead}", limit = crate::limits::MAX_POSITION)]
    NumbersUsedUp {
        /// The stream or the journal.
        what: String,
        /// Where records can go instead.
        instead: &'static str,
    },
    /// The disk has less free space than the floor; nothing was written. Accepted again when there is space.
    #[error(
        "only {free_bytes} bytes are free on the disk of the journal, under the floor of {floor_bytes}; free space"
    )]
    DiskBelowFloor {
        /// Free bytes at the last look.
        free_bytes: u64,
        /// The configured floor.
        floor_bytes: u64,
    },
    /// The disk had no room for a record, or a quota none; nothing is kept of it. Accepted again when there is room.
    #[error("the disk of the journal is full: {cause}; free space, then records are taken again by themselves")]
    DiskFull {
        /// What happened.
        cause: Arc<str>,
    },
    /// A write or a sync failed. The journal takes no record until it is opened again.
    #[error("the journal stopped: {cause}; free space or check the disk, then restart")]
    Failed {
        /// What happened.
        cause: Arc<str>,
    },
    /// The journal was closed.
    #[error("the journal is closed; open it again")]
    Closed,
    /// The records asked for are not kept any more.
    #[error("records before position {first_retained} are not kept any more; read from there")]
    Truncated {
        /// The first position of the stream that is still kept, or the next one when none is.
        first_retained: Position,
    },
    /// A follower is so far behind that its next record was removed.
    #[error("the follower needs record {next_record}, the first one kept is {first_retained_record}; start a new one")]
    FollowerBehind {
        /// Number, in journal order, of the record that the follower needs.
        next_record: u64,
        /// Number, in journal order, of the first record that is kept.
        first_retained_record: u64,
    },
    /// Another process, or another part of this one, has the same folder open.
    #[error("journal {dir} is already open elsewhere; stop the other server or use another folder")]
    InUse {
        /// The folder.
        dir: String,
    },
    /// The files are not as the journal wrote them, and not as a crash can leave them.
    #[error("journal file {file} is damaged at byte {offset}: {what}; look at it with `cairn journal check DIR`")]
    Damaged {
        /// The file.
        file: String,
        /// Offset of the first bad byte range in it.
        offset: u64,
        /// What is wrong.
        what: String,
    },
    /// The file has a format version that this program does not know.
    #[error("journal file {file} has format version {found}, this program knows {known}; use a newer program",
        known = crate::format::FORMAT_VERSION)]
    UnknownVersion {
        /// The file.
        file: String,
        /// The version in it.
        found: u32,
    },
    /// The operating system refused something.
    #[error("could not {action} {path}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: String,
        /// The answer of the operating system.
        source: Arc<io::Error>,
    },
}

impl JournalError {
    /// Wraps an answer of the operating system with what was tried.
    pub(crate) fn io(action: &'static str, path: impl Into<String>, source: io::Error) -> Self {
        Self::Io { action, path: path.into(), source: Arc::new(source) }
    }

    /// Whether the operating system had no room: then the same may succeed later.
    pub(crate) fn is_disk_full(&self) -> bool {
        let is_full = |kind| matches!(kind, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
        matches!(self, Self::Io { source, .. } if is_full(source.kind()))
    }
}
