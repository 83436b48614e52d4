//! Lookups by values that no column knows, over memory and many segments, while the index names other rows, too.

use std::sync::Arc;

use serde_json::json;
use store::{Cursor, Direction, Query, Row, Store, StoreOptions};

use crate::world::{ID, World, schemas};

const STREAM: &str = "s/1";
/// Rows of each of four segments, and of memory.
const ROWS: u64 = 600;
/// So many different ids in a segment are not packed.
const IDS: u64 = 450;

fn id(position: u64) -> String {
    format!("x{}", position % IDS)
}

/// Each row names the id of another one in its text, where the index finds it as well.
fn store() -> Store {
    let world = Arc::new(World::default());
    let options = StoreOptions { part_rows: 10_000, compaction: false, ..StoreOptions::default() };
    let journal = [(STREAM.to_owned(), 1, 5 * ROWS)];
    let store = Store::open(schemas(), world.clone(), world, &journal, Box::new(|_, _| Ok(())), options).unwrap();
    for position in 1..=5 * ROWS {
        let (id, time_s) = (id(position), position as i64 / 3);
        let bytes =
            json!({"time": time_s, "region": "a", "id": id, "after": self::id(position + 5)}).to_string().into();
        store.insert(STREAM, &[Row { position, time_s, scope: "a", terms: &[(ID, &id)], bytes }]).unwrap();
        if position % ROWS == 0 && position < 5 * ROWS {
            store.flush().unwrap();
        }
    }
    store
}

fn positions(store: &Store, id: &str, direction: Direction, limit: usize) -> Vec<u64> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let all_of = [(ID, id)];
        let query =
            Query { scopes: &["a"], all_of: &all_of, from_s: i64::MIN, to_s: i64::MAX, direction, after, limit };
        let page = store.lookup(STREAM, &query).unwrap();
        assert!(page.rows.len() == limit || !page.more, "a page that is not the last one is full");
        all.extend(page.rows.iter().map(|row| row.cursor.position));
        after = page.rows.last().map(|row: &store::FoundRow| -> Cursor { row.cursor });
        if !page.more {
            return all;
        }
    }
}

#[test]
fn rows_that_only_name_a_value_take_no_place_in_a_page() {
    let store = store();
    for wanted in (0..IDS + 3).step_by(50).map(|number| format!("x{number}")) {
        let mut expected: Vec<u64> = (1..=5 * ROWS).filter(|position| id(*position) == wanted).collect();
        for limit in [1, 2, 3, 100] {
            assert_eq!(positions(&store, &wanted, Direction::Forward, limit), expected, "{wanted}, {limit}");
        }
        expected.reverse();
        for limit in [1, 2, 3, 100] {
            assert_eq!(positions(&store, &wanted, Direction::Backward, limit), expected, "{wanted}, {limit}");
        }
    }
}
