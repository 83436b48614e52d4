//! The memory part beside a model that filters and sorts a plain list.

use bytes::Bytes;
use proptest::prelude::*;
use store::schema::WordRules;
use store::search::{Budget, Expr, PageEnd, Search};
use store::{Cursor, Direction, Extracted, FieldId, FoundRow, Layout, MemoryPart, Page, Query, Row, Schema};

#[derive(Debug, Clone)]
struct ModelRow {
    position: u64,
    time_s: i64,
    scope: String,
    terms: Vec<(u8, String)>,
}

impl ModelRow {
    fn cursor(&self) -> Cursor {
        Cursor { time_s: self.time_s, position: self.position }
    }

    fn bytes(&self) -> Bytes {
        Bytes::from(format!("{self:?}"))
    }
}

#[derive(Debug, Clone)]
struct ModelQuery {
    scopes: Vec<String>,
    all_of: Vec<(u8, String)>,
    from_s: i64,
    to_s: i64,
    direction: Direction,
    after: Option<Cursor>,
    limit: usize,
}

fn scope() -> impl Strategy<Value = String> {
    prop_oneof![Just("cn-shanghai"), Just("cn-hangzhou"), Just("global"), Just("")].prop_map(str::to_owned)
}

fn term() -> impl Strategy<Value = (u8, String)> {
    (0u8..4, 0u8..4).prop_map(|(field, value)| (field, format!("v{value}")))
}

/// Times mostly close together, so that equal times, late rows and the ends of the range all occur.
fn time_s() -> impl Strategy<Value = i64> {
    prop_oneof![20 => 0i64..30, 1 => Just(i64::MIN), 1 => Just(i64::MAX)]
}

fn row() -> impl Strategy<Value = ModelRow> {
    let position = prop_oneof![20 => 1u64..200, 1 => Just(0), 1 => Just(u64::MAX)];
    (position, time_s(), scope(), proptest::collection::vec(term(), 0..5))
        .prop_map(|(position, time_s, scope, terms)| ModelRow { position, time_s, scope, terms })
}

fn query() -> impl Strategy<Value = ModelQuery> {
    let direction = prop_oneof![Just(Direction::Forward), Just(Direction::Backward)];
    let position = prop_oneof![20 => 0u64..200, 1 => Just(u64::MAX)];
    let after = proptest::option::weighted(
        0.5,
        (time_s(), position).prop_map(|(time_s, position)| Cursor { time_s, position }),
    );
    let range = prop_oneof![
        3 => (time_s(), time_s()),
        1 => Just((i64::MIN, i64::MAX)),
    ];
    (
        proptest::collection::vec(scope(), 0..4),
        proptest::collection::vec(term(), 0..3),
        range,
        direction,
        after,
        0usize..9,
    )
        .prop_map(|(scopes, all_of, (from_s, to_s), direction, after, limit)| ModelQuery {
            scopes,
            all_of,
            from_s,
            to_s,
            direction,
            after,
            limit,
        })
}

/// The rows that a stream keeps: the first of each position.
fn kept(rows: &[ModelRow]) -> Vec<&ModelRow> {
    let mut kept: Vec<&ModelRow> = Vec::new();
    for row in rows {
        if kept.iter().all(|other| other.position != row.position) {
            kept.push(row);
        }
    }
    kept
}

fn naive(rows: &[ModelRow], query: &ModelQuery) -> Vec<FoundRow> {
    let follows = |row: &ModelRow| match (query.after, query.direction) {
        (None, _) => true,
        (Some(after), Direction::Forward) => row.cursor() > after,
        (Some(after), Direction::Backward) => row.cursor() < after,
    };
    let mut found: Vec<&ModelRow> = kept(rows)
        .into_iter()
        .filter(|row| query.scopes.contains(&row.scope))
        .filter(|row| query.all_of.iter().all(|term| row.terms.contains(term)))
        .filter(|row| (query.from_s..=query.to_s).contains(&row.time_s))
        .filter(|row| follows(row))
        .collect();
    found.sort_by_key(|row| row.cursor());
    if query.direction == Direction::Backward {
        found.reverse();
    }
    found.into_iter().map(|row| FoundRow { cursor: row.cursor(), bytes: row.bytes() }).collect()
}

fn insert(part: &MemoryPart, rows: &[ModelRow], batch_rows: usize) {
    for batch in rows.chunks(batch_rows) {
        let terms: Vec<Vec<(FieldId, &str)>> = batch
            .iter()
            .map(|row| row.terms.iter().map(|(field, value)| (FieldId(*field), &**value)).collect())
            .collect();
        let batch: Vec<Row<'_>> = batch
            .iter()
            .zip(&terms)
            .map(|(row, terms)| Row {
                position: row.position,
                time_s: row.time_s,
                scope: &row.scope,
                terms,
                bytes: row.bytes(),
            })
            .collect();
        part.insert("s", &batch);
    }
}

fn ask(part: &MemoryPart, query: &ModelQuery, after: Option<Cursor>, limit: usize) -> Page {
    let scopes: Vec<&str> = query.scopes.iter().map(String::as_str).collect();
    let all_of: Vec<(FieldId, &str)> = query.all_of.iter().map(|(field, value)| (FieldId(*field), &**value)).collect();
    part.lookup(
        "s",
        &Query {
            scopes: &scopes,
            all_of: &all_of,
            from_s: query.from_s,
            to_s: query.to_s,
            direction: query.direction,
            after,
            limit,
        },
    )
}

/// Knows nothing of rows: what is asked must be told by the lists of values alone.
struct Opaque(Layout);

impl Opaque {
    fn new() -> Opaque {
        Opaque(Layout {
            name: "test".to_owned(),
            time_column: "time".to_owned(),
            position_column: "position".to_owned(),
            scope_column: "scope".to_owned(),
            raw_column: "raw".to_owned(),
            fields: Vec::new(),
            words: WordRules::new(",", true),
        })
    }
}

impl Schema for Opaque {
    fn layout(&self) -> &Layout {
        &self.0
    }

    fn extract<'a>(&self, _: &'a [u8]) -> Result<Extracted<'a>, String> {
        Err("must not be read".to_owned())
    }
}

fn values_expr() -> impl Strategy<Value = Expr> {
    let leaf = term().prop_map(|(field, value)| Expr::Is(FieldId(field), value));
    leaf.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Expr::And),
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Expr::Or),
            inner.prop_map(|inner| Expr::Not(Box::new(inner))),
        ]
    })
}

fn is_true(expr: &Expr, row: &ModelRow) -> bool {
    match expr {
        Expr::And(parts) => parts.iter().all(|part| is_true(part, row)),
        Expr::Or(parts) => parts.iter().any(|part| is_true(part, row)),
        Expr::Not(inner) => !is_true(inner, row),
        Expr::Is(field, value) => row.terms.iter().any(|(id, found)| FieldId(*id) == *field && found == value),
        _ => unreachable!("not made above"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn conditions_on_values_need_no_row(
        rows in proptest::collection::vec(row(), 0..120),
        queries in proptest::collection::vec((query(), values_expr()), 1..8),
    ) {
        let part = MemoryPart::new();
        insert(&part, &rows, 50);
        let schema = Opaque::new();
        for (query, expr) in &queries {
            let search = Search::new(expr.clone(), schema.layout()).unwrap();
            let scopes: Vec<&str> = query.scopes.iter().map(String::as_str).collect();
            let all_of: Vec<(FieldId, &str)> = query.all_of.iter().map(|(id, value)| (FieldId(*id), &**value)).collect();
            let (from_s, to_s, direction, after, limit) =
                (query.from_s, query.to_s, query.direction, query.after, query.limit);
            let wanted = Query { scopes: &scopes, all_of: &all_of, from_s, to_s, direction, after, limit };
            let matching: Vec<ModelRow> = kept(&rows).into_iter().filter(|row| is_true(expr, row)).cloned().collect();
            let expected = naive(&matching, query);
            let page = part.search("s", &wanted, &search, &schema, &Budget::unlimited()).unwrap();
            prop_assert_eq!(&page.rows[..], &expected[..expected.len().min(query.limit)]);
            prop_assert_eq!(page.end == PageEnd::Full, expected.len() > query.limit);
        }
    }

    #[test]
    fn a_page_is_the_beginning_of_the_naive_answer(
        rows in proptest::collection::vec(row(), 0..120),
        batch_rows in 1usize..20,
        queries in proptest::collection::vec(query(), 1..8),
    ) {
        let part = MemoryPart::new();
        insert(&part, &rows, batch_rows);
        // A second replay changes nothing.
        insert(&part, &rows, batch_rows);
        prop_assert_eq!(part.stats().rows, kept(&rows).len() as u64);
        prop_assert_eq!(part.last_position("s"), rows.iter().map(|row| row.position).max().unwrap_or(0));
        for query in &queries {
            let expected = naive(&rows, query);
            let page = ask(&part, query, query.after, query.limit);
            prop_assert_eq!(&page.rows[..], &expected[..expected.len().min(query.limit)]);
            prop_assert_eq!(page.more, expected.len() > query.limit);
        }
    }

    #[test]
    fn all_pages_together_are_the_naive_answer(
        rows in proptest::collection::vec(row(), 0..200),
        query in query(),
        page_rows in 1usize..7,
    ) {
        let part = MemoryPart::new();
        insert(&part, &rows, 50);
        let mut all = Vec::new();
        let mut after = query.after;
        loop {
            let page = ask(&part, &query, after, page_rows);
            prop_assert!(page.rows.len() == page_rows || !page.more);
            after = page.rows.last().map(|row| row.cursor).or(after);
            all.extend(page.rows);
            if !page.more {
                break;
            }
        }
        prop_assert_eq!(all, naive(&rows, &query));
    }
}

/// Enough rows for lists of many blocks, in an order that is disturbed, with every page of every query compared.
#[test]
fn long_lists_with_late_rows_page_like_the_model() {
    let rows: Vec<ModelRow> = (0..6000u64)
        .map(|position| {
            let late_s = if position.is_multiple_of(7) { 900 } else { 0 };
            ModelRow {
                position,
                time_s: (position / 2) as i64 - late_s,
                scope: if position % 5 < 3 { "a".to_owned() } else { "b".to_owned() },
                terms: vec![(1, format!("{}", position % 2)), (2, format!("{}", position % 3))],
            }
        })
        .collect();
    let part = MemoryPart::new();
    insert(&part, &rows, 100);
    let term = |field: u8, value: &str| (field, value.to_owned());
    for scopes in [vec!["a"], vec!["b", "a", "b"]] {
        for all_of in [vec![], vec![term(1, "1")], vec![term(1, "0"), term(2, "2")], vec![term(2, "9")]] {
            for direction in [Direction::Forward, Direction::Backward] {
                let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
                let all_of = all_of.clone();
                let query = ModelQuery { scopes, all_of, from_s: -300, to_s: 2800, direction, after: None, limit: 97 };
                let mut all = Vec::new();
                let mut after = None;
                loop {
                    let page = ask(&part, &query, after, query.limit);
                    after = page.rows.last().map(|row| row.cursor);
                    all.extend(page.rows);
                    if !page.more {
                        break;
                    }
                }
                assert_eq!(all, naive(&rows, &query));
            }
        }
    }
}
