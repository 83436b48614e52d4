//! Day sheets on a real database: whatever is appended when, a report equals a fold of all rows from the first one on.

use std::collections::BTreeMap;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::bench::{ACCOUNT, Bench, root};
use super::on_both_databases;
use crate::activity::{Activity, Direction, Kind};
use crate::day::Day;
use crate::report::book::{self, Period};
use crate::report::fold::{Closed, Fold, State, Width};
use crate::report::properties::{self, MIDNIGHT_MS, merged};
use crate::report::sheet::Sheet;

on_both_databases!(
    reports_equal_a_fold_from_scratch,
    a_finished_day_is_read_and_not_folded_again,
    a_damaged_sheet_is_folded_again,
    appends_and_reports_at_the_same_time_agree_in_the_end,
);

/// The fourth day of the generated rows.
fn today() -> Day {
    Day::of_number(Day::of_ms(MIDNIGHT_MS).number() + 3)
}

fn now_ms() -> i64 {
    today().start_ms() + 43_200_000
}

fn period() -> Period {
    Period { first: Day::of_ms(MIDNIGHT_MS), last: today() }
}

fn from_scratch(rows: &[Activity]) -> BTreeMap<Day, Sheet> {
    let mut rows = rows.to_vec();
    rows.sort_by_key(|row| row.at_ms);
    let mut sheets: BTreeMap<Day, Sheet> = period().days().map(|day| (day, Sheet::default())).collect();
    let mut fold = Fold::new(Width::Day, MIDNIGHT_MS, State::default());
    let mut take = |closed: Closed<'_>| {
        sheets.insert(Day::of_ms(closed.start_ms), closed.sheet);
    };
    for row in rows.iter().filter(|row| Day::of_ms(row.at_ms) < today()) {
        fold.row(row, &mut take);
    }
    fold.advance(today().start_ms(), &mut take);
    for row in rows.iter().filter(|row| Day::of_ms(row.at_ms) == today()) {
        fold.row(row, &mut take);
    }
    sheets.insert(today(), fold.sheet_at(now_ms()));
    sheets
}

async fn reported(bench: &Bench, instance: &str) -> BTreeMap<Day, Sheet> {
    let days = book::days(&bench.center, instance, period(), now_ms()).await.expect("the database serves");
    days.into_iter().map(|(day, sheet)| (day, (*sheet).clone())).collect()
}

async fn reports_equal_a_fold_from_scratch(bench: &Bench) {
    let mut runner = TestRunner::deterministic();
    let batches = proptest::collection::vec(0..5_usize, 120);
    for case in 0..12 {
        let instance = bench.instance(&format!("case{case}"), &[]).await;
        let rows = properties::rows(false).new_tree(&mut runner).expect("rows").current();
        let batches = batches.new_tree(&mut runner).expect("numbers").current();
        let mut appended = Vec::new();
        for batch in 0..5 {
            // Rows of a batch are spread over all days, so that each batch but the first is late for some.
            let new = rows.iter().zip(&batches).filter(|(_, of)| **of == batch).map(|(row, _)| row.clone());
            let new: Vec<Activity> = new.collect();
            bench.center.record(&instance, &new).await.expect("appended");
            appended.extend(new);
            let expected = from_scratch(&appended);
            assert_eq!(reported(bench, &instance).await, expected, "case {case}, batch {batch}");
            // Without memory, and with the sheets that are there.
            bench.center.books.forget_all();
            assert_eq!(reported(bench, &instance).await, expected, "case {case}, batch {batch}, from sheets");
        }
        for day in period().days() {
            let fives = book::five_minutes(&bench.center, &instance, day, now_ms(), Sheet::clone).await;
            let fives = fives.expect("the database serves");
            assert_eq!(merged(fives.values()), from_scratch(&appended)[&day], "case {case}, in five minutes");
        }
    }
}

fn ring(at_ms: i64, contact: &str) -> Activity {
    let kind = Kind::AgentRinging { agent_name: "梅".to_owned(), direction: Direction::Inbound };
    Activity::at(at_ms, kind).of_agent("201").of_contact(contact)
}

async fn offered(bench: &Bench, instance: &str) -> i64 {
    merged(reported(bench, instance).await.values()).of_instance().inbound.begun
}

async fn a_finished_day_is_read_and_not_folded_again(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let late = MIDNIGHT_MS + 3_600_000;
    bench.center.record(&instance, &[ring(late, "c1"), ring(now_ms() - 1_000, "c2")]).await.expect("appended");
    assert_eq!(offered(bench, &instance).await, 2);
    assert_eq!(bench.count("ccc_day_sheets").await, 3);
    // Rows that vanish behind the program's back are not missed: the sheet speaks for its day.
    bench.execute("DELETE FROM ccc_activity WHERE contact_id = 'c1'").await;
    bench.center.books.forget_all();
    assert_eq!(offered(bench, &instance).await, 2);
    // An append to the day makes it stale, and all days after it.
    bench.center.record(&instance, &[ring(late + 1, "c3")]).await.expect("appended");
    assert_eq!(bench.count("ccc_day_sheets").await, 0);
    assert_eq!(offered(bench, &instance).await, 2);
    // Today's rows leave them alone.
    bench.center.record(&instance, &[ring(now_ms() - 500, "c4")]).await.expect("appended");
    assert_eq!(bench.count("ccc_day_sheets").await, 3);
    assert_eq!(offered(bench, &instance).await, 3);
}

async fn a_damaged_sheet_is_folded_again(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    bench.center.record(&instance, &[ring(MIDNIGHT_MS + 3_600_000, "c1")]).await.expect("appended");
    assert_eq!(offered(bench, &instance).await, 1);
    let whole = reported(bench, &instance).await;
    let mut connection = bench.center.database.pool().acquire().await.expect("a connection");
    for (bytes, day) in [(&b"CCDS\x09nonsense"[..], 0), (b"", 1)] {
        sqlx::query("UPDATE ccc_day_sheets SET sheet = $1 WHERE day = $2")
            .bind(bytes)
            .bind(Day::of_ms(MIDNIGHT_MS).number() + day)
            .execute(&mut *connection)
            .await
            .expect("damaged");
    }
    drop(connection);
    bench.center.books.forget_all();
    assert_eq!(reported(bench, &instance).await, whole);
}

async fn appends_and_reports_at_the_same_time_agree_in_the_end(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let mut writers = Vec::new();
    for writer in 0..3_i64 {
        let (center, instance) = (bench.center.clone(), instance.clone());
        writers.push(tokio::spawn(async move {
            for n in 0..20_i64 {
                // Each writer has a day of its own, the first one the earliest.
                let at_ms = MIDNIGHT_MS + writer * 86_400_000 + n * 1_000;
                center.record(&instance, &[ring(at_ms, &format!("c{writer}-{n}"))]).await.expect("appended");
            }
        }));
    }
    let mut last = 0;
    while writers.iter().any(|writer| !writer.is_finished()) {
        let now = offered(bench, &instance).await;
        assert!(now >= last, "{now} after {last}");
        last = now;
    }
    for writer in writers {
        writer.await.expect("the writer ends");
    }
    assert_eq!(offered(bench, &instance).await, 60);
    bench.center.books.forget_all();
    assert_eq!(offered(bench, &instance).await, 60);
    let call = [("InstanceId", instance.as_str())];
    bench.body(&root(ACCOUNT), "GetInstanceSummaryReportSinceMidnight", &call).await;
}
