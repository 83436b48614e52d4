//! Every statement of the catalogue fails once: nothing of its transaction stays, and the next attempt makes all of it.

use std::collections::BTreeMap;

use sqlx::AssertSqlSafe;
use store::Hold;
use store::retention::{Expiry, Period, RetentionChange, RetentionLedger};
use store::segment::SegmentSummary;
use store::write::{Catalogue, CatalogueEntry, Change, SqlCatalogue};

use crate::local::Bench;

const STREAM: &str = "s/one";
const DAY_S: i64 = 86_400;

/// What changes rows, and of which tables.
const KINDS: [&str; 3] = ["INSERT", "UPDATE", "DELETE"];
const TABLES: [&str; 6] =
    ["store_segments", "store_covered", "store_doomed", "store_retention", "store_holds", "store_expiries"];

/// A transaction of the catalogue, and the least number of its statements that can fail.
type Work = (fn(&SqlCatalogue) -> Result<(), String>, usize);

fn entry(name: &str) -> CatalogueEntry {
    let summary = SegmentSummary {
        rows: 10,
        first_time_s: DAY_S,
        last_time_s: DAY_S + 9,
        lowest_position: 1,
        highest_position: 10,
        ..SegmentSummary::default()
    };
    CatalogueEntry { name: name.to_owned(), stream: STREAM.to_owned(), summary, sidecar_bytes: 7, zstd_level: 1 }
}

fn change(add: &[&str], remove: &[&str], covered: u64) -> Change {
    Change {
        add: add.iter().map(|name| entry(name)).collect(),
        remove: remove.iter().map(|name| (*name).to_owned()).collect(),
        covered: BTreeMap::from([(STREAM.to_owned(), covered)]),
    }
}

fn hold(name: &str) -> Hold {
    Hold {
        name: name.to_owned(),
        from_s: 0,
        to_s: 1,
        reason: "a case".to_owned(),
        placed_by: "root".to_owned(),
        placed_at_ms: 1,
    }
}

fn expire(catalogue: &SqlCatalogue, name: &str) -> Result<(), String> {
    let period = Period::of_days(1).unwrap();
    let expired = catalogue.expire(STREAM, &[&entry(name)], period, 10 * DAY_S)?;
    assert_eq!(expired.gone, [name]);
    Ok(())
}

fn retention(catalogue: &SqlCatalogue, change: &RetentionChange) -> Result<(), String> {
    catalogue.change(STREAM, change)?.map(drop).map_err(|refused| format!("{refused:?}"))
}

/// Segments that were written, one that was replaced, one that expired, a hold.
fn prepared() -> (Bench, std::sync::Arc<SqlCatalogue>) {
    let bench = Bench::new();
    let catalogue = bench.catalogue();
    catalogue.commit(&change(&["a", "b", "c", "old"], &[], 10)).unwrap();
    catalogue.commit(&change(&["d"], &["c"], 10)).unwrap();
    expire(&catalogue, "old").unwrap();
    retention(&catalogue, &RetentionChange::Place(hold("first"))).unwrap();
    (bench, catalogue)
}

/// All that the catalogue says.
fn said(catalogue: &SqlCatalogue) -> String {
    let (state, rules, expiries) = (catalogue.load(), catalogue.rules(), catalogue.unreported());
    format!("{:?}\n{:?}\n{:?}", state.unwrap(), rules.unwrap(), expiries.unwrap())
}

fn first_expiry(catalogue: &SqlCatalogue) -> Result<Expiry, String> {
    catalogue.unreported()?.into_iter().next().ok_or_else(|| "nothing expired".to_owned())
}

const WORKS: [Work; 7] = [
    // Two segments become one: entered, taken out, doomed, covered.
    (|catalogue| catalogue.commit(&change(&["joined"], &["a", "b"], 20)), 4),
    (|catalogue| catalogue.forget_doomed(&["c".to_owned(), "old".to_owned()]), 1),
    // The turn, the segment taken out and doomed, the sums, the report.
    (|catalogue| expire(catalogue, "a"), 4),
    (|catalogue| catalogue.forget(&first_expiry(catalogue)?), 1),
    (|catalogue| retention(catalogue, &RetentionChange::SetPeriod(Some(Period::UNLIMITED))), 1),
    (|catalogue| retention(catalogue, &RetentionChange::Place(hold("second"))), 2),
    (|catalogue| retention(catalogue, &RetentionChange::Release("first".to_owned())), 2),
];

fn execute(bench: &Bench, sql: String) {
    bench.runtime.block_on(sqlx::query(AssertSqlSafe(sql)).execute(bench.database.pool())).unwrap();
}

#[test]
fn a_statement_that_fails_leaves_nothing_and_the_next_attempt_makes_all() {
    for (number, (work, statements)) in WORKS.into_iter().enumerate() {
        let (_bench, catalogue) = prepared();
        work(&catalogue).unwrap();
        let (after, mut failures) = (said(&catalogue), 0);
        for (table, kind) in TABLES.into_iter().flat_map(|table| KINDS.map(|kind| (table, kind))) {
            let (bench, catalogue) = prepared();
            let before = said(&catalogue);
            assert_ne!(before, after, "work {number} changes something");
            execute(
                &bench,
                format!("CREATE TRIGGER planned AFTER {kind} ON {table} BEGIN SELECT RAISE(ABORT, 'planned'); END"),
            );
            if let Err(error) = work(&catalogue) {
                failures += 1;
                assert!(error.contains("planned"), "{error}");
                assert_eq!(said(&catalogue), before, "work {number}: {kind} of {table} failed");
                execute(&bench, "DROP TRIGGER planned".to_owned());
                work(&catalogue).unwrap();
            }
            assert_eq!(said(&catalogue), after, "work {number}: {kind} of {table}");
        }
        assert!(failures >= statements, "work {number}: only {failures} statements failed");
    }
}
