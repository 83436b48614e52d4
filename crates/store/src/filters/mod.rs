//! Which of many segments may have a term: so that a rare value asks few of them.
//!
//! A segment answers that it does not have a term after two small reads, some microseconds. With a thousand segments that
//! is the whole cost of a rare value; in an object storage, where the reads go over a network, it is seconds. A filter
//! stands for [`SEGMENTS_PER_FILTER`](crate::limits::SEGMENTS_PER_FILTER) segments and answers for all of them after one
//! small read. It may say "may have" of a segment that has not, never the other way round.
//!
//! It is a table of slots of 32 bits, one bit for each segment (a Bloom filter for each, stored side by side). A term
//! has [`SLOTS_PER_TERM`](crate::limits::SLOTS_PER_TERM) slots of one block; the segments that may have it are those whose
//! bit is set in all of them.
//!
//! Filters are no part of the truth: they are made from the indexes of segments, lie in a folder of their own on a local
//! disk, and a start makes them again when they are missing. A filter whose bytes do not fit their checksums is not
//! believed, nor one that was made from another index of a segment than is found there: each segment is asked then, as if
//! there were none. Whoever builds indexes anew, by other rules perhaps, removes all filters first.
//!
//! # The file
//!
//! Numbers are little-endian.
//!
//! ```text
//!   0   8  magic "SEGFLT\r\n"
//!   8   4  version 1
//!  12   4  length of the description, N
//!  16   N  description: JSON, see `description.rs`
//!       4  CRC32C of all before
//!          zeros up to a multiple of 4,096
//!          blocks of 4,096 bytes each:
//!            0 4088  1,022 slots of 4 bytes; bit n belongs to segment n of the description
//!         4088    4  CRC32C of the block's number (4 bytes) and of the slots
//!         4092    4  zeros
//! ```
//!
//! The block of a term is given by the first 16 bits of its hash, the same for all segments; its slots by as many bits as
//! a segment's index has of each hash. Segments whose indexes have different numbers of bits therefore have different slots
//! for the same term.

mod ask;
mod build;
mod check;
mod description;
mod filter;
mod folder;
mod slots;

pub(crate) use build::FilterBuilder;
pub use check::check_filters;
pub(crate) use description::Member;
pub(crate) use filter::SegmentFilter;
pub(crate) use folder::FilterFolder;
pub use folder::forget_filters;
pub(crate) use slots::SegmentBits;
