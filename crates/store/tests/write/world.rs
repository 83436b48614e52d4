//! Files, catalogue and journal in memory, of which each step can fail or be the last one before the process dies.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::{Condvar, Mutex};
use serde_json::json;
use store::schema::{JsonField, JsonSchema, Schemas, WordRules};
use store::search::{Budget, Expr, PageEnd, Pattern, Search};
use store::segment::ReadAt;
use store::write::{Catalogue, CatalogueState, Change, SegmentStorage, Store, StoreError, StoreOptions, Surroundings};
use store::{Cursor, Direction, Field, FieldId, FoundRow, Layout, Query, Row, Schema};

use crate::ledger::Ledger;

pub const ID: FieldId = FieldId(1);

pub fn schemas() -> Schemas {
    schemas_with(WordRules::new("{}[]\",:", true))
}

/// The same with other rules for words.
pub fn schemas_with(words: WordRules) -> Schemas {
    let layout = Layout {
        name: "test".to_owned(),
        time_column: "time".to_owned(),
        position_column: "position".to_owned(),
        scope_column: "region".to_owned(),
        raw_column: "raw".to_owned(),
        fields: Vec::new(),
        words,
    };
    let id = JsonField { field: Field { id: ID, column: "id".to_owned(), many: false }, path: "id".to_owned() };
    let schema: Arc<dyn Schema> = Arc::new(JsonSchema::new(layout, "time", "region", vec![id]));
    Schemas::new(vec![("s/".to_owned(), schema)])
}

/// What the journal has.
#[derive(Debug, Clone)]
pub struct Record {
    pub stream: &'static str,
    pub cursor: Cursor,
    pub bytes: Bytes,
}

impl Record {
    pub fn new(stream: &'static str, position: u64, time_s: i64) -> Record {
        let bytes = json!({ "time": time_s, "region": "a", "id": format!("{stream}-{position}") }).to_string().into();
        Record { stream, cursor: Cursor { time_s, position }, bytes }
    }
}

/// Inserts records one by one, as a slow journal would give them.
pub fn insert<'a>(store: &Store, records: impl IntoIterator<Item = &'a Record>) -> Result<(), StoreError> {
    for record in records {
        let id = format!("{}-{}", record.stream, record.cursor.position);
        let row = Row {
            position: record.cursor.position,
            time_s: record.cursor.time_s,
            scope: "a",
            terms: &[(ID, &id)],
            bytes: record.bytes.clone(),
        };
        store.insert(record.stream, &[row])?;
    }
    Ok(())
}

/// A question for all rows.
pub fn everything(direction: Direction, after: Option<Cursor>, limit: usize) -> Query<'static> {
    Query { scopes: &["a"], all_of: &[], from_s: i64::MIN, to_s: i64::MAX, direction, after, limit }
}

/// All rows of a stream, in pages.
pub fn read(store: &Store, stream: &str, direction: Direction, page_rows: usize) -> Vec<FoundRow> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let query = everything(direction, after, page_rows);
        let page = store.lookup(stream, &query).unwrap();
        after = page.rows.last().map(|row| row.cursor);
        all.extend(page.rows);
        if !page.more {
            return all;
        }
    }
}

/// All rows of a stream, found by a condition that all meet, in pages and with a budget that ends many of them early.
pub fn read_by_search(store: &Store, stream: &str, direction: Direction, page_rows: usize) -> Vec<FoundRow> {
    let absent = Expr::Not(Box::new(Expr::Text("absent".to_owned())));
    let expr = Expr::And(vec![absent, Expr::TextLike(Pattern::prefix("s/"))]);
    let schemas = schemas();
    let search = Search::new(expr, schemas.of(stream).unwrap().layout()).unwrap();
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let query = everything(direction, after, page_rows);
        let page = store.search(stream, &query, &search, &Budget::unlimited().rows(150)).unwrap();
        let next = page.next();
        all.extend(page.rows);
        match page.end {
            PageEnd::Last => return all,
            _ => assert!(next.is_some() && next != after, "comes on"),
        }
        after = next;
    }
}

/// The rows of the records of a stream, in order.
pub fn expected(records: &[Record], stream: &str) -> Vec<FoundRow> {
    let of_stream = records.iter().filter(|record| record.stream == stream);
    let mut rows: Vec<FoundRow> =
        of_stream.map(|record| FoundRow { cursor: record.cursor, bytes: record.bytes.clone() }).collect();
    rows.sort_by_key(|row| row.cursor);
    rows
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The step fails and did nothing.
    FailsBefore,
    /// The step fails, and yet it happened.
    FailsAfter,
    /// The process dies before the step.
    DiesBefore,
    /// The process dies after the step.
    DiesAfter,
}

#[derive(Default)]
struct Plan {
    fault: Option<(usize, Fault)>,
    steps: usize,
    is_dead: bool,
}

/// What outlives the process.
#[derive(Default)]
pub struct World {
    files: Mutex<BTreeMap<String, Bytes>>,
    pub(crate) catalogue: Mutex<CatalogueState>,
    pub(crate) ledger: Mutex<Ledger>,
    pub released: Mutex<BTreeMap<String, u64>>,
    plan: Mutex<Plan>,
    died: Condvar,
    opened: AtomicUsize,
    gate: Mutex<Gate>,
    gate_changed: Condvar,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Gate {
    #[default]
    Open,
    /// The next one is held.
    Armed,
    /// One is being held; others pass.
    Held,
}

/// A time that tests set, on a machine that has nothing else to do.
#[derive(Debug)]
pub struct QuietMachine(pub AtomicI64);

/// Long after the days of all records.
pub const LATER_S: i64 = 1_900_000_000;

impl QuietMachine {
    pub fn at(unix_s: i64) -> Arc<QuietMachine> {
        Arc::new(QuietMachine(AtomicI64::new(unix_s)))
    }

    pub fn pass(&self, time: Duration) {
        self.0.fetch_add(time.as_secs() as i64, Ordering::Relaxed);
    }
}

impl Surroundings for QuietMachine {
    fn unix_s(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    fn load_per_core(&self) -> Option<f64> {
        Some(0.0)
    }
}

/// All that a store may do to its segments, at once.
pub fn busy_options(part_rows: u64, machine: &Arc<QuietMachine>) -> StoreOptions {
    StoreOptions {
        part_rows,
        recompression_age: Some(Duration::from_secs(3600)),
        recompression_level: 5,
        surroundings: machine.clone(),
        ..StoreOptions::default()
    }
}

impl World {
    /// From now on, the step of this number has a fault.
    pub fn plan(&self, fault: Option<(usize, Fault)>) {
        *self.plan.lock() = Plan { fault, steps: 0, is_dead: false };
    }

    pub fn steps(&self) -> usize {
        self.plan.lock().steps
    }

    pub fn is_dead(&self) -> bool {
        self.plan.lock().is_dead
    }

    /// Waits until the process died or `is_over`.
    pub fn wait_for_death(&self, is_over: impl Fn() -> bool) -> bool {
        let mut plan = self.plan.lock();
        while !plan.is_dead && !is_over() {
            self.died.wait_for(&mut plan, std::time::Duration::from_millis(5));
        }
        plan.is_dead
    }

    /// Names of the files that are there.
    pub fn file_names(&self) -> Vec<String> {
        self.files.lock().keys().cloned().collect()
    }

    /// How many times a file was opened.
    pub fn opened(&self) -> usize {
        self.opened.load(Ordering::Relaxed)
    }

    /// Turns a bit in the middle of a file.
    pub fn damage(&self, name: &str) {
        let mut files = self.files.lock();
        let mut bytes = files[name].to_vec();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        files.insert(name.to_owned(), bytes.into());
    }

    /// From now on, the next file that is opened waits.
    pub fn hold_next_open(&self) {
        *self.gate.lock() = Gate::Armed;
    }

    /// Waits until a file is to be opened.
    pub fn wait_for_held_open(&self) {
        let mut gate = self.gate.lock();
        while *gate != Gate::Held {
            self.gate_changed.wait(&mut gate);
        }
    }

    pub fn release_open(&self) {
        *self.gate.lock() = Gate::Open;
        self.gate_changed.notify_all();
    }

    fn pass_gate(&self) {
        let mut gate = self.gate.lock();
        if *gate == Gate::Armed {
            *gate = Gate::Held;
            self.gate_changed.notify_all();
            while *gate == Gate::Held {
                self.gate_changed.wait(&mut gate);
            }
        }
    }

    pub fn state(&self) -> CatalogueState {
        self.catalogue.lock().clone()
    }

    pub(crate) fn step<T>(&self, effect: impl FnOnce() -> T) -> Result<T, String> {
        let mut plan = self.plan.lock();
        if plan.is_dead {
            return Err("the process is dead".to_owned());
        }
        plan.steps += 1;
        let fault = plan.fault.filter(|(step, _)| *step == plan.steps).map(|(_, fault)| fault);
        plan.is_dead = matches!(fault, Some(Fault::DiesBefore | Fault::DiesAfter));
        self.died.notify_all();
        match fault {
            None => Ok(effect()),
            Some(Fault::FailsBefore | Fault::DiesBefore) => Err("planned, before".to_owned()),
            Some(Fault::FailsAfter | Fault::DiesAfter) => {
                effect();
                Err("planned, after".to_owned())
            }
        }
    }

    /// Opens a store that leaves its segments alone.
    pub fn open(
        self: &Arc<World>,
        records: &[Record],
        first: impl Fn(&str) -> u64,
        part_rows: u64,
    ) -> Result<Store, StoreError> {
        let options = StoreOptions { part_rows, compaction: false, recompression_age: None, ..StoreOptions::default() };
        self.open_with(records, first, options)
    }

    /// Opens a store over a journal that keeps the records from `first` positions on.
    pub fn open_with(
        self: &Arc<World>,
        records: &[Record],
        first: impl Fn(&str) -> u64,
        options: StoreOptions,
    ) -> Result<Store, StoreError> {
        let mut journal: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for record in records {
            let entry = journal.entry(record.stream.to_owned()).or_insert((first(record.stream), 0));
            entry.1 = record.cursor.position;
        }
        let journal: Vec<_> = journal.into_iter().map(|(stream, (first, last))| (stream, first, last)).collect();
        let world = self.clone();
        let release = move |stream: &str, position: u64| {
            world.step(|| {
                let mut released = world.released.lock();
                let known = released.entry(stream.to_owned()).or_default();
                *known = position.max(*known);
            })
        };
        Store::open(schemas(), self.clone(), self.clone(), &journal, Box::new(release), options)
    }
}

impl SegmentStorage for World {
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let put = || self.files.lock().insert(name.to_owned(), Bytes::copy_from_slice(bytes));
        self.step(put).map(drop).map_err(io::Error::other)
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn ReadAt>> {
        self.pass_gate();
        self.opened.fetch_add(1, Ordering::Relaxed);
        let file = self.files.lock().get(name).cloned();
        file.map(|bytes| Arc::new(bytes) as _).ok_or(io::ErrorKind::NotFound.into())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.step(|| self.files.lock().remove(name)).map(drop).map_err(io::Error::other)
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.files.lock().keys().cloned().collect())
    }
}

impl Catalogue for World {
    fn load(&self) -> Result<CatalogueState, String> {
        Ok(self.state())
    }

    fn commit(&self, change: &Change) -> Result<(), String> {
        self.step(|| {
            let mut state = self.catalogue.lock();
            let is_there = |name: &String| state.segments.iter().any(|known| known.name == *name);
            let left = change.remove.iter().filter(|name| is_there(name)).count();
            let was_made_before = left == 0 && change.add.iter().all(|segment| is_there(&segment.name));
            assert!(left == change.remove.len() || was_made_before, "segments are replaced twice");
            for segment in &change.add {
                match state.segments.iter().find(|known| known.name == segment.name) {
                    // A repeated commit brings the same.
                    Some(known) => assert_eq!(known, segment),
                    None => {
                        assert!(!state.doomed.contains(&segment.name), "a name is given twice");
                        state.segments.push(segment.clone());
                    }
                }
            }
            let gone = state.segments.extract_if(.., |segment| change.remove.contains(&segment.name));
            let gone: Vec<String> = gone.map(|segment| segment.name).collect();
            state.doomed.extend(gone);
            for (stream, position) in &change.covered {
                let known = state.covered.entry(stream.clone()).or_default();
                *known = (*position).max(*known);
            }
        })
    }

    fn forget_doomed(&self, names: &[String]) -> Result<(), String> {
        self.step(|| self.catalogue.lock().doomed.retain(|name| !names.contains(name)))
    }
}
