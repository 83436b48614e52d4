//! `cairn events verify-delivery`: compares the event store with what lies in the destinations of a trail. Exit code 0: every
//! event is there once; 1: not so; 3: nothing is wrong, and some events are not delivered yet.

use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

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

/// Exit code when nothing is wrong and some events are not delivered yet.
const STILL_WAITING: u8 = 3;

/// Seconds of a comparison, which reads everything that the trail delivered: millions of events take minutes.
const COMPARISON_TIMEOUT_S: u64 = 3_600;

/// Fails when something was found, lost or not read.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let api = Api::from_arguments(&arguments.client)?.with_call_timeout_s(COMPARISON_TIMEOUT_S);
    let answer = api.call(ACTIONTRAIL, "VerifyTrailDelivery", &[("Name", &arguments.trail)])?;
    let reports = answer["Destinations"].as_array().map(Vec::as_slice).unwrap_or_default();
    let verdict = Verdict::of(reports);
    if arguments.json {
        println!("{}", answer["Destinations"]);
    } else {
        reports.iter().for_each(show_details);
        println!("{}\n{}", overview(reports), verdict.sentence());
    }
    Ok(verdict.code())
}

fn count(report: &Value, name: &str) -> u64 {
    report[name].as_u64().unwrap_or_default()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn overview(reports: &[Value]) -> comfy_table::Table {
    let mut rows = table::new(&[
        "destination",
        "expected",
        "found",
        "waiting",
        "expired",
        "others",
        "repeated",
        "batches",
        "findings",
    ]);
    for report in reports {
        let counts = ["Expected", "Found", "Waiting", "Expired", "Others", "Repeated", "Batches", "FindingCount"]
            .map(|name| count(report, name).to_string());
        rows.add_row([text(report, "Kind").to_owned()].into_iter().chain(counts));
    }
    rows
}

fn show_details(report: &Value) {
    let kind = text(report, "Kind");
    for finding in report["Findings"].as_array().into_iter().flatten() {
        println!("{kind}: {} {}", text(finding, "Problem"), text(finding, "EventId"));
    }
    if count(report, "Repeated") > 0 {
        println!(
            "{kind}: {} events are there again by unclear answers, in groups with the __pack_id__ of the first",
            count(report, "Repeated")
        );
    }
    if !text(report, "Problem").is_empty() {
        println!("{kind}: not compared as a whole: {}", text(report, "Problem"));
    }
    if !text(report, "Error").is_empty() {
        println!("{kind}: nothing is delivered at present: {}", text(report, "Error"));
    }
}

/// What the reports say together.
#[derive(Debug, Default, PartialEq, Eq)]
struct Verdict {
    findings: u64,
    expired: u64,
    waiting: u64,
    unread: usize,
}

impl Verdict {
    fn of(reports: &[Value]) -> Verdict {
        let sum = |name: &str| reports.iter().map(|report| count(report, name)).sum();
        Verdict {
            findings: sum("FindingCount"),
            expired: sum("Expired"),
            waiting: sum("Waiting"),
            unread: reports.iter().filter(|report| !text(report, "Problem").is_empty()).count(),
        }
    }

    fn sentence(&self) -> String {
        let mut parts = Vec::new();
        if self.findings > 0 {
            parts.push("not every event is there once".to_owned());
        }
        if self.unread > 0 {
            parts.push(format!("{} of the destinations could not be compared as a whole", self.unread));
        }
        if self.expired > 0 {
            parts.push(format!("{} events expired before they were delivered", self.expired));
        }
        if parts.is_empty() {
            parts.push(
                if self.waiting > 0 { "every other event is there once" } else { "every event is there once" }
                    .to_owned(),
            );
        }
        if self.waiting > 0 {
            parts.push(format!("{} events are still waiting", self.waiting));
        }
        parts.join("; ")
    }

    fn code(&self) -> ExitCode {
        if self.findings > 0 || self.unread > 0 || self.expired > 0 {
            ExitCode::FAILURE
        } else if self.waiting > 0 {
            ExitCode::from(STILL_WAITING)
        } else {
            ExitCode::SUCCESS
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_last_sentence_never_hides_what_is_not_there() {
        let say = |reports: &[Value]| {
            let verdict = Verdict::of(reports);
            (verdict.sentence(), format!("{:?}", verdict.code()))
        };
        let exit = |code: ExitCode| format!("{code:?}");
        let whole = json!({"Kind": "bucket", "Expected": 3, "Found": 3});
        let late = json!({"Kind": "logstore", "Expected": 9, "Waiting": 9});
        let (sentence, code) = say(std::slice::from_ref(&whole));
        assert_eq!((sentence.as_str(), code), ("every event is there once", exit(ExitCode::SUCCESS)));
        let (sentence, code) = say(&[whole.clone(), late.clone()]);
        assert!(sentence.ends_with("9 events are still waiting"), "{sentence}");
        assert_eq!(code, exit(ExitCode::from(3)));
        for (wrong, words) in [
            (json!({"FindingCount": 1}), "not every event"),
            (json!({"Expired": 4}), "4 events expired"),
            (json!({"Problem": "gone"}), "could not be compared"),
        ] {
            let (sentence, code) = say(&[wrong, whole.clone(), late.clone()]);
            assert!(sentence.contains(words) && sentence.ends_with("9 events are still waiting"), "{sentence}");
            assert_eq!(code, exit(ExitCode::FAILURE));
        }
    }
}
