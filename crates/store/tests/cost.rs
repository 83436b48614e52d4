//! What a page and a row cost: row keys read and bytes held.

use bytes::Bytes;
use store::{Direction, FieldId, MemoryPart, Page, Query, Row};

const ROWS: u64 = 200_000;
const BASE_S: i64 = 1_772_352_000;

/// Thirteen terms as an audit event has them: one unique id, some names, some flags. The tenth of a percent that has
/// the flag `rare` lies far back.
fn fill(part: &MemoryPart, rows: u64) {
    for first in (0..rows).step_by(1000) {
        let payloads: Vec<Bytes> = (first..(first + 1000).min(rows)).map(payload).collect();
        let texts: Vec<&str> = payloads.iter().map(|payload| std::str::from_utf8(payload).unwrap()).collect();
        let terms: Vec<Vec<(FieldId, &str)>> = texts
            .iter()
            .map(|text| text.split(' ').take(13).zip(0..).map(|(value, field)| (FieldId(field), value)).collect())
            .collect();
        let batch: Vec<Row<'_>> = terms
            .iter()
            .zip(&payloads)
            .zip(first..)
            .map(|((terms, bytes), number)| Row {
                position: number + 1,
                time_s: BASE_S + (number / 20) as i64,
                scope: if number.is_multiple_of(10) { "global" } else { "cn-shanghai" },
                terms,
                bytes: bytes.clone(),
            })
            .collect();
        part.insert("events/1", &batch);
    }
}

/// The values stand in their row, as those of JSON do.
fn payload(number: u64) -> Bytes {
    format!("{:x<1200}", values(number).join(" ") + " ").into()
}

fn values(number: u64) -> [String; 13] {
    [
        format!("{number:08X}-7C1F-4E0A-9D0B-3A8E7F6C2D11"),
        format!("Operation{}", number % 60),
        "CloudCallCenter".to_owned(),
        format!("user{}", number % 300),
        "ACS::CCC::Instance".to_owned(),
        format!("instance{}", number % 500),
        if number.is_multiple_of(3) { "Write" } else { "Read" }.to_owned(),
        format!("LTAI{}", number % 300),
        (number < ROWS / 1000).to_string(),
        format!("10.0.{}.{}", number % 8, number % 250),
        "ApiCall".to_owned(),
        format!("role{}", number % 20),
        format!("2392184891{}", number % 300),
    ]
}

fn ask(part: &MemoryPart, all_of: &[(FieldId, &str)], direction: Direction, from_s: i64, to_s: i64) -> Page {
    let scopes = &["cn-shanghai", "global"];
    part.lookup("events/1", &Query { scopes, all_of, from_s, to_s, direction, after: None, limit: 50 })
}

#[test]
fn a_page_costs_the_page_and_not_the_history() {
    let part = MemoryPart::new();
    fill(&part, ROWS);
    for direction in [Direction::Forward, Direction::Backward] {
        let all = ask(&part, &[], direction, i64::MIN, i64::MAX);
        assert_eq!((all.rows.len(), all.more), (50, true));
        assert!(all.examined <= 60, "{}", all.examined);

        let middle_s = BASE_S + (ROWS / 40) as i64;
        let middle = match direction {
            Direction::Forward => ask(&part, &[], direction, middle_s, i64::MAX),
            Direction::Backward => ask(&part, &[], direction, i64::MIN, middle_s),
        };
        assert_eq!(middle.rows.len(), 50);
        assert!(middle.examined <= 120, "{}", middle.examined);

        let id = values(ROWS / 3)[0].clone();
        let one = ask(&part, &[(FieldId(0), &id)], direction, i64::MIN, i64::MAX);
        assert_eq!((one.rows.len(), one.more), (1, false));
        assert!(one.examined <= 3, "{}", one.examined);

        let absent = ask(&part, &[(FieldId(0), "none")], direction, i64::MIN, i64::MAX);
        assert_eq!((absent.rows.len(), absent.examined), (0, 0));

        // Two common values at once.
        let both = ask(&part, &[(FieldId(1), "Operation6"), (FieldId(6), "Write")], direction, i64::MIN, i64::MAX);
        assert_eq!(both.rows.len(), 50);
        assert!(both.examined <= 50 * 20, "{}", both.examined);

        // A common value among which a rare one lies far back: the rare list leads, and the common one leaps.
        let rare = ask(&part, &[(FieldId(6), "Write"), (FieldId(8), "true")], direction, i64::MIN, i64::MAX);
        assert_eq!(rare.rows.len(), 50);
        assert!(rare.examined <= 50 * 20, "{}", rare.examined);
    }
}

#[test]
fn a_row_costs_little_beyond_its_own_bytes() {
    // Sizes just after a doubling of tables are the worst ones, so several are looked at.
    for rows in [20_000, 60_000, 120_000] {
        let part = MemoryPart::new();
        fill(&part, rows);
        let stats = part.stats();
        assert_eq!((stats.rows, stats.streams, stats.payload_bytes), (rows, 1, rows * 1200));
        let bytes_per_row = stats.index_bytes / rows;
        assert!((100..380).contains(&bytes_per_row), "{rows} rows: {bytes_per_row} bytes each");
    }
}

#[test]
fn small_streams_are_small() {
    let part = MemoryPart::new();
    assert_eq!(part.stats(), store::MemoryStats::default());
    assert_eq!(part.last_position("events/1"), 0);
    part.insert("events/1", &[]);
    assert_eq!(part.stats().streams, 0);
    fill(&part, 1);
    assert!(part.stats().index_bytes < 32 * 1024, "{}", part.stats().index_bytes);
}

#[test]
fn streams_are_apart() {
    let part = MemoryPart::new();
    let row = |position| Row { position, time_s: 1, scope: "a", terms: &[], bytes: Bytes::from_static(b"r") };
    part.insert("one", &[row(1), row(2)]);
    part.insert("two", &[row(7)]);
    let query =
        Query { scopes: &["a"], all_of: &[], from_s: 1, to_s: 1, direction: Direction::Forward, after: None, limit: 9 };
    assert_eq!(part.lookup("one", &query).rows.len(), 2);
    assert_eq!(part.lookup("two", &query).rows.len(), 1);
    assert_eq!(part.lookup("three", &query), Page::default());
    assert_eq!((part.last_position("one"), part.last_position("two")), (2, 7));
}
