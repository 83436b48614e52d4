//! Single queries, and what they must give.

use serde_json::{Value, json};

use crate::world::{Fact, World};

const NOON: i64 = 1_772_366_400;

fn fact(number: i64) -> Fact {
    Fact {
        time_s: NOON + number * 20,
        region: ["cn-shanghai", "cn-hangzhou"][(number % 2) as usize],
        name: match number % 3 {
            0 => None,
            1 => Some("客服 \"a\"".to_owned()),
            _ => Some("CreateUser".to_owned()),
        },
        id: format!("id-{number}"),
        tags: (0..number % 3).map(|tag| format!("t{tag}")).collect(),
    }
}

/// Forty rows in files, five in memory.
fn world() -> World {
    let mut world = World::new(10);
    world.insert((0..40).map(fact));
    world.store.flush().unwrap();
    world.insert((40..45).map(fact));
    assert!(world.store.stats().segment_rows == 40 && world.store.stats().memory.rows == 5);
    world
}

#[test]
fn rows_come_back_with_every_column() {
    let rows = world().rows("SELECT * FROM events WHERE id IN ('id-4', 'id-44') ORDER BY position");
    let expected = [4, 44].map(|number| {
        let fact = fact(number);
        let time = if number == 4 { "2026-03-01T12:01:20Z" } else { "2026-03-01T12:14:40Z" };
        vec![
            json!(time),
            json!(number + 1),
            json!(fact.region),
            json!(fact.name),
            json!(fact.id),
            json!(fact.tags),
            json!(fact.json().to_string()),
        ]
    });
    assert_eq!(rows, expected);
}

#[test]
fn counts_and_times_of_everything() {
    let world = world();
    let rows = world.rows("SELECT count(*), min(event_time), max(event_time) FROM events");
    assert_eq!(rows, [[json!(45), json!("2026-03-01T12:00:00Z"), json!("2026-03-01T12:14:40Z")]]);
    let rows = world.rows("SELECT count(*), min(event_time) FROM events WHERE event_time > '2027-01-01T00:00:00Z'");
    assert_eq!(rows, [[json!(0), Value::Null]]);
    let rows = world.rows("SELECT max(event_time) FROM events WHERE name = 'CreateUser' AND id <> 'id-44'");
    assert_eq!(rows, [[json!("2026-03-01T12:13:40Z")]]);
}

#[test]
fn groups_by_values_and_times() {
    let world = world();
    let rows = world.rows("SELECT name, count(*) AS n FROM events GROUP BY name ORDER BY name NULLS FIRST");
    assert_eq!(rows, [[Value::Null, json!(15)], [json!("CreateUser"), json!(15)], [json!("客服 \"a\""), json!(15)],]);
    let rows = world.rows(
        "SELECT date_trunc('minute', event_time) AS minute, count(*) FROM events GROUP BY minute ORDER BY minute LIMIT 2",
    );
    assert_eq!(rows, [[json!("2026-03-01T12:00:00Z"), json!(3)], [json!("2026-03-01T12:01:00Z"), json!(3)]]);
    let rows = world.rows(
        "SELECT region, date_trunc('hour', event_time) AS hour, name, count(1) FROM events \
         WHERE event_time < '2026-03-01T12:10:00Z' GROUP BY 1, 2, 3 HAVING count(1) > 1",
    );
    assert_eq!(rows.iter().map(|row| row[3].as_i64().unwrap()).sum::<i64>(), 30);
}

#[test]
fn conditions_of_all_kinds() {
    let world = world();
    for (condition, expected) in [
        ("name = 'CreateUser'", 15),
        ("name <> 'CreateUser'", 15),
        ("name IS NULL", 15),
        ("name IS NOT NULL AND region = 'cn-shanghai'", 15),
        ("name IN ('CreateUser', 'absent')", 15),
        ("name NOT IN ('CreateUser')", 15),
        ("name LIKE '%服%'", 15),
        ("name = 'absent'", 0),
        ("name = 'CreateUser' OR id = 'id-0'", 16),
        ("id = 'id-7'", 1),
        ("'id-7' = id", 1),
        ("id = 'id-7' AND name = 'CreateUser'", 0),
        ("event_time = '2026-03-01T12:00:00Z'", 1),
        ("event_time = '2026-03-01T12:00:00.500Z'", 0),
        ("event_time > '2026-03-01T12:00:00.500Z'", 44),
        ("event_time <= '2026-03-01T12:00:20Z'", 2),
        ("event_time BETWEEN '2026-03-01T12:00:20Z' AND '2026-03-01T12:01:00Z'", 3),
        ("event_time >= TIMESTAMP '2026-03-01 12:14:00'", 3),
        ("array_has(tags, 't1')", 15),
        ("cardinality(tags) = 0 OR array_length(tags) IS NULL", 15),
        ("json_get_str(event, 'tags.1') = 't1'", 15),
        ("json_get_int(event, 'time') = 1772366400", 1),
        ("json_get_str(event, 'absent') IS NULL", 45),
        ("position > 40", 5),
        ("false", 0),
    ] {
        let rows = world.rows(&format!("SELECT count(*) FROM events WHERE {condition}"));
        assert_eq!(rows, [[json!(expected)]], "{condition}");
        let rows = world.rows(&format!("SELECT id FROM events WHERE {condition}"));
        assert_eq!(rows.len(), expected, "{condition}");
    }
}

#[test]
fn joins_subqueries_and_windows_work_too() {
    let world = world();
    let rows = world.rows(
        "WITH busy AS (SELECT name, count(*) AS n FROM events GROUP BY name) \
         SELECT events.id, busy.n FROM events JOIN busy ON events.name = busy.name ORDER BY events.position LIMIT 1",
    );
    assert_eq!(rows, [[json!("id-1"), json!(15)]]);
    // Known without reading anything.
    let rows = world.rows("SELECT count(*) FROM events a, events b");
    assert_eq!(rows, [[json!(45 * 45)]]);
    let rows = world.rows("SELECT count(*) FROM (SELECT id FROM events LIMIT 7)");
    assert_eq!(rows, [[json!(7)]]);
    let rows = world.rows("SELECT t, count(*) FROM (SELECT unnest(tags) AS t FROM events) GROUP BY t ORDER BY t");
    assert_eq!(rows, [[json!("t0"), json!(30)], [json!("t1"), json!(15)]]);
    let rows = world.rows("SELECT count(DISTINCT name), count(name) FROM events");
    assert_eq!(rows, [[json!(2), json!(30)]]);
}

#[test]
fn the_commonest_counts_come_out_of_packed_columns() {
    let world = world();
    for text in [
        "SELECT count(*) FROM events",
        "SELECT count(1) AS n, min(event_time), max(event_time) FROM events WHERE region = 'cn-shanghai'",
        "SELECT name, count(*) FROM events GROUP BY name",
        "SELECT name, count(*) AS n FROM events GROUP BY name HAVING count(*) > 3 ORDER BY n DESC LIMIT 10",
        "SELECT region, name, count(*) FROM events WHERE name IS NOT NULL GROUP BY region, name",
        "SELECT date_trunc('minute', event_time) AS t, count(*) FROM events GROUP BY t ORDER BY t",
        "SELECT date_bin(INTERVAL '5 minutes', event_time) AS t, count(*) FROM events GROUP BY t",
        "SELECT name, count(*) FROM events WHERE event_time >= '2026-03-01T12:05:00Z' GROUP BY name",
        "SELECT e.name, count(*) FROM events e WHERE e.name IN ('CreateUser', 'a') OR e.name = 'b' GROUP BY e.name",
        "SELECT name, count(DISTINCT region) FROM events GROUP BY name",
        "SELECT sum(n) FROM (SELECT name, count(*) AS n FROM events GROUP BY name)",
    ] {
        assert!(world.is_counted(text), "{text}");
        world.rows(text);
    }
    for text in [
        "SELECT name, sum(position) FROM events GROUP BY name",
        "SELECT name, count(*) FROM events WHERE event LIKE '%a%' GROUP BY name",
        "SELECT date_trunc('month', event_time) AS t, count(*) FROM events GROUP BY t",
        "SELECT date_bin(INTERVAL '1 month', event_time) AS t, count(*) FROM events GROUP BY t",
        "SELECT name, count(*) FROM (SELECT * FROM events ORDER BY position LIMIT 20) GROUP BY name",
    ] {
        assert!(!world.is_counted(text), "{text}");
        assert!(!world.rows(text).is_empty());
    }
}

#[test]
fn values_that_are_not_packed_are_found_in_the_rows() {
    let mut world = World::new(300);
    let long = |number: i64| format!("{number}{}", "x".repeat(1_000));
    world.insert((0..320).map(|number| Fact { id: long(number % 290), ..fact(number) }));
    world.store.flush().unwrap();
    let (one, other) = (long(7), long(8));
    for (condition, expected) in [
        (format!("id = '{one}'"), 2),
        (format!("id IN ('{one}', '{other}', 'absent')"), 4),
        (format!("id = '{one}' AND region = 'cn-shanghai'"), 0),
        (format!("id = '{one}' AND name = 'CreateUser'"), 0),
        ("id = 'absent'".to_owned(), 0),
        ("id IS NULL".to_owned(), 0),
        ("id IS NOT NULL".to_owned(), 320),
        (format!("id <> '{one}'"), 318),
    ] {
        let rows = world.rows(&format!("SELECT count(*) FROM events WHERE {condition}"));
        assert_eq!(rows, [[json!(expected)]], "{condition}");
        assert_eq!(world.rows(&format!("SELECT id, name FROM events WHERE {condition}")).len(), expected);
    }
    let rows = world.rows("SELECT id, count(*) AS n FROM events GROUP BY id ORDER BY n DESC, id LIMIT 31");
    assert_eq!((rows.len(), &rows[0][1], &rows[30][1]), (31, &json!(2), &json!(1)));
}

#[test]
fn conditions_end_where_others_begin() {
    let world = world();
    let count = |text: &str| world.rows(&format!("SELECT count(*) FROM events WHERE {text}"));
    assert_eq!(count("region IS DISTINCT FROM 'cn-shanghai' AND position <= 10"), [[json!(5)]]);
    assert_eq!(count("region IS NOT DISTINCT FROM 'cn-shanghai' AND position <= 10"), [[json!(5)]]);
    assert_eq!(count("position > 40 OR name IS DISTINCT FROM NULL AND position <= 6"), [[json!(9)]]);
}

#[test]
fn names_of_numbers_group_rows() {
    let rows = world().rows("SELECT 26 AS a, count(*) AS n FROM events GROUP BY a");
    assert_eq!(rows, [[json!(26), json!(45)]]);
}

#[test]
fn cases_group_rows_beside_distinct_figures() {
    let text = "SELECT CASE WHEN position < 0 THEN position ELSE 1 END AS g, sum(DISTINCT position - position) AS n \
                FROM events GROUP BY g";
    assert_eq!(world().rows(text), [[json!(1), json!(0)]]);
}

/// Ids are too many to be packed: of a few pages the rows are read, of many the Parquet file.
#[test]
fn columns_that_are_not_packed_are_read_either_way() {
    const ROWS: i64 = 6_000;
    const IDS: i64 = 5_000;
    let id = |number: i64| format!("{:064}", number % IDS);
    let mut world = World::new(ROWS as u64);
    world.insert((0..ROWS).map(|number| Fact {
        time_s: NOON + number,
        region: "r",
        name: (990..1_010).contains(&number).then(|| "rare".to_owned()),
        id: id(number),
        tags: Vec::new(),
    }));
    world.store.flush().unwrap();
    let rare = world.rows("SELECT id, count(*) FROM events WHERE name = 'rare' GROUP BY id ORDER BY id");
    assert_eq!(rare, (990..1_010).map(|number| vec![json!(id(number)), json!(1)]).collect::<Vec<_>>());
    let twice = world.rows("SELECT id, count(*) FROM events GROUP BY id HAVING count(*) > 1 ORDER BY id");
    assert_eq!(twice, (0..ROWS - IDS).map(|number| vec![json!(id(number)), json!(2)]).collect::<Vec<_>>());
    let counted = |condition: &str| world.rows(&format!("SELECT count(*) FROM events WHERE {condition}"));
    assert_eq!(counted("id IS NOT NULL"), [[json!(ROWS)]]);
    assert_eq!(counted(&format!("id > '{}'", id(3_999))), [[json!(1_000)]]);
    assert_eq!(counted(&format!("id IN ('{}', '{}')", id(7), id(4_000))), [[json!(3)]]);
    assert_eq!(counted(&format!("id = '{}' AND name = 'rare'", id(999))), [[json!(1)]]);
    let newest = world.rows("SELECT id FROM events ORDER BY event_time DESC LIMIT 2");
    assert_eq!(newest, [[json!(id(ROWS - 1))], [json!(id(ROWS - 2))]]);
}
