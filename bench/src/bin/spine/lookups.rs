//! `LookupEvents` of 50 by each key among a million events, through the server: all of them in memory, and as a server
//! without configuration keeps them, most of them in segments.

use std::path::Path;
use std::time::{Duration, Instant};

use bench::client::Connection;
use bench::percentile::{Times, ms};
use bench::report::Report;
use bench::server::{ACCOUNT_ID, Server};
use bytes::Bytes;
use journal::{FileJournal, Journal, Options, StreamName};
use openapi::clock::{format_utc, now_ms};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::runtime::Runtime;

const EVENTS: usize = 1_000_000;
const LOOKUPS_PER_KEY: usize = 200;
/// Events lie in this many seconds before now.
const SPREAD_S: i64 = 6 * 86_400;

/// Keeps every event in memory: no part is ever full or old.
const IN_MEMORY: &str = "[store]\npart_events = 10000000\npart_mib = 1000000\npart_age_s = 1000000\n";

pub fn run(runtime: &Runtime, report: &mut Report) -> Result<(), Box<dyn std::error::Error>> {
    run_in("memory", IN_MEMORY, runtime, report)?;
    run_in("segments", "", runtime, report)
}

/// `home` is where the events are, by this configuration.
fn run_in(
    home: &str,
    configuration: &str,
    runtime: &Runtime,
    report: &mut Report,
) -> Result<(), Box<dyn std::error::Error>> {
    let in_memory = !configuration.is_empty();
    let folder = tempfile::tempdir_in(".")?;
    let data = folder.path().join("data");
    let config = folder.path().join("cairn.toml");
    std::fs::write(&config, configuration)?;
    let arguments = ["--config", &config.to_string_lossy()];
    // The first start makes the account.
    Server::start(&data, &arguments)?.stop()?;
    let event_bytes = runtime.block_on(write_events(&data.join("journal")))?;
    let started = Instant::now();
    let server = Server::start(&data, &arguments)?;
    let mut connection = runtime.block_on(Connection::open(&server.address))?;
    while runtime.block_on(lookup(&mut connection, &[])).is_err() {
        if started.elapsed() > Duration::from_secs(120) {
            return Err("the server did not index its journal within two minutes".into());
        }
    }
    let took_s = started.elapsed().as_secs_f64();
    report.figure(&format!("start and index of {EVENTS} events into {home}"), format!("{took_s:.1} s"));
    for key in KEYS {
        let times = runtime.block_on(measure(&mut connection, key))?;
        let what = format!("LookupEvents of 50 by {} in {home}, p50 / p99", key.0);
        let found = format!("{} / {}", ms(times.p50()), ms(times.p99()));
        if in_memory {
            report.goal(&what, found, "p99 < 5 ms", times.p99() < Duration::from_millis(5));
        } else {
            report.figure(&what, found);
        }
    }
    let resident = server.resident_bytes()?;
    if !in_memory {
        report.figure("memory with the events in segments", format!("{} MiB", resident / 1024 / 1024));
    } else {
        let beyond = resident.saturating_sub(event_bytes) / EVENTS as u64;
        report.goal(
            "memory beyond the events' own bytes",
            format!("{beyond} B/event"),
            "< 1,024 B/event",
            beyond < 1_024,
        );
    }
    server.stop()?;
    Ok(())
}

/// A key, and how to draw a value for it.
type Key = (&'static str, fn(&mut StdRng) -> String);

/// Keys with values that events have.
const KEYS: [Key; 13] = [
    ("ServiceName", |_| "CloudCallCenter".to_owned()),
    ("EventName", |random| name(random.random_range(0..NAMES.len())).to_owned()),
    ("User", |random| user(random.random_range(0..500))),
    ("EventId", |random| event_id(random.random_range(0..EVENTS))),
    ("ResourceType", |_| "ACS::CCC::Instance".to_owned()),
    ("ResourceName", |random| instance(random.random_range(0..40))),
    ("EventRW", |random| if random.random() { "Read".to_owned() } else { "Write".to_owned() }),
    ("EventAccessKeyId", |random| key(random.random_range(0..500))),
    ("SensitiveAction", |_| "true".to_owned()),
    ("SourceIpAddress", |random| address(random.random_range(0..2_000))),
    ("EventType", |_| "ApiCall".to_owned()),
    ("RoleName", |_| "nobody".to_owned()),
    ("PrincipalId", |random| principal(random.random_range(0..500))),
];

const NAMES: [&str; 8] = [
    "ListConfig",
    "GetInstance",
    "ListSkillGroups",
    "CreateSkillGroup",
    "ListUsers",
    "DownloadRecording",
    "StartBack2BackCall",
    "RefreshToken",
];

fn name(n: usize) -> &'static str {
    NAMES[n % NAMES.len()]
}

fn user(n: usize) -> String {
    format!("agent{n:03}")
}

fn principal(n: usize) -> String {
    format!("2{n:017}")
}

fn key(n: usize) -> String {
    format!("LTAI5tBench{n:013}")
}

fn instance(n: usize) -> String {
    format!("{n:08x}-0c0f-4a58-8f3e-5b1f8d3c2a10")
}

fn address(n: usize) -> String {
    format!("203.0.{}.{}", n / 250, n % 250 + 1)
}

fn event_id(n: usize) -> String {
    format!("{n:08X}-7C1F-4E0A-9D0B-3A8E7F6C2D11")
}

/// Writes the events through the journal; answers their bytes.
async fn write_events(folder: &Path) -> Result<u64, Box<dyn std::error::Error>> {
    let journal = FileJournal::open(folder, Options::default())?;
    let stream = StreamName::new(&format!("events/{ACCOUNT_ID}"))?;
    let mut random = StdRng::seed_from_u64(7);
    let (mut bytes, mut last) = (0, None);
    let first_s = now_ms().div_euclid(1_000) - SPREAD_S;
    for n in 0..EVENTS {
        let time_s = first_s + (n as i64 * SPREAD_S) / EVENTS as i64;
        let event = event(n, time_s, &mut random);
        bytes += event.len() as u64;
        last = Some(journal.append(&stream, Bytes::from(event)));
        if n % 1_000 == 999
            && let Some(append) = last.take()
        {
            append.await?;
        }
    }
    if let Some(append) = last {
        append.await?;
    }
    journal.close()?;
    Ok(bytes)
}

fn event(n: usize, time_s: i64, random: &mut StdRng) -> String {
    let who = random.random_range(0..500);
    let (id, instance, operation) =
        (event_id(n), instance(random.random_range(0..40)), name(random.random_range(0..NAMES.len())));
    let rw = if operation.starts_with("List") || operation.starts_with("Get") { "Read" } else { "Write" };
    serde_json::json!({
        "eventId": id, "eventVersion": 1, "eventCategory": "Management", "eventType": "ApiCall", "eventName": operation,
        "eventRW": rw, "eventTime": format_utc(time_s), "eventSource": "ccc.cn-shanghai.aliyuncs.com",
        "serviceName": "CloudCallCenter", "apiVersion": "2017-07-05", "requestId": id, "acsRegion": "cn-shanghai", "isGlobal": false,
        "sourceIpAddress": address(random.random_range(0..2_000)), "userAgent": "AlibabaCloud (Linux; amd64) Python/3.12 Core/0.4.6 TeaDSL/2",
        "userIdentity": {"type": "ram-user", "principalId": principal(who), "accountId": ACCOUNT_ID, "accessKeyId": key(who),
            "userName": user(who), "sessionContext": {"attributes": {"mfaAuthenticated": "false"}}},
        "requestParameters": {"InstanceId": instance, "AcsHost": "ccc.cn-shanghai.aliyuncs.com",
            "HostId": "ccc.cn-shanghai.aliyuncs.com", "AcsProduct": "CCC", "RegionId": "cn-shanghai", "RequestId": id},
        "referencedResources": {"ACS::CCC::Instance": [instance]}, "resourceType": "ACS::CCC::Instance", "resourceName": instance,
        "additionalEventData": {"Scheme": "http"}, "recipientAccountId": ACCOUNT_ID
    })
    .to_string()
}

async fn measure(connection: &mut Connection, (key, value): Key) -> Result<Times, Box<dyn std::error::Error>> {
    let mut random = StdRng::seed_from_u64(11);
    let mut times = Vec::with_capacity(LOOKUPS_PER_KEY);
    for _ in 0..LOOKUPS_PER_KEY {
        let value = value(&mut random);
        let begun = Instant::now();
        lookup(connection, &[("LookupAttribute.1.Key", key), ("LookupAttribute.1.Value", &value)]).await?;
        times.push(begun.elapsed());
    }
    Ok(Times::new(times))
}

async fn lookup(connection: &mut Connection, filters: &[(&str, &str)]) -> Result<(), Box<dyn std::error::Error>> {
    let mut parameters = vec![("MaxResults", "50"), ("RegionId", "cn-shanghai")];
    parameters.extend_from_slice(filters);
    match connection.call("2020-07-06", "LookupEvents", &parameters, &Server::credentials()).await? {
        (200, _) => Ok(()),
        (status, body) => Err(format!("{status} {}", String::from_utf8_lossy(&body)).into()),
    }
}
