//! Why a store does not serve.

use crate::segment::SegmentError;

/// Why a store cannot be opened, read or written. Each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A segment cannot be built or read.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// Files of segments cannot be written or found.
    #[error(
        "the segment file {name} cannot be used: {cause}; a file on a local disk: look at the disk and the folder's rights"
    )]
    Storage {
        /// Name below the folder of segments.
        name: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Files of filters cannot be written or found.
    #[error("{what} cannot be used: {cause}; look at the disk, or remove the folder of filters: it is filled again")]
    Filters {
        /// Which file, or the folder.
        what: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A filter cannot stand for so many segments.
    #[error("a filter stands for 1 to {SEGMENTS_PER_FILTER} segments, not for {0}", SEGMENTS_PER_FILTER = crate::limits::SEGMENTS_PER_FILTER)]
    FilterSegments(usize),
    /// The catalogue refuses.
    #[error("the catalogue of segments cannot be used: {0}")]
    Catalogue(String),
    /// Rows are in neither journal nor segments.
    #[error(
        "positions {from} to {to} of stream {stream} are neither in the journal nor in a segment: restore the control database and the folder of segments that belong to this journal"
    )]
    Gap {
        /// The stream.
        stream: String,
        /// First missing position.
        from: u64,
        /// Last missing position.
        to: u64,
    },
    /// The journal has fewer records than segments cover.
    #[error(
        "the journal ends at position {last} of stream {stream}, segments hold it up to {covered}: new records would get positions of old ones; restore the journal that belongs to this control database"
    )]
    JournalBehind {
        /// The stream.
        stream: String,
        /// Last position in the journal.
        last: u64,
        /// Last position in segments.
        covered: u64,
    },
    /// Parts cannot be written.
    #[error("memory parts cannot be written as segments: {0}")]
    Flush(String),
    /// Segments cannot be joined, made denser or removed.
    #[error("segments cannot be kept in order: {0}")]
    Maintenance(String),
    /// A stream that no schema describes.
    #[error("stream {0} has no schema; rows of it cannot be stored")]
    UnknownStream(String),
    /// The journal could not be told.
    #[error("the journal does not release positions up to {position} of stream {stream}: {problem}")]
    Release {
        /// The stream.
        stream: String,
        /// Last covered position.
        position: u64,
        /// What it said.
        problem: String,
    },
    /// The store should end and parts are still waiting.
    #[error("memory parts could not be written as segments in the time that there was")]
    Late,
    /// The store is being closed.
    #[error("the store is closed")]
    Closed,
    /// Compression has no such level.
    #[error("zstd has no level {0} for recompression; choose 1 to 22, 9 is usual")]
    Level(i32),
    /// A thread could not be started.
    #[error("the thread that writes segments cannot be started: {0}")]
    Thread(std::io::Error),
}
