//! ListCallDetailRecords over a million records of 30 days, through the server: each filter with several values, its
//! first page and its last one, first after a start and again.
//!
//! One hour is recorded through the call centre's own door, then `copies` repeats it for the other hours.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bench::client::Connection;
use bench::percentile::{Times, ms};
use bench::report::Report;
use bench::server::Server;
use callcenter::CallCenter;
use callcenter::activity::{Activity, ContactType, Direction, Kind, QueueOutcome, ReleaseReason};
use database::Database;
use openapi::clock::now_ms;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::copies::{self, contact_id};
use crate::databases::Place;
use crate::filters::{FILTERS, Filter};
use crate::reports::{NoRamUsers, call};

const RECORDS: usize = 1_000_000;
const DAYS: usize = 30;
const HOURS: usize = DAYS * 24;
const RECORDS_OF_HOUR: usize = RECORDS.div_ceil(HOURS);
const HOUR_MS: i64 = 3_600_000;
const WEEK_MS: i64 = 7 * 24 * HOUR_MS;
/// Calls of one filter and page, over its values in turn.
const CALLS: usize = 200;
const STARTS: usize = 5;
const PAGE_SIZE: i64 = 100;
const GOAL: Duration = Duration::from_millis(20);

type Failure = Box<dyn std::error::Error>;

pub fn run(runtime: &Runtime, report: &mut Report, place: &Place) -> Result<(), Failure> {
    let name = place.name;
    let config = place.config()?;
    let config = config.to_str().ok_or("the folder's path is not text")?;
    let start = || Server::start(&place.data(), &["--config", config]);
    let server = start()?;
    let instance = runtime.block_on(create_instance(&server.address))?;
    server.stop()?;
    let began = Instant::now();
    let records = runtime.block_on(load(place, &instance))?;
    let heading =
        format!("{name}: load of {records} records of {DAYS} days, one hour recorded, the others copies of it");
    report.figure(&heading, format!("{:.0} s", began.elapsed().as_secs_f64()));
    if records < RECORDS as i64 {
        return Err(format!("only {records} records were loaded").into());
    }
    first_calls(runtime, report, name, &instance, &start)?;
    let server = start()?;
    for filter in &FILTERS {
        let mut desk = runtime.block_on(Desk::open(&server.address, &instance))?;
        for page in [Page::First, Page::Last] {
            if let Some(times) = runtime.block_on(desk.measure(filter, page))? {
                goal(
                    report,
                    &format!("{name}: call records, {}, {}", filter.name, page.name()),
                    "p50 / p99",
                    &times,
                    990,
                );
            }
        }
    }
    Ok(server.stop()?)
}

/// The first call of each filter after a start, each time with another value.
fn first_calls(
    runtime: &Runtime,
    report: &mut Report,
    name: &str,
    instance: &str,
    start: &impl Fn() -> std::io::Result<Server>,
) -> Result<(), Failure> {
    let mut times: Vec<Vec<Duration>> = FILTERS.iter().map(|_| Vec::new()).collect();
    for turn in 0..STARTS {
        let server = start()?;
        for (filter, times) in FILTERS.iter().zip(&mut times) {
            let mut desk = runtime.block_on(Desk::open(&server.address, instance))?;
            times.push(runtime.block_on(desk.ask(filter.value(turn), 1))?.took);
        }
        server.stop()?;
    }
    for (filter, times) in FILTERS.iter().zip(times) {
        let what = format!("{name}: call records, {}, first after a start", filter.name);
        goal(report, &what, &format!("median / slowest of {STARTS}"), &Times::new(times), 1_000);
    }
    Ok(())
}

/// A median and a far figure; the goal is for the far one.
fn goal(report: &mut Report, what: &str, figures: &str, times: &Times, per_mille: usize) {
    let far = times.per_mille(per_mille);
    let figure = format!("{} / {}", ms(times.p50()), ms(far));
    report.goal(&format!("{what}, {figures}"), figure, "< 20 ms", far < GOAL);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Page {
    First,
    Last,
}

impl Page {
    fn name(self) -> &'static str {
        match self {
            Self::First => "first page",
            Self::Last => "last page",
        }
    }
}

async fn create_instance(address: &str) -> Result<String, Failure> {
    let mut connection = Connection::open(address).await?;
    let parameters = [("Name", "Calls"), ("DomainName", "calls"), ("StorageMaxDays", "30"), ("StorageMaxSize", "10")];
    let answer = call(&mut connection, "CreateInstance", &parameters).await?;
    Ok(answer["Instance"]["InstanceId"].as_str().ok_or("no InstanceId")?.to_owned())
}

/// A client of the lists: seven days, the longest span that may be asked for.
struct Desk {
    connection: Connection,
    instance: String,
    start: String,
    stop: String,
}

struct Asked {
    took: Duration,
    total: i64,
    rows: i64,
}

impl Desk {
    async fn open(address: &str, instance: &str) -> Result<Self, Failure> {
        let mut connection = Connection::open(address).await?;
        // The first call of a server pays for things that are not the list's.
        call(&mut connection, "GetInstance", &[("InstanceId", instance)]).await?;
        let stop_ms = now_ms();
        let (start, stop) = ((stop_ms - WEEK_MS).to_string(), stop_ms.to_string());
        Ok(Self { connection, instance: instance.to_owned(), start, stop })
    }

    /// Nothing for the last page of a list that has only one.
    async fn measure(&mut self, filter: &Filter, page: Page) -> Result<Option<Times>, Failure> {
        let mut times = Vec::new();
        for n in 0..CALLS {
            let value = filter.value(n);
            let (number, rows) = match page {
                Page::First => (1, None),
                Page::Last => {
                    let total = self.ask(value, 1).await?.total;
                    let last = (total + PAGE_SIZE - 1) / PAGE_SIZE;
                    if last == 1 {
                        return Ok(None);
                    }
                    (last, Some(total - (last - 1) * PAGE_SIZE))
                }
            };
            let asked = self.ask(value, number).await?;
            let expected = rows.unwrap_or_else(|| asked.total.min(PAGE_SIZE));
            // A page that found nothing would measure nothing.
            if asked.rows == 0 || asked.rows != expected {
                return Err(format!("{value:?}, page {number}: {} rows where {expected} are due", asked.rows).into());
            }
            times.push(asked.took);
        }
        Ok(Some(Times::new(times)))
    }

    async fn ask(&mut self, filter: &[(&str, &str)], page: i64) -> Result<Asked, Failure> {
        let (page, size) = (page.to_string(), PAGE_SIZE.to_string());
        let mut parameters = vec![("InstanceId", self.instance.as_str()), ("PageNumber", &page), ("PageSize", &size)];
        parameters.extend([("StartTime", self.start.as_str()), ("StopTime", &self.stop)]);
        parameters.extend(filter);
        let began = Instant::now();
        let answer: Value = call(&mut self.connection, "ListCallDetailRecords", &parameters).await?;
        let took = began.elapsed();
        let list = &answer["CallDetailRecords"];
        let rows = list["List"]["CallDetailRecord"].as_array().map_or(0, Vec::len);
        if rows == 0 {
            return Err(format!("nothing was found with {filter:?}").into());
        }
        Ok(Asked { took, total: list["TotalCount"].as_i64().ok_or("no TotalCount")?, rows: rows as i64 })
    }
}

/// Answers how many records there are.
async fn load(place: &Place, instance: &str) -> Result<i64, Failure> {
    let database = Database::open(&place.url).await?;
    let center = CallCenter::open(database.clone(), Arc::new(NoRamUsers)).await?;
    // Thirty days that end with the last whole hour.
    let first_hour_ms = (now_ms() / HOUR_MS - HOURS as i64) * HOUR_MS;
    let rows: Vec<Activity> = (0..RECORDS_OF_HOUR).flat_map(|n| one_call(n, first_hour_ms)).collect();
    center.record(instance, &rows).await?;
    copies::make(&database, instance, HOURS).await?;
    if place.is_postgres() {
        // What its autovacuum does some time after such a load.
        sqlx::query("VACUUM ANALYZE").execute(database.pool()).await?;
    }
    let records = sqlx::query_scalar("SELECT COUNT(*) FROM ccc_call_details WHERE instance_id = $1")
        .bind(instance)
        .fetch_one(database.pool())
        .await?;
    database.close().await;
    Ok(records)
}

/// A call of the first hour. Three of five come in; one of seven is not answered; half of the others are recorded.
fn one_call(n: usize, hour_ms: i64) -> Vec<Activity> {
    let contact = contact_id(0, n);
    let at_ms = hour_ms + n as i64 * HOUR_MS / (RECORDS_OF_HOUR as i64 + 1);
    let (agent, agent_name) = (format!("2{:08}", n % 500), format!("Agent {}", n % 500));
    let group = format!("Group {}", n % 20);
    // Each customer calls once an hour.
    let (customer, center) = (format!("138{n:08}"), format!("021{:08}", n % 50));
    let (inbound, answered) = ((n / 20) % 5 < 3, !n.is_multiple_of(7));
    let direction = if inbound { Direction::Inbound } else { Direction::Outbound };
    let (contact_type, calling_number, called_number) = match inbound {
        true => (ContactType::Inbound, customer, center.clone()),
        false => (ContactType::Outbound, center.clone(), customer),
    };
    let of_call = |step: i64, kind| Activity::at(at_ms + step * 1_000, kind).of_contact(&contact).in_group(&group);
    let of_agent = |step, kind| of_call(step, kind).of_agent(&agent);
    let mut rows =
        vec![of_call(0, Kind::ContactStarted { contact_type, calling_number, called_number, center_number: center })];
    if inbound {
        rows.push(of_call(1, Kind::Queued { skill_group_name: group.clone() }));
        rows.push(of_agent(2, Kind::AgentRinging { agent_name: agent_name.clone(), direction }));
    } else {
        rows.push(of_agent(2, Kind::AgentDialing { agent_name: agent_name.clone() }));
    }
    if answered {
        if inbound {
            rows.push(of_call(8, Kind::QueueLeft { outcome: QueueOutcome::Answered }));
        }
        rows.push(of_agent(8, Kind::AgentTalking { direction }));
        rows.push(of_call(8, Kind::Established));
    }
    let reason = match answered {
        true => ReleaseReason::Normal,
        // One call of a hundred or so.
        false if inbound && n.is_multiple_of(11) => ReleaseReason::LeftInQueue,
        false => ReleaseReason::NoAnswer,
    };
    rows.push(of_call(98, Kind::Released { reason, side: None, cause: String::new() }));
    rows.push(of_agent(98, Kind::AgentCallEnded));
    if answered && n.is_multiple_of(2) {
        let file_name = format!("{contact}.wav");
        let started_at_ms = at_ms + 8_000;
        let stored =
            Kind::RecordingStored { file_name, agent_name, started_at_ms, duration_s: 90, sha256: "0".repeat(64) };
        rows.push(of_agent(99, stored));
    }
    rows
}
