//! Searches over memory, segments, and both, beside the plain evaluator.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use proptest::prelude::*;
use store::search::{
    Budget, Cancel, Expr, FieldNames, PageEnd, Search, SearchError, SearchPage, Stopped, parse_search,
};
use store::write::FilterOptions;
use store::{Cursor, Direction, FieldId, Query, Store, StoreOptions};

use crate::search_model::*;
use crate::world::World;

/// Rows of which the first are in segments, one for each of the numbers, and the rest in memory.
fn store(rows: &[ModelRow], flushed: &[usize]) -> Store {
    let world = Arc::new(World::default());
    let journal = [(STREAM.to_owned(), 1, rows.len() as u64)];
    let folder = tempfile::tempdir().unwrap();
    // What a filter says is read from its open file.
    let filters = Some(FilterOptions { folder: folder.path().to_owned(), segments: 2 });
    let options = StoreOptions { part_rows: 10_000, compaction: false, filters, ..StoreOptions::default() };
    let store = Store::open(schemas(), world.clone(), world, &journal, Box::new(|_, _| Ok(())), options).unwrap();
    let mut rest = rows;
    for count in flushed {
        let (now, later) = rest.split_at((*count).min(rest.len()));
        insert(&store, now);
        store.flush().unwrap();
        rest = later;
    }
    store.maintain().unwrap();
    assert_eq!(store.stats().maintenance.filters, store.stats().segments / 2);
    insert(&store, rest);
    store
}

fn compile(expr: &Expr) -> Result<Arc<Search>, SearchError> {
    Search::new(expr.clone(), schemas().of(STREAM).unwrap().layout())
}

fn ask(store: &Store, query: &ModelQuery, budget: &Budget) -> SearchPage {
    ask_for(store, query, &compile(&query.expr).unwrap(), budget)
}

/// The same with the test that the condition may need.
fn ask_tested(store: &Store, rows: &[ModelRow], query: &ModelQuery, budget: &Budget) -> SearchPage {
    ask_for(store, query, &tested(&query.expr, rows), budget)
}

fn tested(expr: &Expr, rows: &[ModelRow]) -> Arc<Search> {
    Search::tested(expr.clone(), schemas().of(STREAM).unwrap().layout(), KnownTest::new(expr, rows)).unwrap()
}

fn ask_for(store: &Store, query: &ModelQuery, search: &Arc<Search>, budget: &Budget) -> SearchPage {
    let tag = query.tag.map(|tag| (TAGS, tag));
    store.search(STREAM, &wanted(query, tag.as_slice()), search, budget).unwrap()
}

fn wanted<'a>(query: &'a ModelQuery, all_of: &'a [(FieldId, &'a str)]) -> Query<'a> {
    Query {
        scopes: &query.scopes,
        all_of,
        from_s: query.range.0,
        to_s: query.range.1,
        direction: query.direction,
        after: query.after,
        limit: query.limit,
    }
}

fn everything(expr: Expr, direction: Direction, limit: usize) -> ModelQuery {
    let range = (i64::MIN, i64::MAX);
    ModelQuery { expr, scopes: vec!["a", "b", "c"], tag: None, range, direction, after: None, limit }
}

fn check_page(store: &Store, rows: &[ModelRow], query: &ModelQuery) -> Result<(), TestCaseError> {
    let expected = query.naive(rows);
    let page = ask_tested(store, rows, query, &Budget::unlimited());
    prop_assert_eq!(&page.rows[..], &expected[..expected.len().min(query.limit)], "{:?}", query);
    let end = if expected.len() > query.limit { PageEnd::Full } else { PageEnd::Last };
    prop_assert_eq!(page.end, end, "{:?}", query);
    let tag = query.tag.map(|tag| (TAGS, tag));
    let (wanted, search) = (wanted(query, tag.as_slice()), tested(&query.expr, rows));
    let places = store.search_places(STREAM, &wanted, &search, &Budget::unlimited()).unwrap();
    prop_assert_eq!(places.end, end, "{:?}", query);
    prop_assert!(places.rows.iter().map(|row| row.cursor).eq(page.rows.iter().map(|row| row.cursor)), "{:?}", query);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_page_is_the_beginning_of_the_naive_answer(
        rows in rows(400),
        flushed in proptest::collection::vec(1usize..200, 0..4),
        queries in proptest::collection::vec(query(), 1..24),
    ) {
        let store = store(&rows, &flushed);
        for query in &queries {
            check_page(&store, &rows, query)?;
        }
    }

    /// Whatever ends a page, all pages together are the answer, and each is whole up to where it says.
    #[test]
    fn pages_that_end_early_join_to_the_naive_answer(
        rows in rows(400),
        flushed in proptest::collection::vec(1usize..200, 0..4),
        query in query(),
        limit in 1usize..40,
        budget_rows in 0u64..60,
    ) {
        let store = store(&rows, &flushed);
        let expected = query.naive(&rows);
        let (mut all, mut after) = (Vec::new(), query.after);
        loop {
            let part = ModelQuery { after, limit, ..query.clone() };
            let page = ask_tested(&store, &rows, &part, &Budget::unlimited().rows(budget_rows));
            all.extend(page.rows.iter().cloned());
            prop_assert_eq!(&all[..], &expected[..all.len()]);
            if page.end == PageEnd::Last {
                break;
            }
            prop_assert!(page.next().is_some() && page.next() != after, "{:?}", page.end);
            after = page.next();
        }
        prop_assert_eq!(all, expected);
    }
}

/// Enough rows for many granules and chunks.
fn many_rows(count: u64) -> Vec<ModelRow> {
    let row = |n: u64| {
        let cursor = Cursor { time_s: (n / 4) as i64, position: n + 1 };
        let name = ["CreateUser", "DeleteUser", "ListUsers"][n as usize % 3];
        let text = if n % 997 == 5 { "needle 客服中心" } else { "hay 呼叫" };
        ModelRow::new(cursor, "a", Some(name), &format!("id-{n}"), &["x"], text, Form::Plain)
    };
    (0..count).map(row).collect()
}

#[test]
fn a_budget_is_kept_and_says_so() {
    let rows = many_rows(6000);
    let pattern = Expr::TextLike(pattern("needle*"));
    for flushed in [&[][..], &[3000, 3000], &[2000, 2000]] {
        let store = store(&rows, flushed);
        let query = everything(pattern.clone(), Direction::Backward, 50);
        let all = ask(&store, &query, &Budget::unlimited());
        assert_eq!((&all.rows, all.end), (&query.naive(&rows), PageEnd::Last));
        assert!(all.examined >= 6000 && all.bytes_read > 6000 * 50, "{} {}", all.examined, all.bytes_read);

        let stopped = |budget: Budget, reason: Stopped, most: u64| {
            let page = ask(&store, &query, &budget);
            let PageEnd::Stopped { reason: found, resume: Some(resume) } = page.end else {
                panic!("{:?}", page.end);
            };
            assert_eq!(found, reason);
            assert!(page.examined <= most, "{} rows", page.examined);
            let expected = query.naive(&rows);
            let until: Vec<_> = expected.iter().filter(|row| row.cursor >= resume).cloned().collect();
            assert_eq!(page.rows, until);
        };
        stopped(Budget::unlimited().rows(1000), Stopped::Rows, 1000 + 512);
        stopped(Budget::unlimited().bytes(100_000), Stopped::Bytes, 2000);
        stopped(Budget::unlimited().until(Instant::now()), Stopped::Deadline, 512);
    }
}

/// Rows that the index knows to match cost what their pages have; where only their places are asked for, nothing.
#[test]
fn bytes_of_rows_that_are_known_to_match_are_counted() {
    let rows = many_rows(3000);
    let store = store(&rows, &[3000]);
    let named = Expr::Is(NAME, "ListUsers".to_owned());
    let query = everything(named.clone(), Direction::Forward, 2000);
    let all = ask(&store, &query, &Budget::unlimited());
    assert_eq!(all.rows, query.naive(&rows));
    let bytes: usize = rows.iter().map(|row| row.bytes.len()).sum();
    assert!(all.bytes_read > bytes as u64, "{} of {bytes}", all.bytes_read);
    let found = store.search_places(STREAM, &wanted(&query, &[]), &compile(&named).unwrap(), &Budget::unlimited());
    let found = found.unwrap();
    assert_eq!((found.rows.len(), found.bytes_read), (all.rows.len(), 0));
    let twice = everything(named, Direction::Forward, 5);
    let page = ask(&store, &twice, &Budget::unlimited());
    assert!(page.bytes_read < bytes as u64 / 5, "{} of {bytes}", page.bytes_read);
}

#[test]
fn a_search_is_called_off_before_and_while_it_runs() {
    let rows = many_rows(3000);
    let store = store(&rows, &[1500]);
    let query = everything(Expr::TextLike(pattern("absent*")), Direction::Backward, 50);
    let cancel = Cancel::default();
    cancel.cancel();
    let page = ask(&store, &query, &Budget::unlimited().cancelled_by(&cancel));
    assert_eq!(page.end, PageEnd::Stopped { reason: Stopped::Cancelled, resume: None });
    assert_eq!((page.rows.len(), page.examined), (0, 0));

    let cancel = Cancel::default();
    let pages = AtomicU64::new(0);
    std::thread::scope(|threads| {
        let searching = threads.spawn(|| {
            // The same again until it is called off.
            loop {
                let page = ask(&store, &query, &Budget::unlimited().cancelled_by(&cancel));
                pages.fetch_add(1, Ordering::Relaxed);
                if let PageEnd::Stopped { reason, .. } = page.end {
                    return reason;
                }
            }
        });
        while pages.load(Ordering::Relaxed) < 2 {
            std::thread::yield_now();
        }
        cancel.cancel();
        assert_eq!(searching.join().unwrap(), Stopped::Cancelled);
    });
}

#[test]
fn phrases_patterns_and_escapes_are_found_everywhere() {
    let row = |position: u64, text: &str, form: Form| {
        ModelRow::new(Cursor { time_s: 1, position }, "a", None, "id", &[], text, form)
    };
    let rows = [
        row(1, "GET x/y10.0.0.1 failed with ERROR-7", Form::Plain),
        row(2, "客服中心abc 呼叫", Form::Escaped),
        row(3, "call 13800001111, then 13900001111", Form::Nested),
        row(4, "nothing", Form::Plain),
    ];
    let names = FieldNames::of(schemas().of(STREAM).unwrap().layout());
    for flushed in [&[][..], &[4], &[2]] {
        let store = store(&rows, flushed);
        for (text, expected) in [
            ("\"failed with error-7\"", &[1][..]),
            ("failed=wi*", &[1]),
            ("fail?d(with)=err*", &[1]),
            ("\"with failed\"", &[]),
            ("x/*", &[1]),
            ("服中", &[2]),
            ("服中?abc", &[2]),
            ("客*心=abc", &[2]),
            ("abc=呼*", &[2]),
            ("abc呼", &[2]),
            ("服abc", &[]),
            ("\"心abc 呼\"", &[2]),
            ("138* 139*", &[3]),
            ("13?00001111", &[3]),
            ("NOT (138* OR 客服)", &[1, 4]),
            ("inner", &[3]),
            ("id:id NOT name:* NOT nothing 138*", &[3]),
            ("", &[1, 2, 3, 4]),
        ] {
            // Where the language has a meaning for a mark, a delimiter that it has none for stands here.
            let expr = match text {
                "fail?d(with)=err*" => Expr::TextLike(pattern("fail?d(with)=err*")),
                text => parse_search(text, &names).unwrap(),
            };
            let page = ask(&store, &everything(expr, Direction::Forward, 10), &Budget::unlimited());
            let found: Vec<u64> = page.rows.iter().map(|row| row.cursor.position).collect();
            assert_eq!(found, expected, "{text} {flushed:?}");
        }
    }
}

#[test]
fn what_cannot_be_looked_for_is_refused() {
    assert!(matches!(compile(&Expr::Text(" ,".to_owned())), Err(SearchError::NoWord { .. })));
    assert!(matches!(compile(&Expr::TextLike(pattern(""))), Err(SearchError::NoWord { .. })));
    assert!(matches!(compile(&Expr::Text("a ".repeat(65))), Err(SearchError::LongPhrase)));
    let many = Expr::Or(vec![Expr::Exists(FieldId(1)); 65]);
    assert!(matches!(compile(&many), Err(SearchError::TooLarge)));
    let deep = (0..70).fold(Expr::ALL, |inner, _| Expr::Not(Box::new(inner)));
    assert!(matches!(compile(&deep), Err(SearchError::TooLarge)));
    let rows = many_rows(1);
    let query = everything(Expr::ALL, Direction::Forward, 1);
    let wanted = Query {
        scopes: &["a"],
        all_of: &[],
        from_s: query.range.0,
        to_s: query.range.1,
        direction: query.direction,
        after: None,
        limit: 1,
    };
    let search = compile(&query.expr).unwrap();
    assert!(store(&rows, &[]).search("unknown", &wanted, &search, &Budget::unlimited()).is_err());
}
