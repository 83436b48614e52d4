//! Files that are not what they were: an error that names one, never a wrong or a shorter answer.

use sql::SqlError;

use crate::world::{Fact, World};

fn world(damaged: &str) -> World {
    let mut world = World::new(500);
    world.insert((0..500).map(|number| Fact {
        time_s: 1_772_366_400 + number,
        region: "r",
        name: Some(format!("n{}", number % 7)),
        // So many bytes of different values are not packed.
        id: format!("id-{number}-{}", "x".repeat(600)),
        tags: Vec::new(),
    }));
    world.store.flush().unwrap();
    world.damage(damaged);
    world
}

fn named(refused: Result<sql::Answer, SqlError>, ending: &str) {
    match refused {
        Err(SqlError::Store(problem)) => assert!(problem.contains(ending), "{problem}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn damaged_rows_are_not_shown_and_counts_do_not_need_them() {
    let world = world(".parquet");
    named(world.ask("SELECT event FROM events"), ".parquet");
    named(world.ask("SELECT count(*) FROM events WHERE event LIKE '%n3%'"), ".parquet");
    named(world.ask("SELECT id, count(*) FROM events GROUP BY id"), ".parquet");
    assert_eq!(world.ask("SELECT count(*) FROM events WHERE name = 'n3'").unwrap().rows[0][0], 71);
}

#[test]
fn a_damaged_index_fails_every_query_that_needs_it() {
    let world = world(".idx");
    for text in [
        "SELECT name, count(*) FROM events GROUP BY name",
        "SELECT date_trunc('minute', event_time), count(*) FROM events GROUP BY 1",
        "SELECT event FROM events",
        "SELECT position FROM events ORDER BY event_time DESC LIMIT 1",
        "SELECT count(*) FROM events WHERE id LIKE 'id-3%'",
    ] {
        named(world.ask(text), ".idx");
    }
}

/// The first byte of a Parquet file belongs to no page, so it shows who reads the file: whoever wants many rows of a column
/// that is not packed, and nobody else.
#[test]
fn a_damaged_file_is_not_read_for_columns() {
    let mut world = World::new(10_000);
    world.insert((0..6_000).map(|number| Fact {
        time_s: 1_772_366_400 + number,
        region: "r",
        name: (number == 0).then(|| "rare".to_owned()),
        id: format!("{number:064}"),
        tags: Vec::new(),
    }));
    world.store.flush().unwrap();
    world.damage_first_byte();
    assert_eq!(world.ask("SELECT id, count(*) FROM events WHERE name = 'rare' GROUP BY id").unwrap().rows.len(), 1);
    assert_eq!(world.ask("SELECT id FROM events LIMIT 2").unwrap().rows.len(), 2);
    assert_eq!(world.ask("SELECT event FROM events").unwrap().rows.len(), 6_000);
    named(world.ask("SELECT count(*) FROM events WHERE id IS NOT NULL"), ".parquet");
    named(world.ask("SELECT id, count(*) FROM events GROUP BY id"), ".parquet");
    named(world.ask("SELECT id FROM events"), ".parquet");
}
