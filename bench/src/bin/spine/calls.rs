//! Signed `ListConfig` calls, audited and synced, and the same without the sync.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bench::client::Connection;
use bench::percentile::{Times, ms};
use bench::report::Report;
use bench::server::Server;
use serde_json::Value;
use tokio::runtime::Runtime;

const CONNECTIONS: usize = 64;
const RUN_FOR: Duration = Duration::from_secs(10);
const ITEM: &str = r#"{"name":"AllowHangup","DimensionName":"instance"}"#;

pub fn run(runtime: &Runtime, report: &mut Report) -> Result<(), Box<dyn std::error::Error>> {
    let (without_rate, _) = measure(runtime, &["--without-sync-for-benchmarks"])?;
    let (rate, times) = measure(runtime, &[])?;
    let cost = 1.0 - rate / without_rate;
    report.figure("ListConfig, 64 connections, journal not synced", format!("{without_rate:.0} calls/s"));
    report.goal(
        "ListConfig, 64 connections, audited and synced",
        format!("{rate:.0} calls/s"),
        "≥ 8,000 calls/s",
        rate >= 8_000.0,
    );
    report.figure("its latency p50 / p99", format!("{} / {}", ms(times.p50()), ms(times.p99())));
    report.goal("cost of syncing", format!("{:.0} % of throughput", cost * 100.0), "< 25 %", cost < 0.25);
    Ok(())
}

fn measure(runtime: &Runtime, arguments: &[&str]) -> Result<(f64, Times), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir_in(".")?;
    let server = Server::start(&folder.path().join("data"), arguments)?;
    let instance: Arc<str> = runtime.block_on(create_instance(&server.address))?.into();
    // A short run first, so that neither side pays for first times.
    runtime.block_on(load(&server.address, &instance, RUN_FOR / 5))?;
    let result = runtime.block_on(load(&server.address, &instance, RUN_FOR))?;
    server.stop()?;
    Ok(result)
}

async fn create_instance(address: &str) -> Result<String, Box<dyn std::error::Error>> {
    let mut connection = Connection::open(address).await?;
    let parameters = [("Name", "Bench"), ("DomainName", "bench"), ("StorageMaxDays", "30"), ("StorageMaxSize", "10")];
    let (status, body) = connection.call("2017-07-05", "CreateInstance", &parameters, &Server::credentials()).await?;
    let body: Value = serde_json::from_slice(&body)?;
    match body["Instance"]["InstanceId"].as_str() {
        Some(id) if status == 200 => Ok(id.to_owned()),
        _ => Err(format!("CreateInstance answered {status} {body}").into()),
    }
}

async fn load(
    address: &str,
    instance: &Arc<str>,
    run_for: Duration,
) -> Result<(f64, Times), Box<dyn std::error::Error>> {
    let started = Instant::now();
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut connection = Connection::open(address).await?;
        let instance = instance.clone();
        clients.push(tokio::spawn(async move {
            let credentials = Server::credentials();
            let parameters = [("InstanceId", &*instance), ("ConfigItem.1", ITEM)];
            let mut times = Vec::new();
            while started.elapsed() < run_for {
                let begun = Instant::now();
                let (status, body) = connection.call("2017-07-05", "ListConfig", &parameters, &credentials).await?;
                if status != 200 {
                    return Err(std::io::Error::other(format!("{status} {}", String::from_utf8_lossy(&body))));
                }
                times.push(begun.elapsed());
            }
            Ok(times)
        }));
    }
    let mut times = Vec::new();
    for client in clients {
        times.extend(client.await??);
    }
    Ok((times.len() as f64 / started.elapsed().as_secs_f64(), Times::new(times)))
}
