//! `cairn log`: projects and logstores, logs put, found and followed, by the calls that every client makes.

use std::io::BufRead;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use logstore::client::{LogStoreClient, Question};
use logstore::wire::{Content, LogGroup, PutLog};
use openapi::clock::now_ms;
use serde_json::{Value, json};

use super::sql::{self, Output};
use super::{CommandError, table};
use crate::credentials::ClientArguments;

/// Logs of one page.
const PAGE_LOGS: u32 = 100;
/// Lines that `put` sends together.
const PUT_LINES: usize = 4_096;
/// Pause of `tail` when nothing new is there.
const TAIL_PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    client: ClientArguments,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a project and, with a logstore, that and its index; what is there stays as it is
    Create {
        /// Project
        project: String,
        /// Logstore
        logstore: Option<String>,
        /// How long logs are kept, days; 3650 for ever
        #[arg(long, default_value_t = 30)]
        ttl: u32,
        /// Shards
        #[arg(long, default_value_t = 1)]
        shards: u32,
    },
    /// Projects; of a project its logstores
    Ls {
        /// Project
        project: Option<String>,
    },
    /// Delete a project with its logstores, or one logstore
    Rm {
        /// Project
        project: String,
        /// Logstore
        logstore: Option<String>,
    },
    /// Put each line of standard input as a log: members of a JSON object are its keys, other text is the key `content`
    Put {
        /// Project
        project: String,
        /// Logstore
        logstore: String,
        /// Topic
        #[arg(long, default_value = "")]
        topic: String,
        /// Source
        #[arg(long, default_value = "")]
        source: String,
    },
    /// Logs that a search finds, newest first, as JSON lines; of SQL behind a | the rows of its answer
    Query {
        /// Project
        project: String,
        /// Logstore
        logstore: String,
        /// Search, and SQL: "event.eventRW: Write | SELECT count(*) AS n"
        #[arg(default_value = "*")]
        query: String,
        /// How far back, seconds
        #[arg(long, default_value_t = 3_600)]
        since: i64,
        /// Most logs; SQL has its own LIMIT
        #[arg(long, default_value_t = 100)]
        limit: u64,
        /// How the rows of SQL are written
        #[arg(long, value_enum, default_value_t = Output::Table)]
        output: Output,
    },
    /// Logs as they come, as JSON lines, until the command is ended
    Tail {
        /// Project
        project: String,
        /// Logstore
        logstore: String,
    },
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let client = &arguments.client;
    let client = LogStoreClient::new(&client.endpoint, client.region.clone(), client.credentials()?)?;
    match &arguments.action {
        Action::Create { project, logstore, ttl, shards } => {
            create(&client, project, logstore.as_deref(), *ttl, *shards)?
        }
        Action::Ls { project } => list(&client, project.as_deref())?,
        Action::Rm { project, logstore } => {
            let path = logstore.as_ref().map_or_else(|| "/".to_owned(), |logstore| format!("/logstores/{logstore}"));
            client.delete(project, &path)?;
        }
        Action::Put { project, logstore, topic, source } => put(&client, project, logstore, topic, source)?,
        Action::Query { project, logstore, query, since, limit, output } => {
            let now_s = now_ms().div_euclid(1_000);
            find(&client, project, logstore, query, (now_s - since, now_s + 900), (*limit, *output))?;
        }
        Action::Tail { project, logstore } => tail(&client, project, logstore)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn create(
    client: &LogStoreClient,
    project: &str,
    logstore: Option<&str>,
    ttl: u32,
    shards: u32,
) -> Result<(), CommandError> {
    client.create_project(project, "")?;
    if let Some(logstore) = logstore {
        client.create_logstore(project, logstore, ttl, shards)?;
        let delimiters: Vec<String> = ", '\";=()[]{}?@&<>/:\n\t\r".chars().map(String::from).collect();
        let index = json!({"line": {"token": delimiters, "caseSensitive": false, "chn": true}});
        client.create_index(project, logstore, &index)?;
    }
    Ok(())
}

fn list(client: &LogStoreClient, project: Option<&str>) -> Result<(), CommandError> {
    let size = ("size", "500");
    if let Some(project) = project {
        let found = client.get(project, "/logstores", &[size])?;
        let mut table = table::new(&["Logstore"]);
        for name in found["logstores"].as_array().into_iter().flatten() {
            table.add_row([name.as_str().unwrap_or_default()]);
        }
        println!("{table}");
        return Ok(());
    }
    let found = client.get("", "/", &[size])?;
    let mut table = table::new(&["Project", "Description"]);
    for project in found["projects"].as_array().into_iter().flatten() {
        let text = |name: &str| project[name].as_str().unwrap_or_default().to_owned();
        table.add_row([text("projectName"), text("description")]);
    }
    println!("{table}");
    Ok(())
}

fn put(client: &LogStoreClient, project: &str, logstore: &str, topic: &str, source: &str) -> Result<(), CommandError> {
    let mut lines = std::io::stdin().lock().lines();
    let mut count = 0;
    loop {
        let logs = lines.by_ref().take(PUT_LINES).map(|line| Ok(log_of(&line?)));
        let logs: Vec<PutLog> = logs.collect::<Result<_, std::io::Error>>()?;
        if logs.is_empty() {
            eprintln!("{count} logs put");
            return Ok(());
        }
        count += logs.len();
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let group = LogGroup { logs, topic: text(topic), source: text(source), ..LogGroup::default() };
        client.put(project, logstore, group)?;
    }
}

fn log_of(line: &str) -> PutLog {
    let content = |key: &str, value: String| Content { key: Some(key.to_owned()), value: Some(value) };
    let contents = match serde_json::from_str::<Value>(line) {
        Ok(Value::Object(members)) => {
            let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            members.iter().map(|(key, value)| content(key, plain(value))).collect()
        }
        _ => vec![content("content", line.to_owned())],
    };
    let now_ms = now_ms();
    let time_ns = (now_ms.rem_euclid(1_000) * 1_000_000) as u32;
    PutLog { time: u32::try_from(now_ms.div_euclid(1_000)).ok(), contents, time_ns: Some(time_ns) }
}

fn find(
    client: &LogStoreClient,
    project: &str,
    logstore: &str,
    query: &str,
    (from_s, to_s): (i64, i64),
    (limit, output): (u64, Output),
) -> Result<(), CommandError> {
    let mut offset = 0;
    while offset < limit {
        let line = PAGE_LOGS.min((limit - offset).try_into().unwrap_or(PAGE_LOGS));
        let question = Question { from_s, to_s, query, line, offset, is_reverse: true };
        let found = client.get_logs(project, logstore, &question)?;
        let logs = found["data"].as_array().map(Vec::as_slice).unwrap_or_default();
        if found["meta"]["hasSQL"] == true {
            print_rows(&found["meta"], logs, output);
            return Ok(());
        }
        logs.iter().for_each(|log| println!("{log}"));
        if found["meta"]["progress"] != "Complete" {
            eprintln!("the server stopped searching before the end: ask for a shorter time");
            return Ok(());
        }
        if logs.len() < line as usize {
            return Ok(());
        }
        offset += logs.len() as u64;
    }
    Ok(())
}

/// Rows of SQL, with their columns in the order of the statement.
fn print_rows(meta: &Value, rows: &[Value], output: Output) {
    let columns: Vec<&str> = meta["keys"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let cells = |row: &Value| -> Vec<Value> { columns.iter().map(|column| row[*column].clone()).collect() };
    let rows: Vec<Vec<Value>> = rows.iter().map(cells).collect();
    sql::print(output, &columns, &rows.iter().map(Vec::as_slice).collect::<Vec<_>>());
}

fn tail(client: &LogStoreClient, project: &str, logstore: &str) -> Result<(), CommandError> {
    let path = format!("/logstores/{logstore}/shards");
    let mut cursors = Vec::new();
    for shard in client.get(project, &path, &[])?.as_array().into_iter().flatten() {
        let number = shard["shardID"].as_u64().unwrap_or_default();
        cursors.push((number, client.cursor(project, logstore, number, "end")?));
    }
    loop {
        let mut is_quiet = true;
        for (shard, cursor) in &mut cursors {
            let (list, next) = client.pull(project, logstore, *shard, cursor)?;
            is_quiet &= list.groups.is_empty();
            for group in &list.groups {
                group.logs.iter().for_each(|log| println!("{}", shown(group, log)));
            }
            *cursor = next;
        }
        if is_quiet {
            pause();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the command has one thread, and nothing else to do on it")]
fn pause() {
    std::thread::sleep(TAIL_PAUSE);
}

fn shown(group: &LogGroup, log: &PutLog) -> Value {
    let mut members = serde_json::Map::new();
    members.insert("__time__".to_owned(), log.time.unwrap_or_default().to_string().into());
    members.insert("__topic__".to_owned(), group.topic.clone().unwrap_or_default().into());
    for content in &log.contents {
        members.insert(content.key.clone().unwrap_or_default(), content.value.clone().unwrap_or_default().into());
    }
    Value::Object(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_logs() {
        let keys = |line: &str| -> Vec<(String, String)> {
            log_of(line).contents.into_iter().map(|content| (content.key.unwrap(), content.value.unwrap())).collect()
        };
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(
            keys(r#"{"a":"x","n":1,"o":{"b":true}}"#),
            [pair("a", "x"), pair("n", "1"), pair("o", r#"{"b":true}"#)]
        );
        assert_eq!(keys("plain text"), [pair("content", "plain text")]);
        assert_eq!(keys("[1]"), [pair("content", "[1]")]);
    }
}
