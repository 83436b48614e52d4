//! Every step of writing segments fails once, and the process dies once at each.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use store::Direction;
use store::write::{Store, StoreError, check_store};

use crate::world::*;

const PART_ROWS: u64 = 40;

/// Two streams over two days, some rows late: two parts that fill, and a rest.
fn records() -> Vec<Record> {
    let mut records = Vec::new();
    for n in 1..=45u64 {
        let late_s = if n % 6 == 0 { 50_000 } else { 0 };
        records.push(Record::new("s/one", n, 1_772_380_000 + n as i64 * 1500 - late_s));
        records.push(Record::new("s/two", n, 1_772_390_000 + (n / 3) as i64));
    }
    records
}

fn kept(world: &World, stream: &str) -> u64 {
    world.released.lock().get(stream).copied().unwrap_or_default() + 1
}

fn kept_records(world: &World, records: &[Record]) -> Vec<Record> {
    records.iter().filter(|record| record.cursor.position >= kept(world, record.stream)).cloned().collect()
}

/// Inserts and flushes all, joins segments and compresses them again; ends early when the process dies. Returns whether
/// it did.
fn live(world: &Arc<World>, records: &[Record]) -> bool {
    let machine = QuietMachine::at(LATER_S);
    let store = world.open_with(records, |_| 1, busy_options(PART_ROWS, &machine));
    let store = match store {
        Ok(store) => store,
        Err(error) => panic!("{error}"),
    };
    let is_over = AtomicBool::new(false);
    std::thread::scope(|threads| {
        let watcher = threads.spawn(|| {
            if world.wait_for_death(|| is_over.load(Ordering::Acquire)) {
                check_rows(&store, records, true);
                store.close();
            }
        });
        let mut outcome = insert(&store, records);
        // A single failure is tried again by the store; the second call waits for that.
        for _ in 0..2 {
            outcome = outcome.and_then(|()| match store.flush() {
                Err(StoreError::Flush(_)) => Ok(()),
                other => other,
            });
        }
        machine.pass(Duration::from_secs(600));
        // What is replaced in one round may be removed in the next.
        for _ in 0..4 {
            outcome = outcome.and_then(|()| match store.maintain() {
                Err(StoreError::Maintenance(_)) => Ok(()),
                other => other,
            });
        }
        is_over.store(true, Ordering::Release);
        watcher.join().unwrap();
        if !world.is_dead() {
            outcome.unwrap();
            check_rows(&store, records, false);
            assert_eq!(store.stats().memory.rows, 0, "all is in segments");
            assert_eq!(store.stats().segment_rows, records.len() as u64);
            check_segments(&store, world);
        }
    });
    world.is_dead()
}

/// Dense segments, fewer than were written, and nothing of those that they replaced.
fn check_segments(store: &Store, world: &World) {
    let state = world.state();
    assert!(state.segments.iter().all(|segment| segment.zstd_level == 5), "{:?}", state.segments);
    assert_eq!(state.doomed, Vec::<String>::new());
    assert_eq!(world.file_names().len(), 2 * state.segments.len(), "{:?}", world.file_names());
    let done = store.stats().maintenance;
    assert!(done.compactions > 0 && done.set_aside_segments == 0, "{done:?}");
}

/// All rows, once each; of a store that is still being filled, the first ones.
fn check_rows(store: &Store, records: &[Record], is_filling: bool) {
    for stream in ["s/one", "s/two"] {
        let rows = read(store, stream, Direction::Forward, 7);
        if is_filling {
            assert!(rows.windows(2).all(|pair| pair[0].cursor < pair[1].cursor), "a row is double");
            continue;
        }
        assert_eq!(rows, expected(records, stream));
        let mut backward = read(store, stream, Direction::Backward, 1000);
        backward.reverse();
        assert_eq!(backward, rows);
    }
}

/// Starts again on what is left, with a journal that keeps all or only what it must.
fn live_again(world: &Arc<World>, records: &[Record], keeps_all: bool) {
    world.plan(None);
    let first = |stream: &str| if keeps_all { 1 } else { kept(world, stream) };
    let journal = if keeps_all { records.to_vec() } else { kept_records(world, records) };
    let machine = QuietMachine::at(LATER_S);
    let store = world.open_with(records, first, busy_options(PART_ROWS, &machine)).unwrap();
    insert(&store, &journal).unwrap();
    check_rows(&store, records, false);
    store.flush().unwrap();
    check_rows(&store, records, false);
    machine.pass(Duration::from_secs(600));
    store.maintain().unwrap();
    store.maintain().unwrap();
    check_rows(&store, records, false);
    let report = check_store(&world.state(), &**world, &schemas(), None).unwrap();
    assert!(report.is_sound() && report.rows == records.len() as u64, "{report}");
    assert_eq!((report.doomed_files, world.state().doomed), (Vec::new(), Vec::<String>::new()));
}

fn each_step(fault: Fault) {
    let records = records();
    let quiet = Arc::new(World::default());
    assert!(!live(&quiet, &records));
    let steps = quiet.steps();
    assert!(steps >= 50, "{steps}");
    // Segments are joined while others are written, so that the number is not the same each time.
    for step in 1..=steps + 5 {
        for keeps_all in [true, false] {
            let world = Arc::new(World::default());
            world.plan(Some((step, fault)));
            let died = live(&world, &records);
            let may_die = matches!(fault, Fault::DiesBefore | Fault::DiesAfter);
            assert!(may_die || !died);
            live_again(&world, &records, keeps_all);
        }
    }
}

#[test]
fn a_step_that_fails_is_done_again() {
    each_step(Fault::FailsBefore);
}

#[test]
fn a_step_that_fails_and_yet_happened_changes_nothing() {
    each_step(Fault::FailsAfter);
}

#[test]
fn death_before_a_step_loses_and_doubles_nothing() {
    each_step(Fault::DiesBefore);
}

#[test]
fn death_after_a_step_loses_and_doubles_nothing() {
    each_step(Fault::DiesAfter);
}

#[test]
fn journal_and_catalogue_must_meet() {
    let records = records();
    let world = Arc::new(World::default());
    let gap = world.open(&records, |_| 5, PART_ROWS).err();
    assert!(matches!(gap, Some(StoreError::Gap { from: 1, to: 4, .. })));
    assert!(!live(&world, &records));
    let behind = world.open(&records[..20], |_| 1, PART_ROWS).err();
    assert!(matches!(behind, Some(StoreError::JournalBehind { last: 10, covered: 45, .. })));
    assert!(world.open(&[], |_| 1, PART_ROWS).is_err(), "a journal that was removed");
    let others: Vec<Record> = records.iter().cloned().chain([Record::new("other", 9, 1)]).collect();
    let first = |stream: &str| if stream == "other" { 9 } else { 1 };
    assert!(world.open(&others, first, PART_ROWS).is_ok(), "streams of others may begin anywhere");
}

#[test]
fn what_cannot_be_written_is_refused_at_once() {
    let world = Arc::new(World::default());
    let store = world.open(&[], |_| 1, PART_ROWS).unwrap();
    let unknown = insert(&store, &[Record::new("other", 1, 1)]);
    assert!(matches!(unknown, Err(StoreError::UnknownStream(_))));
    let far = insert(&store, &[Record::new("s/one", 1, i64::MAX)]);
    assert!(matches!(far, Err(StoreError::Segment(_))), "{far:?}");
    assert_eq!(store.stats().memory.rows, 0);
}
