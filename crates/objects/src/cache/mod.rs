//! A bounded cache of blocks of objects, in a folder on the local disk.
//!
//! A block is one file. It says of what it is a block, and has a checksum for each part of itself; what does not fit is
//! removed and counts as missing. So no file needs to be synced, and a folder that was cut short, damaged or mixed up is
//! no danger: the worst is a fetch. When the folder is full, blocks go that were not used for the longest time.
//!
//! # A file, version 1
//!
//! Its name is `OBJECT-BLOCK`, hexadecimal: the first 16 bytes of the SHA-256 of the object's name, and the block's number.
//! Numbers in the file are little-endian.
//!
//! ```text
//!  0   8  magic "OBJBLK\r\n"
//!  8   4  version 1
//! 12   4  H, length of the header, the checksum at its end included
//! 16   8  length of the object
//! 24   4  number of the block
//! 28   4  C, length of the content
//! 32   4  N, length of the object's name
//! 36   4  zero
//! 40   N  the object's name
//!      U × 4  CRC32C of each unit of 4,096 bytes of the content; the last unit may be short
//!      4  CRC32C of the header up to here
//!  H   C  the content
//! ```
//!
//! The block of number 2^32 - 1 has no content: it remembers the length of an object.

mod block;
mod folder;
mod recency;

pub(crate) use block::ObjectKey;
pub(crate) use folder::{DiskCache, LENGTH_BLOCK};
pub(crate) use recency::BlockId;
