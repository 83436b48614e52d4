//! Every step of an expiry beside a hold fails once, and the process dies once at each.

use std::sync::Arc;

use store::write::{StoreError, StoreOptions, check_store};
use store::{Direction, FoundRow};

use crate::retention::{DAY_S, START_S, STREAM, days, hold, read_kept};
use crate::world::{Fault, Record, World, expected, insert, read, schemas};

const NOW_S: i64 = START_S + 100 * DAY_S;

fn one_day() -> StoreOptions {
    StoreOptions { retention: days(1), compaction: false, recompression_age: None, ..StoreOptions::default() }
}

/// Rows of four days; the second day is held.
fn held_days() -> Vec<Record> {
    (1..=40u64).map(|n| Record::new(STREAM, n, START_S + n as i64 * 8000)).collect()
}

/// Everything is flushed, the second day is held, the rest leaves; ends early when the process dies.
fn live(world: &Arc<World>, records: &[Record]) -> Result<(), StoreError> {
    let options = one_day();
    let store = world.open_with(records, |_| 1, options)?;
    let again = |outcome: Result<(), StoreError>| match outcome {
        Err(StoreError::Closed) => Err(StoreError::Closed),
        // A step that fails once is done again by the store.
        _ if world.is_dead() => Err(StoreError::Closed),
        _ => Ok(()),
    };
    insert(&store, records)?;
    for _ in 0..2 {
        again(store.flush())?;
    }
    let place = hold("case", START_S + DAY_S, START_S + 2 * DAY_S - 1);
    while let Err(error) = store.change_rules(STREAM, &place) {
        again(Err(error))?;
    }
    for _ in 0..3 {
        again(store.expire(NOW_S))?;
    }
    store.expire(NOW_S)
}

fn each_step(fault: Fault) {
    let records = held_days();
    let held = |row: &FoundRow| (START_S + DAY_S..START_S + 2 * DAY_S).contains(&row.cursor.time_s);
    let held: Vec<FoundRow> = expected(&records, STREAM).into_iter().filter(held).collect();
    assert!(!held.is_empty());
    let quiet = Arc::new(World::default());
    live(&quiet, &records).unwrap();
    let steps = quiet.steps();
    assert!(steps >= 12, "{steps}");
    for step in 1..=steps {
        let world = Arc::new(World::default());
        world.plan(Some((step, fault)));
        let outcome = live(&world, &records);
        let may_die = matches!(fault, Fault::DiesBefore | Fault::DiesAfter);
        assert!(may_die || outcome.is_ok(), "step {step}: {outcome:?}");
        world.plan(None);
        let options = one_day();
        let store = world.open_with(&records, |_| 1, options).unwrap();
        insert(&store, &records).unwrap();
        store.flush().unwrap();
        // The hold is there, or its placing was never confirmed.
        let _ = store.change_rules(STREAM, &hold("case", START_S + DAY_S, START_S + 2 * DAY_S - 1)).unwrap();
        store.expire(NOW_S).unwrap();
        assert_eq!(read(&store, STREAM, Direction::Forward, 1000), held, "step {step}");
        assert_eq!(read_kept(&store, NOW_S, Direction::Backward, 4).len(), held.len());
        let reported: u64 = store.unreported_expiries().unwrap().iter().map(|expiry| expiry.rows).sum();
        assert_eq!(reported as usize, records.len() - held.len(), "each row is in one expiry");
        store.close();
        let report = check_store(&world.state(), &*world, &schemas(), None).unwrap();
        assert!(report.is_sound() && report.unknown_files.is_empty(), "step {step}: {report}");
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
fn death_before_a_step_loses_nothing_that_is_held() {
    each_step(Fault::DiesBefore);
}

#[test]
fn death_after_a_step_loses_nothing_that_is_held() {
    each_step(Fault::DiesAfter);
}

#[test]
fn what_is_not_in_segments_stays() {
    let world = Arc::new(World::default());
    let records = held_days();
    let options = one_day();
    let store = world.open_with(&records, |_| 1, options).unwrap();
    insert(&store, &records).unwrap();
    store.expire(NOW_S).unwrap();
    assert_eq!(read(&store, STREAM, Direction::Forward, 1000).len(), records.len());
    assert_eq!(read_kept(&store, NOW_S, Direction::Forward, 1000), [], "but it is not shown");
    assert!(store.unreported_expiries().unwrap().is_empty());
}
