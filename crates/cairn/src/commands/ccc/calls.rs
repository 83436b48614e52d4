//! `cairn ccc calls`

use clap::{Args, Subcommand};
use openapi::clock::parse_utc;

use super::client::{Client, add, given};
use super::output::{
    Column,
    Format::{Plain, Seconds, Time},
};
use crate::commands::CommandError;

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Call two parties one after the other and join them
    Start {
        /// First party
        caller: String,
        /// Second party
        callee: String,
        /// Number of the instance that both see; any of them without it
        #[arg(long)]
        number: Option<String>,
    },
    /// Call detail records, of today without a range
    List(ListArguments),
}

#[derive(Debug, Args)]
pub(super) struct ListArguments {
    /// Begin, such as 2026-03-01T08:00:00+08:00
    #[arg(long)]
    from: Option<String>,
    /// End
    #[arg(long)]
    to: Option<String>,
    /// Customer's number, agent's name or skill group's name
    #[arg(long)]
    criteria: Option<String>,
    /// Types with commas: Inbound, Outbound, Back2Back, PredictiveDial, PrivacyDial
    #[arg(long = "type")]
    contact_type: Option<String>,
    /// Dispositions with commas: Success, NoAnswer, AbandonedInQueue, …
    #[arg(long)]
    disposition: Option<String>,
    /// One call
    #[arg(long)]
    contact: Option<String>,
    /// Newest first
    #[arg(long)]
    newest_first: bool,
    /// Most calls to show
    #[arg(long, default_value_t = 100)]
    limit: usize,
}

/// Columns of call detail records; the demo shows the same.
pub(super) const COLUMNS: &[Column] = &[
    Column("contact", "ContactId", Plain),
    Column("start (UTC+8)", "StartTime", Time),
    Column("type", "ContactType", Plain),
    Column("calling", "CallingNumber", Plain),
    Column("called", "CalledNumber", Plain),
    Column("took", "Duration", Seconds),
    Column("disposition", "ContactDisposition", Plain),
    Column("agents", "AgentNames", Plain),
    Column("skill groups", "SkillGroupNames", Plain),
    Column("survey", "SatisfactionDesc", Plain),
];

pub(super) fn run(client: &Client, action: &Action) -> Result<(), CommandError> {
    match action {
        Action::Start { caller, callee, number } => {
            let mut parameters = given(&[("Caller", caller), ("Callee", callee)]);
            add(&mut parameters, "CallCenterNumber", number.as_ref());
            let answer = client.call_instance("StartBack2BackCall", parameters)?;
            let task = answer["TaskId"].as_str().unwrap_or_default();
            client.done(&answer, &format!("task {task} was accepted; `cairn ccc calls list` shows what becomes of it"));
        }
        Action::List(arguments) => list(client, arguments)?,
    }
    Ok(())
}

fn list(client: &Client, arguments: &ListArguments) -> Result<(), CommandError> {
    let mut parameters = Vec::new();
    add(&mut parameters, "StartTime", milliseconds(arguments.from.as_deref())?);
    add(&mut parameters, "StopTime", milliseconds(arguments.to.as_deref())?);
    add(&mut parameters, "Criteria", arguments.criteria.as_ref());
    add(&mut parameters, "ContactType", arguments.contact_type.as_ref());
    add(&mut parameters, "ContactDisposition", arguments.disposition.as_ref());
    add(&mut parameters, "ContactId", arguments.contact.as_ref());
    add(&mut parameters, "OrderBy", arguments.newest_first.then_some("DESC"));
    let records =
        client.pages("ListCallDetailRecords", &parameters, "CallDetailRecords", "CallDetailRecord", arguments.limit)?;
    client.show_rows(&records, COLUMNS);
    Ok(())
}

/// A time with its zone as Unix milliseconds.
pub(super) fn milliseconds(text: Option<&str>) -> Result<Option<i64>, CommandError> {
    let Some(text) = text else { return Ok(None) };
    let seconds =
        parse_utc(text).ok_or_else(|| format!("{text:?} is not a time: write it as 2026-03-01T08:00:00+08:00"))?;
    Ok(Some(seconds * 1_000))
}
