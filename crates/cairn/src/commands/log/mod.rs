//! `cairn log`: projects and logstores, logs put, found and followed, by the calls that every client makes.

mod index;
mod line;
mod progress;
mod put;
mod query;
mod tail;
mod times;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use logstore::client::LogStoreClient;
use openapi::clock::now_ms;

use super::sql::Output;
use super::{CommandError, table};
use crate::credentials::ClientArguments;

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
        /// A field that searches and SQL know by name, beside the words of all; see `cairn log index set --help`
        #[arg(long = "field", value_name = "NAME:TYPE", requires = "logstore")]
        fields: Vec<index::Field>,
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
    /// What searches and SQL know the logs of a logstore by
    Index(index::Arguments),
    /// Put each line of standard input as a log
    Put(put::Arguments),
    /// Logs that a search finds, newest first, as JSON lines; of SQL behind a | the rows of its answer
    #[command(after_help = "\
Exit code 1, after what was found, when the service answers ten times that it could not search to the end.")]
    Query {
        /// Project
        project: String,
        /// Logstore
        logstore: String,
        /// Search, and SQL: "event.eventRW: Write | SELECT count(*) AS n"
        #[arg(default_value = "*")]
        query: String,
        /// How far back from the end, seconds
        #[arg(long, default_value_t = 3_600, conflicts_with = "from")]
        since: i64,
        /// Begin: 2026-03-01T08:00:00Z, with another offset, or Unix seconds
        #[arg(long, value_parser = times::parse, value_name = "TIME")]
        from: Option<i64>,
        /// End, itself not included; written as --from. Now, when it is left out
        #[arg(long, value_parser = times::parse, value_name = "TIME")]
        to: Option<i64>,
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
        Action::Create { project, logstore, ttl, shards, fields } => {
            create(&client, project, logstore.as_deref(), (*ttl, *shards), fields)?;
        }
        Action::Ls { project } => list(&client, project.as_deref())?,
        Action::Rm { project, logstore } => {
            let path = logstore.as_ref().map_or_else(|| "/".to_owned(), |logstore| format!("/logstores/{logstore}"));
            client.delete(project, &path)?;
        }
        Action::Index(arguments) => index::run(&client, arguments)?,
        Action::Put(arguments) => return put::run(&client, arguments),
        Action::Query { project, logstore, query, since, from, to, limit, output } => {
            let (from_s, to_s) = times::range(*from, *to, *since, now_ms().div_euclid(1_000));
            let asked = query::Asked { project, logstore, query, from_s, to_s, limit: *limit, output: *output };
            query::run(&client, &asked)?;
        }
        Action::Tail { project, logstore } => tail::run(&client, project, logstore)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn create(
    client: &LogStoreClient,
    project: &str,
    logstore: Option<&str>,
    (ttl_days, shards): (u32, u32),
    fields: &[index::Field],
) -> Result<(), CommandError> {
    client.create_project(project, "")?;
    let Some(logstore) = logstore else { return Ok(()) };
    client.create_logstore(project, logstore, ttl_days, shards)?;
    let has_index = index::find(client, project, logstore)?.is_some();
    if has_index && !fields.is_empty() {
        return Err(format!(
            "{logstore} has an index already, which stays as it is: change it with cairn log index set {project} {logstore}"
        )
        .into());
    }
    Ok(client.create_index(project, logstore, &index::document(true, fields))?)
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
