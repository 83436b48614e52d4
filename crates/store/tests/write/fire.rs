//! Lookups while parts become segments and segments are joined: no gap, no double.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use store::{Direction, FoundRow, Store};

use crate::world::*;

const ROWS: u64 = 3000;

type Read = fn(&Store, &str, Direction, usize) -> Vec<FoundRow>;

#[test]
fn no_reader_misses_or_doubles_a_row() {
    let world = Arc::new(World::default());
    // Time goes up and down, so that every page needs several places.
    let records: Vec<Record> =
        (1..=ROWS).map(|n| Record::new("s/one", n, 1_772_380_000 + (n * 7919 % 5000) as i64)).collect();
    let store = world.open_with(&records, |_| 1, busy_options(100, &QuietMachine::at(LATER_S))).unwrap();
    let inserted = AtomicU64::new(0);
    std::thread::scope(|threads| {
        let readers: [(Read, _, _, _); 4] = [
            (read, Direction::Forward, 10_000, true),
            (read, Direction::Backward, 611, true),
            (read_by_search, Direction::Forward, 700, false),
            (read_by_search, Direction::Backward, 311, false),
        ];
        for (read, direction, page_rows, is_of_one_moment) in readers {
            let (store, inserted, records) = (&store, &inserted, &records);
            threads.spawn(move || {
                loop {
                    let before = inserted.load(Ordering::Acquire);
                    let mut rows = read(store, "s/one", direction, page_rows);
                    rows.sort_by_key(|row| row.cursor.position);
                    // A search takes rows piece by piece, a lookup all of a page at once.
                    let is_one_page = is_of_one_moment && rows.len() < page_rows;
                    assert!(rows.windows(2).all(|pair| pair[0].cursor.position < pair[1].cursor.position), "double");
                    // What was there when the reading began; between pages more may come, in any place.
                    let known = rows.iter().filter(|row| row.cursor.position <= before).count() as u64;
                    assert_eq!(known, before, "missing");
                    assert!(!is_one_page || rows.last().map_or(0, |row| row.cursor.position) == rows.len() as u64);
                    assert!(rows.iter().all(|row| row.bytes == records[row.cursor.position as usize - 1].bytes));
                    if before == ROWS {
                        return;
                    }
                }
            });
        }
        for record in &records {
            insert(&store, [record]).unwrap();
            inserted.store(record.cursor.position, Ordering::Release);
        }
    });
    store.flush().unwrap();
    store.maintain().unwrap();
    let stats = store.stats();
    assert_eq!((stats.segment_rows, stats.memory.rows, stats.flush_failures), (ROWS, 0, 0));
    assert!(stats.maintenance.compactions > 0 && stats.maintenance.failures == 0, "{:?}", stats.maintenance);
    assert!(stats.flushed_parts >= ROWS / 100);
    assert_eq!(read(&store, "s/one", Direction::Forward, 999), expected(&records, "s/one"));
    assert_eq!(read_by_search(&store, "s/one", Direction::Forward, 999), expected(&records, "s/one"));
}
