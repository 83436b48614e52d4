//! `cairn ccc`: the call centre from a terminal, by the operations that any client calls. One file a family.
//!
//! What the public API lacks (buying numbers, dialling rules, demo data) is called by its console operation, and every
//! call is audited like all others.

mod agents;
mod calls;
mod client;
mod demo_day;
mod groups;
mod instances;
mod messages;
mod numbers;
pub(super) mod output;
mod reports;
mod rules;
mod settings;
mod users;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use comfy_table::Table;
use serde_json::Value;

use super::CommandError;
use crate::credentials::ClientArguments;
use client::Client;
use output::table_of;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    family: Family,
    #[command(flatten)]
    scope: Scope,
}

/// Which instance, and how to show it.
#[derive(Debug, Args)]
struct Scope {
    /// InstanceId; not needed while there is one instance only
    #[arg(long, env = "CAIRN_CCC_INSTANCE", global = true)]
    instance: Option<String>,
    /// Print the answers as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    client: ClientArguments,
}

#[derive(Debug, Subcommand)]
enum Family {
    /// Call centres
    #[command(subcommand)]
    Instances(instances::Action),
    /// Skill groups
    #[command(subcommand)]
    Groups(groups::Action),
    /// Users of an instance
    #[command(subcommand)]
    Users(users::Action),
    /// Telephone numbers: the account's and an instance's
    #[command(subcommand)]
    Numbers(numbers::Action),
    /// Make calls, and see those that were
    #[command(subcommand)]
    Calls(calls::Action),
    /// What an instance may dial, how often and when
    #[command(subcommand)]
    Rules(rules::Action),
    /// Settings and limits
    #[command(subcommand)]
    Settings(settings::Action),
    /// What agents do
    #[command(subcommand)]
    Agents(agents::Action),
    /// Short messages and their templates
    #[command(subcommand)]
    Messages(messages::Action),
    /// Figures of whole days
    #[command(subcommand)]
    Reports(reports::Action),
    /// Fill a new instance with a generated working day
    DemoDay(demo_day::DemoDay),
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let client = Client::new(&arguments.scope)?;
    match &arguments.family {
        Family::Instances(action) => instances::run(&client, action)?,
        Family::Groups(action) => groups::run(&client, action)?,
        Family::Users(action) => users::run(&client, action)?,
        Family::Numbers(action) => numbers::run(&client, action)?,
        Family::Calls(action) => calls::run(&client, action)?,
        Family::Rules(action) => rules::run(&client, action)?,
        Family::Settings(action) => settings::run(&client, action)?,
        Family::Agents(action) => agents::run(&client, action)?,
        Family::Messages(action) => messages::run(&client, action)?,
        Family::Reports(action) => reports::run(&client, action)?,
        Family::DemoDay(demo_day) => demo_day::run(&client, demo_day)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Tables that the demo shows as these commands do.
pub(super) fn users_table(rows: &[Value]) -> Table {
    table_of(rows, users::COLUMNS)
}

/// The agents' summary report.
pub(super) fn agents_report(rows: &[Value]) -> Table {
    table_of(rows, reports::AGENT_COLUMNS)
}

/// The skill groups' summary report.
pub(super) fn groups_report(rows: &[Value]) -> Table {
    table_of(rows, reports::GROUP_COLUMNS)
}

/// Call detail records.
pub(super) fn call_records(rows: &[Value]) -> Table {
    table_of(rows, calls::COLUMNS)
}

/// Agent events.
pub(super) fn agent_events(rows: &[Value]) -> Table {
    table_of(rows, agents::EVENT_COLUMNS)
}
