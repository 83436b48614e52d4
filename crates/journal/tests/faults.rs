//! Every operation on the disk fails once, in every way.

mod common;

use std::collections::BTreeMap;

use common::disk::{Fault, MemoryDisk};
use common::{append, follow_all, read_all, small, stream, wait_until_ready};
use journal::{FileJournal, Journal, JournalError, check_storage};

/// What callers were told: acknowledged payloads by stream and position, and those that got an error.
#[derive(Default)]
struct Told {
    acknowledged: BTreeMap<(String, u64), Vec<u8>>,
    refused: Vec<Vec<u8>>,
}

/// A life of a journal: open, append over several files, truncate, close. Goes on after errors as a careless caller would.
fn live(disk: &MemoryDisk, told: &mut Told, life: u8) -> Result<(), JournalError> {
    let journal = FileJournal::open_storage(disk.storage(), small())?;
    let mut failed = false;
    for number in 0..12_u8 {
        let name = ["a", "b/c"][usize::from(number % 2)];
        let mut payload = vec![number; 40 + usize::from(number) * 60];
        payload[0] = life;
        match append(&journal, name, &payload) {
            Ok(position) => {
                assert!(!failed, "a failed journal must not acknowledge");
                let earlier = told.acknowledged.insert((name.to_owned(), position), payload);
                assert_eq!(earlier, None, "position {position} of {name} was given twice");
            }
            Err(error) => {
                let has_stopped = |error| matches!(error, JournalError::Failed { .. } | JournalError::DiskFull { .. });
                assert!(has_stopped(journal.ready().unwrap_err()), "{error}");
                assert!(has_stopped(error));
                failed = true;
                told.refused.push(payload);
            }
        }
    }
    let truncated = journal.truncate_until(&stream("a"), 2).and(journal.truncate_until(&stream("b/c"), 2));
    let closed = journal.close();
    truncated.and(closed)
}

fn assert_kept(disk: &MemoryDisk, told: &Told, context: &str) {
    let journal =
        FileJournal::open_storage(disk.storage(), small()).unwrap_or_else(|error| panic!("{context}: {error}"));
    let kept: BTreeMap<(String, u64), Vec<u8>> =
        read_all(&journal).into_iter().map(|r| ((r.stream.to_string(), r.position), r.payload.to_vec())).collect();
    for (place, payload) in &told.acknowledged {
        if place.1 > 2 {
            assert_eq!(kept.get(place), Some(payload), "{context}: {place:?} is kept");
        }
    }
    for (place, payload) in &kept {
        let known = told.acknowledged.get(place) == Some(payload) || told.refused.contains(payload);
        assert!(known, "{context}: {place:?} was never appended");
    }
    let mut followed: Vec<_> =
        follow_all(&journal).into_iter().map(|r| ((r.stream.to_string(), r.position), r.payload.to_vec())).collect();
    followed.sort();
    assert_eq!(followed, kept.into_iter().collect::<Vec<_>>(), "{context}: followers see what readers see");
    journal.close().unwrap_or_else(|error| panic!("{context}: {error}"));
}

fn fail_each_operation(fault: Fault, stays: bool, crash: impl Fn(&MemoryDisk)) {
    for nth in 0.. {
        let disk = MemoryDisk::new(nth);
        let mut told = Told::default();
        live(&disk, &mut told, 1).unwrap();
        disk.fail_after(nth, fault, stays);
        let outcome = live(&disk, &mut told, 2);
        let context = format!("operation {nth}, {fault:?}, outcome {outcome:?}");
        disk.assert_contract_kept();
        if disk.faults_hit() == 0 {
            assert!(outcome.is_ok(), "{context}");
            assert!(nth > 20, "the test reached the operations");
            return;
        }
        disk.clear_faults();
        crash(&disk);
        assert_kept(&disk, &told, &context);
        live(&disk, &mut told, 3).unwrap_or_else(|error| panic!("{context}: {error}"));
        crash(&disk);
        assert_kept(&disk, &told, &context);
        disk.assert_contract_kept();
    }
}

#[test]
fn every_operation_fails_once_then_the_power() {
    fail_each_operation(Fault::Error, false, MemoryDisk::crash);
}

#[test]
fn every_operation_fails_once_then_the_process_restarts() {
    fail_each_operation(Fault::Error, false, MemoryDisk::kill);
}

#[test]
fn every_operation_fails_once_then_the_process_restarts_and_the_power_fails() {
    fail_each_operation(Fault::Error, false, |disk| {
        disk.kill();
        let journal = FileJournal::open_storage(disk.storage(), small()).unwrap();
        read_all(&journal);
        disk.crash();
    });
}

#[test]
fn the_disk_fills_up_at_every_operation() {
    fail_each_operation(Fault::Full, true, MemoryDisk::crash);
}

/// Appends over several files on a disk that is full from the operation after `skip` on; when an append is refused there is
/// room again. The number of appends that were refused.
fn fill_up_once(disk: &MemoryDisk, skip: u64, stays: bool, told: &mut Told) -> usize {
    let context = format!("operation {skip}, stays {stays}");
    let journal = FileJournal::open_storage(disk.storage(), small()).unwrap();
    disk.fail_after(skip, Fault::Full, stays);
    let mut refusals = 0;
    for number in 0..16_u8 {
        // Names that come first with a group that is refused, and names that were there.
        let name = ["a", "b/c", "d", "e"][usize::from(number % 4)];
        let payload = vec![number + 1; 40 + usize::from(number) * 60];
        match append(&journal, name, &payload) {
            Ok(position) => {
                let earlier = told.acknowledged.insert((name.to_owned(), position), payload);
                assert_eq!(earlier, None, "{context}: position {position} of {name} was given twice");
            }
            Err(error) => {
                assert!(matches!(error, JournalError::DiskFull { .. }), "{context}: {error}");
                refusals += 1;
                disk.clear_faults();
                wait_until_ready(&journal, &context);
            }
        }
    }
    assert!(read_all(&journal).len() == 16 - refusals, "{context}: what was refused is not kept");
    journal.close().unwrap_or_else(|error| panic!("{context}: {error}"));
    refusals
}

#[test]
fn records_are_taken_again_when_a_full_disk_has_room() {
    for stays in [false, true] {
        let mut refusals = 0;
        for nth in 0.. {
            let disk = MemoryDisk::new(nth);
            let mut told = Told::default();
            refusals += fill_up_once(&disk, nth, stays, &mut told);
            disk.assert_contract_kept();
            if disk.faults_hit() == 0 {
                break;
            }
            disk.clear_faults();
            let report = check_storage(&*disk.storage()).unwrap();
            // A seal that did not fit stays in parts only when nothing can be cut either.
            assert!(report.is_sound() && (stays || report.torn_tail().is_none()), "operation {nth}: {report:?}");
            disk.crash();
            assert_kept(&disk, &told, &format!("operation {nth}, stays {stays}"));
        }
        assert!(refusals > 20, "the disk was full at many operations: {refusals}");
    }
}

#[test]
fn a_full_disk_is_told_to_the_caller() {
    let disk = MemoryDisk::new(1);
    let journal = FileJournal::open_storage(disk.storage(), small()).unwrap();
    disk.fail_after(0, Fault::Full, true);
    let told = append(&journal, "a", b"x").unwrap_err().to_string();
    assert!(told.contains("no storage space") && told.contains("free space"), "{told}");
}

#[test]
fn a_file_that_cannot_be_filled_ahead_still_takes_records() {
    let disk = MemoryDisk::new(1);
    let journal = FileJournal::open_storage(disk.storage(), small()).unwrap();
    // The group itself is the first operation, the zeros behind it the second.
    disk.fail_after(1, Fault::Full, false);
    assert_eq!(append(&journal, "a", b"x").unwrap(), 1);
    assert_eq!(disk.faults_hit(), 1);
    assert_eq!(append(&journal, "a", b"y").unwrap(), 2);
    disk.crash();
    let journal = FileJournal::open_storage(disk.storage(), small()).unwrap();
    assert_eq!(read_all(&journal).len(), 2);
}

#[test]
fn short_writes_and_reads_are_continued() {
    let disk = MemoryDisk::new(3);
    disk.set_short_writes(true);
    let mut told = Told::default();
    live(&disk, &mut told, 1).unwrap();
    assert_eq!(told.acknowledged.len(), 12);
    assert_kept(&disk, &told, "short writes");
}

#[test]
fn too_little_free_space_refuses_until_there_is_space_again() {
    let disk = MemoryDisk::new(1);
    let options = journal::Options { free_disk_floor_bytes: 1_000, ..small() };
    let journal = FileJournal::open_storage(disk.storage(), options).unwrap();
    disk.set_free_bytes(999);
    let waited = std::time::Instant::now();
    while journal.ready().is_ok() {
        assert!(waited.elapsed().as_secs() < 10, "the floor is noticed");
        std::thread::yield_now();
    }
    let refusal = append(&journal, "a", b"x").unwrap_err();
    assert!(matches!(refusal, JournalError::DiskBelowFloor { free_bytes: 999, floor_bytes: 1_000 }), "{refusal}");
    disk.set_free_bytes(1_000);
    while journal.ready().is_err() {
        assert!(waited.elapsed().as_secs() < 20, "the space is noticed");
        std::thread::yield_now();
    }
    assert_eq!(append(&journal, "a", b"x").unwrap(), 1);
}
