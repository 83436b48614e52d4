//! Searches of the whole service: what comes back over its interface is what a plain look at the logs says, wherever their
//! rows are: in memory, in segments, in joined ones.

use std::cell::Cell;
use std::collections::BTreeSet;

use openapi::clock::now_ms;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use prost::Message;
use serde_json::{Value as Json, json};

use super::{model, strategies};
use crate::Wanted;
use crate::index::IndexConfig;
use crate::log::Log;
use crate::query::{Syntax, parse, print, split};
use crate::wire::{Content, LogGroup, LogTag, PutLog};

#[path = "../../../tests/world/mod.rs"]
mod world;

use world::{ACCOUNT, World};

/// Key of the content by which a log is known again.
const ID: &str = "#";

const JSON: &str = "application/json";
const PROTOBUF: &str = "application/x-protobuf";

/// What becomes of the rows after a group was put.
#[derive(Debug, Clone, Copy)]
enum After {
    Nothing,
    Segment,
    JoinedSegments,
}

#[derive(Debug)]
struct Case {
    groups: Vec<(Vec<Log>, After)>,
    configs: [IndexConfig; 2],
    searches: Vec<Syntax>,
}

fn case() -> impl Strategy<Value = Case> {
    let after = prop_oneof![3 => Just(After::Nothing), 2 => Just(After::Segment), 1 => Just(After::JoinedSegments)];
    let groups = vec((vec(strategies::log(), 1..5), after), 1..8);
    (groups, [strategies::config(), strategies::config()], vec(strategies::syntax(), 1..12))
        .prop_map(|(groups, configs, searches)| Case { groups, configs, searches })
}

#[test]
fn a_search_finds_what_a_plain_look_finds_wherever_rows_are() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let world = runtime.block_on(World::open(folder.path()));
    let cases = if cfg!(debug_assertions) { 40 } else { 400 };
    let mut runner = TestRunner::new(Config { cases, max_shrink_iters: 200, ..Config::default() });
    let (number, with_logs) = (Cell::new(0), Cell::new(0));
    let outcome = runner.run(&case(), |case| {
        number.set(number.get() + 1);
        let found = runtime.block_on(check(&world, &format!("case-{}", number.get()), &case))?;
        with_logs.set(with_logs.get() + found);
        Ok(())
    });
    let stats = world.store.stats();
    runtime.block_on(world.close());
    outcome.unwrap();
    assert!(with_logs.get() > cases as usize && stats.maintenance.compactions > 0, "{with_logs:?} {stats:?}");
}

/// How many searches found something.
async fn check(world: &World, logstore: &str, case: &Case) -> Result<usize, TestCaseError> {
    let now_s = now_ms().div_euclid(1_000);
    provide(world, logstore, &case.configs[0]).await;
    let (mut logs, mut with_logs) = (Vec::new(), 0);
    for (group, after) in &case.groups {
        for log in group {
            let log = known(log, logs.len(), now_s);
            put(world, logstore, &log).await;
            logs.push(log);
        }
        settle(world, *after).await;
    }
    // The second index is another one, and true for the logs that are there.
    for config in &case.configs {
        let index = serde_json::to_vec(config).unwrap();
        let (status, answer) = world.send("PUT", &format!("/logstores/{logstore}/index"), JSON, index).await;
        prop_assert_eq!(status, 200, "{}", answer);
        for syntax in &case.searches {
            let text = print(syntax);
            // What stands behind a bar outside of quotes is not a search.
            if split(&text).search != text || text.trim().is_empty() {
                continue;
            }
            let found = search(world, logstore, &text, now_s, 0).await;
            let Ok(_) = parse(&text, config) else {
                prop_assert!(found.is_err(), "{} is refused", text);
                continue;
            };
            let expected: BTreeSet<usize> =
                (0..logs.len()).filter(|at| model::matches(syntax, config, &logs[*at])).collect();
            with_logs += usize::from(!expected.is_empty());
            let found = found.unwrap_or_default();
            let numbers: BTreeSet<usize> = found.iter().copied().collect();
            prop_assert_eq!(&numbers, &expected, "{} by {:?} in {:?}", text, config, logs);
            let offset = found.len() / 2;
            let later = search(world, logstore, &text, now_s, offset).await;
            prop_assert_eq!(later.as_deref(), Ok(&found[offset..]), "{} from {}", text, offset);
            if !text.contains(['&', '=', '%', '+']) {
                prop_assert_eq!(count(world, logstore, &text, now_s).await, expected.len(), "{} in {:?}", text, logs);
            }
        }
    }
    let (status, answer) = world.send("GET", &format!("/logstores/{logstore}?type=topic"), JSON, Vec::new()).await;
    prop_assert_eq!(status, 200, "{}", answer);
    let topics: BTreeSet<&str> = logs.iter().map(|log| log.topic.as_str()).filter(|topic| !topic.is_empty()).collect();
    prop_assert_eq!(serde_json::from_str::<Vec<String>>(&answer).unwrap(), topics.into_iter().collect::<Vec<_>>());
    Ok(with_logs)
}

/// The log with a number, at a time that is taken.
fn known(log: &Log, number: usize, now_s: i64) -> Log {
    let mut log = log.clone();
    log.time_s += (now_s - 60) as u32;
    log.contents.push((ID.to_owned(), number.to_string()));
    log
}

async fn provide(world: &World, logstore: &str, config: &IndexConfig) {
    let Ok(Json::Object(index)) = serde_json::to_value(config) else { unreachable!("a struct is an object") };
    let wanted = Wanted {
        region: String::new(),
        account_id: ACCOUNT.to_owned(),
        project: "project".to_owned(),
        logstore: logstore.to_owned(),
        ttl_days: 30,
        index,
    };
    world.service.provide(&wanted).await.unwrap();
}

async fn put(world: &World, logstore: &str, log: &Log) {
    let contents =
        log.contents.iter().map(|(key, value)| Content { key: Some(key.clone()), value: Some(value.clone()) });
    let tags = log.tags.iter().map(|(key, value)| LogTag { key: Some(key.clone()), value: Some(value.clone()) });
    let group = LogGroup {
        logs: vec![PutLog { time: Some(log.time_s), contents: contents.collect(), time_ns: log.time_ns }],
        topic: Some(log.topic.clone()),
        source: Some(log.source.clone()),
        log_tags: tags.collect(),
        ..LogGroup::default()
    };
    let (status, answer) =
        world.call(&format!("/logstores/{logstore}/shards/lb"), PROTOBUF, group.encode_to_vec()).await;
    assert_eq!(status, 200, "{answer}");
}

async fn settle(world: &World, after: After) {
    if matches!(after, After::Nothing) {
        return;
    }
    world.service.caught_up().await.unwrap();
    let store = world.store.clone();
    let settling = move || {
        store.flush().unwrap();
        if matches!(after, After::JoinedSegments) {
            store.maintain().unwrap();
        }
    };
    tokio::task::spawn_blocking(settling).await.unwrap();
}

/// The numbers of the logs that the service finds, in its order; `Err` when it refuses.
async fn search(world: &World, logstore: &str, text: &str, now_s: i64, offset: usize) -> Result<Vec<usize>, String> {
    let question = json!({"from": now_s - 3_600, "to": now_s + 60, "query": text, "line": 100, "offset": offset});
    let question = question.to_string().into_bytes();
    let (status, answer) = world.call(&format!("/logstores/{logstore}/logs"), JSON, question).await;
    if status != 200 {
        return Err(answer);
    }
    let answer: Json = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["meta"]["progress"], "Complete");
    let ids = answer["data"].as_array().unwrap().iter().map(|log| log[ID].as_str().unwrap().parse().unwrap());
    Ok(ids.collect())
}

/// How many logs the bars of the histogram have together.
async fn count(world: &World, logstore: &str, text: &str, now_s: i64) -> usize {
    let (from_s, to_s) = (now_s - 3_600, now_s + 60);
    let target = format!("/logstores/{logstore}/index?type=histogram&from={from_s}&to={to_s}&query={text}");
    let (status, answer) = world.send("GET", &target, JSON, Vec::new()).await;
    assert_eq!(status, 200, "{text}: {answer}");
    let bars: Vec<Json> = serde_json::from_str(&answer).unwrap();
    assert!(bars.iter().all(|bar| bar["progress"] == "Complete"));
    bars.iter().map(|bar| bar["count"].as_u64().unwrap() as usize).sum()
}
