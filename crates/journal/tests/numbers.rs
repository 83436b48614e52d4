//! Numbers near the end of their range: refused with a clear error, never wrapped around.

mod common;

use common::disk::MemoryDisk;
use common::{append, read_all, small, stream};
use journal::limits::MAX_POSITION;
use journal::{FileJournal, Journal, JournalError, check_storage};

/// A whole journal file: a header that says these numbers, and nothing behind it.
fn file(first_sequence: u64, streams: &[(&str, u64)]) -> Vec<u8> {
    let mut bytes = b"CAIRNJNL".to_vec();
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(7_u64.to_le_bytes());
    bytes.extend(first_sequence.to_le_bytes());
    bytes.extend(0_u64.to_le_bytes());
    bytes.extend((streams.len() as u32).to_le_bytes());
    for (name, last) in streams {
        bytes.push(name.len() as u8);
        bytes.extend(name.as_bytes());
        bytes.extend(last.to_le_bytes());
    }
    let header_bytes = (bytes.len() + 4) as u32;
    bytes[12..16].copy_from_slice(&header_bytes.to_le_bytes());
    let checksum = crc32c::crc32c(&bytes);
    bytes.extend(checksum.to_le_bytes());
    bytes
}

fn disk(first_sequence: u64, streams: &[(&str, u64)]) -> MemoryDisk {
    let disk = MemoryDisk::new(1);
    disk.put(&format!("journal-{first_sequence:020}.log"), file(first_sequence, streams));
    disk
}

#[test]
fn a_stream_whose_positions_are_used_up_is_refused_and_others_go_on() {
    let disk = disk(10, &[("full", MAX_POSITION - 1)]);
    let journal = FileJournal::open_storage(disk.storage(), small()).unwrap();
    assert_eq!(append(&journal, "full", b"last").unwrap(), MAX_POSITION);
    let error = append(&journal, "full", b"one too many").unwrap_err();
    assert!(matches!(error, JournalError::NumbersUsedUp { .. }), "{error}");
    assert!(error.to_string().contains("stream full") && error.to_string().contains("another stream"), "{error}");
    assert_eq!(append(&journal, "other", b"goes on").unwrap(), 1);
    assert_eq!(journal.ready().map_err(|error| error.to_string()), Ok(()), "the journal has not failed");
    assert_eq!(read_all(&journal).len(), 2);
    journal.close().unwrap();
    let again = FileJournal::open_storage(disk.storage(), small()).unwrap();
    assert_eq!(again.streams()[0], (stream("full"), MAX_POSITION, MAX_POSITION));
    assert!(matches!(append(&again, "full", b"x"), Err(JournalError::NumbersUsedUp { .. })));
}

#[test]
fn a_journal_whose_record_numbers_are_used_up_is_refused() {
    let disk = disk(MAX_POSITION, &[("a", 1)]);
    let journal = FileJournal::open_storage(disk.storage(), small()).unwrap();
    assert_eq!(append(&journal, "a", b"last").unwrap(), 2);
    let error = append(&journal, "a", b"one too many").unwrap_err();
    assert!(error.to_string().contains("a new journal folder"), "{error}");
    journal.close().unwrap();
    assert!(check_storage(&*disk.storage()).unwrap().is_sound());
    let again = FileJournal::open_storage(disk.storage(), small()).unwrap();
    assert_eq!(read_all(&again).len(), 1);
    assert!(matches!(append(&again, "a", b"x"), Err(JournalError::NumbersUsedUp { .. })));
}

#[test]
fn numbers_that_no_journal_reaches_are_damage() {
    for (first_sequence, last) in [(1, MAX_POSITION + 1), (1, u64::MAX), (MAX_POSITION + 2, 1), (u64::MAX, 1)] {
        let disk = disk(first_sequence, &[("a", last)]);
        assert!(!check_storage(&*disk.storage()).unwrap().is_sound(), "{first_sequence} {last}");
        let error = FileJournal::open_storage(disk.storage(), small()).unwrap_err();
        assert!(matches!(error, JournalError::Damaged { .. }), "{error}");
    }
}
