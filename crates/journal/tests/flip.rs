//! One bit of a journal changes: it is noticed, or it changes nothing.

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::disk::MemoryDisk;
use common::{append, follow_all, read_all, small};
use journal::storage::Storage;
use journal::{FileJournal, JournalError, Record, check_bytes, check_storage};

fn journal_of_two_files(disk: &MemoryDisk) -> FileJournal {
    let journal =
        FileJournal::open_storage(disk.storage(), journal::Options { max_file_bytes: 700, ..small() }).unwrap();
    for number in 0..6_u8 {
        append(&journal, ["a", "b"][usize::from(number % 2)], &[number; 90]).unwrap();
    }
    journal
}

fn open(disk: &MemoryDisk) -> Result<Vec<Record>, JournalError> {
    let storage: Arc<dyn Storage> = disk.storage();
    let journal = FileJournal::open_storage(storage, small())?;
    let records = read_all(&journal);
    let mut followed = follow_all(&journal);
    followed.sort_by_key(|record| (record.stream.clone(), record.position));
    assert_eq!(followed, records);
    Ok(records)
}

fn for_every_flipped_bit(files: &BTreeMap<String, Vec<u8>>, mut look: impl FnMut(&str, usize, &MemoryDisk)) {
    for (name, bytes) in files {
        for bit in 0..bytes.len() * 8 {
            // The long row of zeros at the end is all alike.
            if bit / 8 > 64 && bytes[bit / 8 - 64..].iter().all(|byte| *byte == 0) {
                continue;
            }
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let disk = MemoryDisk::with_files(files);
            disk.put(name, flipped);
            look(name, bit, &disk);
        }
    }
}

#[test]
fn after_an_orderly_close_no_flipped_bit_loses_or_changes_a_record() {
    let disk = MemoryDisk::new(1);
    let journal = journal_of_two_files(&disk);
    let whole = read_all(&journal);
    journal.close().unwrap();
    let files = disk.files();
    assert_eq!(files.len(), 2);
    let mut refused = 0;
    for_every_flipped_bit(&files, |name, bit, disk| {
        let report = check_storage(&*disk.storage()).unwrap();
        match open(disk) {
            Ok(records) => {
                assert_eq!(records, whole, "{name} bit {bit}");
                assert!(report.is_sound(), "{name} bit {bit}: {report}");
                assert!(report.torn_tail().is_some(), "{name} bit {bit} is told");
            }
            Err(JournalError::Damaged { file, .. }) => {
                assert!(!report.is_sound(), "{name} bit {bit}: {report}");
                assert!(file.as_str() >= name, "{name} bit {bit} is told as {file}");
                refused += 1;
            }
            Err(JournalError::UnknownVersion { .. }) => assert!(!report.is_sound(), "{name} bit {bit}"),
            Err(error) => panic!("{name} bit {bit}: {error}"),
        }
    });
    assert!(refused > 600 * 8, "most bits matter: {refused}");
}

#[test]
fn after_a_crash_a_flipped_bit_can_only_cut_the_last_group() {
    let disk = MemoryDisk::new(1);
    let journal = journal_of_two_files(&disk);
    let whole = read_all(&journal);
    disk.kill();
    drop(journal);
    let last = whole.iter().rfind(|record| record.stream.as_str() == "b").cloned().unwrap();
    let without_last: Vec<_> = whole.iter().filter(|record| **record != last).cloned().collect();
    let mut cut = 0;
    for_every_flipped_bit(&disk.files(), |name, bit, disk| match open(disk) {
        Ok(records) if records == whole => {}
        Ok(records) => {
            assert_eq!(records, without_last, "{name} bit {bit}");
            cut += 1;
        }
        Err(JournalError::Damaged { .. } | JournalError::UnknownVersion { .. }) => {}
        Err(error) => panic!("{name} bit {bit}: {error}"),
    });
    assert_eq!(cut, (32 + 25 + 1 + 90) * 8, "exactly the bits of the last group");
}

#[test]
fn a_file_that_is_cut_anywhere_is_cut_back_to_whole_groups_or_refused() {
    let disk = MemoryDisk::new(1);
    let journal = journal_of_two_files(&disk);
    let whole = read_all(&journal);
    journal.close().unwrap();
    let files = disk.files();
    let last_name = files.keys().next_back().unwrap();
    for (name, bytes) in &files {
        let length = bytes.len() - bytes.iter().rev().take_while(|byte| **byte == 0).count();
        for kept in 0..length {
            let disk = MemoryDisk::with_files(&files);
            disk.put(name, bytes[..kept].to_vec());
            match open(&disk) {
                Ok(records) => {
                    assert_eq!(name, last_name, "a gap of {name} cut at {kept} is noticed");
                    assert!(records.iter().all(|record| whole.contains(record)));
                }
                Err(JournalError::Damaged { .. }) => {}
                Err(error) => panic!("{name} cut at {kept}: {error}"),
            }
        }
    }
}

#[test]
fn a_missing_or_swapped_file_is_refused() {
    let disk = MemoryDisk::new(1);
    let options = journal::Options { max_file_bytes: 300, ..small() };
    let journal = FileJournal::open_storage(disk.storage(), options).unwrap();
    for number in 0..6_u8 {
        append(&journal, "a", &[number; 150]).unwrap();
    }
    journal.close().unwrap();
    let files = disk.files();
    let names: Vec<_> = files.keys().cloned().collect();
    assert!(names.len() >= 3);
    let mut missing = files.clone();
    missing.remove(&names[1]);
    let error = open(&MemoryDisk::with_files(&missing)).unwrap_err().to_string();
    assert!(error.contains(&names[2]) && error.contains("cairn journal check"), "{error}");
    let swapped = MemoryDisk::with_files(&files);
    swapped.put(&names[1], files[&names[2]].clone());
    let error = open(&swapped).unwrap_err().to_string();
    assert!(error.contains("its name does not fit"), "{error}");
}

#[test]
fn a_file_of_another_journal_is_refused() {
    let journal_with = |name: &str| {
        let disk = MemoryDisk::new(1);
        let journal = FileJournal::open_storage(disk.storage(), journal::Options { max_file_bytes: 300, ..small() });
        let journal = journal.unwrap();
        for number in 0..2_u8 {
            append(&journal, name, &[number; 150]).unwrap();
        }
        journal.close().unwrap();
        disk.files()
    };
    let (mut mixed, other) = (journal_with("a"), journal_with("b"));
    let (newest, bytes) = other.into_iter().next_back().unwrap();
    mixed.insert(newest.clone(), bytes);
    let disk = MemoryDisk::with_files(&mixed);
    let error = open(&disk).unwrap_err().to_string();
    assert!(error.contains(&newest) && error.contains("stream positions"), "{error}");
    assert!(!check_storage(&*disk.storage()).unwrap().is_sound());
}

#[test]
fn one_file_in_memory_is_checked_without_panic() {
    let disk = MemoryDisk::new(1);
    journal_of_two_files(&disk).close().unwrap();
    let (_, bytes) = disk.files().into_iter().next_back().unwrap();
    let report = check_bytes(&bytes);
    assert!(report.damages.is_empty() && report.torn_tail.is_none() && report.records > 0, "{report:?}");
    for cut in 0..bytes.len().min(1_500) {
        check_bytes(&bytes[..cut]);
        check_bytes(&bytes[cut..]);
    }
}
