//! Version 1 of the sidecar: still read, and written only to compare an old file with its rows.
//!
//! It differs from the version that the module above draws in three sections, and in the bytes 100 to 103 of the header,
//! which are zero.
//!
//! `TERM_DIRECTORY` and `TERMS`: whole hashes. In each bucket, ascending by hash, `varint(difference << 2 | kind)`; the
//! difference is to the hash before, at first to the lowest hash of the bucket. Then by kind:
//!
//! * 0: the only row, in as few bytes as the number of rows needs;
//! * 1: rows: `varint(count)`, list;
//! * 2: granules: `varint(count << 1 | is_bitmap)`, list or bitmap (lowest bit first);
//! * 3: every granule; nothing follows.
//!
//! A list is the first number and then the differences as varints. It is written as `varint(length)` and, up to 48 bytes,
//! itself, else `varint(offset)` in `POSTINGS`. Varints are LEB128.
//!
//! `TIME`, `POSITION`, `SCOPE`, `FIELD`: for each granule u64 base, u32 offset of its data behind this directory, u8 width
//! (0, 1, 2, 4 or 8 bytes), three zeros; then the data: each number less its base.

mod packed;
mod term_read;
mod term_write;

pub(crate) use packed::{pack, unpack};
pub(crate) use term_read::find_term;
pub(crate) use term_write::encode_terms;
