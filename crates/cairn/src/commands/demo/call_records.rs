//! Call detail records and agent events in the demo.

use std::time::Duration;

use serde_json::Value;

use super::super::CommandError;
use super::super::ccc::{agent_events, call_records};
use super::call_center::{Instance, Tour, rows, text};

/// The outcome reaches the record a moment after the call is accepted.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(50);

/// The record of the double call: not joined, and whose call it was.
#[allow(clippy::disallowed_methods, reason = "the demo has its thread to itself")]
pub(super) fn of_the_failed_call(tour: &mut Tour<'_>, shop: &Instance, contact_id: &str) -> Result<(), CommandError> {
    let wanted = [("InstanceId", shop.id.as_str()), ("ContactId", contact_id), ("PageNumber", "1"), ("PageSize", "10")];
    let began = std::time::Instant::now();
    let record = loop {
        let answer = tour.call("ListCallDetailRecords", &wanted)?;
        let found = rows(&answer["CallDetailRecords"]["List"]["CallDetailRecord"]);
        if !found.is_empty() || began.elapsed() > PATIENCE {
            break found;
        }
        std::thread::sleep(PAUSE);
    };
    println!("\n{}\n", call_records(&record));
    let held = record.first().is_some_and(|record| {
        record["ContactType"] == "Back2Back"
            && record["ContactDisposition"] == "NoAnswer"
            && record["AgentNames"] == "李娜"
    });
    tour.checks.expect("its record: Back2Back, NoAnswer, and the call is 李娜's, whose telephone it was", held);
    Ok(())
}

/// The records of the generated day, in total and by disposition, and one agent's morning.
pub(super) fn of_the_day(
    tour: &mut Tour<'_>,
    demo: &Instance,
    day: &str,
    contacts: i64,
    people: &[String],
) -> Result<(), CommandError> {
    let moment = |clock: &str| {
        let seconds = openapi::clock::parse_utc(&format!("{day}T{clock}+08:00")).unwrap_or_default();
        (seconds * 1_000).to_string()
    };
    let (begin, end) = (moment("00:00:00"), moment("23:59:59"));
    let total_of = |tour: &mut Tour<'_>, disposition: &str| -> Result<(i64, Vec<Value>), CommandError> {
        let mut parameters = vec![
            ("InstanceId", demo.id.as_str()),
            ("StartTime", begin.as_str()),
            ("StopTime", end.as_str()),
            ("PageNumber", "1"),
            ("PageSize", "8"),
        ];
        parameters.extend(Some(("ContactDisposition", disposition)).filter(|(_, value)| !value.is_empty()));
        let answer = tour.call("ListCallDetailRecords", &parameters)?;
        let page = &answer["CallDetailRecords"];
        Ok((page["TotalCount"].as_i64().unwrap_or_default(), rows(&page["List"]["CallDetailRecord"])))
    };
    let (total, first) = total_of(tour, "")?;
    println!("{}\n", call_records(&first));
    tour.checks.expect(&format!("{total} records, one a contact; the first eight are shown"), total == contacts);
    let mut counted = 0;
    let mut said = Vec::new();
    for disposition in
        ["Success", "NoAnswer", "AbandonedInContactFlow", "AbandonedInQueue", "AbandonedRing", "QueueOverflow"]
    {
        let (count, _) = total_of(tour, disposition)?;
        counted += count;
        said.push(format!("{disposition} {count}"));
    }
    tour.checks.expect(&format!("they ended as {}", said.join(", ")), counted == total);
    morning(tour, demo, &people[0], &moment("08:45:00"), &moment("09:30:00"))
}

fn morning(tour: &mut Tour<'_>, demo: &Instance, agent: &str, from: &str, to: &str) -> Result<(), CommandError> {
    let answer = tour.call(
        "ListAgentEvents",
        &[("InstanceId", &demo.id), ("RamId.1", agent), ("StartTime", from), ("StopTime", to)],
    )?;
    let events = rows(&answer["AgentEventList"]["AgentEvent"]);
    println!("\n{}\n", agent_events(&events[..events.len().min(8)]));
    tour.checks.expect(
        &format!("李娜's morning: {} agent events, the first is 签入 (check-in)", events.len()),
        events.first().is_some_and(|event| text(event, "Event") == "签入"),
    );
    Ok(())
}
