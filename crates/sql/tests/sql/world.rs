//! A store whose files and catalogue are in memory, with rows whose meaning is easy to tell.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::{Value, json};
use sql::{Answer, Engine, Settings, SqlError};
use store::retention::{ChangeRefused, Changed, Expired, Expiry, RetentionChange, RetentionLedger, Rules, StreamRules};
use store::schema::{JsonField, JsonSchema, Schemas, WordRules};
use store::segment::ReadAt;
use store::write::{Catalogue, CatalogueEntry, CatalogueState, Change, SegmentStorage, Store, StoreOptions};
use store::{Field, FieldId, Layout, Period, Row, Schema};
use tempfile::TempDir;

pub const STREAM: &str = "s/1";

/// Later than all rows: 2026-04-01T00:00:00Z.
pub const NOW_S: i64 = 1_775_001_600;

/// A row as the tests see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub time_s: i64,
    pub region: &'static str,
    pub name: Option<String>,
    /// Long ones in many rows are not packed.
    pub id: String,
    pub tags: Vec<String>,
}

impl Fact {
    pub fn json(&self) -> Value {
        let mut row = json!({"time": self.time_s, "region": self.region, "id": self.id, "tags": self.tags});
        if let Some(name) = &self.name {
            row["name"] = json!(name);
        }
        row
    }
}

fn schema() -> Arc<dyn Schema> {
    let layout = Layout {
        name: "test".to_owned(),
        time_column: "event_time".to_owned(),
        position_column: "position".to_owned(),
        scope_column: "region".to_owned(),
        raw_column: "event".to_owned(),
        fields: Vec::new(),
        words: WordRules::new("{}[]\",:", true),
    };
    let field = |id, name: &str, many| JsonField {
        field: Field { id: FieldId(id), column: name.to_owned(), many },
        path: name.to_owned(),
    };
    let fields = vec![field(1, "name", false), field(2, "id", false), field(3, "tags", true)];
    Arc::new(JsonSchema::new(layout, "time", "region", fields))
}

#[derive(Default)]
struct Memory {
    files: Mutex<BTreeMap<String, Bytes>>,
    catalogue: Mutex<CatalogueState>,
    rules: Mutex<StreamRules>,
}

struct Shared(Arc<Memory>);

impl SegmentStorage for Shared {
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.0.files.lock().insert(name.to_owned(), Bytes::copy_from_slice(bytes));
        Ok(())
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn ReadAt>> {
        let bytes = self.0.files.lock().get(name).cloned();
        Ok(Arc::new(bytes.ok_or(io::ErrorKind::NotFound)?))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.files.lock().remove(name);
        Ok(())
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.0.files.lock().keys().cloned().collect())
    }
}

impl Catalogue for Shared {
    fn load(&self) -> Result<CatalogueState, String> {
        Ok(self.0.catalogue.lock().clone())
    }

    fn commit(&self, change: &Change) -> Result<(), String> {
        let mut state = self.0.catalogue.lock();
        state.segments.retain(|entry| !change.remove.contains(&entry.name));
        state.segments.extend_from_slice(&change.add);
        state.covered.extend(change.covered.clone());
        Ok(())
    }

    fn forget_doomed(&self, _: &[String]) -> Result<(), String> {
        Ok(())
    }
}

/// The rules of the only stream. Nothing leaves: what a query must not see is still there.
impl RetentionLedger for Shared {
    fn rules(&self) -> Result<Rules, String> {
        Ok(Rules::from([(STREAM.to_owned(), Arc::new(self.0.rules.lock().clone()))]))
    }

    fn change(&self, _: &str, change: &RetentionChange) -> Result<Result<Changed, ChangeRefused>, String> {
        let mut rules = self.0.rules.lock();
        let before = rules.clone();
        Ok(rules.apply(change).map(|()| Changed { before, after: rules.clone() }))
    }

    fn expire(&self, _: &str, _: &[&CatalogueEntry], _: Period, _: i64) -> Result<Expired, String> {
        Ok(Expired { gone: Vec::new(), rules: self.0.rules.lock().clone() })
    }

    fn unreported(&self) -> Result<Vec<Expiry>, String> {
        Ok(Vec::new())
    }

    fn forget(&self, _: &Expiry) -> Result<(), String> {
        Ok(())
    }
}

/// A store and two engines: one counts out of columns, one leaves everything to DataFusion.
pub struct World {
    pub store: Arc<Store>,
    pub facts: Vec<Fact>,
    /// When queries are asked.
    pub now_s: i64,
    memory: Arc<Memory>,
    counting: Engine,
    plain: Engine,
    _folder: TempDir,
}

impl World {
    pub fn new(part_rows: u64) -> World {
        let memory = Arc::new(Memory::default());
        let options = StoreOptions {
            part_rows,
            part_bytes: u64::MAX,
            part_age: Duration::from_secs(3_600),
            ..StoreOptions::default()
        };
        let schemas = Schemas::new(vec![("s/".to_owned(), schema())]);
        let (storage, catalogue) = (Arc::new(Shared(memory.clone())), Arc::new(Shared(memory.clone())));
        let store = Store::open(schemas, storage, catalogue, &[], Box::new(|_, _| Ok(())), options).unwrap();
        let folder = TempDir::new().unwrap();
        let engine = |name: &str, counts_by_columns| {
            Engine::start(Settings { counts_by_columns, ..settings(folder.path().join(name)) }).unwrap()
        };
        let (counting, plain) = (engine("counting", true), engine("plain", false));
        World { store: Arc::new(store), facts: Vec::new(), now_s: NOW_S, memory, counting, plain, _folder: folder }
    }

    pub fn insert(&mut self, facts: impl IntoIterator<Item = Fact>) {
        for fact in facts {
            insert(&self.store, self.facts.len() as u64 + 1, &fact);
            self.facts.push(fact);
        }
    }

    /// The rows of an answer, after both ways gave the same.
    pub fn rows(&self, text: &str) -> Vec<Vec<Value>> {
        let (counted, plain) = (self.ask(text).unwrap(), self.ask_with(&self.plain, text).unwrap());
        assert_eq!(counted.columns, plain.columns, "{text}");
        assert_eq!(sorted(counted.rows.clone()), sorted(plain.rows), "{text}");
        assert_eq!(counted.truncated_by, None, "{text}");
        counted.rows
    }

    /// Changes bytes in all files of this ending.
    pub fn damage(&self, ending: &str) {
        for (_, bytes) in self.memory.files.lock().iter_mut().filter(|(name, _)| name.ends_with(ending)) {
            let mut changed = bytes.to_vec();
            changed.iter_mut().step_by(100).for_each(|byte| *byte ^= 0x10);
            *bytes = changed.into();
        }
    }

    /// Changes the first byte of all Parquet files, which belongs to no page.
    pub fn damage_first_byte(&self) {
        for (_, bytes) in self.memory.files.lock().iter_mut().filter(|(name, _)| name.ends_with(".parquet")) {
            let mut changed = bytes.to_vec();
            changed[0] ^= 1;
            *bytes = changed.into();
        }
    }

    /// Keeps what is not older than a day, and what is under the hold.
    pub fn keep(&self, hold: Option<store::Hold>) {
        let changes =
            [Some(RetentionChange::SetPeriod(Some(Period::of_days(1).unwrap()))), hold.map(RetentionChange::Place)];
        changes.iter().flatten().for_each(|change| drop(self.store.change_rules(STREAM, change).unwrap().unwrap()));
    }

    /// Whether columns answer a query, without any row.
    pub fn is_counted(&self, text: &str) -> bool {
        self.ask(text).unwrap().counted > 0
    }

    pub fn ask(&self, text: &str) -> Result<Answer, SqlError> {
        self.ask_with(&self.counting, text)
    }

    pub fn ask_with(&self, engine: &Engine, text: &str) -> Result<Answer, SqlError> {
        block_on(engine.query(self.store.clone(), STREAM, self.now_s, text, 10_000))
    }
}

pub fn settings(spill_folder: PathBuf) -> Settings {
    const MIB: usize = 1024 * 1024;
    Settings {
        memory_bytes: 256 * MIB,
        spill_bytes: 1024 * MIB as u64,
        spill_folder,
        time_ms: 60_000,
        counts_by_columns: true,
    }
}

pub fn insert(store: &Store, position: u64, fact: &Fact) {
    let terms = [fact.name.as_ref().map(|name| (FieldId(1), name.as_str())), Some((FieldId(2), fact.id.as_str()))];
    let mut terms: Vec<(FieldId, &str)> = terms.into_iter().flatten().collect();
    terms.extend(fact.tags.iter().map(|tag| (FieldId(3), tag.as_str())));
    let bytes = fact.json().to_string().into();
    store.insert(STREAM, &[Row { position, time_s: fact.time_s, scope: fact.region, terms: &terms, bytes }]).unwrap();
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Rows in an order that does not depend on threads.
pub fn sorted(mut rows: Vec<Vec<Value>>) -> Vec<Vec<Value>> {
    rows.sort_by_key(|row| Value::from(row.clone()).to_string());
    rows
}
