//! Segments that leave by retention, and holds that keep them: against a plain list of rows, on both databases,
//! and while holds are placed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use database::Database;
use proptest::prelude::*;
use store::limits::EXPIRY_GRACE_S;
use store::retention::{ChangeRefused, Period, RetentionChange};
use store::write::{Catalogue, LocalFolder, SqlCatalogue, Store, StoreOptions, check_store, migrate_catalogue};
use store::{Cursor, Direction, FoundRow, Hold};

use crate::world::{Record, everything, expected, insert, read, schemas};

pub const STREAM: &str = "s/one";
pub const DAY_S: i64 = 86_400;
/// Far in the future, so that the thread that goes by the real clock leaves all to the test.
pub const START_S: i64 = 46_300 * DAY_S;

pub fn hold(name: &str, from_s: i64, to_s: i64) -> RetentionChange {
    let text = String::new;
    let name = name.to_owned();
    RetentionChange::Place(Hold { name, from_s, to_s, reason: text(), placed_by: text(), placed_at_ms: 0 })
}

pub fn days(days: u32) -> Period {
    Period::of_days(days).unwrap()
}

/// All kept rows, in pages.
pub fn read_kept(store: &Store, now_s: i64, direction: Direction, page_rows: usize) -> Vec<FoundRow> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let query = everything(direction, after, page_rows);
        let page = store.lookup_kept(STREAM, &query, now_s).unwrap();
        assert!(page.rows.len() <= page_rows && (!page.more || page.rows.len() == page_rows));
        after = page.rows.last().map(|row| row.cursor);
        all.extend(page.rows);
        if !page.more {
            return all;
        }
    }
}

/// A folder, and a database of one of the two kinds.
struct Bench {
    folder: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
    database: Database,
    schema: Option<(String, Database)>,
}

impl Bench {
    fn on_sqlite() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("control.db").display());
        Bench::open(folder, &url)
    }

    /// In a schema of its own, where the test run has a server.
    fn on_postgres() -> Option<Bench> {
        static SCHEMAS: AtomicU64 = AtomicU64::new(0);
        #[allow(clippy::disallowed_methods, reason = "the test run says where its PostgreSQL is")]
        let url = std::env::var("CAIRN_TEST_POSTGRES_URL").ok()?;
        let schema = format!("store_{}_{}", std::process::id(), SCHEMAS.fetch_add(1, Ordering::Relaxed));
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let server = Database::open(&url).await.unwrap();
            run(&server, format!("CREATE SCHEMA {schema}")).await;
            server.close().await;
        });
        let separator = if url.contains('?') { '&' } else { '?' };
        let in_schema = format!("{url}{separator}options%5Bsearch_path%5D={schema}");
        let folder = tempfile::tempdir().unwrap();
        let mut bench = Bench::open(folder, &in_schema);
        bench.schema = Some((schema, bench.database.clone()));
        Some(bench)
    }

    fn open(folder: tempfile::TempDir, url: &str) -> Bench {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let database = runtime.block_on(async {
            let database = Database::open(url).await.unwrap();
            migrate_catalogue(&database).await.unwrap();
            database
        });
        Bench { folder, runtime, database, schema: None }
    }

    fn catalogue(&self) -> Arc<SqlCatalogue> {
        Arc::new(SqlCatalogue::new(self.database.clone(), self.runtime.handle().clone()))
    }

    fn storage(&self) -> Arc<LocalFolder> {
        Arc::new(LocalFolder::new(&self.folder.path().join("segments")))
    }

    fn store(&self, last: u64) -> Store {
        let journal = [(STREAM.to_owned(), 1, last)];
        let options = StoreOptions { part_rows: 1_000_000, ..StoreOptions::default() };
        Store::open(schemas(), self.storage(), self.catalogue(), &journal, Box::new(|_, _| Ok(())), options).unwrap()
    }

    fn is_clean(&self) {
        let state = self.catalogue().load().unwrap();
        let report = check_store(&state, &*self.storage(), &schemas(), None).unwrap();
        assert!(report.is_sound() && report.unknown_files.is_empty(), "{report}");
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if let Some((schema, database)) = &self.schema {
            self.runtime.block_on(run(database, format!("DROP SCHEMA {schema} CASCADE")));
        }
    }
}

async fn run(database: &Database, statement: String) {
    sqlx::query(sqlx::AssertSqlSafe(statement)).execute(database.pool()).await.unwrap();
}

#[derive(Debug, Clone)]
enum Step {
    /// So many rows, each so many hours before now.
    Rows(Vec<i64>),
    Flush,
    Reopen,
    Hours(i64),
    /// From so many hours before now, so many hours long.
    Place(u8, i64, i64),
    Release(u8),
    Period(Option<u32>),
    Expire,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => proptest::collection::vec(0..300i64, 1..12).prop_map(Step::Rows),
        3 => Just(Step::Flush),
        1 => Just(Step::Reopen),
        2 => (1..100i64).prop_map(Step::Hours),
        2 => (0..4u8, 0..400i64, 0..100i64).prop_map(|(name, from, length)| Step::Place(name, from, length)),
        2 => (0..4u8).prop_map(Step::Release),
        2 => proptest::option::of(1..12u32).prop_map(Step::Period),
        4 => Just(Step::Expire),
    ];
    proptest::collection::vec(step, 1..40)
}

/// The plain list: every row that ever came, and what the rules said of it.
#[derive(Default)]
struct Model {
    rows: Vec<Record>,
    /// Positions of rows that were out of everything at the time of an expiry.
    may_be_gone: Vec<u64>,
    holds: Vec<(u8, i64, i64)>,
    period: Option<u32>,
    now_s: i64,
}

impl Model {
    fn is_held(&self, time_s: i64) -> bool {
        self.holds.iter().any(|(_, from_s, to_s)| (*from_s..=*to_s).contains(&time_s))
    }

    fn horizon_s(&self) -> i64 {
        self.period.map_or(i64::MIN, |days| self.now_s - i64::from(days) * DAY_S)
    }

    fn is_kept(&self, cursor: Cursor) -> bool {
        cursor.time_s >= self.horizon_s() || self.is_held(cursor.time_s)
    }

    fn expire(&mut self) {
        let out = |row: &&Record| {
            let time_s = row.cursor.time_s;
            time_s < self.horizon_s().saturating_sub(EXPIRY_GRACE_S) && !self.is_held(time_s)
        };
        let out: Vec<u64> = self.rows.iter().filter(out).map(|row| row.cursor.position).collect();
        self.may_be_gone.extend(out);
    }
}

fn follow(bench: &Bench, steps: &[Step]) {
    let mut model = Model { now_s: START_S, ..Model::default() };
    let mut store = bench.store(0);
    for step in steps {
        take(bench, &mut store, &mut model, step);
        compare(&store, &model);
    }
    store.expire(model.now_s).unwrap();
    model.expire();
    compare(&store, &model);
    let rules = store.rules(STREAM);
    let state = bench.catalogue().load().unwrap();
    let staying =
        |entry: &&store::write::CatalogueEntry| rules.may_leave(&entry.summary, Period::UNLIMITED, model.now_s);
    assert_eq!(state.segments.iter().filter(staying).count(), 0, "what may leave has left");
    let reported: u64 = store.unreported_expiries().unwrap().iter().map(|expiry| expiry.rows).sum();
    assert_eq!(reported, rules.expired_rows);
    store.close();
    bench.is_clean();
}

fn take(bench: &Bench, store: &mut Store, model: &mut Model, step: &Step) {
    match step {
        Step::Rows(ages) => {
            for age_h in ages {
                let record = Record::new(STREAM, model.rows.len() as u64 + 1, model.now_s - age_h * 3600);
                insert(store, [&record]).unwrap();
                model.rows.push(record);
            }
        }
        Step::Flush => store.flush().unwrap(),
        Step::Reopen => {
            store.close();
            *store = bench.store(model.rows.len() as u64);
            insert(store, &model.rows).unwrap();
        }
        Step::Hours(hours) => model.now_s += hours * 3600,
        Step::Place(name, from_h, length_h) => {
            let (from_s, to_s) = (model.now_s - from_h * 3600, model.now_s - (from_h - length_h) * 3600);
            let placed = store.change_rules(STREAM, &hold(&name.to_string(), from_s, to_s)).unwrap();
            match model.holds.iter().any(|(known, ..)| known == name) {
                true => assert_eq!(placed, Err(ChangeRefused::HoldExists)),
                false => {
                    placed.unwrap();
                    model.holds.push((*name, from_s, to_s));
                }
            }
        }
        Step::Release(name) => {
            let released = store.change_rules(STREAM, &RetentionChange::Release(name.to_string())).unwrap();
            let known = model.holds.len();
            model.holds.retain(|(other, ..)| other != name);
            assert_eq!(released.is_ok(), model.holds.len() < known);
        }
        Step::Period(period) => {
            store.change_rules(STREAM, &RetentionChange::SetPeriod(period.map(days))).unwrap().unwrap();
            model.period = *period;
        }
        Step::Expire => {
            store.expire(model.now_s).unwrap();
            model.expire();
        }
    }
}

/// Nothing is gone that might not be, and what is shown is what is there and kept.
fn compare(store: &Store, model: &Model) {
    let there = read(store, STREAM, Direction::Forward, 1000);
    let all = expected(&model.rows, STREAM);
    let mut present = there.iter().peekable();
    for row in &all {
        if present.next_if(|next| *next == row).is_none() {
            assert!(model.may_be_gone.contains(&row.cursor.position), "{row:?} is gone");
        }
    }
    assert_eq!(present.next(), None, "a row is double");
    let kept: Vec<FoundRow> = there.iter().filter(|row| model.is_kept(row.cursor)).cloned().collect();
    assert_eq!(read_kept(store, model.now_s, Direction::Forward, 1000), kept);
    let mut backward = read_kept(store, model.now_s, Direction::Backward, 3);
    backward.reverse();
    assert_eq!(backward, kept);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn behaves_as_a_plain_list(steps in steps()) {
        follow(&Bench::on_sqlite(), &steps);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    #[test]
    fn behaves_as_a_plain_list_on_postgres(steps in steps()) {
        if let Some(bench) = Bench::on_postgres() {
            follow(&bench, &steps);
        }
    }
}

/// Holds are placed while segments leave: what is there once a hold has been placed stays.
fn race(bench: &Bench) {
    const DAYS: i64 = 30;
    let store = bench.store(0);
    for day in 0..DAYS {
        let record = Record::new(STREAM, day as u64 + 1, START_S + day * DAY_S);
        insert(&store, [&record]).unwrap();
        store.flush().unwrap();
    }
    store.change_rules(STREAM, &RetentionChange::SetPeriod(Some(days(1)))).unwrap().unwrap();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            // Day after day leaves.
            for day in 0..DAYS {
                store.expire(START_S + (day + 3) * DAY_S).unwrap();
            }
            is_over.store(true, Ordering::Release);
        });
        let mut held: Vec<FoundRow> = Vec::new();
        for day in (0..DAYS).step_by(3) {
            let (from_s, to_s) = (START_S + day * DAY_S, START_S + day * DAY_S + 5);
            store.change_rules(STREAM, &hold(&day.to_string(), from_s, to_s)).unwrap().unwrap();
            let there = read(&store, STREAM, Direction::Forward, 1000);
            held.extend(there.into_iter().filter(|row| (from_s..=to_s).contains(&row.cursor.time_s)));
            for row in &held {
                assert!(read(&store, STREAM, Direction::Forward, 1000).contains(row), "{row:?} was held and left");
            }
        }
        while !is_over.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
        store.expire(START_S + 100 * DAY_S).unwrap();
        assert_eq!(read(&store, STREAM, Direction::Forward, 1000), held, "the held rows stay, and no others");
    });
    store.close();
    bench.is_clean();
}

#[test]
fn a_hold_is_never_outrun() {
    race(&Bench::on_sqlite());
}

#[test]
fn a_hold_is_never_outrun_on_postgres() {
    match Bench::on_postgres() {
        Some(bench) => race(&bench),
        None => eprintln!("SKIPPED on PostgreSQL, CAIRN_TEST_POSTGRES_URL is not set"),
    }
}
