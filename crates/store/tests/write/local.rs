//! A folder and SQLite, as in production.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use database::Database;
use store::write::{
    Catalogue, CatalogueEntry, Change, LocalFolder, SegmentStorage, SqlCatalogue, Store, StoreOptions, check_store,
    migrate_catalogue, rebuild_index,
};
use store::{Direction, Query};

use crate::world::{ID, Record, everything, expected, insert, read, schemas};

const STREAM: &str = "s/one";

/// Three days.
fn records() -> Vec<Record> {
    (1..=900u64).map(|n| Record::new(STREAM, n, 1_772_352_000 + n as i64 * 280)).collect()
}

/// A folder with a control database, as a server has it.
pub struct Bench {
    folder: tempfile::TempDir,
    pub runtime: tokio::runtime::Runtime,
    pub database: Database,
}

impl Bench {
    pub fn new() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let url = format!("sqlite://{}", folder.path().join("control.db").display());
        let open = async {
            let database = Database::open(&url).await.unwrap();
            migrate_catalogue(&database).await.unwrap();
            migrate_catalogue(&database).await.unwrap();
            database
        };
        let database = runtime.block_on(open);
        Bench { folder, runtime, database }
    }

    fn segments(&self) -> std::path::PathBuf {
        self.folder.path().join("segments")
    }

    fn storage(&self) -> Arc<LocalFolder> {
        Arc::new(LocalFolder::new(&self.segments()))
    }

    pub fn catalogue(&self) -> Arc<SqlCatalogue> {
        Arc::new(SqlCatalogue::new(self.database.clone(), self.runtime.handle().clone()))
    }

    fn open(&self, last: u64, options: StoreOptions) -> Store {
        let journal = [(STREAM.to_owned(), 1, last)];
        let options = StoreOptions { compaction: false, ..options };
        Store::open(schemas(), self.storage(), self.catalogue(), &journal, Box::new(|_, _| Ok(())), options).unwrap()
    }
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 4;
    fs::write(path, bytes).unwrap();
}

#[test]
fn segments_outlive_the_store_and_broken_indexes_are_mended() {
    let bench = Bench::new();
    let records = records();
    let store = bench.open(0, StoreOptions::default());
    insert(&store, &records[..600]).unwrap();
    store.flush().unwrap();
    insert(&store, &records[600..]).unwrap();
    assert_eq!(read(&store, STREAM, Direction::Backward, 100).len(), 900);
    store.close();
    drop(store);

    // The journal gives everything again; what is covered is skipped.
    let store = bench.open(900, StoreOptions::default());
    insert(&store, &records).unwrap();
    assert_eq!((store.stats().segment_rows, store.stats().memory.rows), (600, 300));
    store.flush().unwrap();
    assert_eq!(read(&store, STREAM, Direction::Forward, 90), expected(&records, STREAM));
    let stats = store.stats();
    assert_eq!((stats.segment_rows, stats.sealed_parts, stats.flush_fault), (900, 0, None));
    assert!(stats.segments >= 3 && stats.segment_file_bytes > 0);

    let state = bench.catalogue().load().unwrap();
    assert_eq!(state.covered.get(STREAM), Some(&900));
    let check = || check_store(&state, &*bench.storage(), &schemas(), Some(&[(STREAM.to_owned(), 1, 900)])).unwrap();
    assert!(check().is_sound() && check().unknown_files.is_empty(), "{}", check());

    let entry = &state.segments[1];
    flip(&bench.segments().join(entry.sidecar_name()), 1500);
    let report = check();
    assert!(!report.is_sound() && report.damages[0].starts_with(&entry.sidecar_name()), "{report}");
    rebuild_index(entry, &*bench.storage(), &schemas()).unwrap();
    assert!(check().is_sound(), "{}", check());

    bench.storage().put("stream=s%2Fone/left.parquet", b"over").unwrap();
    assert_eq!(check().unknown_files, ["stream=s%2Fone/left.parquet"]);
    fs::remove_file(bench.segments().join(entry.sidecar_name())).unwrap();
    assert!(!check().is_sound());
    flip(&bench.segments().join(entry.parquet_name()), 50);
    let refused = rebuild_index(entry, &*bench.storage(), &schemas()).unwrap_err().to_string();
    assert!(refused.starts_with(&entry.parquet_name()), "{refused}");
}

#[test]
fn a_rotten_segment_is_an_error_and_never_a_shorter_page() {
    let bench = Bench::new();
    let records = records();
    let store = bench.open(900, StoreOptions::default());
    insert(&store, &records).unwrap();
    store.flush().unwrap();
    drop(store);
    let state = bench.catalogue().load().unwrap();
    fs::remove_file(bench.segments().join(state.segments[0].parquet_name())).unwrap();
    let store = bench.open(900, StoreOptions::default());
    let newest = everything(Direction::Backward, None, 5);
    let query = Query { all_of: &[(ID, "s/one-1")], ..newest };
    let error = store.lookup(STREAM, &query).unwrap_err().to_string();
    assert!(error.contains(&state.segments[0].parquet_name()), "{error}");
    // Newer pages do not need it.
    assert_eq!(store.lookup(STREAM, &newest).unwrap().rows.len(), 5);
}

#[test]
fn a_part_is_sealed_by_age() {
    let bench = Bench::new();
    let records = records();
    let store = bench.open(900, StoreOptions { part_age: Duration::ZERO, ..StoreOptions::default() });
    insert(&store, &records[..3]).unwrap();
    store.tick().unwrap();
    store.flush().unwrap();
    assert_eq!(store.stats().segment_rows, 3);
}

#[test]
fn a_change_of_the_catalogue_happens_once_or_not_at_all() {
    let bench = Bench::new();
    let store = bench.open(900, StoreOptions::default());
    for part in records()[..40].chunks(20) {
        insert(&store, part).unwrap();
        store.flush().unwrap();
    }
    let catalogue = bench.catalogue();
    let before = catalogue.load().unwrap();
    let names: Vec<String> = before.segments.iter().map(|segment| segment.name.clone()).collect();
    assert_eq!((names.len(), &before.doomed), (2, &Vec::new()));
    let joined = CatalogueEntry { name: "joined".to_owned(), zstd_level: 9, ..before.segments[0].clone() };
    let change = Change { add: vec![joined.clone()], remove: names.clone(), ..Change::default() };
    for _ in 0..2 {
        catalogue.commit(&change).unwrap();
        let after = catalogue.load().unwrap();
        assert_eq!((&after.segments, &after.covered), (&vec![joined.clone()], &before.covered));
        assert_eq!(after.doomed, names);
    }
    // One of them has left: what would replace both would double the rows of the other.
    let other = CatalogueEntry { name: "other".to_owned(), ..joined };
    let late = Change { add: vec![other], remove: vec!["joined".to_owned(), names[0].clone()], ..Change::default() };
    assert!(catalogue.commit(&late).unwrap_err().contains(&names[0]));
    assert_eq!(catalogue.load().unwrap().segments.len(), 1);
    catalogue.forget_doomed(&names[..1]).unwrap();
    catalogue.forget_doomed(&names[..1]).unwrap();
    assert_eq!(catalogue.load().unwrap().doomed, names[1..]);
    let report = check_store(&catalogue.load().unwrap(), &*bench.storage(), &schemas(), None).unwrap();
    assert_eq!((report.doomed_files.len(), report.unknown_files.len()), (2, 2), "{report}");
}
