//! What can be wrong with a segment.

use parquet::errors::ParquetError;

use crate::search::SearchError;

/// Why a segment could not be written or read. Every text names the file.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// The system refused to read.
    #[error("{file}: cannot be read at byte {offset}: {source}")]
    Io {
        /// The file.
        file: String,
        /// Where.
        offset: u64,
        /// What the system said.
        source: std::io::Error,
    },
    /// The bytes are not what was written.
    #[error(
        "{file}: damaged at byte {offset}: {what}; rebuild an index from its Parquet file, restore a Parquet file from a backup"
    )]
    Damaged {
        /// The file.
        file: String,
        /// Where the damage was seen.
        offset: u64,
        /// What is wrong.
        what: String,
    },
    /// A filter over many segments is not what was written.
    #[error("{file}: not usable at byte {offset}: {what}")]
    Filter {
        /// The file.
        file: String,
        /// Where that was seen.
        offset: u64,
        /// What is wrong.
        what: String,
    },
    /// Written by a later program.
    #[error(
        "{file}: has format version {version} at byte 8, later than this program reads; use the program that wrote it"
    )]
    UnknownVersion {
        /// The file.
        file: String,
        /// The version in the file.
        version: u32,
    },
    /// The Parquet library refused.
    #[error("{file}: {source}")]
    Parquet {
        /// The file.
        file: String,
        /// What the library said.
        source: ParquetError,
    },
    /// A row that the stream's schema does not take.
    #[error("{file}: the row at position {position} {problem}")]
    Row {
        /// The file.
        file: String,
        /// Position of the row in its stream.
        position: u64,
        /// What is wrong with it.
        problem: String,
    },
    /// Rows that make no segment.
    #[error("{file}: {problem}")]
    Unwritable {
        /// The file that was to be written.
        file: String,
        /// Why it cannot be.
        problem: String,
    },
    /// A condition that the words of this segment cannot answer.
    #[error(transparent)]
    Search(#[from] SearchError),
}
