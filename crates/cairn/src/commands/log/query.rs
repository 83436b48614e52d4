//! `cairn log query`: logs that a search finds, and rows of SQL.

use std::time::Duration;

use logstore::client::{ClientError, LogStoreClient, Question};
use openapi::client::block;
use serde_json::Value;

use super::progress;
use crate::commands::CommandError;
use crate::commands::sql::{self, Output};

/// Logs of one page.
const PAGE_LOGS: u32 = 100;
/// How often a question is asked whose answer is incomplete (SLS, "GetLogs").
const ATTEMPTS: u32 = 10;
/// Pause before it is asked again.
const AGAIN_PAUSE: Duration = Duration::from_millis(500);

/// What is asked for.
pub(super) struct Asked<'a> {
    pub(super) project: &'a str,
    pub(super) logstore: &'a str,
    pub(super) query: &'a str,
    pub(super) from_s: i64,
    pub(super) to_s: i64,
    pub(super) limit: u64,
    pub(super) output: Output,
}

pub(super) fn run(client: &LogStoreClient, asked: &Asked<'_>) -> Result<(), CommandError> {
    let bar = progress::of_logs(asked.limit, u64::from(PAGE_LOGS));
    let mut offset = 0;
    while offset < asked.limit {
        let line = PAGE_LOGS.min((asked.limit - offset).try_into().unwrap_or(PAGE_LOGS));
        let found = page(client, asked, line, offset, &|text| bar.set_message(text))?;
        let logs = found["data"].as_array().map(Vec::as_slice).unwrap_or_default();
        let is_sql = found["meta"]["hasSQL"] == true;
        if is_sql {
            print_rows(&found["meta"], logs, asked.output);
        } else {
            logs.iter().for_each(|log| println!("{log}"));
        }
        offset += logs.len() as u64;
        bar.set_position(offset);
        if !is_complete(&found) {
            bar.finish_and_clear();
            return Err(format!(
                "this is not all: the service answered {ATTEMPTS} times that it could not search to the end; \
                 ask for a shorter time"
            )
            .into());
        }
        if is_sql || logs.len() < line as usize {
            break;
        }
    }
    bar.finish_and_clear();
    Ok(())
}

fn is_complete(found: &Value) -> bool {
    found["meta"]["progress"] == "Complete"
}

/// A page. An incomplete answer is valid, and the same question may find more a moment later.
fn page(
    client: &LogStoreClient,
    asked: &Asked<'_>,
    line: u32,
    offset: u64,
    tell: &dyn Fn(String),
) -> Result<Value, ClientError> {
    let (from_s, to_s) = (asked.from_s, asked.to_s);
    let question = Question { from_s, to_s, query: asked.query, line, offset, is_reverse: true };
    let mut attempt = 1;
    loop {
        let found = client.get_logs(asked.project, asked.logstore, &question)?;
        if is_complete(&found) || attempt == ATTEMPTS {
            return Ok(found);
        }
        attempt += 1;
        tell(format!("incomplete, asking again ({attempt} of {ATTEMPTS})"));
        block(AGAIN_PAUSE);
    }
}

/// Rows of SQL, with their columns in the order of the statement.
fn print_rows(meta: &Value, rows: &[Value], output: Output) {
    let columns: Vec<&str> = meta["keys"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let cells = |row: &Value| -> Vec<Value> { columns.iter().map(|column| row[*column].clone()).collect() };
    let rows: Vec<Vec<Value>> = rows.iter().map(cells).collect();
    sql::print(output, &columns, &rows.iter().map(Vec::as_slice).collect::<Vec<_>>());
}
