//! `cairn trail`: create, start, stop and watch trails, called like any client calls them.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::api::{ACTIONTRAIL, Api};
use super::{CommandError, table};
use crate::credentials::ClientArguments;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
    /// The answer as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    client: ClientArguments,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Create a trail; it delivers when it is started
    Create(CreateArguments),
    /// Deliver from now on
    Start {
        /// Trail
        name: String,
    },
    /// Deliver nothing that happens from now on
    Stop {
        /// Trail
        name: String,
    },
    /// How the deliveries go
    Status {
        /// Trail
        name: String,
    },
    /// List trails
    Ls,
    /// Delete a trail; what it delivered stays
    Rm {
        /// Trail
        name: String,
    },
    /// Deliver the events of the past, without those that were delivered; see how far it is with --job, end it with --cancel
    Backfill {
        /// Trail
        #[arg(required_unless_present_any = ["job", "cancel"])]
        name: Option<String>,
        /// Show a job
        #[arg(long, conflicts_with = "name")]
        job: Option<i64>,
        /// Delete a job
        #[arg(long, conflicts_with_all = ["name", "job"])]
        cancel: Option<i64>,
    },
}

#[derive(Debug, Args)]
struct CreateArguments {
    /// Name: 6 to 36 lower-case letters, digits, - and _
    name: String,
    /// Bucket
    #[arg(long, required_unless_present = "project")]
    bucket: Option<String>,
    /// Begin of the keys in the bucket
    #[arg(long, requires = "bucket")]
    prefix: Option<String>,
    /// ARN of a log project: acs:log:REGION:ACCOUNT:project/NAME
    #[arg(long)]
    project: Option<String>,
    /// Read, Write or All
    #[arg(long)]
    rw: Option<String>,
    /// All, or regions joined with commas
    #[arg(long)]
    regions: Option<String>,
    /// Age at which a file is written into the bucket, seconds
    #[arg(long, requires = "bucket")]
    file_seconds: Option<u64>,
    /// Bytes of events at which a file is written earlier
    #[arg(long, requires = "bucket")]
    file_bytes: Option<u64>,
    /// Start it at once
    #[arg(long)]
    start: bool,
}

/// Calls, and shows what came.
struct Client {
    api: Api,
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let client = Client { api: Api::from_arguments(&arguments.client)?, json: arguments.json };
    match &arguments.action {
        Action::Create(create) => client.create(create)?,
        Action::Start { name } => client.done("StartLogging", name, &format!("{name} delivers from now on"))?,
        Action::Stop { name } => {
            client.done("StopLogging", name, &format!("{name} is stopped; what happened before is still delivered"))?;
        }
        Action::Status { name } => client.status(name)?,
        Action::Ls => client.list()?,
        Action::Rm { name } => {
            client.done("DeleteTrail", name, &format!("{name} is deleted; what it delivered stays"))?
        }
        Action::Backfill { name, job, cancel } => client.backfill(name.as_deref(), *job, *cancel)?,
    }
    Ok(ExitCode::SUCCESS)
}

impl Client {
    fn call(&self, operation: &str, parameters: &[(&str, &str)]) -> Result<Value, CommandError> {
        Ok(self.api.call(ACTIONTRAIL, operation, parameters)?)
    }

    fn done(&self, operation: &str, name: &str, sentence: &str) -> Result<(), CommandError> {
        let answer = self.call(operation, &[("Name", name)])?;
        self.show(&answer, |_| println!("{sentence}"));
        Ok(())
    }

    fn show(&self, answer: &Value, otherwise: impl FnOnce(&Value)) {
        if self.json { println!("{answer}") } else { otherwise(answer) }
    }

    fn create(&self, create: &CreateArguments) -> Result<(), CommandError> {
        let named = [
            ("Name", Some(&create.name)),
            ("OssBucketName", create.bucket.as_ref()),
            ("OssKeyPrefix", create.prefix.as_ref()),
            ("SlsProjectArn", create.project.as_ref()),
            ("EventRW", create.rw.as_ref()),
            ("TrailRegion", create.regions.as_ref()),
        ];
        let given: Vec<(&str, &str)> =
            named.iter().filter_map(|(name, value)| Some((*name, value.as_ref()?.as_str()))).collect();
        let answer = self.call("CreateTrail", &given)?;
        let size = [
            ("OssFileIntervalSeconds", create.file_seconds.map(|seconds| seconds.to_string())),
            ("OssFileMaxBytes", create.file_bytes.map(|bytes| bytes.to_string())),
        ];
        if size.iter().any(|(_, value)| value.is_some()) {
            let mut given = vec![("Name", create.name.as_str())];
            given.extend(size.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))));
            self.call("SetTrailFileSize", &given)?;
        }
        if create.start {
            self.call("StartLogging", &[("Name", &create.name)])?;
        }
        let then = if create.start { "delivers from now on" } else { "is created; start it with `cairn trail start`" };
        self.show(&answer, |_| println!("{} {then}", create.name));
        Ok(())
    }

    fn status(&self, name: &str) -> Result<(), CommandError> {
        let answer = self.call("GetTrailDelivery", &[("Name", name)])?;
        self.show(&answer, |answer| {
            let mut rows = table::new(&["destination", "waiting", "oldest", "expired", "last delivery", "problem"]);
            for destination in answer["Destinations"].as_array().into_iter().flatten() {
                let text = |name: &str| destination[name].as_str().unwrap_or_default().to_owned();
                // What is not known yet, a moment after a start, is not nothing.
                let number = |name: &str, unit: &str| {
                    destination[name].as_u64().map_or("not known yet".to_owned(), |number| format!("{number}{unit}"))
                };
                rows.add_row([
                    text("Kind"),
                    number("LagEvents", " events"),
                    number("LagSeconds", " s"),
                    number("ExpiredEvents", ""),
                    text("LatestDeliveryTime"),
                    text("LatestDeliveryError"),
                ]);
            }
            println!("{name} is {}\n{rows}", answer["Status"].as_str().unwrap_or_default());
        });
        Ok(())
    }

    fn list(&self) -> Result<(), CommandError> {
        let answer =
            self.call("DescribeTrails", &[("IncludeShadowTrails", "true"), ("IncludeOrganizationTrail", "true")])?;
        self.show(&answer, |answer| {
            let mut rows = table::new(&["name", "status", "events", "regions", "bucket", "project"]);
            for trail in answer["TrailList"].as_array().into_iter().flatten() {
                let columns = ["Name", "Status", "EventRW", "TrailRegion", "OssBucketName", "SlsProjectArn"];
                rows.add_row(columns.map(|name| trail[name].as_str().unwrap_or_default().to_owned()));
            }
            println!("{rows}");
        });
        Ok(())
    }

    fn backfill(&self, name: Option<&str>, job: Option<i64>, cancel: Option<i64>) -> Result<(), CommandError> {
        if let Some(job_id) = cancel {
            let answer = self.call("DeleteDeliveryHistoryJob", &[("JobId", &job_id.to_string())])?;
            self.show(&answer, |_| println!("job {job_id} is deleted; what it delivered stays"));
            return Ok(());
        }
        if let Some(job_id) = job {
            let answer = self.call("GetDeliveryHistoryJob", &[("JobId", &job_id.to_string())])?;
            self.show(&answer, |answer| {
                let status = match answer["JobStatus"].as_i64() {
                    Some(0) => "begins",
                    Some(1) => "delivers",
                    Some(2) => "is done",
                    _ => "has failed",
                };
                println!("job {job_id} of {} {status}", answer["TrailName"].as_str().unwrap_or_default());
            });
            return Ok(());
        }
        let answer = self.call("CreateDeliveryHistoryJob", &[("TrailName", name.unwrap_or_default())])?;
        self.show(&answer, |answer| {
            let job_id = answer["JobId"].as_i64().unwrap_or_default();
            println!("job {job_id} delivers the events of the past; see it with `cairn trail backfill --job {job_id}`");
        });
        Ok(())
    }
}
