//! What becomes of segments: joined, compressed again, removed when nobody reads them, written when the store ends.

use std::sync::Arc;
use std::time::Duration;

use store::write::{CatalogueEntry, StoreOptions};
use store::{Direction, StoreError};

use crate::world::*;

const STREAM: &str = "s/one";
const DAY_S: i64 = 1_772_323_200;

/// Rows of one day; every fifth is late.
fn records(count: u64) -> Vec<Record> {
    let time_s = |n: u64| DAY_S + n as i64 * 20 - if n.is_multiple_of(5) { 300 } else { 0 } + 400;
    (1..=count).map(|n| Record::new(STREAM, n, time_s(n))).collect()
}

fn files_of(entries: &[CatalogueEntry]) -> Vec<String> {
    let mut names: Vec<String> =
        entries.iter().flat_map(|entry| [entry.parquet_name(), entry.sidecar_name()]).collect();
    names.sort();
    names
}

/// Rows of another day, 34 MB together.
fn large_records(count: u64) -> Vec<Record> {
    let large = |n: u64| {
        let record = Record::new(STREAM, n, DAY_S - 86_400);
        let text = String::from_utf8_lossy(&record.bytes).replacen(
            '{',
            &format!("{{\"text\":\"{}\",", "x".repeat(3_800_000)),
            1,
        );
        Record { bytes: text.into(), ..record }
    };
    (1..=count).map(large).collect()
}

#[test]
fn joining_waits_while_rows_press() {
    for (large, segments) in [(0, 1), (9, 3)] {
        let world = Arc::new(World::default());
        let mut all = large_records(large);
        let small = records(large + 40).split_off(large as usize);
        all.extend(small.iter().cloned());
        let options =
            StoreOptions { recompression_age: None, ..busy_options(1000, &QuietMachine::at(DAY_S + 3 * 86_400)) };
        let store = world.open_with(&all, |_| 1, options).unwrap();
        for part in [&all[..large as usize], &small[..20], &small[20..]] {
            insert(&store, part).unwrap();
            store.flush().unwrap();
        }
        store.maintain().unwrap();
        assert_eq!(world.state().segments.len(), segments);
        assert_eq!(read(&store, STREAM, Direction::Forward, 7), expected(&all, STREAM));
    }
}

#[test]
fn files_stay_until_their_last_reader_is_done() {
    let world = Arc::new(World::default());
    let records = records(80);
    // The day is not over, so that four are needed.
    let options = StoreOptions { recompression_age: None, ..busy_options(1000, &QuietMachine::at(DAY_S)) };
    let store = world.open_with(&records, |_| 1, options).unwrap();
    for part in records[..60].chunks(20) {
        insert(&store, part).unwrap();
        store.flush().unwrap();
    }
    store.maintain().unwrap();
    let old = world.state().segments;
    assert_eq!(old.len(), 3, "three are not enough");
    world.hold_next_open();
    std::thread::scope(|threads| {
        let reader = threads.spawn(|| read(&store, STREAM, Direction::Forward, 1000));
        world.wait_for_held_open();
        insert(&store, &records[60..]).unwrap();
        store.flush().unwrap();
        store.maintain().unwrap();
        store.maintain().unwrap();
        let state = world.state();
        assert_eq!((state.segments.len(), state.doomed.len()), (1, 3), "the fourth had no reader: {:?}", state.doomed);
        assert!(files_of(&old).iter().all(|file| world.file_names().contains(file)));
        assert_eq!(read(&store, STREAM, Direction::Forward, 7), expected(&records, STREAM), "new readers are served");
        world.release_open();
        assert_eq!(reader.join().unwrap(), expected(&records[..60], STREAM));
    });
    store.maintain().unwrap();
    let state = world.state();
    assert_eq!((state.doomed.len(), world.file_names()), (0, files_of(&state.segments)));
    assert_eq!(store.stats().maintenance.removed_segments, 4);
}

#[test]
fn old_segments_become_denser_when_the_machine_is_idle() {
    let world = Arc::new(World::default());
    let records = records(2000);
    let machine = QuietMachine::at(LATER_S);
    let store = world.open_with(&records, |_| 1, busy_options(10_000, &machine)).unwrap();
    insert(&store, &records).unwrap();
    store.flush().unwrap();
    store.maintain().unwrap();
    let before = world.state().segments;
    assert_eq!(before[0].zstd_level, 1, "rows have just come");
    machine.pass(Duration::from_secs(61));
    store.maintain().unwrap();
    let after = world.state().segments;
    assert_eq!((after.len(), after[0].zstd_level, after[0].summary.rows), (1, 5, 2000));
    assert!(after[0].name.ends_with(".1") && after[0].name.starts_with(&before[0].name));
    assert_eq!(store.stats().maintenance.recompressed_segments, 1);
    assert_eq!(read(&store, STREAM, Direction::Backward, 1000).len(), 2000);
    // There is nothing more to gain.
    store.maintain().unwrap();
    assert_eq!(world.state().segments, after);
}

#[test]
fn what_cannot_be_read_is_set_aside_and_the_rest_is_joined() {
    let world = Arc::new(World::default());
    let records = records(100);
    let store = world.open(&records, |_| 1, 1000).unwrap();
    for part in records.chunks(20) {
        insert(&store, part).unwrap();
        store.flush().unwrap();
    }
    store.close();
    let segments = world.state().segments;
    let broken = &segments[2];
    world.damage(&broken.parquet_name());
    let options = StoreOptions { recompression_age: None, ..busy_options(1000, &QuietMachine::at(LATER_S)) };
    let store = world.open_with(&records, |_| 101, options).unwrap();
    store.maintain().unwrap();
    let state = world.state();
    assert_eq!(state.segments.len(), 3, "two, the broken one, two: {:?}", state.segments);
    assert!(state.segments.contains(broken));
    let done = store.stats().maintenance;
    assert_eq!((done.set_aside_segments, done.compactions, done.failures), (1, 2, 0));
}

#[test]
fn a_store_that_ends_writes_what_is_worth_a_file() {
    let world = Arc::new(World::default());
    let records = records(1500);
    let store = world.open(&records, |_| 1, 10_000).unwrap();
    insert(&store, &records[..1200]).unwrap();
    store.finish(Duration::from_secs(60));
    assert_eq!(world.state().covered.get(STREAM), Some(&1200));
    let store = world.open(&records, |_| 1201, 10_000).unwrap();
    insert(&store, &records[1200..]).unwrap();
    store.finish(Duration::from_secs(60));
    assert_eq!(world.state().covered.get(STREAM), Some(&1200), "so few are read again");
    let store = world.open(&records, |_| 1201, 10_000).unwrap();
    insert(&store, &records[1200..]).unwrap();
    assert_eq!(read(&store, STREAM, Direction::Forward, 90), expected(&records, STREAM));
}

#[test]
fn a_store_that_cannot_write_ends_all_the_same() {
    let world = Arc::new(World::default());
    let records = records(1200);
    let store = world.open(&records, |_| 1, 10_000).unwrap();
    insert(&store, &records).unwrap();
    world.plan(Some((1, Fault::DiesBefore)));
    store.finish(Duration::from_millis(300));
    assert!(matches!(store.flush(), Err(StoreError::Closed)));
    world.plan(None);
    let store = world.open(&records, |_| 1, 10_000).unwrap();
    insert(&store, &records).unwrap();
    assert_eq!(read(&store, STREAM, Direction::Forward, 90), expected(&records, STREAM));
}

#[test]
fn a_level_that_does_not_exist_is_refused() {
    let world = Arc::new(World::default());
    let options = StoreOptions { recompression_level: 23, ..StoreOptions::default() };
    assert!(matches!(world.open_with(&[], |_| 1, options).err(), Some(StoreError::Level(23))));
}
