//! The log service, as its clients see it: a server over a folder, audit events put into a logstore, searches and statements
//! over them. `cargo xtask bench logstore`.
//!
//! Every put is durable before it is answered. The official producer, which is the Rust crate `aliyun-log-producer` behind a
//! thin face for Python, writes a part of the same events into a logstore of its own.

mod ask;
mod produce;
mod put;

use std::sync::Arc;
use std::time::Instant;

use bench::Failure;
use bench::report::Report;
use bench::server::{ACCOUNT_ID, Server};
use bench::spool::Spool;
use clap::Parser;
use demo_data::{History, Plan};
use logstore::client::LogStoreClient;
use openapi::clock::now_ms;
use serde_json::{Value, json};

/// Everything is in one project.
const PROJECT: &str = "bench-project";
/// What our own client writes, and what is searched.
const LOGSTORE: &str = "actiontrail_bench";
/// Days over which the logs lie: what is older than seven when it arrives is refused.
const DAYS: u64 = 6;

#[derive(Parser)]
#[command(name = "cargo xtask bench logstore")]
struct Arguments {
    /// Number of audit events
    #[arg(long, default_value_t = 5_000_000)]
    events: u64,
    /// Of these the official producer writes so many
    #[arg(long, default_value_t = 200_000)]
    produced: u64,
    /// Clients that put at the same time
    #[arg(long, default_value_t = 8)]
    writers: usize,
    /// Times that each question is asked
    #[arg(long, default_value_t = 5)]
    repeats: usize,
}

fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    std::fs::create_dir_all("target")?;
    let folder = tempfile::tempdir_in("target")?;
    let end_s = now_ms().div_euclid(1_000);
    let plan = Plan { calls: arguments.events, days: DAYS, seed: 1, end_s, account_id: ACCOUNT_ID.to_owned() };
    let mut report = Report::new();
    let spool = Arc::new(Spool::create(&folder.path().join("spool"), &History::new(plan), 2)?);
    let average = spool.bytes() / spool.events().max(1);
    report.figure("audit events, bytes of one", format!("{}, {average}", spool.events()));

    let server = Server::start(&folder.path().join("data"), &[])?;
    let client = client(&server)?;
    client.create_project(PROJECT, "")?;
    for logstore in [LOGSTORE, produce::LOGSTORE] {
        client.create_logstore(PROJECT, logstore, 30, 2)?;
        client.create_index(PROJECT, logstore, &index())?;
    }
    let range_s = (end_s - DAYS as i64 * 86_400, end_s + 1);
    produce::run(&server, folder.path(), &spool, arguments.produced, &mut report)?;
    put::run(&server, &spool, arguments.writers, range_s, &mut report)?;
    let started = Instant::now();
    ask::count(&client, range_s, arguments.events)?;
    report.figure("until all of it is found", format!("{:.1} s", started.elapsed().as_secs_f64()));
    report.figure("resident memory of the server", format!("{:.0} MB", server.resident_bytes()? as f64 / 1e6));
    ask::count_all(&client, range_s, arguments.repeats, &mut report)?;
    ask::run(&client, range_s, arguments.repeats, &mut report)?;
    report.print();
    server.stop()?;
    Ok(())
}

/// A client of the log service of a server.
fn client(server: &Server) -> Result<LogStoreClient, Failure> {
    let region = Some("cn-hangzhou".to_owned());
    Ok(LogStoreClient::new(&format!("http://{}", server.address), region, Server::credentials())?)
}

/// The index that a trail's logstore has.
fn index() -> Value {
    let tokens = [
        ",", " ", "'", "\"", ";", "=", "(", ")", "[", "]", "{", "}", "?", "@", "&", "<", ">", "/", ":", "\n", "\t",
        "\r",
    ];
    let leaves = [
        "acsRegion",
        "additionalEventData.isMFAChecked",
        "errorCode",
        "errorMessage",
        "eventName",
        "eventRW",
        "eventSource",
        "serviceName",
        "sourceIpAddress",
        "userIdentity.accessKeyId",
        "userIdentity.userName",
    ];
    let leaf = json!({"type": "text", "doc_value": true, "alias": ""});
    let leaves: serde_json::Map<_, _> = leaves.map(|name| (name.to_owned(), leaf.clone())).into_iter().collect();
    let event = json!({
        "type": "json", "token": tokens, "doc_value": true, "index_all": true, "max_depth": -1, "json_keys": leaves,
    });
    json!({"line": {"token": tokens}, "keys": {"event": event}})
}
