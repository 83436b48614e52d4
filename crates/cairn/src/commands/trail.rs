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
    /// Change a trail: only what is given, and an empty text takes a destination or a role away
    Update(UpdateArguments),
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
    #[command(flatten)]
    trail: UpdateArguments,
    /// Events of all accounts of the server; the management account alone may have such a trail
    #[arg(long)]
    organization: bool,
    /// Start it at once
    #[arg(long)]
    start: bool,
}

#[derive(Debug, Args)]
struct UpdateArguments {
    /// Name: 6 to 36 lower-case letters, digits, - and _
    name: String,
    /// Bucket
    #[arg(long)]
    bucket: Option<String>,
    /// Begin of the keys in the bucket
    #[arg(long)]
    prefix: Option<String>,
    /// ARN of the role that writes into the bucket: acs:ram::ACCOUNT:role/NAME
    #[arg(long)]
    bucket_role: Option<String>,
    /// ARN of a log project: acs:log:REGION:ACCOUNT:project/NAME
    #[arg(long)]
    project: Option<String>,
    /// ARN of the role that writes into the project
    #[arg(long)]
    project_role: Option<String>,
    /// Read, Write or All
    #[arg(long)]
    rw: Option<String>,
    /// All, or regions joined with commas
    #[arg(long)]
    regions: Option<String>,
    /// Age at which a file is written into the bucket, seconds
    #[arg(long)]
    file_seconds: Option<u64>,
    /// Bytes of events at which a file is written earlier
    #[arg(long)]
    file_bytes: Option<u64>,
}

impl UpdateArguments {
    /// Parameters of CreateTrail and UpdateTrail, beside the name.
    fn given(&self) -> Vec<(&str, &str)> {
        let named = [
            ("OssBucketName", &self.bucket),
            ("OssKeyPrefix", &self.prefix),
            ("OssWriteRoleArn", &self.bucket_role),
            ("SlsProjectArn", &self.project),
            ("SlsWriteRoleArn", &self.project_role),
            ("EventRW", &self.rw),
            ("TrailRegion", &self.regions),
        ];
        named.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect()
    }

    /// Parameters of SetTrailFileSize, beside the name.
    fn file_size(&self) -> Vec<(&str, String)> {
        let sizes = [("OssFileIntervalSeconds", self.file_seconds), ("OssFileMaxBytes", self.file_bytes)];
        sizes.into_iter().filter_map(|(name, value)| Some((name, value?.to_string()))).collect()
    }
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
        Action::Update(update) => client.update(update)?,
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
        let name = create.trail.name.as_str();
        let mut given = vec![("Name", name)];
        given.extend(create.trail.given());
        if create.organization {
            given.push(("IsOrganizationTrail", "true"));
        }
        let answer = self.call("CreateTrail", &given)?;
        self.set_file_size(&create.trail)?;
        if create.start {
            self.call("StartLogging", &[("Name", name)])?;
        }
        let then = if create.start { "delivers from now on" } else { "is created; start it with `cairn trail start`" };
        self.show(&answer, |_| println!("{name} {then}"));
        Ok(())
    }

    fn update(&self, update: &UpdateArguments) -> Result<(), CommandError> {
        let mut answer = self.set_file_size(update)?;
        let mut given = vec![("Name", update.name.as_str())];
        given.extend(update.given());
        if given.len() > 1 {
            answer = Some(self.call("UpdateTrail", &given)?);
        }
        let answer = answer.ok_or("nothing is to be changed; `cairn trail update --help` says what can be")?;
        self.show(&answer, |_| println!("{} is changed", update.name));
        Ok(())
    }

    /// When files are written, if that is given.
    fn set_file_size(&self, trail: &UpdateArguments) -> Result<Option<Value>, CommandError> {
        let sizes = trail.file_size();
        if sizes.is_empty() {
            return Ok(None);
        }
        let mut given = vec![("Name", trail.name.as_str())];
        given.extend(sizes.iter().map(|(name, value)| (*name, value.as_str())));
        self.call("SetTrailFileSize", &given).map(Some)
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
                if let (Some(done), Some(total)) = (answer["DoneEvents"].as_u64(), answer["TotalEvents"].as_u64()) {
                    println!("{done} of {total} events are delivered or left out");
                }
                if let Some(problem) = answer["Problem"].as_str() {
                    println!("problem: {problem}");
                }
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
