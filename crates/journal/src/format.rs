//! Bytes of a journal file, version 1. All numbers are little-endian; checksums are CRC-32C (RFC 3720, appendix B.4).
//!
//! A journal is a folder of files named `journal-<20 digits>.log`; the digits are the number, in journal order, of the
//! first record in the file. A file is written under the ending `.new` and renamed when its header is on disk, so a file
//! with its final name always has a whole header.
//!
//! ```text
//! file      ┌────────────────────────────────────────────────────────────────────────────┐
//!           │ header │ group │ group │ … │ group │ zeros, written ahead to be overwritten │
//!           └────────────────────────────────────────────────────────────────────────────┘
//!
//! header    ┌────────────┬─────────┬──────────────┬──────┬────────────────┬────────────┬──────────────┐
//!           │ "CAIRNJNL" │ version │ header bytes │ salt │ first sequence │ created ms │ stream count │
//!           │ 8          │ u32     │ u32          │ u64  │ u64            │ u64        │ u32          │
//!           ├────────────┴──┬──────┴─┬────────────┴──────┴──┬─────────────┴─┬──────────┴──────────────┘
//!           │ name bytes u8 │ name   │ last position u64    │ … per stream  │ CRC u32 of all before it
//!           └───────────────┴────────┴──────────────────────┴───────────────┘
//!
//! group     ┌────────┬────────────┬──────┬────────────────┬──────────────┬──────────────────────┬────────┐
//!           │ "CJGR" │ body bytes │ salt │ first sequence │ record count │ CRC of the 28 before │ record │ …
//!           │ 4      │ u32        │ u64  │ u64            │ u32          │ u32                  │        │
//!           └────────┴────────────┴──────┴────────────────┴──────────────┴──────────────────────┴────────┘
//!
//! record    ┌─────────────────┬───────────────────────┬──────────┬─────────────┬───────────────┬──────┬─────────┐
//!           │ bytes after CRC │ CRC of all but itself │ position │ appended ms │ name bytes u8 │ name │ payload │
//!           │ u32             │ u32                   │ u64      │ u64         │ u8            │      │         │
//!           └─────────────────┴───────────────────────┴──────────┴─────────────┴───────────────┴──────┴─────────┘
//! ```
//!
//! The *sequence* is the number of a record in the journal order of all streams; the header keeps the last position of
//! every stream before the file, so that positions survive the removal of every older file. The *salt* is random for
//! each file: no payload can contain what looks like a group of its own file.
//!
//! **What a crash can leave.** A group is written only when the one before it was synced. So only the last group of the
//! last file may be incomplete, in any pattern of lost pieces, and it was never acknowledged. Therefore:
//!
//! * A bad group in the last file, with no later group header in that file, is a *torn tail*: it is cut as a whole.
//! * A bad group with a later whole group header of the same salt was synced once: it is *damage*.
//! * A bad group in an earlier file, and anything that has a right checksum but a wrong number, is *damage*.
//! * Closing writes an empty group, the *seal*, so that after an orderly stop the last records cannot be mistaken for a
//!   torn tail.

pub(crate) mod group;
pub(crate) mod header;

/// The version that this program writes, and the only one that it reads.
pub const FORMAT_VERSION: u32 = 1;

const FILE_PREFIX: &str = "journal-";
const FILE_ENDING: &str = ".log";
const NEW_FILE_ENDING: &str = ".new";

/// Name of the file whose first record has this number.
pub(crate) fn file_name(first_sequence: u64) -> String {
    format!("{FILE_PREFIX}{first_sequence:020}{FILE_ENDING}")
}

/// Name of the same file while its header is not on disk yet.
pub(crate) fn new_file_name(first_sequence: u64) -> String {
    format!("{FILE_PREFIX}{first_sequence:020}{NEW_FILE_ENDING}")
}

/// The number in the name of a journal file; nothing for any other name.
pub(crate) fn sequence_of_file_name(name: &str) -> Option<u64> {
    sequence_of_name(name, FILE_ENDING)
}

/// Whether the name is that of a file whose header never got on disk.
pub(crate) fn is_new_file_name(name: &str) -> bool {
    sequence_of_name(name, NEW_FILE_ENDING).is_some()
}

fn sequence_of_name(name: &str, ending: &str) -> Option<u64> {
    let digits = name.strip_prefix(FILE_PREFIX)?.strip_suffix(ending)?;
    let all_digits = digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits { digits.parse().ok() } else { None }
}

/// Takes fields off the front of a byte slice; nothing when it is too short.
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Fields<'a> {
    pub(crate) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_carry_their_first_sequence() {
        assert_eq!(file_name(42), "journal-00000000000000000042.log");
        assert_eq!(sequence_of_file_name(&file_name(u64::MAX)), Some(u64::MAX));
        assert!(is_new_file_name(&new_file_name(7)));
        for other in ["journal.lock", "journal-1.log", "journal-+0000000000000000001.log", "journal-.log", ""] {
            assert_eq!(sequence_of_file_name(other), None, "{other}");
        }
    }
}
