//! Every kind of query gives what the plain vector gives.

use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;
use proptest::sample::select;
use store::search::SearchError;
use store::segment::{check_segment, rebuild_sidecar};
use store::{Cursor, Direction, FieldId, Segment, SegmentError};

use crate::common::*;

fn row() -> impl Strategy<Value = ModelRow> {
    let cursor = (0i64..40, 1u64..100_000).prop_map(|(time_s, position)| Cursor { time_s, position });
    let name = proptest::option::of(select(vec!["CreateUser", "\"quoted\" \\ name", "ä 名字", ""]));
    let tags = proptest::collection::vec(select(vec!["x", "y", "z", "x,y"]), 0..3);
    let text = proptest::collection::vec(
        select(vec!["alpha", "Beta", "gamma", "呼叫中心", "中心呼", "\u{1F600}", "\"", "\\n"]),
        0..6,
    );
    (cursor, select(vec!["a", "b", "c"]), name, 0u32..60, tags, text).prop_map(
        |(cursor, scope, name, id, tags, text)| {
            ModelRow::new(cursor, scope, name, &format!("id-{id}"), &tags, &text.join(" "))
        },
    )
}

fn rows(most: usize) -> impl Strategy<Value = Vec<ModelRow>> {
    proptest::collection::vec(row(), 1..most).prop_map(|rows| {
        let mut rows = sorted(rows);
        rows.dedup_by_key(|row| row.cursor);
        rows
    })
}

fn term() -> impl Strategy<Value = (FieldId, String)> {
    prop_oneof![
        select(vec!["CreateUser", "\"quoted\" \\ name", "ä 名字", "", "none"]).prop_map(|name| (NAME, name.to_owned())),
        (0u32..60).prop_map(|id| (ID, format!("id-{id}"))),
        select(vec!["x", "y", "x,y", "none"]).prop_map(|tag| (TAGS, tag.to_owned())),
    ]
}

fn query() -> impl Strategy<Value = ModelQuery> {
    let text = select(vec!["alpha", "beta GAMMA", "呼叫", "心", "叫中心", "absent", "alpha beta gamma"]);
    let time_s = || prop_oneof![20 => -1i64..42, 1 => Just(i64::MIN), 1 => Just(i64::MAX)];
    let cursor = (time_s(), prop_oneof![20 => 0u64..100_000, 1 => Just(u64::MAX)]);
    let after = proptest::option::weighted(0.3, cursor.prop_map(|(time_s, position)| Cursor { time_s, position }));
    (
        proptest::collection::vec(select(vec!["a", "b", "c", "none"]), 0..4),
        proptest::collection::vec(term(), 0..3),
        proptest::collection::vec(text, 0..2),
        prop_oneof![1 => (time_s(), time_s()), 1 => Just((i64::MIN, i64::MAX))],
        select(vec![Direction::Forward, Direction::Backward]),
        after,
        0usize..12,
    )
        .prop_map(|(scopes, all_of, texts, (from_s, to_s), direction, after, limit)| ModelQuery {
            scopes: scopes.into_iter().map(str::to_owned).collect(),
            all_of,
            texts: texts.into_iter().map(str::to_owned).collect(),
            from_s,
            to_s,
            direction,
            after,
            limit,
        })
}

fn check_page(segment: &Segment, rows: &[ModelRow], query: &ModelQuery) -> Result<(), TestCaseError> {
    let expected = query.naive(rows);
    let page = query.ask(segment).unwrap();
    prop_assert_eq!(&page.rows[..], &expected[..expected.len().min(query.limit)]);
    prop_assert_eq!(page.more, expected.len() > query.limit);
    Ok(())
}

fn check_unpacked_fields(segment: &Segment, rows: &[ModelRow]) -> Result<(), TestCaseError> {
    let columns = segment.unpacked_fields(&[ID, TAGS, NAME]).unwrap();
    prop_assert!(columns[1].is_none(), "a row may have several tags");
    for (column, field) in [(&columns[0], ID), (&columns[2], NAME)] {
        let found: Vec<Option<&str>> = (0..rows.len()).map(|row| column.as_ref().unwrap().value(row)).collect();
        let value = |row: &ModelRow| row.terms.iter().find(|term| term.0 == field).map(|term| term.1.clone());
        let expected: Vec<Option<String>> = rows.iter().map(value).collect();
        prop_assert_eq!(found, expected.iter().map(Option::as_deref).collect::<Vec<_>>());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn a_page_is_the_beginning_of_the_naive_answer(
        rows in rows(700),
        queries in proptest::collection::vec(query(), 1..24),
    ) {
        let segment = open(&build(&rows, &*schema()), schema());
        prop_assert_eq!(segment.row_count(), rows.len());
        check_unpacked_fields(&segment, &rows)?;
        for query in &queries {
            check_page(&segment, &rows, query)?;
        }
    }

    #[test]
    fn fields_that_came_later_are_found_in_older_segments(
        rows in rows(60),
        queries in proptest::collection::vec(query(), 1..10),
    ) {
        let segment = open(&build(&rows, &*schema_without(&[ID, TAGS])), schema());
        prop_assert!(segment.unpacked_fields(&[ID]).unwrap()[0].is_none());
        for query in &queries {
            check_page(&segment, &rows, query)?;
        }
    }

    #[test]
    fn all_pages_together_are_the_naive_answer(rows in rows(300), query in query(), page_rows in 1usize..40) {
        let segment = open(&build(&rows, &*schema()), schema());
        let mut all = Vec::new();
        let mut after = query.after;
        loop {
            let page = ModelQuery { after, limit: page_rows, ..query.clone() }.ask(&segment).unwrap();
            after = page.rows.last().map(|row| row.cursor).or(after);
            all.extend(page.rows);
            if !page.more {
                break;
            }
        }
        prop_assert_eq!(all, query.naive(&rows));
    }

    #[test]
    fn a_rebuilt_sidecar_is_the_same_and_the_segment_is_sound(rows in rows(600)) {
        let built = build(&rows, &*schema());
        let rebuilt = rebuild_sidecar("test.parquet", &Bytes::from(built.parquet.clone()), &*schema()).unwrap();
        prop_assert!(rebuilt == built.sidecar);
        let (sidecar, parquet) = files(rebuilt, built.parquet);
        let damages = check_segment(&sidecar, &parquet, &*schema());
        prop_assert!(damages.is_empty(), "{damages:?}");
    }
}

/// Values too many and too long for packed columns: only the rows themselves can tell.
#[test]
fn long_values_and_many_scopes_are_told_by_the_rows() {
    let long = |n: u64| format!("{n}-{}", "long ".repeat(200));
    let rows: Vec<ModelRow> = (0..1500)
        .map(|n| {
            let cursor = Cursor { time_s: (n / 3) as i64, position: n + 1 };
            let scope = if n % 2 == 0 { "a".to_owned() } else { long(n) };
            ModelRow::new(cursor, &scope, Some("n"), &long(n % 700), &["t"], "some text")
        })
        .collect();
    let segment = open(&build(&rows, &*schema()), schema());
    for direction in [Direction::Forward, Direction::Backward] {
        let all = ModelQuery::everything(direction);
        for (scopes, id) in [(vec!["a".to_owned()], 8), (vec![long(9), "a".to_owned()], 9), (vec![long(709)], 9)] {
            let query = ModelQuery { scopes, all_of: vec![(ID, long(id))], ..all.clone() };
            let expected = query.naive(&rows);
            assert!(!expected.is_empty());
            assert_eq!(query.ask(&segment).unwrap().rows, expected);
        }
        let query = ModelQuery { scopes: vec![long(11)], ..all };
        assert_eq!(query.ask(&segment).unwrap().rows, query.naive(&rows));
    }
}

/// Ids that nearly every row has for itself: they have no entries of their own in the index unless one of them is no word.
#[test]
fn ids_are_found_by_words_and_told_apart_by_the_rows() {
    for spoilt in [None, Some("id 77")] {
        // Two ids differ in case only, and texts name the ids of other rows.
        let id = |n: u64| match (n, spoilt) {
            (77, Some(id)) => id.to_owned(),
            _ => format!("{}-{}", ["id", "ID"][n as usize % 2], n / 2),
        };
        let row = |n: u64| {
            let cursor = Cursor { time_s: (n / 3) as i64, position: n + 1 };
            ModelRow::new(cursor, "a", Some("n"), &id(n), &[], &format!("after {}", id(n.saturating_sub(1))))
        };
        let rows: Vec<ModelRow> = (0..900).map(row).chain([row(900), row(900)]).collect();
        let rows: Vec<ModelRow> = rows.into_iter().enumerate().map(|(n, row)| again(row, n)).collect();
        let segment = open(&build(&rows, &*schema()), schema());
        for wanted in ["id-0", "ID-0", "id-38", "ID-38", "Id-38", "id 77", "id", "", "id-450", "ID-450", "呼叫"] {
            for direction in [Direction::Forward, Direction::Backward] {
                let all = ModelQuery::everything(direction);
                let query = ModelQuery { all_of: vec![(ID, wanted.to_owned())], ..all };
                assert_eq!(query.ask(&segment).unwrap().rows, query.naive(&rows), "{wanted:?} with {spoilt:?}");
            }
        }
    }
}

/// The row at another position.
fn again(row: ModelRow, n: usize) -> ModelRow {
    ModelRow { cursor: Cursor { position: n as u64 + 1, ..row.cursor }, ..row }
}

#[test]
fn rows_need_not_be_text_nor_have_bytes() {
    let schema = Arc::new(Opaque(schema().layout().clone()));
    let rows = [&b"\xff\x00 GET /x"[..], b"", "\u{547c}叫 plain".as_bytes()];
    let rows: Vec<_> = (1..).zip(rows).map(|(position, bytes)| (position, Bytes::from(bytes))).collect();
    let source = rows.iter().map(|(position, bytes)| store::segment::SourceRow {
        cursor: Cursor { time_s: -5, position: *position },
        bytes: bytes.clone(),
    });
    let built = store::segment::build_segment("test", "s", &source.collect::<Vec<_>>(), &*schema).unwrap();
    let (sidecar, parquet) = files(built.sidecar, built.parquet);
    assert!(check_segment(&sidecar, &parquet, &*schema).is_empty());
    let segment = Segment::open(sidecar, parquet, schema).unwrap();
    let query = ModelQuery { scopes: vec!["all".to_owned()], ..ModelQuery::everything(Direction::Forward) };
    let found: Vec<Bytes> = query.ask(&segment).unwrap().rows.into_iter().map(|row| row.bytes).collect();
    assert!(found.iter().eq(rows.iter().map(|(_, bytes)| bytes)));
    for (text, row) in [("get", 0), ("叫", 2), ("呼叫 PLAIN", 2)] {
        let found = ModelQuery { texts: vec![text.to_owned()], ..query.clone() }.ask(&segment).unwrap().rows;
        assert_eq!((found.len(), &found[0].bytes), (1, &rows[row].1), "{text}");
    }
    let nothing = ModelQuery { texts: vec![" , ".to_owned()], ..query }.ask(&segment);
    assert!(matches!(nothing, Err(SegmentError::Search(SearchError::NoWord { .. }))));
}

/// Takes any bytes.
struct Opaque(store::Layout);

impl store::Schema for Opaque {
    fn layout(&self) -> &store::Layout {
        &self.0
    }

    fn extract<'a>(&self, _: &'a [u8]) -> Result<store::Extracted<'a>, String> {
        Ok(store::Extracted { scope: "all".into(), ..store::Extracted::default() })
    }
}

#[test]
fn rows_that_make_no_segment_are_refused() {
    let row = |time_s, position| ModelRow::new(Cursor { time_s, position }, "a", None, "id", &[], "text");
    let refused = |rows: &[ModelRow]| {
        store::segment::build_segment("test", "s", &source(rows), &*schema()).err().map(|error| error.to_string())
    };
    assert!(refused(&[]).is_some_and(|text| text.contains("1 to")));
    assert!(refused(&[row(2, 1), row(1, 2)]).is_some_and(|text| text.contains("in order")));
    assert!(refused(&[row(1, 1), row(1, 1)]).is_some());
    assert!(refused(&[row(i64::MAX, 1)]).is_some_and(|text| text.contains("position 1")));
    assert!(refused(&[row(1, u64::MAX)]).is_some());
    let mut broken = row(1, 7);
    broken.bytes = Bytes::from_static(b"{}");
    assert!(refused(&[broken]).is_some_and(|text| text.contains("position 7 has no time")));
    assert_eq!(refused(&[row(1, 1)]), None);
}
