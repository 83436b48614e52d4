//! `cairn events`: look events up, follow them, and see the calls that failed authentication.

mod search;
mod verify_delivery;

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use audit::LookupKey;
use clap::{Args, Subcommand};
use openapi::clock::{format_utc, now_ms};
use serde_json::Value;

use super::api::{ACTIONTRAIL, Api};
use super::{CommandError, table};
use crate::credentials::ClientArguments;
use crate::data_folder::security_folder;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Look events up in a running server
    Lookup(Box<LookupArguments>),
    /// Search events by fields, words, phrases and patterns in a running server
    Search(Box<search::Arguments>),
    /// Compare the event store with what lies in the destinations of a trail; fails with 1 when an event is not there once,
    /// with 3 when some only wait
    VerifyDelivery(verify_delivery::Arguments),
    /// Calls that failed authentication, read from the data folder
    Rejected {
        /// Data folder
        #[arg(long, env = "CAIRN_DATA", default_value = "cairn-data")]
        data: PathBuf,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
struct LookupArguments {
    /// serviceName, such as CloudCallCenter
    #[arg(long)]
    service: Option<String>,
    /// eventName, such as ListConfig
    #[arg(long)]
    event: Option<String>,
    /// User name
    #[arg(long)]
    user: Option<String>,
    /// Event id, which is the request id
    #[arg(long)]
    event_id: Option<String>,
    /// Resource type, such as ACS::CCC::Instance
    #[arg(long)]
    resource_type: Option<String>,
    /// Resource name
    #[arg(long)]
    resource_name: Option<String>,
    /// Read or Write
    #[arg(long)]
    rw: Option<String>,
    /// Access key id of the caller
    #[arg(long)]
    key_id: Option<String>,
    /// Sensitive actions: true
    #[arg(long)]
    sensitive: Option<String>,
    /// Address of the caller
    #[arg(long)]
    source_ip: Option<String>,
    /// eventType, such as ApiCall
    #[arg(long)]
    event_type: Option<String>,
    /// Role of the caller
    #[arg(long)]
    role: Option<String>,
    /// Principal id of the caller
    #[arg(long)]
    principal_id: Option<String>,
    /// Begin, UTC, such as 2026-03-01T08:00:00Z; the last seven days without
    #[arg(long)]
    from: Option<String>,
    /// End, UTC (with --from); now without
    #[arg(long, requires = "from")]
    to: Option<String>,
    /// Oldest first
    #[arg(long)]
    oldest_first: bool,
    /// Most events to show
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    /// Go on with new events until interrupted
    #[arg(long, conflicts_with_all = ["from", "to", "oldest_first"])]
    follow: bool,
    #[command(flatten)]
    client: ClientArguments,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    match &arguments.action {
        Action::Lookup(arguments) if arguments.follow => follow(arguments),
        Action::Lookup(arguments) => lookup(arguments),
        Action::Search(arguments) => search::run(arguments),
        Action::VerifyDelivery(arguments) => verify_delivery::run(arguments),
        Action::Rejected { data, json } => rejected(data, *json),
    }
}

impl LookupArguments {
    /// The attributes that were asked for.
    fn attributes(&self) -> Vec<(LookupKey, &str)> {
        let asked = [
            (LookupKey::ServiceName, &self.service),
            (LookupKey::EventName, &self.event),
            (LookupKey::User, &self.user),
            (LookupKey::EventId, &self.event_id),
            (LookupKey::ResourceType, &self.resource_type),
            (LookupKey::ResourceName, &self.resource_name),
            (LookupKey::EventRw, &self.rw),
            (LookupKey::EventAccessKeyId, &self.key_id),
            (LookupKey::SensitiveAction, &self.sensitive),
            (LookupKey::SourceIpAddress, &self.source_ip),
            (LookupKey::EventType, &self.event_type),
            (LookupKey::RoleName, &self.role),
            (LookupKey::PrincipalId, &self.principal_id),
        ];
        asked.into_iter().filter_map(|(key, value)| Some((key, value.as_deref()?))).collect()
    }

    /// Parameters of the operation, without times and token.
    fn parameters(&self) -> Vec<(String, String)> {
        let mut parameters = Vec::new();
        for (index, (key, value)) in self.attributes().into_iter().enumerate() {
            parameters.push((format!("LookupAttribute.{}.Key", index + 1), key.name().to_owned()));
            parameters.push((format!("LookupAttribute.{}.Value", index + 1), value.to_owned()));
        }
        parameters
    }
}

const LOOKUP: &str = "LookupEvents";

/// The parameters of a range of time: a begin without an end goes to now.
fn times(from: Option<&str>, to: Option<&str>) -> Vec<(String, String)> {
    let Some(from) = from else { return Vec::new() };
    let to = to.map_or_else(|| format_utc(now_ms().div_euclid(1_000) + 1), str::to_owned);
    vec![("StartTime".to_owned(), from.to_owned()), ("EndTime".to_owned(), to)]
}

/// One page, and the token of the next.
fn page(api: &Api, operation: &str, parameters: &[(String, String)], token: &str) -> Result<Value, CommandError> {
    let mut borrowed: Vec<(&str, &str)> =
        parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    if !token.is_empty() {
        borrowed.push(("NextToken", token));
    }
    Ok(api.call(ACTIONTRAIL, operation, &borrowed)?)
}

/// Pages until so many events are there or no more exist.
fn pages(api: &Api, parameters: &[(String, String)], limit: usize) -> Result<Vec<Value>, CommandError> {
    let mut parameters = parameters.to_vec();
    parameters.push(("MaxResults".to_owned(), limit.clamp(1, 50).to_string()));
    let (mut events, mut token) = (Vec::new(), String::new());
    while events.len() < limit {
        let mut answer = page(api, LOOKUP, &parameters, &token)?;
        if let Value::Array(found) = answer["Events"].take() {
            events.extend(found);
        }
        match answer["NextToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    events.truncate(limit);
    Ok(events)
}

fn lookup(arguments: &LookupArguments) -> Result<ExitCode, CommandError> {
    let api = Api::from_arguments(&arguments.client)?;
    let mut parameters = arguments.parameters();
    parameters.extend(times(arguments.from.as_deref(), arguments.to.as_deref()));
    let direction = if arguments.oldest_first { "FORWARD" } else { "BACKWARD" };
    parameters.push(("Direction".to_owned(), direction.to_owned()));
    let events = pages(&api, &parameters, arguments.limit)?;
    show(&events, arguments.json);
    Ok(ExitCode::SUCCESS)
}

fn show(events: &[Value], json: bool) {
    if json {
        events.iter().for_each(|event| println!("{event}"));
    } else {
        println!("{}", events_table(events));
        println!("{} events", events.len());
    }
}

/// How often new events are asked for.
const FOLLOW_INTERVAL: Duration = Duration::from_millis(500);

/// Asks again and again for what came since the last event. The questions are calls too, and so events: those of this
/// command are not shown, or it would never be silent.
#[allow(clippy::disallowed_methods, reason = "the command has its thread to itself")]
fn follow(arguments: &LookupArguments) -> Result<ExitCode, CommandError> {
    let api = Api::from_arguments(&arguments.client)?;
    let mut from_s = now_ms().div_euclid(1_000);
    // Ids by event time: the last second is asked for again.
    let (mut shown, mut own): (HashMap<String, i64>, HashMap<String, i64>) = (HashMap::new(), HashMap::new());
    loop {
        let now_s = now_ms().div_euclid(1_000);
        let mut parameters = arguments.parameters();
        parameters.extend([
            ("Direction".to_owned(), "FORWARD".to_owned()),
            ("MaxResults".to_owned(), "50".to_owned()),
            ("StartTime".to_owned(), format_utc(from_s)),
            ("EndTime".to_owned(), format_utc(now_s.max(from_s) + 1)),
        ]);
        let (mut token, mut last_s) = (String::new(), from_s);
        loop {
            let answer = page(&api, LOOKUP, &parameters, &token)?;
            own.extend(answer["RequestId"].as_str().map(|id| (id.to_owned(), now_s)));
            for event in answer["Events"].as_array().into_iter().flatten() {
                let id = event["eventId"].as_str().unwrap_or_default();
                last_s = event["eventTime"].as_str().and_then(openapi::clock::parse_utc).unwrap_or(last_s);
                if !own.contains_key(id) && shown.insert(id.to_owned(), last_s).is_none() {
                    println!("{}", if arguments.json { event.to_string() } else { line(event) });
                }
            }
            match answer["NextToken"].as_str() {
                Some(next) => token = next.to_owned(),
                None => break,
            }
        }
        from_s = from_s.max(last_s - 1);
        shown.retain(|_, time_s| *time_s >= from_s);
        own.retain(|_, time_s| *time_s >= from_s - 1);
        std::thread::sleep(FOLLOW_INTERVAL);
    }
}

/// One event in one line.
fn line(event: &Value) -> String {
    let [time, service, name, rw, user, ip, outcome] = columns(event);
    format!("{time}  {rw:5}  {service} {name}  {user}  {ip}  {outcome}")
}

/// Events as a table.
pub fn events_table(events: &[Value]) -> comfy_table::Table {
    let mut rows = table::new(&["time", "service", "event", "R/W", "user", "source IP", "outcome"]);
    events.iter().for_each(|event| {
        rows.add_row(columns(event));
    });
    rows
}

fn columns(event: &Value) -> [String; 7] {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let outcome = match text(&event["errorCode"]) {
        code if code.is_empty() => "done".to_owned(),
        code => code,
    };
    [
        text(&event["eventTime"]),
        text(&event["serviceName"]),
        text(&event["eventName"]),
        text(&event["eventRW"]),
        text(&event["userIdentity"]["userName"]),
        text(&event["sourceIpAddress"]),
        outcome,
    ]
}

fn rejected(data: &std::path::Path, json: bool) -> Result<ExitCode, CommandError> {
    let folder = security_folder(data);
    if !folder.is_dir() {
        return Err(format!(
            "{} has no log of rejected calls: give the server's data folder with --data",
            data.display()
        )
        .into());
    }
    let entries = audit::read_rejected(&folder)?;
    let mut rows = table::new(&["time", "code", "source IP", "key", "operation", "user agent"]);
    for entry in &entries {
        if json {
            println!("{}", serde_json::to_string(entry)?);
        } else {
            rows.add_row([
                &entry.time,
                &entry.code,
                &entry.source_ip_address,
                &entry.access_key_id,
                &entry.operation,
                &entry.user_agent,
            ]);
        }
    }
    if !json {
        println!("{rows}\n{} rejected calls", entries.len());
    }
    Ok(ExitCode::SUCCESS)
}
