//! Events leave memory for segments: found as before, after a restart too, and broken indexes are mended by a command.

#![allow(clippy::disallowed_methods, reason = "a test waits in its own thread")]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use support::{Server, agent, call};

const CALLS: usize = 30;

fn lookup(server: &Server, key: &str, value: &str) -> (u16, serde_json::Value) {
    let filter = [("LookupAttribute.1.Key", key), ("LookupAttribute.1.Value", value), ("MaxResults", "50")];
    call(&agent(), &server.endpoint, "2020-07-06", "LookupEvents", &filter).expect("an answer")
}

fn metric(server: &Server, name: &str) -> u64 {
    let mut response = agent().get(format!("{}/metrics", server.endpoint)).call().expect("an answer");
    let page = response.body_mut().read_to_string().expect("text");
    let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned));
    line.unwrap_or_else(|| panic!("{name} is missing in {page}")).parse().expect("a number")
}

fn wait_for_segments(server: &Server, events: u64) {
    let start = Instant::now();
    while metric(server, "cairn_store_segment_events") < events {
        assert!(start.elapsed() < Duration::from_secs(20), "no segments: a flush must have failed");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn store(action: &str, data: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cairn")).args(["store", action]).arg(data).output().expect("the binary runs")
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        match entry.path() {
            path if path.is_dir() => found.extend(files(&path, ending)),
            path if path.extension().is_some_and(|extension| extension == ending) => found.push(path),
            _ => {}
        }
    }
    found.sort();
    found
}

#[test]
fn events_move_to_segments_and_stay_found() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let (data, config) = (folder.path().join("data"), folder.path().join("cairn.toml"));
    std::fs::write(&config, "[store]\npart_events = 10\n").expect("a configuration");
    let mut server = Server::start_with(&data, Some(&config));
    let ids: Vec<String> = (0..CALLS)
        .map(|_| {
            let (_, body) =
                call(&agent(), &server.endpoint, "2015-04-01", "GetCallerIdentity", &[]).expect("an answer");
            body["RequestId"].as_str().expect("a request id").to_owned()
        })
        .collect();
    wait_for_segments(&server, CALLS as u64 / 2);
    for id in &ids {
        let (status, page) = lookup(&server, "EventId", id);
        assert_eq!((status, page["Events"].as_array().map(Vec::len)), (200, Some(1)), "{page}");
    }
    let (_, page) = lookup(&server, "EventName", "GetCallerIdentity");
    assert_eq!(page["Events"].as_array().map(Vec::len), Some(CALLS), "{page}");

    server.kill();
    let mut server = Server::start_with(&data, Some(&config));
    let (_, page) = lookup(&server, "EventName", "GetCallerIdentity");
    let found: Vec<&str> =
        page["Events"].as_array().expect("events").iter().filter_map(|event| event["eventId"].as_str()).collect();
    assert!(found.iter().rev().eq(ids.iter()), "newest first, each once");
    assert_eq!(metric(&server, "cairn_store_flush_failures_total"), 0);
    assert!(server.terminate());

    let report = store("check", &data);
    assert!(report.status.success(), "{report:?}");
    let broken = files(&data.join("segments"), "idx").remove(0);
    let mut bytes = std::fs::read(&broken).expect("an index");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&broken, bytes).expect("a flipped bit");
    let report = store("check", &data);
    let text = String::from_utf8_lossy(&report.stdout);
    let name = broken.file_name().expect("a name").to_string_lossy();
    assert!(!report.status.success() && text.contains(&*name) && text.contains("DAMAGED"), "{text}");
    // A filter was made from indexes, so it goes before these are built again.
    let filter = data.join("filters/0000000001.filter");
    std::fs::create_dir_all(data.join("filters")).expect("a folder");
    std::fs::write(&filter, "no filter").expect("a file");
    let text = String::from_utf8_lossy(&store("check", &data).stdout).into_owned();
    assert!(text.contains("filters/0000000001.filter"), "{text}");
    assert!(store("rebuild-index", &data).status.success());
    assert!(!filter.exists());
    assert!(store("check", &data).status.success());

    // An answer without a segment would look complete, so there is none.
    for parquet in files(&data.join("segments"), "parquet") {
        std::fs::remove_file(parquet).expect("removed");
    }
    let server = Server::start_with(&data, Some(&config));
    let (status, body) = lookup(&server, "EventId", &ids[0]);
    assert_eq!((status, body["Code"].as_str()), (503, Some("ServiceUnavailable")), "{body}");
}
