//! What is refused, and what is cut.

use sql::{Engine, Settings, SqlError, Truncated};

use crate::world::{Fact, NOW_S, STREAM, World, block_on, settings};

fn world() -> World {
    let mut world = World::new(1_000);
    world.insert((0..3_000).map(|number| Fact {
        time_s: 1_772_366_400 + number,
        region: "r",
        name: Some(format!("n{}", number % 7)),
        id: format!("a value that is there once and has some length {number}"),
        tags: Vec::new(),
    }));
    world
}

#[test]
fn only_a_select_over_the_events_is_allowed() {
    let world = world();
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("secret.csv");
    std::fs::write(&file, "a\n1\n").unwrap();
    let file = file.display();
    for text in [
        "CREATE TABLE t AS SELECT 1".to_owned(),
        "CREATE VIEW v AS SELECT 1".to_owned(),
        "SELECT 1 INTO t".to_owned(),
        format!("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '{file}'"),
        format!("COPY (SELECT 1) TO '{file}'"),
        format!("COPY events TO '{file}'"),
        "INSERT INTO events SELECT * FROM events".to_owned(),
        "DELETE FROM events".to_owned(),
        "UPDATE events SET region = 'x'".to_owned(),
        "DROP TABLE events".to_owned(),
        "SET datafusion.execution.batch_size = 1".to_owned(),
        "SHOW ALL".to_owned(),
        "BEGIN".to_owned(),
        "PREPARE p AS SELECT 1".to_owned(),
        "EXPLAIN ANALYZE SELECT 1".to_owned(),
        "EXPLAIN (ANALYZE) SELECT 1".to_owned(),
        "EXPLAIN EXPLAIN SELECT 1".to_owned(),
        "EXPLAIN DELETE FROM events".to_owned(),
        "EXPLAIN CREATE TABLE t AS SELECT 1".to_owned(),
        format!("EXPLAIN COPY events TO '{file}'"),
        format!("EXPLAIN SELECT * FROM '{file}'"),
        "SELECT 1; SELECT 2".to_owned(),
        format!("SELECT * FROM '{file}'"),
        format!("SELECT * FROM \"file://{file}\""),
        format!("SELECT * FROM read_csv('{file}')"),
        format!("SELECT * FROM parquet_metadata('{file}')"),
        "SELECT * FROM information_schema.tables".to_owned(),
        "SELECT * FROM others".to_owned(),
        "SELECT repeat('a', 2000000000)".to_owned(),
        "SELECT generate_series(1, 100000000000)".to_owned(),
        "SELECT".to_owned(),
        "SELEC 1".to_owned(),
        "".to_owned(),
    ] {
        let refused = world.ask(&text).unwrap_err();
        assert!(matches!(refused, SqlError::Invalid(_) | SqlError::NotAllowed(_)), "{text}: {refused:?}");
    }
    assert_eq!(std::fs::read_to_string(folder.path().join("secret.csv")).unwrap(), "a\n1\n");
}

#[test]
fn answers_are_cut_and_say_so() {
    let world = world();
    let folder = tempfile::TempDir::new().unwrap();
    let engine = Engine::start(settings(folder.path().join("spill"))).unwrap();
    let ask = |text: &str, rows| block_on(engine.query(world.store.clone(), STREAM, NOW_S, text, rows)).unwrap();
    let answer = ask("SELECT id FROM events", 100);
    assert_eq!((answer.rows.len(), answer.truncated_by), (100, Some(Truncated::Rows)));
    let answer = ask("SELECT id FROM events LIMIT 100", 100);
    assert_eq!((answer.rows.len(), answer.truncated_by), (100, None));
    let answer = ask(&format!("SELECT replace(id, 'a', '{}') FROM events", "x".repeat(1_500)), 10_000);
    assert_eq!(answer.truncated_by, Some(Truncated::Bytes));
    assert!(answer.rows.len() > 100 && answer.rows.len() < 3_000);
}

#[test]
fn functions_make_values_within_bounds() {
    let world = world();
    for (text, expected) in [
        ("SELECT repeat('呼', 3)", "呼呼呼"),
        ("SELECT repeat(region, 3) FROM events LIMIT 1", "rrr"),
        ("SELECT lpad('7', 3, '0') || rpad('x', 2)", "007x "),
        ("SELECT lpad(region, 3, '0') FROM events GROUP BY 1", "00r"),
        ("SELECT CAST(max(length(repeat(id, 1000))) AS VARCHAR) FROM events LIMIT 1", "51000"),
        ("SELECT CAST(sum(x) AS VARCHAR) FROM (SELECT unnest(range(1, 101)) AS x)", "5050"),
        ("SELECT CAST(cardinality(generate_series(position, position + 9)) AS VARCHAR) FROM events LIMIT 1", "10"),
        (
            "SELECT CAST(cardinality(generate_series(DATE '2026-01-01', DATE '2026-12-31', INTERVAL '1' MONTH)) AS VARCHAR)",
            "12",
        ),
        ("SELECT array_to_string(array_resize(array_repeat('a', 2), 3, 'b'), '')", "aab"),
        ("SELECT CAST(count(*) AS VARCHAR) FROM events WHERE region = rpad('', 1, 'r')", "3000"),
        ("SELECT CAST(length(repeat('a', 1048576)) AS VARCHAR)", "1048576"),
    ] {
        assert_eq!(world.ask(text).unwrap().rows[0][0], expected, "{text}");
    }
    for text in [
        "SELECT repeat('a', 1048577)",
        "SELECT repeat(id, 1000000) FROM events",
        "SELECT lpad('a', 9223372036854775807)",
        "SELECT generate_series(1, 100000)",
        "SELECT generate_series(TIMESTAMP '2026-01-01 00:00:00', TIMESTAMP '2026-12-31 00:00:00', INTERVAL '1' SECOND)",
        "SELECT array_repeat(array_repeat('a', 1000), 1000)",
        "SELECT array_resize(make_array(1), 1000000)",
        "SELECT replace(repeat('a', 100000), 'a', repeat('b', 100))",
    ] {
        let refused = world.ask(text).unwrap_err();
        let is_told = matches!(&refused, SqlError::Invalid(text) if text.contains("may make a value of 1048576 bytes"));
        assert!(is_told, "{text}: {refused:?}");
    }
    // Three thousand times as much, of which memory has room for a part.
    for text in ["SELECT repeat('a', 1000000) FROM events", "SELECT repeat(region, 1000000) FROM events"] {
        let refused = world.ask(text).unwrap_err();
        assert!(matches!(refused, SqlError::Memory), "{text}: {refused:?}");
    }
    assert_eq!(world.ask("SELECT count(*) FROM events").unwrap().rows[0][0], 3_000);
}

#[test]
fn plans_are_shown_and_not_run() {
    let world = world();
    for text in [
        "EXPLAIN SELECT region, count(*) FROM events GROUP BY region",
        "EXPLAIN VERBOSE SELECT count(*) FROM events a JOIN events b ON a.id || 'x' < b.id",
        "EXPLAIN SELECT 1 / (position - position) FROM events",
    ] {
        let answer = world.ask(text).unwrap();
        let kinds: Vec<&str> = answer.rows.iter().filter_map(|row| row[0].as_str()).collect();
        assert!(kinds.contains(&"logical_plan") && kinds.contains(&"physical_plan"), "{kinds:?}");
        assert_eq!(answer.counted, 0);
        let plans = answer.rows.iter().filter_map(|row| row[1].as_str()).collect::<String>();
        assert!(plans.contains("events") && !plans.contains("goes_on"), "{plans}");
    }
}

#[test]
fn what_takes_too_long_is_ended() {
    let world = world();
    let folder = tempfile::TempDir::new().unwrap();
    let engine = Engine::start(Settings { time_ms: 300, ..settings(folder.path().join("spill")) }).unwrap();
    for text in [
        "SELECT count(*) FROM events a, events b, events c WHERE a.id || b.id < c.id",
        "SELECT sum(a.position + d.position) FROM events a, events b, events c, events d",
        "SELECT count(*) FROM events a JOIN events b ON a.region = b.region JOIN events c ON b.region = c.region",
    ] {
        let refused = world.ask_with(&engine, text).unwrap_err();
        assert!(matches!(refused, SqlError::Time(300)), "{refused:?}");
        assert!(refused.to_string().contains("300 ms"));
        // What was ended may use the cores for another moment.
        let goes_on = (0..50).any(|_| world.ask_with(&engine, "SELECT 1").is_ok());
        assert!(goes_on, "the engine goes on after {text}");
    }
}

#[test]
fn what_needs_too_much_memory_is_refused_or_spilled() {
    let world = world();
    let folder = tempfile::TempDir::new().unwrap();
    let spill_folder = folder.path().join("spill");
    std::fs::create_dir_all(&spill_folder).unwrap();
    std::fs::write(spill_folder.join("left over"), "x").unwrap();
    let small = Settings { memory_bytes: 1024 * 1024, ..settings(spill_folder.clone()) };
    let engine = Engine::start(small).unwrap();
    assert!(!spill_folder.join("left over").exists(), "what a crash left is removed");
    let text = "SELECT a.id, array_agg(b.id) FROM events a, events b GROUP BY a.id";
    let refused = world.ask_with(&engine, text).unwrap_err();
    assert!(matches!(refused, SqlError::Memory), "{refused:?}");
    let nowhere = Settings { memory_bytes: 256 * 1024, spill_bytes: 1024, ..settings(folder.path().join("small")) };
    let engine = Engine::start(nowhere).unwrap();
    let text = "SELECT id, array_agg(event) FROM events GROUP BY id";
    let refused = world.ask_with(&engine, text).unwrap_err();
    assert!(matches!(refused, SqlError::Spill | SqlError::Memory), "{refused:?}");
    assert_eq!(world.ask_with(&engine, "SELECT count(*) FROM events").unwrap().rows[0][0], 3_000);
}

#[test]
fn deep_and_long_texts_do_not_end_the_process() {
    let world = world();
    let folder = tempfile::TempDir::new().unwrap();
    let engine = Engine::start(Settings { time_ms: 10_000, ..settings(folder.path().join("spill")) }).unwrap();
    let deep = format!("SELECT {}1{}", "(".repeat(3_000), ")".repeat(3_000));
    assert!(world.ask_with(&engine, &deep).is_err());
    let wide = format!("SELECT 1 {}", "+ 1 ".repeat(1_900));
    match world.ask_with(&engine, &wide) {
        Ok(answer) => assert_eq!(answer.rows[0][0], 1_901),
        Err(refused) => assert!(matches!(refused, SqlError::Invalid(_) | SqlError::Time(_)), "{refused:?}"),
    }
    let any = format!("SELECT count(*) FROM events WHERE {}", vec!["id='a'"; 200].join(" OR "));
    assert_eq!(world.ask(&any).unwrap().rows[0][0], 0);
    assert!(matches!(world.ask(&"x".repeat(9_000)), Err(SqlError::TooLong(_))));
}

#[test]
fn another_stream_is_never_seen() {
    let world = world();
    let folder = tempfile::TempDir::new().unwrap();
    let engine = Engine::start(settings(folder.path().join("spill"))).unwrap();
    let answer = block_on(engine.query(world.store.clone(), "s/2", NOW_S, "SELECT count(*) FROM events", 10)).unwrap();
    assert_eq!(answer.rows[0][0], 0);
}
