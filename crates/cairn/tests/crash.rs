//! The server is killed at random moments under load, again and again: every acknowledged call has exactly one event,
//! every other one none or one.
//!
//! Each call carries a marker in a parameter of its own, which its event records. `CAIRN_CRASH_ROUNDS` sets the number
//! of rounds (50 by default); `cargo xtask crash --rounds N` does that for people.

#![allow(
    clippy::disallowed_methods,
    reason = "a test reads its rounds from the environment and waits in its own thread"
)]

mod support;

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use journal::{FileJournal, Journal, Options, StreamName};
use openapi::clock::{format_utc, now_ms};
use rand::RngExt;
use serde_json::Value;
use support::{ACCOUNT_ID, Server, agent, call};

const CALLERS: usize = 6;

/// Marker, and the request id when the call was answered.
type Sent = HashMap<String, Option<String>>;

#[test]
fn acknowledged_calls_survive_being_killed() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let data = folder.path().join("data");
    let all = kill_again_and_again(&data, None, rounds());
    verify(&all, &markers_of(read_journal(&data.join("journal")).iter()), "all rounds, read from the journal");
}

/// Memory parts of a few events, so that most kills come while one becomes a segment.
#[test]
fn acknowledged_calls_survive_being_killed_while_segments_are_written() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let (data, config) = (folder.path().join("data"), folder.path().join("cairn.toml"));
    std::fs::write(&config, "[store]\npart_events = 7\n").expect("a configuration");
    let from_s = now_ms().div_euclid(1_000);
    let all = kill_again_and_again(&data, Some(&config), rounds() / 5);
    let server = Server::start_with(&data, Some(&config));
    verify(&all, &markers_of(lookup_all(&server.endpoint, from_s).iter()), "all rounds, looked up");
    drop(server);
    let check = std::process::Command::new(env!("CARGO_BIN_EXE_cairn")).args(["store", "check"]).arg(&data).output();
    let check = check.expect("the binary runs");
    let report = String::from_utf8_lossy(&check.stdout);
    assert!(check.status.success() && report.contains("sound") && !report.contains("0 segments"), "{report}");
}

fn rounds() -> usize {
    std::env::var("CAIRN_CRASH_ROUNDS").ok().map_or(50, |text| text.parse().expect("a number of rounds"))
}

fn kill_again_and_again(data: &Path, config: Option<&Path>, rounds: usize) -> Sent {
    let mut all = Sent::new();
    for round in 0..rounds {
        let mut server = Server::start_with(data, config);
        let from_s = now_ms().div_euclid(1_000);
        let sent = load_until_killed(&mut server, round);
        let server = Server::start_with(data, config);
        verify(
            &sent,
            &markers_of(lookup_all(&server.endpoint, from_s).iter()),
            &format!("round {round}, looked up after the restart"),
        );
        all.extend(sent);
    }
    let acknowledged = all.values().filter(|id| id.is_some()).count();
    println!("{rounds} kills, {} calls sent, {acknowledged} acknowledged", all.len());
    assert!(acknowledged >= rounds, "the load must get through for the test to mean anything");
    all
}

/// Callers work until the server is killed after a random time.
fn load_until_killed(server: &mut Server, round: usize) -> Sent {
    let stop = AtomicBool::new(false);
    let endpoint = server.endpoint.clone();
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let (stop, endpoint) = (&stop, &endpoint);
                scope.spawn(move || work(endpoint, &format!("r{round}-c{caller}"), stop))
            })
            .collect();
        std::thread::sleep(Duration::from_millis(rand::rng().random_range(20..400)));
        server.kill();
        stop.store(true, Ordering::Release);
        callers.into_iter().flat_map(|caller| caller.join().expect("a caller ended well")).collect()
    })
}

/// Reads and writes, good calls and refused ones, until the server is gone.
fn work(endpoint: &str, name: &str, stop: &AtomicBool) -> Sent {
    let agent = agent();
    let mut sent = Sent::new();
    for n in 0.. {
        let marker = format!("{name}-{n}");
        let parameters =
            [("Marker", marker.as_str()), ("UserName", marker.as_str()), ("InstanceId", "no-such-instance")];
        let answer = match n % 3 {
            0 => call(&agent, endpoint, "2017-07-05", "ListConfig", &parameters),
            1 => call(&agent, endpoint, "2015-04-01", "GetCallerIdentity", &parameters),
            _ => call(&agent, endpoint, "2015-05-01", "GetUser", &parameters),
        };
        let request_id = answer.ok().and_then(|(_, body)| body["RequestId"].as_str().map(str::to_owned));
        let gone = request_id.is_none();
        sent.insert(marker, request_id);
        if gone || stop.load(Ordering::Acquire) {
            break;
        }
    }
    sent
}

fn lookup_all(endpoint: &str, from_s: i64) -> Vec<Value> {
    let agent = agent();
    let (start, end) = (format_utc(from_s), format_utc(now_ms().div_euclid(1_000) + 60));
    let (mut events, mut token) = (Vec::new(), String::new());
    loop {
        let mut parameters = vec![
            ("StartTime", start.as_str()),
            ("EndTime", end.as_str()),
            ("Direction", "FORWARD"),
            ("MaxResults", "50"),
        ];
        if !token.is_empty() {
            parameters.push(("NextToken", &token));
        }
        let (status, mut page) =
            call(&agent, endpoint, "2020-07-06", "LookupEvents", &parameters).expect("the server answers");
        assert_eq!(status, 200, "{page}");
        match page["Events"].take() {
            Value::Array(found) => events.extend(found),
            other => panic!("no events: {other}"),
        }
        match page["NextToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => return events,
        }
    }
}

fn read_journal(folder: &std::path::Path) -> Vec<Value> {
    let journal = FileJournal::open(folder, Options::default()).expect("the journal opens after every crash");
    let stream = StreamName::new(&format!("events/{ACCOUNT_ID}")).expect("a good name");
    let (mut events, mut next) = (Vec::new(), 1);
    loop {
        let records = journal.read_from(&stream, next, 1_000).expect("readable");
        let Some(last) = records.last() else { return events };
        next = last.position + 1;
        events.extend(records.iter().map(|record| serde_json::from_slice::<Value>(&record.payload).expect("an event")));
    }
}

/// Event ids by marker.
fn markers_of<'a>(events: impl Iterator<Item = &'a Value>) -> HashMap<String, Vec<String>> {
    let mut markers: HashMap<String, Vec<String>> = HashMap::new();
    for event in events {
        if let (Some(marker), Some(id)) = (event["requestParameters"]["Marker"].as_str(), event["eventId"].as_str()) {
            markers.entry(marker.to_owned()).or_default().push(id.to_owned());
        }
    }
    markers
}

fn verify(sent: &Sent, events: &HashMap<String, Vec<String>>, when: &str) {
    for (marker, acknowledged) in sent {
        let found = events.get(marker).map(Vec::as_slice).unwrap_or_default();
        match acknowledged {
            Some(request_id) => {
                assert_eq!(found, std::slice::from_ref(request_id), "{when}: the acknowledged call {marker}")
            }
            None => assert!(found.len() <= 1, "{when}: the unacknowledged call {marker} has {} events", found.len()),
        }
    }
}
