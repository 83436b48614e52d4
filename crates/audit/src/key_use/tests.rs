//! The table of uses against a plain fold over all events, in whatever portions they were committed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use database::Database;
use journal::{FileJournal, Journal, Options, StreamName, forgets, kept_streams};
use openapi::clock::format_utc;
use proptest::prelude::*;
use serde_json::json;
use store::write::{LocalFolder, SqlCatalogue, migrate_catalogue};
use store::{Store, StoreOptions};

use super::KeyUse;
use super::fold::{Dimension, Fold, Group};
use super::rows::{self, KeptUse};
use crate::limits::{MAX_KEY_USE_DETAIL_BYTES, MAX_KEY_USE_VALUES};
use crate::tables;

const ACCOUNT: &str = "1059804828509";
const SERVICES: [&str; 2] = ["Ram", "CloudCallCenter"];

/// What an event of the model is made of: key, service, name, address, resource, second.
type Made = (u8, u8, u8, u8, u8, i64);

fn event(&(key, service, name, address, resource, second): &Made) -> Bytes {
    let key_id = if key == 3 { "STS.temporary".to_owned() } else { format!("LTAIkey{key}") };
    json!({
        "eventId": "e", "eventVersion": 1, "eventName": format!("Call{name}"), "eventTime": format_utc(second),
        "eventSource": "s", "serviceName": SERVICES[usize::from(service)], "acsRegion": "r", "eventType": "ApiCall",
        "sourceIpAddress": format!("10.0.0.{address}"), "userAgent": "",
        "referencedResources": {"ACS::A": [format!("a{resource}")], "ACS::B": [format!("b{resource}"), "b"]},
        "userIdentity": {"type": "ram-user", "accessKeyId": key_id, "principalId": "2", "userName": format!("user{key}")},
    })
    .to_string()
    .into()
}

/// Key, dimension, service, type, value; to second, position.
type Uses = BTreeMap<(String, Dimension, String, String, String), (i64, String)>;

fn expected(events: &[Made]) -> Uses {
    let mut uses = Uses::new();
    let mut ages = BTreeMap::new();
    for (position, made) in events.iter().enumerate().filter(|(_, made)| made.0 != 3) {
        let (key, service, name, address, resource, second) = *made;
        let service = SERVICES[usize::from(service)].to_owned();
        let values = [
            (Dimension::Product, "", "", service.clone()),
            (Dimension::Event, service.as_str(), "", format!("Call{name}")),
            (Dimension::Ip, service.as_str(), "", format!("10.0.0.{address}")),
            (Dimension::Resource, service.as_str(), "ACS::A", format!("a{resource}")),
            (Dimension::Resource, service.as_str(), "ACS::B", format!("b{resource}")),
            (Dimension::Resource, service.as_str(), "ACS::B", "b".to_owned()),
        ];
        for (dimension, service, kind, value) in values {
            let place = (format!("LTAIkey{key}"), dimension, service.to_owned(), kind.to_owned(), value);
            let text = String::from_utf8(event(made).to_vec()).expect("text");
            if ages.get(&place).is_none_or(|known| *known < (second, position)) {
                ages.insert(place.clone(), (second, position));
                uses.insert(place, (second, text));
            }
        }
    }
    uses
}

async fn kept(database: &Database) -> Uses {
    let mut uses = Uses::new();
    for key in 0..4 {
        for service in ["", SERVICES[0], SERVICES[1]] {
            for dimension in [Dimension::Product, Dimension::Event, Dimension::Ip, Dimension::Resource] {
                let key_id = if key == 3 { "STS.temporary".to_owned() } else { format!("LTAIkey{key}") };
                for used in listed(database, &Group::of(ACCOUNT, &key_id, dimension, service)).await {
                    let place = (
                        key_id.clone(),
                        dimension,
                        service.to_owned(),
                        used.value.kind.clone(),
                        used.value.name.clone(),
                    );
                    uses.insert(place, (used.used_s, used.detail));
                }
            }
        }
    }
    uses
}

async fn listed(database: &Database, group: &Group) -> Vec<KeptUse> {
    let used = rows::list(database, group, 0, 0, MAX_KEY_USE_VALUES).await.expect("a list");
    assert!(used.is_sorted_by(|left, right| left.used_s >= right.used_s), "newest first");
    used
}

async fn database(folder: &Path) -> Database {
    let url = format!("sqlite://{}", folder.join("control.db").display());
    let database = Database::open(&url).await.expect("a database");
    tables::migrate(&database).await.expect("tables");
    database
}

async fn commit(database: &Database, fold: Fold) {
    let mut transaction = database.begin().await.expect("a transaction");
    rows::put(&mut transaction, &fold.finish()).await.expect("written");
    transaction.commit().await.expect("committed");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn portions_and_repetitions_change_nothing(
        events in prop::collection::vec((0_u8..4, 0_u8..2, 0_u8..3, 0_u8..3, 0_u8..3, 1_000_000_000_i64..1_000_000_005), 1..60),
        portions in prop::collection::vec(1_usize..12, 1..30),
    ) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let folder = tempfile::tempdir().expect("a folder");
            let database = database(folder.path()).await;
            let mut from = 0;
            for size in portions.iter().cycle() {
                let to = (from + size).min(events.len());
                // Every portion is folded twice, the second time with what came before: as after a crash.
                for begin in [from, from.saturating_sub(3)] {
                    let mut fold = Fold::default();
                    for (position, made) in events.iter().enumerate().take(to).skip(begin) {
                        fold.take(ACCOUNT, position as u64, &event(made)).expect("an event");
                    }
                    commit(&database, fold).await;
                }
                from = to;
                if from == events.len() {
                    break;
                }
            }
            assert_eq!(kept(&database).await, expected(&events));
        });
    }
}

#[tokio::test]
async fn a_long_list_keeps_its_newest() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = database(folder.path()).await;
    let group = Group::of(ACCOUNT, "LTAIkey0", Dimension::Ip, SERVICES[0]);
    let address = |number: usize| {
        Bytes::from(
            String::from_utf8(event(&(0, 0, 0, 0, 0, 1_000_000_000 + number as i64)).to_vec())
                .expect("text")
                .replace("10.0.0.0", &format!("address-{number}")),
        )
    };
    for portion in [0..400, 400..900] {
        let mut fold = Fold::default();
        for number in portion {
            fold.take(ACCOUNT, number as u64, &address(number)).expect("an event");
        }
        commit(&database, fold).await;
    }
    rows::sweep(&database, 1_000_000_000).await.expect("swept");
    let used = listed(&database, &group).await;
    let names: Vec<_> = used.iter().map(|used| used.value.name.clone()).collect();
    let newest: Vec<_> = (900 - MAX_KEY_USE_VALUES..900).rev().map(|number| format!("address-{number}")).collect();
    assert_eq!(names, newest);
    rows::sweep(&database, 1_000_000_890).await.expect("swept");
    assert_eq!(listed(&database, &group).await.len(), 10, "older ones have ended");
}

#[test]
fn odd_events_are_taken_as_far_as_they_go() {
    let mut fold = Fold::default();
    assert!(fold.take(ACCOUNT, 1, &Bytes::from_static(b"{}")).is_err());
    let long = "x".repeat(MAX_KEY_USE_DETAIL_BYTES);
    let text = json!({
        "eventId": "e", "eventVersion": 1, "eventName": format!("{long}\0"), "eventTime": "2026-03-01T08:00:00Z",
        "eventSource": "s", "serviceName": "Ram", "acsRegion": "r", "eventType": "ApiCall", "userAgent": "",
        "sourceIpAddress": "a\u{0}b", "resourceType": "ACS::A;ACS::B", "resourceName": "a1,a2;b1",
        "userIdentity": {"type": "root-account", "accessKeyId": "LTAI", "principalId": ACCOUNT, "userName": "root"},
    });
    fold.take(ACCOUNT, 1, &text.to_string().into()).expect("an event");
    let values = |dimension, service: &str| {
        let uses = &fold.groups[&Group::of(ACCOUNT, "LTAI", dimension, service)];
        let mut values: Vec<_> = uses.keys().map(|value| (value.kind.clone(), value.name.clone())).collect();
        values.sort();
        values
    };
    assert!(values(Dimension::Event, "Ram")[0].1.len() < 2_000, "bounded");
    assert_eq!(values(Dimension::Ip, "Ram"), [(String::new(), "a\u{fffd}b".to_owned())]);
    let pair = |kind: &str, name: &str| (kind.to_owned(), name.to_owned());
    let pairs = [pair("ACS::A", "a1"), pair("ACS::A", "a2"), pair("ACS::B", "b1")];
    assert_eq!(values(Dimension::Resource, "Ram"), pairs);
}

async fn open_store(folder: &Path, database: &Database, journal: &Arc<FileJournal>) -> Arc<Store> {
    migrate_catalogue(database).await.expect("tables");
    let catalogue = Arc::new(SqlCatalogue::new(database.clone(), tokio::runtime::Handle::current()));
    let storage = Arc::new(LocalFolder::new(&folder.join("segments")));
    let kept = kept_streams(&**journal);
    let release = Box::new(forgets(journal.clone()));
    let open = move || Store::open(crate::event_schemas(), storage, catalogue, &kept, release, StoreOptions::default());
    Arc::new(tokio::task::spawn_blocking(open).await.expect("no panic").expect("a store"))
}

/// A follower goes on where the last one committed; what came meanwhile is there when a question has waited for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = database(folder.path()).await;
    let options = Options { free_disk_floor_bytes: 0, ..Options::default() };
    let journal = Arc::new(FileJournal::open(folder.path().join("journal"), options).expect("a journal"));
    let store = open_store(folder.path(), &database, &journal).await;
    let stream = StreamName::new(&format!("events/{ACCOUNT}")).expect("a name");
    // Older ones would be swept.
    let now_s = openapi::clock::now_ms().div_euclid(1_000);
    let all: Vec<Made> = (0..90).map(|n| (n % 4, n % 2, n % 3, n % 5, n % 2, now_s - i64::from(n % 7))).collect();
    for portion in all.chunks(30) {
        for made in portion {
            journal.append(&stream, event(made)).await.expect("durable");
        }
        let opened = KeyUse::open(&database, journal.clone(), store.clone()).await.expect("opened");
        let key_use = Arc::new(opened);
        let following = tokio::spawn(key_use.clone().follow());
        assert!(key_use.catch_up().await, "in time");
        assert_eq!(key_use.behind(), 0);
        following.abort();
        assert!(following.await.is_err_and(|error| error.is_cancelled()));
    }
    let (kept, expected) = (kept(&database).await, expected(&all));
    for (place, used) in &expected {
        assert_eq!(kept.get(place), Some(used), "{place:?}");
    }
    assert_eq!(kept.len(), expected.len());
}
