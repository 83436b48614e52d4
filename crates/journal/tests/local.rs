//! The journal on real files.

mod common;

use std::time::Duration;

use common::{append, follow_all, read_all, small, stream, wait};
use journal::{FileJournal, Journal, JournalError, Options, SyncMode, check};

fn fresh() -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data/journal");
    (dir, path)
}

#[test]
fn records_survive_an_orderly_restart() {
    let (_guard, dir) = fresh();
    let journal = FileJournal::open(&dir, small()).unwrap();
    for number in 1..=40_u8 {
        assert_eq!(append(&journal, "events/1", &[number; 200]).unwrap(), u64::from(number));
    }
    let (before, files) = (read_all(&journal), journal.stats().files);
    assert!(files > 2, "several files: {files}");
    journal.close().unwrap();
    journal.close().unwrap();
    assert!(matches!(append(&journal, "events/1", b"late"), Err(JournalError::Closed)));
    let journal = FileJournal::open(&dir, small()).unwrap();
    assert_eq!(read_all(&journal), before);
    assert_eq!(follow_all(&journal), before);
    assert_eq!(journal.durable_count(), 40);
    assert_eq!(append(&journal, "events/1", b"next").unwrap(), 41);
}

#[test]
fn a_second_open_of_the_folder_is_refused() {
    let (_guard, dir) = fresh();
    let journal = FileJournal::open(&dir, small()).unwrap();
    let error = FileJournal::open(&dir, small()).unwrap_err();
    assert!(matches!(error, JournalError::InUse { .. }), "{error}");
    journal.close().unwrap();
    FileJournal::open(&dir, small()).unwrap();
}

#[test]
fn many_threads_append_together_and_share_groups() {
    let (_guard, dir) = fresh();
    let journal = FileJournal::open(&dir, Options { free_disk_floor_bytes: 0, ..Options::default() }).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let journal = &journal;
            scope.spawn(move || {
                let mut last = 0;
                for _ in 0..50 {
                    let position = append(journal, &format!("s/{}", writer % 2), &[writer; 100]).unwrap();
                    assert!(position > last, "what is called later comes later");
                    last = position;
                }
            });
        }
    });
    let stats = journal.stats();
    assert_eq!(stats.records, 400);
    assert!(stats.groups < 400, "some groups have more than one record: {}", stats.groups);
    assert_eq!(stats.sync_counts.iter().sum::<u64>(), stats.groups);
    assert_eq!(journal.streams(), [(stream("s/0"), 1, 200), (stream("s/1"), 1, 200)]);
    assert_eq!(follow_all(&journal).len(), 400);
}

#[test]
fn followers_wait_for_records_and_learn_of_the_end() {
    let (_guard, dir) = fresh();
    let journal = FileJournal::open(&dir, small()).unwrap();
    let mut follower = journal.follow();
    assert_eq!(follower.next_batch(Duration::from_millis(1)).unwrap(), []);
    std::thread::scope(|scope| {
        let following = scope.spawn(move || {
            let batch = follower.next_batch(Duration::from_secs(20)).unwrap();
            (batch, follower.seen_count(), follower.next_batch(Duration::from_secs(20)))
        });
        append(&journal, "a", b"one").unwrap();
        while !following.is_finished() {
            journal.close().unwrap();
            std::thread::yield_now();
        }
        let (batch, seen, end) = following.join().unwrap();
        assert_eq!((batch[0].payload.as_ref(), seen), (b"one".as_slice(), 1));
        assert!(matches!(end, Err(JournalError::Closed)));
    });
}

#[test]
fn released_files_go_and_positions_stay() {
    let (_guard, dir) = fresh();
    let journal = FileJournal::open(&dir, small()).unwrap();
    let mut slow = journal.follow();
    append(&journal, "rare", b"kept").unwrap();
    for number in 0..60_u8 {
        append(&journal, "busy", &[number; 200]).unwrap();
    }
    let all_files = journal.stats().files;
    journal.truncate_until(&stream("busy"), 60).unwrap();
    assert_eq!(journal.stats().files, all_files, "one stream still needs the oldest file");
    journal.truncate_until(&stream("rare"), 1).unwrap();
    assert_eq!(journal.stats().files, 1);
    assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 2, "the newest file and the lock");
    assert!(matches!(slow.next_batch(Duration::ZERO), Err(JournalError::FollowerBehind { next_record: 1, .. })));
    let first_retained = match journal.read_from(&stream("busy"), 1, 10) {
        Err(JournalError::Truncated { first_retained }) => first_retained,
        other => panic!("{other:?}"),
    };
    assert_eq!(journal.read_from(&stream("busy"), first_retained, 1).unwrap()[0].position, first_retained);
    assert_eq!(journal.read_from(&stream("rare"), 2, 10).unwrap(), []);
    journal.close().unwrap();
    let journal = FileJournal::open(&dir, small()).unwrap();
    assert_eq!(append(&journal, "rare", b"again").unwrap(), 2, "a position is never used again");
    assert_eq!(journal.durable_count(), 62);
    let mut follower = journal.follow();
    assert!(follower.seen_count() > 0, "truncated records count as seen");
    while follower.seen_count() < 62 {
        assert!(!follower.next_batch(Duration::from_secs(10)).unwrap().is_empty());
    }
}

#[test]
fn what_cannot_be_taken_is_refused_and_nothing_is_written() {
    let (_guard, dir) = fresh();
    let journal = FileJournal::open(&dir, small()).unwrap();
    let error = append(&journal, "a", &[0; 20_001]).unwrap_err();
    assert!(matches!(error, JournalError::RecordTooLarge { bytes: 20_001, limit_bytes: 20_000 }), "{error}");
    assert_eq!(append(&journal, "a", &[0; 20_000]).unwrap(), 1);
    assert_eq!(journal.stats().records, 1);
    drop(journal);
    let error = FileJournal::open(&dir, Options { max_queued_bytes: 5, ..small() }).unwrap_err();
    assert!(matches!(error, JournalError::InvalidOptions { .. }), "{error}");
}

#[test]
fn appends_beyond_the_queue_wait_and_all_arrive() {
    let (_guard, dir) = fresh();
    let options = Options { max_record_bytes: 1_000, max_queued_bytes: 1_300, sync: SyncMode::Off, ..small() };
    let journal = FileJournal::open(&dir, options).unwrap();
    let futures: Vec<_> = (0..200_u8).map(|n| journal.append(&stream("a"), bytes::Bytes::from(vec![n; 900]))).collect();
    let mut positions: Vec<_> = futures.into_iter().map(|future| wait(future).unwrap()).collect();
    positions.sort_unstable();
    assert!(positions.into_iter().eq(1..=200));
    // Room is given back.
    assert_eq!(journal.stats().queued_bytes, 0);
}

#[test]
fn check_tells_what_is_there() {
    let (_guard, dir) = fresh();
    assert!(matches!(check(&dir), Err(JournalError::Io { .. })), "a missing folder is told, not made");
    let journal = FileJournal::open(&dir, small()).unwrap();
    for number in 0..30_u8 {
        append(&journal, "a", &[number; 200]).unwrap();
    }
    let report = check(&dir).unwrap();
    assert!(report.in_use && report.is_sound(), "{report}");
    journal.close().unwrap();
    let report = check(&dir).unwrap();
    assert_eq!((report.in_use, report.is_sound(), report.records()), (false, true, 30));
    assert_eq!(report.streams[&stream("a")], (1, 30));
    let oldest = dir.join(&report.files[0].file);
    let mut bytes = std::fs::read(&oldest).unwrap();
    bytes[200] ^= 1;
    std::fs::write(&oldest, bytes).unwrap();
    let report = check(&dir).unwrap();
    assert!(!report.is_sound());
    assert!(report.to_string().contains(&format!("DAMAGED {}", report.files[0].file)), "{report}");
    let error = FileJournal::open(&dir, small()).unwrap_err();
    assert!(matches!(error, JournalError::Damaged { .. }), "{error}");
}

#[test]
fn a_torn_tail_is_reported_and_cut() {
    let (_guard, dir) = fresh();
    let journal = FileJournal::open(&dir, small()).unwrap();
    append(&journal, "a", b"one").unwrap();
    journal.close().unwrap();
    let report = check(&dir).unwrap();
    let path = dir.join(&report.files[0].file);
    let mut bytes = std::fs::read(&path).unwrap();
    let end = bytes.len() - bytes.iter().rev().take_while(|byte| **byte == 0).count();
    bytes.truncate(end);
    bytes.extend_from_slice(b"CJGR half a group");
    std::fs::write(&path, bytes).unwrap();
    let report = check(&dir).unwrap();
    assert!(report.is_sound());
    assert_eq!(report.torn_tail().map(|torn| (torn.offset, torn.bytes)), Some((end as u64, 17)));
    let journal = FileJournal::open(&dir, small()).unwrap();
    assert_eq!(append(&journal, "a", b"two").unwrap(), 2);
    journal.close().unwrap();
    assert_eq!(check(&dir).unwrap().records(), 2);
}
