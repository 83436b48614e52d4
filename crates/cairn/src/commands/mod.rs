//! The command line: one file a command.

mod api;
mod bucket;
mod ccc;
mod config;
mod demo;
mod events;
mod journal;
mod log;
mod ram;
mod serve;
mod sql;
mod store;
mod table;
mod trail;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What a command may fail with; the text is shown to the user.
pub type CommandError = Box<dyn std::error::Error + Send + Sync>;

/// A self-hosted operation audit, and the call centre that it audits; wire-compatible with Alibaba Cloud
#[derive(Debug, Parser)]
#[command(name = "cairn", version, about)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::Arguments),
    /// See it work: a server on a temporary folder, real signed calls, and their events
    Demo(demo::Arguments),
    /// Look events up, follow them, see rejected calls
    Events(events::Arguments),
    /// One SELECT over the events
    Sql(sql::Arguments),
    /// The call centre: instances, users, numbers, calls, reports
    Ccc(Box<ccc::Arguments>),
    /// Logs: projects, logstores, put, query, tail
    Log(log::Arguments),
    /// Trails: events delivered into buckets and logstores
    Trail(trail::Arguments),
    /// Buckets: ls, cp, cat, rm, stat, links, retention
    Bucket(bucket::Arguments),
    /// Accounts of the server
    Account(ram::AccountArguments),
    /// RAM users
    User(ram::UserArguments),
    /// Access keys
    Key(ram::KeyArguments),
    /// Policies, and who has them
    Policy(ram::PolicyArguments),
    /// The configuration
    Config(config::Arguments),
    /// The journal's files
    Journal(journal::Arguments),
    /// The segments of older events
    Store(store::Arguments),
}

impl Arguments {
    /// Nothing is lost when it ends because nobody reads what it prints: a server serves others, and a tour clears up.
    pub fn ends_with_its_reader(&self) -> bool {
        !matches!(self.command, Command::Serve(_) | Command::Demo(_))
    }

    /// What is logged unless `CAIRN_LOG` says otherwise: a tour is for reading, so only what goes wrong.
    pub fn log_level(&self) -> &'static str {
        if matches!(self.command, Command::Demo(_)) { "warn" } else { "info" }
    }
}

/// Runs the command that was asked for.
pub fn run(arguments: Arguments) -> Result<ExitCode, CommandError> {
    match arguments.command {
        Command::Serve(arguments) => serve::run(arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Events(arguments) => events::run(&arguments),
        Command::Sql(arguments) => sql::run(&arguments),
        Command::Ccc(arguments) => ccc::run(&arguments),
        Command::Log(arguments) => log::run(&arguments),
        Command::Trail(arguments) => trail::run(&arguments),
        Command::Bucket(arguments) => bucket::run(&arguments),
        Command::Account(arguments) => ram::run_account(&arguments),
        Command::User(arguments) => ram::run_user(&arguments),
        Command::Key(arguments) => ram::run_key(&arguments),
        Command::Policy(arguments) => ram::run_policy(&arguments),
        Command::Config(arguments) => config::run(&arguments),
        Command::Journal(arguments) => journal::run(&arguments),
        Command::Store(arguments) => store::run(&arguments),
    }
}
