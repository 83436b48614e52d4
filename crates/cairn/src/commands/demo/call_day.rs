//! The working day and its reports.

use serde_json::Value;

use super::super::CommandError;
use super::super::ccc::{agents_report, groups_report};
use super::call_center::{Instance, Tour, rows, text};

/// Generates the day; answers how many contacts it has.
pub(super) fn generate(tour: &mut Tour<'_>, demo: &Instance, day: &str) -> Result<i64, CommandError> {
    let parameters = [("InstanceId", demo.id.as_str()), ("Date", day), ("Seed", "7")];
    let generated = tour.call("GenerateDemoDay", &parameters)?;
    let contacts = generated["DemoDay"]["Contacts"].as_i64().unwrap_or_default();
    let activities = generated["DemoDay"]["Activities"].as_i64().unwrap_or_default();
    tour.checks.expect(&format!("{day}: {contacts} contacts, told in {activities} rows"), contacts > 100);
    let shown = tour.call("GetInstance", &[("InstanceId", &demo.id)])?;
    let description = text(&shown["Instance"], "InstanceDescription");
    tour.checks
        .expect(&format!("the instance says what it is: {description:?}"), description.starts_with("[demo data]"));
    let call = [("InstanceId", demo.id.as_str()), ("Caller", "19900000001"), ("Callee", "19900001234")];
    let refused = tour.call("StartBack2BackCall", &call);
    tour.expect_refusal("a real call beside generated ones", "Permission.DemoInstance", &refused);
    Ok(contacts)
}

/// Both summary reports, shown and checked against each other.
pub(super) fn reports(tour: &mut Tour<'_>, demo: &Instance, day: &str) -> Result<(), CommandError> {
    let midnight = format!("{day} 00:00:00");
    let range = [
        ("InstanceId", demo.id.as_str()),
        ("StartTime", midnight.as_str()),
        ("EndTime", midnight.as_str()),
        ("PageSize", "100"),
    ];
    let answer = tour.call("ListAgentSummaryReports", &range)?;
    let agents = rows(&answer["PagedAgentSummaryReport"]["List"]["AgentSummaryReport"]);
    println!("\n{}\n", agents_report(&agents));
    let answer = tour.call("ListSkillGroupSummaryReports", &range)?;
    let groups = rows(&answer["PagedSkillGroupSummaryReport"]["List"]["SkillGroupSummaryReport"]);
    println!("{}\n", groups_report(&groups));

    tour.checks.expect("every agent worked, and both groups", agents.len() == 6 && groups.len() >= 2);
    for (part, metric) in [
        ("Inbound", "CallsOffered"),
        ("Inbound", "CallsHandled"),
        ("Outbound", "CallsDialed"),
        ("Overall", "TotalTalkTime"),
        ("Overall", "SatisfactionSurveysOffered"),
    ] {
        let (of_agents, of_groups) = (sum(&agents, part, metric), sum(&groups, part, metric));
        tour.checks.expect(
            &format!("{part}.{metric}: {of_agents} over the agents, {of_groups} over the groups"),
            of_agents == of_groups && of_agents > 0,
        );
    }
    let adds_up = |agent: &Value| {
        let figure = |part: &str, metric: &str| agent[part][metric].as_i64().unwrap_or_default();
        let parts = figure("Overall", "TotalReadyTime")
            + figure("Overall", "TotalBreakTime")
            + figure("Overall", "TotalTalkTime")
            + figure("Overall", "TotalWorkTime")
            + figure("Outbound", "TotalDialingTime")
            + figure("Inbound", "TotalRingTime");
        figure("Overall", "TotalLoggedInTime") == parts
    };
    tour.checks.expect(
        "ready + break + talk + wrap-up + dialling + ringing is the time at work, for every agent",
        agents.iter().all(adds_up),
    );
    Ok(())
}

fn sum(rows: &[Value], part: &str, metric: &str) -> i64 {
    rows.iter().filter_map(|row| row[part][metric].as_i64()).sum()
}
