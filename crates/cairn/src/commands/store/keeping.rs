//! `cairn store hold` and `cairn store retention`: console operations of a running server.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::Value;

use crate::commands::api::{ACTIONTRAIL, Api};
use crate::commands::{CommandError, table};
use crate::credentials::ClientArguments;

/// Where to call, and how to show the answer.
#[derive(Debug, Args)]
struct Scope {
    /// One JSON object a line
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    client: ClientArguments,
}

#[derive(Debug, Args)]
pub(super) struct HoldArguments {
    #[command(flatten)]
    scope: Scope,
    #[command(subcommand)]
    action: HoldAction,
}

#[derive(Debug, Subcommand)]
enum HoldAction {
    /// Keep the events of a time range until the hold is released
    Add {
        /// Letters, digits, dashes, underscores and dots
        name: String,
        /// First time, UTC, such as 2026-03-01T08:00:00Z [default: the beginning]
        #[arg(long)]
        from: Option<String>,
        /// Last time, UTC [default: without end]
        #[arg(long)]
        to: Option<String>,
        /// Why; it is in the event
        #[arg(long)]
        reason: Option<String>,
    },
    /// The holds
    Ls,
    /// End a hold; what it alone kept is not shown any more, and is removed
    Release {
        /// As `ls` shows it
        name: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct RetentionArguments {
    #[command(flatten)]
    scope: Scope,
    #[command(subcommand)]
    action: RetentionAction,
}

#[derive(Debug, Subcommand)]
enum RetentionAction {
    /// How long events are kept, and what has left
    Show,
    /// Change it; older events are hidden at once and removed soon
    Set {
        /// Days, unlimited, or default for the server's setting
        days: String,
    },
}

pub(super) fn hold(arguments: &HoldArguments) -> Result<ExitCode, CommandError> {
    let api = Api::from_arguments(&arguments.scope.client)?;
    let json = arguments.scope.json;
    match &arguments.action {
        HoldAction::Add { name, from, to, reason } => {
            let optional = [("StartTime", from), ("EndTime", to), ("Reason", reason)];
            let mut parameters = vec![("Name", name.as_str())];
            parameters.extend(optional.into_iter().filter_map(|(key, value)| Some((key, value.as_deref()?))));
            let answer = api.call(ACTIONTRAIL, "PlaceLegalHold", &parameters)?;
            match answer["ExpiredUntil"].as_str() {
                _ if json => println!("{answer}"),
                None => println!("the hold {name} is placed"),
                Some(until) => println!("the hold {name} is placed; events up to {until} had left before"),
            }
        }
        HoldAction::Ls => {
            let answer = api.call(ACTIONTRAIL, "ListLegalHolds", &[])?;
            let holds = answer["LegalHolds"]["LegalHold"].as_array().map(Vec::as_slice).unwrap_or_default();
            if json {
                holds.iter().for_each(|hold| println!("{hold}"));
            } else {
                println!("{}", holds_table(holds));
            }
        }
        HoldAction::Release { name } => {
            let answer = api.call(ACTIONTRAIL, "ReleaseLegalHold", &[("Name", name)])?;
            println!("{}", if json { answer.to_string() } else { format!("the hold {name} is released") });
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn holds_table(holds: &[Value]) -> comfy_table::Table {
    let mut rows = table::new(&["name", "from", "to", "placed by", "placed", "reason"]);
    for hold in holds {
        let text = |name: &str, absent: &str| hold[name].as_str().unwrap_or(absent).to_owned();
        rows.add_row([
            text("Name", ""),
            text("StartTime", "the beginning"),
            text("EndTime", "no end"),
            text("PlacedBy", ""),
            text("PlacedTime", ""),
            text("Reason", ""),
        ]);
    }
    rows
}

pub(super) fn retention(arguments: &RetentionArguments) -> Result<ExitCode, CommandError> {
    let api = Api::from_arguments(&arguments.scope.client)?;
    let answer = match &arguments.action {
        RetentionAction::Show => api.call(ACTIONTRAIL, "GetEventRetention", &[])?,
        RetentionAction::Set { days } => api.call(ACTIONTRAIL, "SetEventRetention", &[("RetentionDays", days)])?,
    };
    if arguments.scope.json {
        println!("{answer}");
        return Ok(ExitCode::SUCCESS);
    }
    let text = |name: &str, absent: &str| answer[name].as_str().unwrap_or(absent).to_owned();
    let whose = if answer["IsDefault"] == true { "the server's setting" } else { "the account's own" };
    let mut rows = table::new(&["retention", ""]);
    rows.add_row(["days".to_owned(), format!("{} ({whose})", text("RetentionDays", ""))]);
    rows.add_row(["events from".to_owned(), text("EventsFrom", "the beginning")]);
    rows.add_row(["events that left".to_owned(), answer["ExpiredEvents"].to_string()]);
    rows.add_row(["left up to".to_owned(), text("ExpiredUntil", "none")]);
    println!("{rows}");
    Ok(ExitCode::SUCCESS)
}
