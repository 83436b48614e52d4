//! Queries while rows come and parts become segments: every row exactly once.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::world::{Fact, World, insert};

const ROWS: u64 = 4_000;

#[test]
fn every_row_is_seen_once_while_parts_are_flushed() {
    let world = World::new(150);
    let inserted = AtomicU64::new(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for position in 1..=ROWS {
                let id = format!("id-{position}");
                let fact = Fact { time_s: position.cast_signed(), region: "r", name: None, id, tags: Vec::new() };
                insert(&world.store, position, &fact);
                inserted.store(position, Ordering::Release);
            }
        });
        loop {
            let before = inserted.load(Ordering::Acquire);
            let text = "SELECT count(*), count(DISTINCT position), max(position) FROM events";
            let row = world.ask(text).unwrap().rows[0].clone();
            let [count, distinct, last] = [&row[0], &row[1], &row[2]].map(|value| value.as_u64().unwrap_or_default());
            assert_eq!((count, distinct), (last, last), "none is missing and none is double");
            let counted = world.ask("SELECT count(*) FROM events").unwrap().rows[0][0].as_u64().unwrap();
            assert!(before <= last && last <= counted, "{before} {last} {counted}");
            if last == ROWS {
                break;
            }
        }
    });
}
