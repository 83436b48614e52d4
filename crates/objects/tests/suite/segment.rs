//! A segment whose bytes are wrong in the cache, or wrong in the object storage.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use objects::{ObjectStorage, WholeObjects};
use store::schema::{JsonField, JsonSchema, Schema, WordRules};
use store::segment::{NamedFile, SegmentError, SourceRow, build_segment, check_segment};
use store::write::SegmentStorage;
use store::{Cursor, Direction, Field, FieldId, Layout, Query, Segment};

use crate::fake::Fake;

const ROWS: u64 = 3_000;

fn schema() -> Arc<dyn Schema> {
    let layout = Layout {
        name: "test".to_owned(),
        time_column: "time".to_owned(),
        position_column: "position".to_owned(),
        scope_column: "region".to_owned(),
        raw_column: "raw".to_owned(),
        fields: Vec::new(),
        words: WordRules::new("{}[]\",:", true),
    };
    let id = JsonField { field: Field { id: FieldId(1), column: "id".to_owned(), many: false }, path: "id".to_owned() };
    Arc::new(JsonSchema::new(layout, "time", "region", vec![id]))
}

fn put_segment(storage: &dyn SegmentStorage) {
    let rows: Vec<SourceRow> = (1..=ROWS)
        .map(|position| SourceRow {
            cursor: Cursor { time_s: position as i64, position },
            bytes: format!("{{\"time\":{position},\"region\":\"a\",\"id\":\"id-{position}\"}}").into(),
        })
        .collect();
    let built = build_segment("a", "s/1", &rows, &*schema()).unwrap();
    storage.put("a.parquet", &built.parquet).unwrap();
    storage.put("a.idx", &built.sidecar).unwrap();
}

fn lookup(storage: &ObjectStorage) -> Result<usize, SegmentError> {
    let named = |name: &str| NamedFile::new(name, storage.open(name).unwrap());
    let segment = Segment::open(named("a.idx"), named("a.parquet"), schema())?;
    let query = Query {
        scopes: &["a"],
        all_of: &[(FieldId(1), "id-777")],
        from_s: i64::MIN,
        to_s: i64::MAX,
        direction: Direction::Backward,
        after: None,
        limit: 10,
    };
    segment.lookup(&query).map(|page| page.rows.len())
}

#[test]
fn bytes_that_were_wrong_on_the_way_are_fetched_again() {
    let (cache, fake) = (tempfile::tempdir().unwrap(), Arc::new(Fake::default()));
    put_segment(&fake.behind_cache(cache.path(), 1 << 24));
    let empty = tempfile::tempdir().unwrap();
    let storage = fake.behind_cache(empty.path(), 1 << 24);
    fake.flips_next.store(true, Ordering::SeqCst);
    // The first fetch is the index; the flip is in its middle, which the lookup may not need, but the check does.
    assert_eq!(lookup(&storage).unwrap(), 1);
    let named = |name: &str| NamedFile::new(name, storage.open(name).unwrap());
    assert_eq!(check_segment(&named("a.idx"), &named("a.parquet"), &*schema()).len(), 0, "mended by reading");

    // Each byte of the rows is wrong in the cache, and every checksum of the cache is right.
    let empty = tempfile::tempdir().unwrap();
    let right = fake.objects.lock()["a.parquet"].clone();
    let wrong: Vec<u8> = right.iter().map(|byte| byte ^ 1).collect();
    let storage = fake.behind_cache(empty.path(), 1 << 24);
    storage.put("a.parquet", &wrong).unwrap();
    fake.objects.lock().insert("a.parquet".to_owned(), right);
    assert_eq!(lookup(&storage).unwrap(), 1);
    assert_eq!(fake.reads.lock().last().map(|(name, _)| name.clone()).as_deref(), Some("a.parquet"));
}

#[test]
fn bytes_that_are_wrong_in_the_object_storage_stay_an_error() {
    let (cache, fake) = (tempfile::tempdir().unwrap(), Arc::new(Fake::default()));
    put_segment(&fake.behind_cache(cache.path(), 1 << 24));
    let mut parquet = fake.objects.lock()["a.parquet"].to_vec();
    for byte in &mut parquet {
        *byte ^= 1;
    }
    fake.objects.lock().insert("a.parquet".to_owned(), parquet.into());
    // What is in the cache is right and stays so; what is fetched is not.
    assert_eq!(lookup(&fake.behind_cache(cache.path(), 1 << 24)).unwrap(), 1);
    let empty = tempfile::tempdir().unwrap();
    let error = lookup(&fake.behind_cache(empty.path(), 1 << 24)).unwrap_err().to_string();
    assert!(error.contains("a.parquet") && error.contains("damaged"), "{error}");
    let whole = WholeObjects::new(fake.clone());
    let named = |name: &str| NamedFile::new(name, whole.open(name).unwrap());
    assert!(!check_segment(&named("a.idx"), &named("a.parquet"), &*schema()).is_empty(), "a check sees past the cache");
}
