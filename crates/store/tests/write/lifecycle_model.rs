//! A store and a plain list side by side: rows come, parts are written, segments are joined, compressed again and leave
//! by retention, the process dies; and pages that were begun before any of it go on after it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use store::limits::EXPIRY_GRACE_S;
use store::retention::{ChangeRefused, RetentionChange};
use store::search::{Budget, Expr, PageEnd, Pattern, Search};
use store::write::{FilterOptions, Store, StoreError, StoreOptions, Surroundings, check_filters, check_store};
use store::{Cursor, Direction, FoundRow, Query};

use crate::retention::{DAY_S, days, hold};
use crate::world::*;

const STREAMS: [&str; 2] = ["s/one", "s/two"];
const START_S: i64 = 1_772_380_000;
/// A period in which the first row is still kept at the machine's time.
const OLDEST_DAYS: u32 = ((LATER_S - START_S) / DAY_S + 1) as u32;

#[derive(Debug, Clone)]
enum Step {
    /// Rows of a stream, each so many seconds after the one before; negative for late ones.
    Append {
        stream: usize,
        gaps_s: Vec<i64>,
    },
    Flush,
    Maintain,
    /// Time in which nothing comes, so that segments are compressed again.
    Rest,
    /// From now on a stream's rows are kept for so many days.
    Period {
        stream: usize,
        days: u32,
    },
    /// Rows of one day, counted from the first row, are held or no longer held.
    Hold {
        stream: usize,
        day: i64,
        is_placed: bool,
    },
    /// What is out of retention leaves.
    Expire,
    /// A clean end and a start.
    Restart,
    /// The process dies at this step of writing, joining, expiring or removing; then it starts again.
    Crash {
        step: usize,
        is_after: bool,
    },
    /// A reader begins.
    Open {
        stream: usize,
        is_forward: bool,
    },
    /// A reader reads a page more.
    Page {
        reader: usize,
        rows: usize,
    },
    /// The word that one row has, and those that begin like it.
    Search {
        row: usize,
        is_prefix: bool,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let gap_s = prop_oneof![6 => 0i64..300, 2 => 20_000i64..90_000, 2 => -90_000i64..0];
    let append =
        (0..2usize, prop::collection::vec(gap_s, 1..25)).prop_map(|(stream, gaps_s)| Step::Append { stream, gaps_s });
    let step = prop_oneof![
        6 => append,
        4 => Just(Step::Flush),
        3 => Just(Step::Maintain),
        1 => Just(Step::Rest),
        1 => (0..2usize, (OLDEST_DAYS - 12)..=OLDEST_DAYS).prop_map(|(stream, days)| Step::Period { stream, days }),
        2 => (0..2usize, -3..12i64, prop::bool::weighted(0.7))
            .prop_map(|(stream, day, is_placed)| Step::Hold { stream, day, is_placed }),
        2 => Just(Step::Expire),
        1 => Just(Step::Restart),
        2 => (1..25usize, any::<bool>()).prop_map(|(step, is_after)| Step::Crash { step, is_after }),
        2 => (0..2usize, any::<bool>()).prop_map(|(stream, is_forward)| Step::Open { stream, is_forward }),
        6 => (any::<usize>(), 1..30usize).prop_map(|(reader, rows)| Step::Page { reader, rows }),
        3 => (any::<usize>(), any::<bool>()).prop_map(|(row, is_prefix)| Step::Search { row, is_prefix }),
    ];
    prop::collection::vec(step, 1..40)
}

struct Reader {
    stream: &'static str,
    direction: Direction,
    after: Option<Cursor>,
}

struct Bench {
    world: Arc<World>,
    filters: tempfile::TempDir,
    machine: Arc<QuietMachine>,
    store: Store,
    records: Vec<Record>,
    /// Streams and positions of those that have left.
    gone: BTreeSet<(&'static str, u64)>,
    periods: [Option<u32>; 2],
    /// Streams and days.
    holds: BTreeSet<(usize, i64)>,
    readers: Vec<Reader>,
}

impl Bench {
    fn new() -> Bench {
        let world = Arc::new(World::default());
        let machine = QuietMachine::at(LATER_S);
        let filters = tempfile::tempdir().unwrap();
        let store = world.open_with(&[], |_| 1, options(&filters, &machine)).unwrap();
        Bench {
            world,
            filters,
            machine,
            store,
            records: Vec::new(),
            gone: BTreeSet::new(),
            periods: [None; 2],
            holds: BTreeSet::new(),
            readers: Vec::new(),
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Append { stream, gaps_s } => self.append(STREAMS[*stream], gaps_s),
            Step::Flush => self.store.flush().unwrap(),
            Step::Maintain => self.store.maintain().unwrap(),
            Step::Rest => {
                self.machine.pass(Duration::from_secs(100));
                self.store.maintain().unwrap();
            }
            Step::Period { stream, days } => self.set_period(*stream, *days),
            Step::Hold { stream, day, is_placed } => self.hold(*stream, *day, *is_placed),
            Step::Expire => self.expire(),
            Step::Restart => {
                self.store.finish(Duration::from_secs(60));
                self.start();
            }
            Step::Crash { step, is_after } => self.crash(*step, *is_after),
            Step::Open { stream, is_forward } => {
                let direction = if *is_forward { Direction::Forward } else { Direction::Backward };
                self.readers.push(Reader { stream: STREAMS[*stream], direction, after: None });
            }
            Step::Page { reader, rows } => self.page(*reader, *rows),
            Step::Search { row, is_prefix } => self.search(*row, *is_prefix),
        }
    }

    fn append(&mut self, stream: &'static str, gaps_s: &[i64]) {
        let last = self.records.iter().rev().find(|record| record.stream == stream);
        let (mut position, mut time_s) =
            last.map_or((0, START_S), |record| (record.cursor.position, record.cursor.time_s));
        for gap_s in gaps_s {
            (position, time_s) = (position + 1, time_s + gap_s);
            let record = Record::new(stream, position, time_s);
            insert(&self.store, [&record]).unwrap();
            self.records.push(record);
        }
    }

    fn set_period(&mut self, stream: usize, number: u32) {
        let change = RetentionChange::SetPeriod(Some(days(number)));
        self.store.change_rules(STREAMS[stream], &change).unwrap().unwrap();
        self.periods[stream] = Some(number);
    }

    fn hold(&mut self, stream: usize, day: i64, is_placed: bool) {
        let name = day.to_string();
        let (from_s, to_s) = times_of(day);
        let (change, is_done, refusal) = match is_placed {
            true => (hold(&name, from_s, to_s), self.holds.insert((stream, day)), ChangeRefused::HoldExists),
            false => (RetentionChange::Release(name), self.holds.remove(&(stream, day)), ChangeRefused::NoSuchHold),
        };
        let outcome = self.store.change_rules(STREAMS[stream], &change).unwrap();
        assert_eq!(outcome.map(|_| ()), if is_done { Ok(()) } else { Err(refusal) });
    }

    /// Looks at which rows have left: all of them were out of retention, and the rules have counted each.
    fn expire(&mut self) {
        let now_s = self.machine.unix_s();
        self.store.expire(now_s).unwrap();
        for (number, stream) in STREAMS.into_iter().enumerate() {
            let rows = read(&self.store, stream, Direction::Forward, 1000);
            let there: BTreeSet<u64> = rows.iter().map(|row| row.cursor.position).collect();
            let missing = self.records.iter().filter(|record| {
                record.stream == stream
                    && !there.contains(&record.cursor.position)
                    && !self.gone.contains(&(stream, record.cursor.position))
            });
            for record in missing.cloned().collect::<Vec<_>>() {
                assert!(self.is_out(number, record.cursor.time_s, now_s), "{record:?} is gone");
                self.gone.insert((stream, record.cursor.position));
            }
            let gone = self.gone.iter().filter(|(of, _)| *of == stream).count();
            assert_eq!(self.store.rules(stream).expired_rows, gone as u64);
        }
    }

    fn is_out(&self, stream: usize, time_s: i64, now_s: i64) -> bool {
        let is_held = |(of, day): &(usize, i64)| {
            let (from_s, to_s) = times_of(*day);
            *of == stream && (from_s..=to_s).contains(&time_s)
        };
        let oldest_s = |days: u32| now_s - i64::from(days) * DAY_S - EXPIRY_GRACE_S;
        self.periods[stream].is_some_and(|days| time_s < oldest_s(days)) && !self.holds.iter().any(is_held)
    }

    /// The records that have not left.
    fn kept(&self) -> Vec<Record> {
        let is_kept = |record: &&Record| !self.gone.contains(&(record.stream, record.cursor.position));
        self.records.iter().filter(is_kept).cloned().collect()
    }

    fn crash(&mut self, step: usize, is_after: bool) {
        // With a full queue nothing more would be sealed after death.
        while self.store.stats().sealed_parts > 0 {
            std::thread::yield_now();
        }
        self.world.plan(Some((step, if is_after { Fault::DiesAfter } else { Fault::DiesBefore })));
        let flushed = self.store.flush();
        let maintained = self.store.expire(self.machine.unix_s());
        for outcome in [flushed, maintained] {
            let may_be = matches!(outcome, Ok(()) | Err(StoreError::Flush(_) | StoreError::Maintenance(_)));
            assert!(may_be, "{outcome:?}");
        }
        self.store.close();
        self.start();
    }

    /// The journal gives again what it still has.
    fn start(&mut self) {
        self.world.plan(None);
        let kept = |stream: &str| self.world.released.lock().get(stream).copied().unwrap_or_default() + 1;
        let options = options(&self.filters, &self.machine);
        self.store = self.world.open_with(&self.records, kept, options).unwrap();
        let again: Vec<Record> =
            self.records.iter().filter(|record| record.cursor.position >= kept(record.stream)).cloned().collect();
        insert(&self.store, &again).unwrap();
        // A start looks for what may leave, at a time of its own.
        self.expire();
    }

    fn page(&mut self, reader: usize, limit: usize) {
        let Some(index) = reader.checked_rem(self.readers.len()) else {
            return;
        };
        let Reader { stream, direction, after } = self.readers[index];
        let page = self.store.lookup(stream, &everything(direction, after, limit)).unwrap();
        let mut rows: Vec<FoundRow> = expected(&self.kept(), stream);
        if direction == Direction::Backward {
            rows.reverse();
        }
        rows.retain(|row| match (after, direction) {
            (None, _) => true,
            (Some(after), Direction::Forward) => row.cursor > after,
            (Some(after), Direction::Backward) => row.cursor < after,
        });
        assert_eq!(page.more, rows.len() > limit);
        rows.truncate(limit);
        assert_eq!(page.rows, rows);
        self.readers[index].after = page.rows.last().map(|row| row.cursor).or(after);
    }

    fn search(&self, row: usize, is_prefix: bool) {
        let Some(index) = row.checked_rem(self.records.len()) else {
            return;
        };
        let Record { stream, cursor, .. } = self.records[index];
        let word = format!("{stream}-{}", cursor.position);
        let matches = |record: &&Record| {
            let other = format!("{stream}-{}", record.cursor.position);
            record.stream == stream && if is_prefix { other.starts_with(&word) } else { other == word }
        };
        let expected = expected(&self.kept().iter().filter(matches).cloned().collect::<Vec<_>>(), stream);
        if !is_prefix {
            let all_of = [(ID, &*word)];
            let query = Query { all_of: &all_of, ..everything(Direction::Forward, None, 1000) };
            assert_eq!(self.store.lookup(stream, &query).unwrap().rows, expected);
        }
        let expr = if is_prefix { Expr::TextLike(Pattern::prefix(&word)) } else { Expr::Text(word) };
        let schemas = schemas();
        let search = Search::new(expr, schemas.of(stream).unwrap().layout()).unwrap();
        let query = everything(Direction::Forward, None, 1000);
        let page = self.store.search(stream, &query, &search, &Budget::unlimited()).unwrap();
        assert_eq!((page.rows, page.end), (expected, PageEnd::Last));
    }

    fn check(&self) {
        let kept = self.kept();
        for stream in STREAMS {
            let expected = expected(&kept, stream);
            assert_eq!(read(&self.store, stream, Direction::Forward, 17), expected);
            assert_eq!(read_by_search(&self.store, stream, Direction::Forward, 17), expected);
        }
        self.store.flush().unwrap();
        self.store.maintain().unwrap();
        self.store.maintain().unwrap();
        let report = check_store(&self.world.state(), &*self.world, &schemas(), None).unwrap();
        assert!(report.is_sound() && report.rows == kept.len() as u64, "{report}");
        assert_eq!(report.doomed_files, Vec::<String>::new());
        let damages = check_filters(&self.world.state(), &*self.world, self.filters.path()).unwrap();
        assert_eq!(damages, Vec::<String>::new());
        let reported: u64 = self.store.unreported_expiries().unwrap().iter().map(|expiry| expiry.rows).sum();
        assert_eq!(reported, self.gone.len() as u64);
        for stream in STREAMS {
            assert_eq!(read(&self.store, stream, Direction::Forward, 1000), expected(&kept, stream));
        }
    }
}

/// All that may be done to segments, with a filter for every two.
fn options(filters: &tempfile::TempDir, machine: &Arc<QuietMachine>) -> StoreOptions {
    let filters = FilterOptions { folder: filters.path().to_owned(), segments: 2 };
    StoreOptions { filters: Some(filters), ..busy_options(30, machine) }
}

/// The first and the last second of a day, counted from the first row.
fn times_of(day: i64) -> (i64, i64) {
    (START_S + day * DAY_S, START_S + (day + 1) * DAY_S - 1)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_store_is_a_list(steps in steps()) {
        let mut bench = Bench::new();
        for step in &steps {
            bench.take(step);
        }
        bench.check();
    }
}
