//! An immutable segment: rows of one stream in two files, written once.
//!
//! `NAME.parquet` holds the rows and is the truth: any engine that reads Parquet reads it. `NAME.idx`, the sidecar, makes
//! single rows cheap to find; it can be rebuilt from the Parquet file at any time.
//!
//! # The Parquet file
//!
//! One row group; rows in the order of their [`Cursor`](crate::Cursor): by time, then by position.
//!
//! | Column | Type | Encoding |
//! |---|---|---|
//! | time | `TIMESTAMP(MILLIS, UTC)` | delta-packed |
//! | position | `INT64` | delta-packed |
//! | scope | `STRING` | dictionary |
//! | each field | optional `STRING`, or `LIST` of `STRING` where a row may have several | dictionary, or plain when nearly every row differs |
//! | raw | the exact bytes; `STRING` if all are UTF-8, else `BINARY` | plain, zstd of any level, pages of 256 rows |
//!
//! The names come from the stream's [`Layout`](crate::Layout). Key-value metadata: `segment.version`, `segment.stream`,
//! `segment.schema` and `segment.content_crc32c`, over time, position, length and bytes of every row.
//!
//! # The sidecar
//!
//! Numbers are little-endian. Version 2 (version 1 is described in `v1`):
//!
//! ```text
//! header                                                body, in blocks of 4,096 bytes from header_len on
//!   0   8  magic "SEGIDX\r\n"                           ┌───────────────────────────────────────────────┐
//!   8   4  version 2                                    │ PAGES   TERM_DIRECTORY   TERMS   POSTINGS     │
//!  12   4  header_len, the checksum at its end included │ TIME    POSITION         SCOPE   SCOPE_VALUES │
//!  16   8  length of this file                          │ FIELD and FIELD_VALUES of each packed field   │
//!  24   8  length of the Parquet file                   │ FIELD_BY_WORD, empty, of each field that is   │
//!  32   4  CRC32C of the Parquet file                   │ found by words                                │
//!  36   4  rows (not zero)                              └───────────────────────────────────────────────┘
//!  40   4  rows per granule: 256
//!  44   4  number of sections, S                        section entry
//!  48   8  first time, seconds (signed)                   0  1  kind, numbered from 1 in the order above
//!  56   8  last time                                      1  1  field, for the last three kinds
//!  64   8  lowest position                                2  2  zero
//!  72   8  highest position                               4  8  offset in the body
//!  80  16  word delimiters, one bit for each ASCII       12  8  length
//!          character
//!  96   1  1 when case is folded
//!  97   1  bits of the term directory, D
//!  98   2  number of fields, F
//! 100   1  bits of a hash, H
//! 101   1  Rice parameter of hashes
//! 102   2  zero
//! 104   F  fields that are indexed, ascending
//!       S × 20  section entries
//!       B × 4   CRC32C of each block of the body; the last block may be short
//!       4       CRC32C of the header up to here
//! ```
//!
//! `PAGES`: for each granule (256 rows; the last may have fewer) the page of `raw` in the Parquet file: u64 offset of the
//! compressed bytes behind the page header, u32 compressed length, u32 length before compression, u32 CRC32C of the
//! compressed bytes.
//!
//! Bits are filled in from the lowest of each byte. Rice and gamma codes are described in `bits.rs`. The Rice parameter of
//! n numbers below b is the highest bit of `b · 7 / 10 / n`.
//!
//! `TERM_DIRECTORY`: 2^D + 1 offsets (u32) into `TERMS`; bucket n holds the terms whose hash begins with the D bits n.
//! `TERMS`: of a hash the first H bits count. In each bucket, which begins with a byte, ascending by hash:
//!
//! ```text
//! Rice code of the hash less the one before less 1,   zeros and a one:
//!   at first less the lowest hash of the bucket         1     the only row, in as few bits as the number of rows needs
//!                                                       01    rows: gamma code of their number less 2, list
//!                                                       001   granules: gamma code of their number less 1,
//!                                                             0 and a list, or 1 and a bit for each granule
//!                                                       0001  every granule; nothing follows
//! ```
//!
//! A list is the Rice codes of the first number and then of each number less the one before less 1. Up to 48 bytes of a
//! list or of bits for granules stand behind a 0; more are in `POSTINGS`: a 1, the offset in 32 bits, gamma code of the
//! length in bytes. The hash of a term is described in `hash.rs`. Values of a field that is found by words have no
//! terms of their own: each is exactly one word, and the row has it.
//!
//! `TIME`, `POSITION`, `SCOPE`, `FIELD`: packed numbers: for each granule, and at last for the end, a u32 offset behind
//! this directory. There, one byte with the width of numbers in bits, and 128 more when they are steps. Numbers: the
//! lowest as a varint, then each number less the lowest. Steps: the first number as a varint, the lowest step as a zigzag
//! varint, then each step less the lowest; sums wrap. Varints are LEB128. Times have their sign bit flipped. Scopes and
//! fields are codes: 0 is no value, n is value n of `…_VALUES`: u32 count, count + 1 offsets (u32) into the bytes that
//! follow; values ascend.
//!
//! What a reader relies on is under a checksum and checked at each read; an unknown version or a wrong checksum is an
//! error that names file and offset.

mod bits;
mod build;
mod bytes_at;
mod candidates;
mod check;
mod column_values;
mod columns;
mod contents;
mod dictionary;
mod error;
mod fetch;
mod file;
mod hash;
mod index_terms;
mod lazy_page;
mod lookup;
mod packed;
mod page;
mod pages;
mod pairs;
mod parquet_columns;
mod parquet_read;
mod parquet_write;
mod places;
mod plan;
mod reader;
mod rebuild;
mod row_words;
mod search_plan;
mod segment_search;
mod sidecar;
mod sidecar_write;
mod term_index;
mod term_read;
mod term_write;
mod threads;
mod v1;
mod values_by_word;
mod whole;

pub use build::{BuildTimes, BuiltSegment, SegmentSummary, SourceRow, build_segment};
pub(crate) use build::{build_segment_of, check_row};
pub use check::check_segment;
pub use column_values::ColumnValues;
pub(crate) use contents::ValuesOf;
pub use error::SegmentError;
pub use file::{NamedFile, ReadAt};
pub(crate) use hash::{needed_hashes, piece_hashes, value_hash, word_hash_of_value};
pub(crate) use index_terms::{IndexTerms, TermsOfField};
pub(crate) use lazy_page::LazyPage;
pub(crate) use lookup::pick;
pub(crate) use page::{Picked, PickedBytes, PickedRow, fill_page};
pub(crate) use parquet_read::read_rows;
pub use reader::Segment;
pub use rebuild::rebuild_sidecar;
pub(crate) use segment_search::SegmentSearch;
pub(crate) use threads::side_by_side;
pub use whole::WholeColumn;
