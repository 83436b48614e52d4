//! Both summary reports of 30 days, through the server: folded for the first time, after a start, and again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bench::client::Connection;
use bench::percentile::{Times, ms};
use bench::report::Report;
use bench::server::Server;
use callcenter::{CallCenter, Day, NewRamUser, RamUser, RamUserFault, RamUserFuture, RamUsers};
use database::Database;
use openapi::clock::{format_utc, now_ms};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::databases::Place;
use crate::workload::{AGENTS, DAYS, ROWS, Workload};

const GROUPS: usize = 20;
const STARTS: usize = 5;
const CALLS: usize = 200;
const COLD_GOAL: Duration = Duration::from_millis(300);
const WARM_GOAL: Duration = Duration::from_millis(50);
/// Rows that are appended in one transaction.
const BATCH: usize = 50_000;
type Failure = Box<dyn std::error::Error>;

/// The reports, with the field that holds their rows.
const REPORTS: [(&str, &str); 2] = [
    ("ListAgentSummaryReports", "PagedAgentSummaryReport"),
    ("ListSkillGroupSummaryReports", "PagedSkillGroupSummaryReport"),
];

pub fn run(runtime: &Runtime, report: &mut Report, place: &Place) -> Result<(), Failure> {
    let name = place.name;
    let config = place.config()?;
    let config = config.to_str().ok_or("the folder's path is not text")?;
    let start = || Server::start(&place.data(), &["--config", config]);
    // The first start makes the account.
    let server = start()?;
    let (instance, groups) = runtime.block_on(set_up(&server.address))?;
    server.stop()?;
    let began = Instant::now();
    let rows = runtime.block_on(load(&place.url, &instance, groups))?;
    let rate = rows as f64 / began.elapsed().as_secs_f64();
    report.figure(&format!("{name}: append of {rows} rows, {BATCH} a transaction"), format!("{rate:.0} rows/s"));
    for (operation, field) in REPORTS {
        runtime.block_on(forget_sheets(&place.url))?;
        let server = start()?;
        let mut desk = runtime.block_on(Desk::open(&server.address, &instance))?;
        let first = runtime.block_on(desk.ask(operation, field))?;
        report.figure(&format!("{name}: {operation}, all {DAYS} days folded for the first time"), ms(first));
        server.stop()?;

        let mut cold = Vec::new();
        for _ in 0..STARTS {
            let server = start()?;
            let mut desk = runtime.block_on(Desk::open(&server.address, &instance))?;
            cold.push(runtime.block_on(desk.ask(operation, field))?);
            server.stop()?;
        }
        let cold = Times::new(cold);
        report.goal(
            &format!("{name}: {operation}, first after a start, median / slowest of {STARTS}"),
            format!("{} / {}", ms(cold.p50()), ms(cold.per_mille(1_000))),
            "< 300 ms",
            cold.per_mille(1_000) < COLD_GOAL,
        );

        let server = start()?;
        let mut desk = runtime.block_on(Desk::open(&server.address, &instance))?;
        runtime.block_on(desk.ask(operation, field))?;
        let mut warm = Vec::new();
        for _ in 0..CALLS {
            warm.push(runtime.block_on(desk.ask(operation, field))?);
        }
        let warm = Times::new(warm);
        report.goal(
            &format!("{name}: {operation}, again, p50 / p99"),
            format!("{} / {}", ms(warm.p50()), ms(warm.p99())),
            "< 50 ms",
            warm.p99() < WARM_GOAL,
        );
        server.stop()?;
    }
    Ok(())
}

/// An instance with its groups.
async fn set_up(address: &str) -> Result<(String, Vec<String>), Failure> {
    let mut connection = Connection::open(address).await?;
    let parameters = [("Name", "Bench"), ("DomainName", "bench"), ("StorageMaxDays", "30"), ("StorageMaxSize", "10")];
    let answer = call(&mut connection, "CreateInstance", &parameters).await?;
    let instance = answer["Instance"]["InstanceId"].as_str().ok_or("no InstanceId")?.to_owned();
    let mut groups = Vec::new();
    for n in 0..GROUPS {
        let name = format!("Group {n}");
        let parameters = [("InstanceId", instance.as_str()), ("Name", name.as_str())];
        let answer = call(&mut connection, "CreateSkillGroup", &parameters).await?;
        groups.push(answer["SkillGroupId"].as_str().ok_or("no SkillGroupId")?.to_owned());
    }
    Ok((instance, groups))
}

/// A call that must succeed.
pub async fn call(connection: &mut Connection, operation: &str, parameters: &[(&str, &str)]) -> Result<Value, Failure> {
    let (status, body) = connection.call("2017-07-05", operation, parameters, &Server::credentials()).await?;
    if status != 200 {
        return Err(format!("{operation} answered {status} {}", String::from_utf8_lossy(&body)).into());
    }
    Ok(serde_json::from_slice(&body)?)
}

/// The benchmark has none.
pub struct NoRamUsers;

impl RamUsers for NoRamUsers {
    fn find_user(&self, _account_id: &str, _ram_user_id: &str) -> Option<RamUser> {
        None
    }

    fn create_user<'a>(&'a self, _account_id: &'a str, _user: &'a NewRamUser) -> RamUserFuture<'a, RamUser> {
        Box::pin(async { Err(RamUserFault::Failed("the benchmark has no RAM users".to_owned())) })
    }

    fn delete_user<'a>(&'a self, _account_id: &'a str, _ram_user_id: &'a str) -> RamUserFuture<'a, ()> {
        Box::pin(async { Err(RamUserFault::Failed("the benchmark has no RAM users".to_owned())) })
    }
}

/// Appends the month through the call centre's own door; answers how many rows.
async fn load(url: &str, instance: &str, groups: Vec<String>) -> Result<usize, Failure> {
    let database = Database::open(url).await?;
    let center = CallCenter::open(database.clone(), Arc::new(NoRamUsers)).await?;
    let mut workload = Workload::new(groups);
    let now_ms = now_ms();
    let today = Day::of_ms(now_ms).number();
    let (mut pending, mut appended) = (Vec::new(), 0);
    for day in (today - DAYS as i64 + 1..=today).map(Day::of_number) {
        pending.extend(workload.day(day, now_ms));
        while pending.len() >= BATCH || (day.number() == today && !pending.is_empty()) {
            let rest = pending.split_off(BATCH.min(pending.len()));
            center.record(instance, &pending).await?;
            appended += pending.len();
            pending = rest;
        }
    }
    database.close().await;
    if appended < ROWS {
        return Err(format!("the workload has only {appended} rows").into());
    }
    Ok(appended)
}

async fn forget_sheets(url: &str) -> Result<(), Failure> {
    let database = Database::open(url).await?;
    sqlx::query("DELETE FROM ccc_day_sheets").execute(database.pool()).await?;
    database.close().await;
    Ok(())
}

/// A client of the reports.
struct Desk {
    connection: Connection,
    instance: String,
    start: String,
    end: String,
}

impl Desk {
    async fn open(address: &str, instance: &str) -> Result<Self, Failure> {
        let mut connection = Connection::open(address).await?;
        // The first call of a server pays for things that are not the report's.
        call(&mut connection, "GetInstance", &[("InstanceId", instance)]).await?;
        let today = Day::of_ms(now_ms());
        let text = |day: Day| {
            let utc_plus_8_s = day.start_ms() / 1_000 + 8 * 3_600;
            format_utc(utc_plus_8_s).replace('T', " ").replace('Z', "")
        };
        let start = text(Day::of_number(today.number() - DAYS as i64 + 1));
        Ok(Self { connection, instance: instance.to_owned(), start, end: text(today) })
    }

    /// Asks for the largest page, and checks that all agents or groups are in the report.
    async fn ask(&mut self, operation: &str, field: &str) -> Result<Duration, Failure> {
        let parameters = [
            ("InstanceId", self.instance.as_str()),
            ("StartTime", &self.start),
            ("EndTime", &self.end),
            ("PageSize", "100"),
        ];
        let began = Instant::now();
        let (status, body) = self.connection.call("2017-07-05", operation, &parameters, &Server::credentials()).await?;
        let took = began.elapsed();
        let answer: Value = serde_json::from_slice(&body)?;
        let total = answer[field]["TotalCount"].as_u64().unwrap_or(0) as usize;
        if status != 200 || (total != AGENTS && total != GROUPS + 1) {
            return Err(format!("{operation} answered {status} {}", String::from_utf8_lossy(&body)).into());
        }
        Ok(took)
    }
}
