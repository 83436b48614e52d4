//! `cairn events search`: any condition on events.

use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::super::CommandError;
use super::super::api::Api;
use super::{page, show, times};
use crate::credentials::ClientArguments;

#[derive(Debug, Args)]
#[command(after_help = "\
A query joins conditions by AND (or nothing), OR, NOT and parentheses:
  eventName:CreateUser   a field has this value       userName:al*    it has this form
  resourceName:*         the field has a value        13800001111     the event has this word
  \"was not found\"        words next to each other     err* 138?0*     words of this form
  客服                   two or more neighbouring Chinese, Japanese or Korean characters

  cairn events search 'eventName:CreateSkillGroup AND NOT userName:alice \"13800001111\" 客服 err*'

Words and characters are found fast; * and ? inside words read every event that the rest of the query leaves.")]
pub(super) struct Arguments {
    /// What to look for; all events when empty
    query: String,
    /// Begin, UTC, such as 2026-03-01T08:00:00Z; the last seven days without
    #[arg(long)]
    from: Option<String>,
    /// End, UTC (with --from); now without
    #[arg(long, requires = "from")]
    to: Option<String>,
    /// Most events to show
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// Oldest first
    #[arg(long)]
    reverse: bool,
    /// Data events, which a trail's selector asks for, instead of the others
    #[arg(long)]
    data: bool,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    client: ClientArguments,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let api = Api::from_arguments(&arguments.client)?;
    let mut parameters = vec![
        ("Query".to_owned(), arguments.query.clone()),
        ("Direction".to_owned(), if arguments.reverse { "FORWARD" } else { "BACKWARD" }.to_owned()),
        ("MaxResults".to_owned(), arguments.limit.clamp(1, 50).to_string()),
    ];
    parameters.extend(times(arguments.from.as_deref(), arguments.to.as_deref()));
    if arguments.data {
        parameters.push(("EventCategory".to_owned(), "Data".to_owned()));
    }
    show(&pages(&api, &parameters, arguments.limit)?, arguments.json);
    Ok(ExitCode::SUCCESS)
}

/// Pages until so many events are there or no more exist. A search that takes long answers in parts.
fn pages(api: &Api, parameters: &[(String, String)], limit: usize) -> Result<Vec<Value>, CommandError> {
    let (mut events, mut token) = (Vec::new(), String::new());
    while events.len() < limit {
        let mut answer = page(api, "SearchEvents", parameters, &token)?;
        if let Value::Array(found) = answer["Events"].take() {
            events.extend(found);
        }
        if let (Some(false), Some(until)) = (answer["Complete"].as_bool(), answer["SearchedUntil"].as_str()) {
            eprintln!("{} events up to {until}, searching on", events.len());
        }
        match answer["NextToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    events.truncate(limit);
    Ok(events)
}
