//! A durable, ordered log of records in named streams, on local files.
//!
//! Records are appended with group commit and acknowledged when they are on disk, read by stream and position, followed
//! in journal order, and truncated when every consumer has taken them over. The contract is [`Journal`].
//! It is not a search index and not a message broker, and it knows nothing about what is in a record.
//! How a record becomes durable is in `writer.rs`; what is on disk, and what a crash can leave, in `format.rs`.

mod catalog;
mod check;
mod contract;
mod error;
mod file_journal;
mod follow;
pub mod format;
mod full_disk;
mod hand_over;
mod health;
pub mod limits;
mod live;
mod new_file;
mod options;
mod pause;
mod queue;
mod read;
mod recover;
mod shared;
mod stats;
pub mod storage;
mod stream;
mod truncate;
mod walk;
mod window;
mod writer;

pub use check::{CheckReport, Damage, FileReport, TornTail, check, check_bytes, check_storage};
pub use contract::{AppendFuture, Follower, Journal, Position, Record};
pub use error::JournalError;
pub use file_journal::FileJournal;
pub use hand_over::{forgets, kept_streams};
pub use options::{Options, SyncMode};
pub use stats::{JournalStats, SYNC_BUCKET_BOUNDS_MICROS};
pub use stream::StreamName;
