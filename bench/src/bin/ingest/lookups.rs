//! The newest 50 by each filter over segments of 100,000 events.

use std::sync::Arc;
use std::time::Instant;

use audit::{LookupKey, event_schemas};
use bench::percentile::{Times, ms};
use bench::report::Report;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use store::segment::build_segment;
use store::write::{Catalogue, CatalogueEntry, Change, LocalFolder, SegmentStorage};
use store::{Direction, FieldId, Query, Store, StoreOptions};

use crate::catalogue::open_catalogue;
use crate::events::{ADDRESSES, INSTANCES, NAMES, USERS, address, event_id, instance, key, principal, user};
use crate::steps::{rows, stream};

const LOOKUPS: usize = 100;
const SEGMENT_EVENTS: usize = 100_000;

type Draw = fn(&mut StdRng, usize) -> String;
const KEYS: [(&str, Draw); 10] = [
    ("ServiceName", |_, _| "CloudCallCenter".to_owned()),
    ("EventName", |random, _| NAMES[random.random_range(0..NAMES.len())].to_owned()),
    ("User", |random, _| user(random.random_range(0..USERS))),
    ("EventId", |random, events| event_id(random.random_range(0..events))),
    ("ResourceName", |random, _| instance(random.random_range(0..INSTANCES))),
    ("EventRW", |_, _| "Write".to_owned()),
    ("EventAccessKeyId", |random, _| key(random.random_range(0..USERS))),
    ("SourceIpAddress", |random, _| address(random.random_range(0..ADDRESSES))),
    ("RoleName", |_, _| "nobody".to_owned()),
    ("PrincipalId", |random, _| principal(random.random_range(0..USERS))),
];

pub fn run(events: usize, report: &mut Report) -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir_in(".")?;
    let storage = Arc::new(LocalFolder::new(&folder.path().join("segments")));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let catalogue = open_catalogue(&runtime, folder.path())?;
    let schemas = event_schemas();
    let schema = schemas.of(&stream()).ok_or("events have no schema")?.clone();
    for first in (0..events).step_by(SEGMENT_EVENTS) {
        let name = format!("segment-{first:09}");
        let built = build_segment(&name, &stream(), &rows(first, SEGMENT_EVENTS.min(events - first)), &*schema)?;
        let entry = CatalogueEntry {
            name,
            stream: stream(),
            summary: built.summary,
            sidecar_bytes: built.sidecar.len() as u64,
            zstd_level: 3,
        };
        storage.put(&entry.parquet_name(), &built.parquet)?;
        storage.put(&entry.sidecar_name(), &built.sidecar)?;
        let covered = [(stream(), (first + SEGMENT_EVENTS).min(events) as u64)].into();
        catalogue.commit(&Change { add: vec![entry], covered, ..Change::default() })?;
    }
    let journal = [(stream(), events as u64 + 1, events as u64)];
    let began = Instant::now();
    let store = Store::open(schemas, storage, catalogue, &journal, Box::new(|_, _| Ok(())), StoreOptions::default())?;
    ask(&store, &[])?;
    report.figure("opening, first answer", ms(began.elapsed()));
    for (name, draw) in KEYS {
        let key = LookupKey::from_name(name).ok_or("an unknown key")?;
        let field = FieldId(key as u8);
        measure(&store, report, name, |random| vec![(field, draw(random, events))])?;
    }
    let field = |name| LookupKey::from_name(name).map(|key| FieldId(key as u8)).ok_or("an unknown key");
    let (name, user_field, address_field) = (field("EventName")?, field("User")?, field("SourceIpAddress")?);
    measure(&store, report, "EventName, User and SourceIpAddress", |random| {
        vec![
            (name, NAMES[random.random_range(0..NAMES.len())].to_owned()),
            (user_field, user(random.random_range(0..USERS))),
            (address_field, address(random.random_range(0..ADDRESSES))),
        ]
    })
}

fn measure(
    store: &Store,
    report: &mut Report,
    what: &str,
    draw: impl Fn(&mut StdRng) -> Vec<(FieldId, String)>,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut random = StdRng::seed_from_u64(11);
    let mut times = Vec::with_capacity(LOOKUPS);
    let mut found = 0;
    for _ in 0..LOOKUPS {
        let drawn = draw(&mut random);
        let began = Instant::now();
        found += ask(store, &drawn)?;
        times.push(began.elapsed());
    }
    let times = Times::new(times);
    let figure = format!("{} / {}, {} rows", ms(times.p50()), ms(times.p99()), found / LOOKUPS);
    report.figure(&format!("newest 50 by {what}, p50 / p99"), figure);
    Ok(())
}

fn ask(store: &Store, all_of: &[(FieldId, String)]) -> Result<usize, Box<dyn std::error::Error>> {
    let all_of: Vec<_> = all_of.iter().map(|(field, value)| (*field, value.as_str())).collect();
    let query = Query {
        scopes: &["cn-shanghai", "*"],
        all_of: &all_of,
        from_s: i64::MIN,
        to_s: i64::MAX,
        direction: Direction::Backward,
        after: None,
        limit: 50,
    };
    Ok(store.lookup(&stream(), &query)?.rows.len())
}
