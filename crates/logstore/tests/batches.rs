//! Batches of a trail: there once, whatever happens between writing and answering, in memory and in segments.

use std::sync::atomic::Ordering;

use journal::Journal;
use logstore::wire::{Content, LogGroup, PutLog};
use logstore::{BatchOutcome, Wanted};
use openapi::clock::now_ms;
use prost::Message;
use store::{Direction, Query};

mod world;

use world::{ACCOUNT, World};

async fn append(world: &World, id: &str) -> BatchOutcome {
    world.service.append_batch("project", "trail", id, batch(id)).await.expect("an outcome")
}

async fn rows(world: &World) -> usize {
    let (store, journal) = (world.store.clone(), world.journal.clone());
    let count = move || {
        let streams = journal.streams();
        assert_eq!(streams.len(), 1, "one shard");
        let query = Query {
            scopes: &[""],
            all_of: &[],
            from_s: 0,
            to_s: i64::MAX,
            direction: Direction::Forward,
            after: None,
            limit: 1_000,
        };
        store.lookup(streams[0].0.as_str(), &query).expect("an answer").rows.len()
    };
    tokio::task::spawn_blocking(count).await.expect("no panic")
}

fn batch(id: &str) -> LogGroup {
    let content = Content { key: Some("event".to_owned()), value: Some(format!("{{\"id\":\"{id}\"}}")) };
    let log = PutLog { time: u32::try_from(now_ms().div_euclid(1_000)).ok(), contents: vec![content], time_ns: None };
    LogGroup { logs: vec![log; 3], ..LogGroup::default() }
}

fn wanted() -> Wanted {
    let index = serde_json::json!({"line": {"token": [" "]}});
    Wanted {
        region: String::new(),
        account_id: ACCOUNT.to_owned(),
        project: "project".to_owned(),
        logstore: "trail".to_owned(),
        ttl_days: 90,
        index: index.as_object().cloned().unwrap_or_default(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_there_once() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let world = World::open(folder.path()).await;
    assert!(world.service.append_batch("project", "trail", "a", batch("a")).await.is_err(), "nothing is there yet");
    world.service.provide(&wanted()).await.expect("made");
    world.service.provide(&wanted()).await.expect("again is no change");
    world.service.set_delivered_by("project", "trail", Some("audit")).await.expect("a trail");
    assert_eq!(append(&world, "trail-1").await, BatchOutcome::Written);
    assert_eq!(append(&world, "trail-1").await, BatchOutcome::AlreadyThere);
    let many = futures::future::join_all((0..8).map(|_| append(&world, "trail-2"))).await;
    assert_eq!(many.iter().filter(|outcome| **outcome == BatchOutcome::Written).count(), 1);
    assert_eq!(append(&world, "trail-1").await, BatchOutcome::AlreadyThere);
    // Nobody waits for this one; the next call does.
    let service = world.service.clone();
    let dropped =
        tokio::spawn(async move { service.append_batch("project", "trail", "trail-3", batch("trail-3")).await });
    tokio::task::yield_now().await;
    dropped.abort();
    append(&world, "trail-3").await;
    assert_eq!(append(&world, "trail-3").await, BatchOutcome::AlreadyThere);
    world.service.append_batch("project", "trail", "x", LogGroup::default()).await.expect_err("no logs");
    assert_eq!(rows(&world).await, 9);
    world.close().await;

    // The rows are segments now, and the journal may have forgotten their records.
    let world = World::open(folder.path()).await;
    for id in ["trail-1", "trail-2", "trail-3"] {
        assert_eq!(append(&world, id).await, BatchOutcome::AlreadyThere, "{id}");
    }
    assert_eq!(append(&world, "trail-4").await, BatchOutcome::Written);
    assert_eq!(append(&world, "trail-4").await, BatchOutcome::AlreadyThere);
    assert_eq!(rows(&world).await, 12);
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_trail_delivers_to_has_no_other_writer_and_its_reads_are_recorded() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let world = World::open(folder.path()).await;
    world.service.provide(&wanted()).await.expect("made");
    let (put, get) = ("/logstores/trail/shards/lb", "/logstores/trail/logs");
    let now_s = now_ms().div_euclid(1_000);
    let question = format!(r#"{{"from":{},"to":{},"query":"event"}}"#, now_s - 60, now_s + 60).into_bytes();
    let others = || world.call(put, "application/x-protobuf", batch("other").encode_to_vec());
    assert_eq!(others().await.0, 200);
    assert_eq!(world.calls.managing.lock().len(), 0, "logs of others are no events");

    world.service.set_delivered_by("project", "trail", Some("audit")).await.expect("a trail");
    append(&world, "trail-1").await;
    let (status, answer) = others().await;
    assert_eq!(status, 403);
    assert!(answer.contains("LogStoreWriteForbidden") && answer.contains("audit"), "{answer}");
    let (status, answer) = world.call(get, "application/json", question).await;
    assert_eq!(status, 200);
    assert!(answer.contains(r#""progress":"Complete","count":6"#), "{answer}");
    let refused = Some("LogStoreWriteForbidden".to_owned());
    assert_eq!(*world.calls.managing.lock(), [("PutLogs".to_owned(), refused), ("GetLogsV2".to_owned(), None)]);
    world.service.set_delivered_by("project", "trail", None).await.expect("no trail");
    assert_eq!(others().await.0, 200);
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_move_logs_are_recorded_where_a_trail_asks_for_them() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let world = World::open(folder.path()).await;
    world.service.provide(&wanted()).await.expect("made");
    let put = "/logstores/trail/shards/lb";
    let write = || world.call(put, "application/x-protobuf", batch("what was said").encode_to_vec());
    "PullLogs".clone_into(&mut world.calls.asked.lock());
    world.calls.is_broken.store(true, Ordering::Relaxed);
    assert_eq!(write().await.0, 200, "nobody asks for it, so nothing stands in its way");
    "PutLogs".clone_into(&mut world.calls.asked.lock());
    let before = world.journal.durable_count();
    assert_eq!(write().await.0, 503, "what cannot be recorded is not done");
    assert_eq!(world.journal.durable_count(), before);
    world.calls.is_broken.store(false, Ordering::Relaxed);
    assert_eq!(write().await.0, 200);
    assert_eq!(
        world.call("/logstores/none/shards/lb", "application/x-protobuf", batch("x").encode_to_vec()).await.0,
        404
    );
    // In a logstore of a trail the call is an event of its own besides.
    world.service.set_delivered_by("project", "trail", Some("audit")).await.expect("a trail");
    assert_eq!(write().await.0, 403);
    assert_eq!(world.calls.managing.lock().len(), 1);
    let data = std::mem::take(&mut *world.calls.data.lock());
    let codes: Vec<_> = data.iter().map(|record| record.error.as_ref().map(|(code, _)| code.as_str())).collect();
    assert_eq!(codes, [None, Some("LogStoreNotExist"), Some("LogStoreWriteForbidden")]);
    let arn = &data[0].event_data["ResourceArn"];
    assert_eq!(arn, &format!("acs:log:cn-shanghai:{ACCOUNT}:project/project/logstore/trail"));
    assert_eq!((&data[0].event_id, data[2].event_id == data[2].request_id), (&data[0].request_id, false));
    assert!(!format!("{data:?}").contains("what was said"));
    world.close().await;
}
