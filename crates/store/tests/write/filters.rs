//! Filters over many segments: the same answers from fewer of them, and from all when filters are lost or damaged.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use store::schema::WordRules;
use store::search::{Budget, Expr, Search};
use store::write::{FilterOptions, Store, StoreOptions, check_filters, forget_filters, rebuild_index};
use store::{Direction, Query};

use crate::world::{
    ID, LATER_S, QuietMachine, Record, World, busy_options, everything, insert, read, schemas, schemas_with,
};

const STREAM: &str = "s/one";
const SEGMENTS: usize = 9;
/// So many different ids in a segment are found by words.
const ROWS: usize = 300;

/// Each day is a segment.
fn records() -> Vec<Record> {
    let time_s = |n: usize| 1_772_352_000 + (n / ROWS) as i64 * 86_400 + (n % ROWS) as i64;
    (0..SEGMENTS * ROWS).map(|n| Record::new(STREAM, n as u64 + 1, time_s(n))).collect()
}

struct Bench {
    world: Arc<World>,
    machine: Arc<QuietMachine>,
    folder: tempfile::TempDir,
    records: Vec<Record>,
}

impl Bench {
    fn new() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        Bench { world: Arc::default(), machine: QuietMachine::at(LATER_S), folder, records: records() }
    }

    fn options(&self, folder: &Path) -> StoreOptions {
        let filters = FilterOptions { folder: folder.to_owned(), segments: 4 };
        let options = busy_options(1_000, &self.machine);
        StoreOptions { filters: Some(filters), recompression_age: None, ..options }
    }

    fn open(&self) -> Store {
        self.world.open_with(&self.records, |_| 1, self.options(self.folder.path())).unwrap()
    }

    /// A store with all rows in segments and every filter made.
    fn filled(&self) -> Store {
        let store = self.open();
        insert(&store, &self.records).unwrap();
        store.flush().unwrap();
        store.maintain().unwrap();
        store
    }

    fn filter_files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn flip(&self, name: &str, at: usize) {
        let path = self.folder.path().join(name);
        let mut bytes = fs::read(&path).unwrap();
        bytes[at] ^= 4;
        fs::write(path, bytes).unwrap();
    }

    fn damages(&self) -> Vec<String> {
        check_filters(&self.world.state(), &*self.world, self.folder.path()).unwrap()
    }

    /// Every id is found where it is, once, and what is nowhere is not found.
    fn check_answers(&self, store: &Store) {
        for record in self.records.iter().step_by(7) {
            let id = format!("{STREAM}-{}", record.cursor.position);
            assert_eq!(found(store, &id), ([record.cursor.position].to_vec(), [record.cursor.position].to_vec()));
        }
        assert_eq!(found(store, "s/one-absent"), (vec![], vec![]));
        assert_eq!(read(store, STREAM, Direction::Backward, 50).len(), SEGMENTS * ROWS);
    }
}

/// Positions of the rows with an id, by lookup and by search for the word.
fn found(store: &Store, id: &str) -> (Vec<u64>, Vec<u64>) {
    let all_of = [(ID, id)];
    let page = store.lookup(STREAM, &Query { all_of: &all_of, ..everything(Direction::Forward, None, 9) }).unwrap();
    let schemas = schemas();
    let search = Search::new(Expr::Text(id.to_owned()), schemas.of(STREAM).unwrap().layout()).unwrap();
    let query = everything(Direction::Forward, None, 9);
    let searched = store.search(STREAM, &query, &search, &Budget::unlimited()).unwrap();
    let positions = |rows: &[store::FoundRow]| rows.iter().map(|row| row.cursor.position).collect();
    (positions(&page.rows), positions(&searched.rows))
}

#[test]
fn a_filter_keeps_lookups_away_from_segments_without_the_value() {
    let bench = Bench::new();
    drop(bench.filled());
    assert_eq!(bench.filter_files(), ["0000000001.filter", "0000000002.filter"]);
    assert_eq!(bench.damages(), Vec::<String>::new());
    let store = bench.open();
    bench.check_answers(&store);
    store.maintain().unwrap();
    assert_eq!(store.stats().maintenance.filters, 0, "filters outlive the store");

    // Only the segment with the row is opened, and the ninth, which no filter stands for.
    drop(store);
    let store = bench.open();
    let before = bench.world.opened();
    assert_eq!(found(&store, "s/one-42").0, [42]);
    assert_eq!(bench.world.opened() - before, 2 * 2, "two files of two segments");
}

#[test]
fn lost_and_damaged_filters_are_made_again_and_never_believed() {
    let bench = Bench::new();
    drop(bench.filled());
    let whole: Vec<Vec<u8>> =
        bench.filter_files().iter().map(|name| fs::read(bench.folder.path().join(name)).unwrap()).collect();
    let len = whole[0].len();
    assert_eq!(len % 4096, 0);
    // Every other block is damaged, so that some of the lookups see it.
    let blocks = (4096..len).step_by(8192).map(|block| block + 99);
    for flips in [vec![0], vec![8], vec![12], vec![16], vec![100], blocks.collect()] {
        flips.iter().for_each(|at| bench.flip("0000000001.filter", *at));
        let damages = bench.damages();
        assert!(damages.len() == 1 && damages[0].starts_with("filters/0000000001.filter"), "{flips:?}: {damages:?}");
        let store = bench.open();
        bench.check_answers(&store);
        store.maintain().unwrap();
        drop(store);
        // What was only seen to be damaged while it was asked is made again by the next start.
        let store = bench.open();
        store.maintain().unwrap();
        bench.check_answers(&store);
        assert_eq!(bench.damages(), Vec::<String>::new(), "{flips:?}");
        drop(store);
        for name in bench.filter_files() {
            fs::remove_file(bench.folder.path().join(name)).unwrap();
        }
        for (bytes, number) in whole.iter().zip(1..) {
            fs::write(bench.folder.path().join(format!("{number:010}.filter")), bytes).unwrap();
        }
    }
    fs::write(bench.folder.path().join("0000000009.filter.unfinished"), b"SEG").unwrap();
    fs::remove_file(bench.folder.path().join("0000000002.filter")).unwrap();
    let store = bench.open();
    store.maintain().unwrap();
    bench.check_answers(&store);
    assert_eq!((bench.filter_files().len(), store.stats().maintenance.filters), (2, 1));
    assert!(bench.filter_files().iter().all(|name| name.ends_with(".filter")));
}

#[test]
fn a_filter_of_other_segments_is_found_out() {
    let (bench, other) = (Bench::new(), Bench::new());
    drop(bench.filled());
    let mut records = records();
    records
        .iter_mut()
        .for_each(|record| *record = Record::new(STREAM, record.cursor.position, record.cursor.time_s + 9));
    let other = Bench { records, ..other };
    drop(other.filled());
    // The names are the same, the rows are not.
    for name in bench.filter_files() {
        fs::copy(other.folder.path().join(&name), bench.folder.path().join(&name)).unwrap();
    }
    let store = bench.open();
    store.maintain().unwrap();
    bench.check_answers(&store);
    assert_eq!((bench.filter_files(), store.stats().maintenance.filters), (other_names(), 2));
}

/// The names that filters get behind two that are not used.
fn other_names() -> Vec<String> {
    vec!["0000000003.filter".to_owned(), "0000000004.filter".to_owned()]
}

#[test]
fn filters_go_with_their_last_segment() {
    let bench = Bench::new();
    let store = bench.filled();
    assert_eq!(bench.filter_files().len(), 2);
    drop(store);
    // Compressing again puts other segments in the place of all.
    let options = StoreOptions {
        recompression_age: Some(std::time::Duration::from_secs(3600)),
        ..bench.options(bench.folder.path())
    };
    let store = bench.world.open_with(&bench.records, |_| 1, options).unwrap();
    bench.machine.pass(std::time::Duration::from_secs(100));
    store.maintain().unwrap();
    store.maintain().unwrap();
    assert_eq!(store.stats().maintenance.recompressed_segments, SEGMENTS as u64);
    assert_eq!(bench.filter_files(), other_names());
    bench.check_answers(&store);
    assert_eq!(bench.damages(), Vec::<String>::new());
}

#[test]
fn a_folder_that_cannot_be_used_costs_no_answer() {
    let bench = Bench::new();
    let file = bench.folder.path().join("a file");
    fs::write(&file, b"").unwrap();
    let store = bench.world.open_with(&bench.records, |_| 1, bench.options(&file)).unwrap();
    insert(&store, &bench.records).unwrap();
    store.flush().unwrap();
    // Nothing else waits for it.
    store.maintain().unwrap();
    assert_eq!((store.stats().maintenance.filters, store.stats().maintenance.failures), (0, 1));
    bench.check_answers(&store);
}

#[test]
fn a_segment_that_cannot_be_read_is_left_out() {
    let bench = Bench::new();
    let without = StoreOptions { filters: None, ..bench.options(bench.folder.path()) };
    let store = bench.world.open_with(&bench.records, |_| 1, without).unwrap();
    insert(&store, &bench.records).unwrap();
    store.flush().unwrap();
    drop(store);
    let files = bench.world.file_names();
    let damaged = files.iter().find(|name| name.contains("day=2026-03-03") && name.ends_with(".idx")).unwrap();
    bench.world.damage(damaged);
    let store = bench.open();
    store.maintain().unwrap();
    store.maintain().unwrap();
    assert_eq!((bench.filter_files().len(), store.stats().maintenance.filters), (2, 2), "the other eight");
    let query = Query { all_of: &[(ID, "s/one-absent")], ..everything(Direction::Forward, None, 9) };
    let error = store.lookup(STREAM, &query).unwrap_err().to_string();
    assert!(error.contains(damaged), "who can tell what it has? {error}");
}

#[test]
fn a_filter_of_another_index_is_reported_and_not_believed() {
    let bench = Bench::new();
    drop(bench.filled());
    // The same rows, their words cut in another way.
    let entry = &bench.world.state().segments[1];
    rebuild_index(entry, &*bench.world, &schemas_with(WordRules::new("{}[]\",:-", true))).unwrap();
    let damages = bench.damages();
    assert!(damages.len() == 1 && damages[0].contains(&entry.name), "{damages:?}");
    let store = bench.open();
    assert_eq!(read(&store, STREAM, Direction::Backward, 50).len(), SEGMENTS * ROWS, "opens every segment");
    bench.check_answers(&store);
    drop(store);

    forget_filters(bench.folder.path()).unwrap();
    assert_eq!((bench.filter_files(), bench.damages()), (vec![], vec![]));
}
