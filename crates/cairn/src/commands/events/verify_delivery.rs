//! `cairn events verify-delivery`: compares the event store with what lies in the destinations of a trail.

use std::process::ExitCode;

use clap::Args;

use crate::commands::api::{ACTIONTRAIL, Api};
use crate::commands::{CommandError, table};
use crate::credentials::ClientArguments;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Trail
    trail: String,
    /// The reports as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    client: ClientArguments,
}

/// Fails when something was found.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let api = Api::from_arguments(&arguments.client)?;
    let answer = api.call(ACTIONTRAIL, "VerifyTrailDelivery", &[("Name", &arguments.trail)])?;
    let reports = answer["Destinations"].as_array().map(Vec::as_slice).unwrap_or_default();
    let count = |report: &serde_json::Value, name: &str| report[name].as_u64().unwrap_or_default();
    let findings: u64 = reports.iter().map(|report| count(report, "FindingCount")).sum();
    if arguments.json {
        println!("{}", answer["Destinations"]);
    } else {
        let mut rows = table::new(&["destination", "expected", "found", "others", "repeated", "batches", "findings"]);
        for report in reports {
            let counts = ["Expected", "Found", "Others", "Repeated", "Batches", "FindingCount"]
                .map(|name| count(report, name).to_string());
            let kind = report["Kind"].as_str().unwrap_or_default().to_owned();
            rows.add_row([kind].into_iter().chain(counts));
        }
        println!("{rows}");
        for report in reports {
            for finding in report["Findings"].as_array().into_iter().flatten() {
                let text = |name: &str| finding[name].as_str().unwrap_or_default();
                let kind = report["Kind"].as_str().unwrap_or_default();
                println!("{kind}: {} {}", text("Problem"), text("EventId"));
            }
        }
        let repeated: u64 = reports.iter().map(|report| count(report, "Repeated")).sum();
        if repeated > 0 {
            println!(
                "{repeated} events are there again by unclear answers, in groups with the __pack_id__ of the first"
            );
        }
        println!("{}", if findings == 0 { "every event is there once" } else { "not every event is there once" });
    }
    Ok(if findings == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
