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
mod numbers;
pub(crate) mod output;
mod reports;
mod rules;
mod users;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::CommandError;
use crate::credentials::ClientArguments;
use client::Client;

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
    /// What agents do
    #[command(subcommand)]
    Agents(agents::Action),
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
        Family::Agents(action) => agents::run(&client, action)?,
        Family::Reports(action) => reports::run(&client, action)?,
        Family::DemoDay(demo_day) => demo_day::run(&client, demo_day)?,
    }
    Ok(ExitCode::SUCCESS)
}
