//! `cairn sql`: one SELECT over the events of an account.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::{Map, Value};

use super::api::{ACTIONTRAIL, Api};
use super::{CommandError, table};
use crate::credentials::ClientArguments;

/// Characters of a cell in a table; the other outputs have everything.
const MAX_CELL_CHARACTERS: usize = 80;

#[derive(Debug, Args)]
#[command(after_help = "\
The table is called events. Its columns: event_time (UTC), position, region, service_name, event_name, user_name, event_id,
resource_types and resource_names (lists), event_rw, access_key_id, sensitive_action, source_ip_address, event_type,
role_name, principal_id, and event, the JSON itself. json_get_str(event, 'userIdentity.type') and json_get_int read in it.

  cairn sql \"SELECT event_name, count(*) AS calls FROM events GROUP BY event_name ORDER BY calls DESC LIMIT 10\"
  cairn sql \"SELECT date_trunc('hour', event_time) AS hour, count(*) FROM events
             WHERE event_time >= '2026-03-01T00:00:00Z' AND json_get_str(event, 'errorCode') IS NOT NULL GROUP BY hour\"

Only SELECT is allowed. All times are UTC.")]
pub struct Arguments {
    /// One SELECT
    sql: String,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = Output::Table)]
    output: Output,
    /// Most rows
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    #[command(flatten)]
    client: ClientArguments,
}

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For reading; wide cells are cut
    Table,
    /// One JSON object a line
    Json,
    /// Comma-separated values with a header, as in RFC 4180
    Csv,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let api = Api::from_arguments(&arguments.client)?;
    let limit = arguments.limit.to_string();
    let answer = api.call(ACTIONTRAIL, "ExecuteSql", &[("Sql", &arguments.sql), ("MaxRows", &limit)])?;
    let columns: Vec<&str> = items(&answer["Columns"]).iter().filter_map(|column| column["Name"].as_str()).collect();
    let rows: Vec<&[Value]> = items(&answer["Rows"]).iter().map(items).collect();
    print(arguments.output, &columns, &rows);
    match answer["TruncatedBy"].as_str() {
        Some("Rows") => {
            eprintln!("more rows exist: these are the first {}; raise --limit or narrow the query", rows.len())
        }
        Some(_) => eprintln!(
            "more rows exist: these {} are as many bytes as an answer may have; select fewer columns",
            rows.len()
        ),
        None => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes rows.
pub fn print(output: Output, columns: &[&str], rows: &[&[Value]]) {
    match output {
        Output::Table => print_table(columns, rows),
        Output::Json => rows.iter().for_each(|row| println!("{}", object(columns, row))),
        Output::Csv => {
            println!("{}", columns.iter().map(|name| csv(name)).collect::<Vec<_>>().join(","));
            rows.iter().for_each(|row| println!("{}", csv_line(row)));
        }
    }
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn print_table(columns: &[&str], rows: &[&[Value]]) {
    let mut shown = table::new(columns);
    for row in rows {
        shown.add_row(row.iter().map(|value| shortened(&text(value, "NULL"))));
    }
    println!("{shown}\n{} {}", rows.len(), if rows.len() == 1 { "row" } else { "rows" });
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_CELL_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn text(value: &Value, null: &str) -> String {
    match value {
        Value::Null => null.to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A row as an object. Of columns with the same name the last would win, so later ones are numbered.
fn object(columns: &[&str], row: &[Value]) -> Value {
    let mut members = Map::new();
    for (index, (name, value)) in columns.iter().zip(row).enumerate() {
        let name = if members.contains_key(*name) { format!("{name}_{}", index + 1) } else { (*name).to_owned() };
        members.insert(name, value.clone());
    }
    Value::Object(members)
}

fn csv_line(row: &[Value]) -> String {
    row.iter().map(|value| csv(&text(value, ""))).collect::<Vec<_>>().join(",")
}

fn csv(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_help_names_every_column() {
        let help = Arguments::augment_args(clap::Command::new("sql")).render_long_help().to_string();
        let words: Vec<&str> = help.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
        let schemas = audit::event_schemas();
        let layout = schemas.of(audit::STREAM_PREFIX).unwrap().layout();
        let keys = [&layout.time_column, &layout.position_column, &layout.scope_column, &layout.raw_column];
        for column in layout.fields.iter().map(|field| &field.column).chain(keys) {
            assert!(words.contains(&column.as_str()), "{column}");
        }
    }

    #[test]
    fn csv_keeps_every_text() {
        let row = [json!("a,b"), json!("say \"x\""), json!(null), json!(7), json!(["呼叫", "b"]), json!("line\nend")];
        assert_eq!(csv_line(&row), "\"a,b\",\"say \"\"x\"\"\",,7,\"[\"\"呼叫\"\",\"\"b\"\"]\",\"line\nend\"");
    }

    #[test]
    fn cells_are_cut_between_characters() {
        assert_eq!(shortened(&"呼".repeat(81)), format!("{}…", "呼".repeat(80)));
        assert_eq!(shortened(&"呼".repeat(80)), "呼".repeat(80));
    }

    #[test]
    fn columns_of_one_name_stay_apart() {
        assert_eq!(object(&["a", "a"], &[json!(1), json!(2)]), json!({"a": 1, "a_2": 2}));
    }
}
