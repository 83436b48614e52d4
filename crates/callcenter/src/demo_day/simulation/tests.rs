use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::activity::QueueOutcome;
use crate::day::Day;
use crate::demo_day::plan::{PlanAgent, PlanGroup};

fn plan(seed: u64, agents: usize, groups: usize) -> Plan {
    Plan {
        day: Day::of_number(20_500),
        seed,
        flow_id: "flow-1".to_owned(),
        groups: (0..groups)
            .map(|group| PlanGroup { id: format!("g{group}"), name: format!("Group {group}") })
            .collect(),
        agents: (0..agents)
            .map(|agent| PlanAgent {
                id: format!("{}", 200 + agent),
                name: format!("Agent {agent}"),
                groups: if agent % 3 == 2 { (0..groups).collect() } else { vec![agent % groups] },
            })
            .collect(),
        numbers: vec!["02112345678".to_owned(), "057126883072".to_owned()],
    }
}

fn by<'a>(
    rows: &'a [Activity],
    owner: impl Fn(&'a Activity) -> Option<&'a String>,
) -> HashMap<&'a str, Vec<&'a Activity>> {
    let mut owners: HashMap<&str, Vec<&Activity>> = HashMap::new();
    for row in rows {
        if let Some(id) = owner(row) {
            owners.entry(id).or_default().push(row);
        }
    }
    owners
}

/// What an agent may be doing before a row, and after it.
fn agent_step(doing: &str, kind: &Kind) -> Option<&'static str> {
    Some(match (doing, kind) {
        ("away", Kind::AgentCheckedIn { .. }) => "in",
        ("in" | "break" | "wrap-up" | "after", Kind::AgentReady) => "ready",
        ("ready", Kind::AgentOnBreak { reason: crate::activity::BreakReason::Asked }) => "break",
        ("after", Kind::AgentOnBreak { reason: crate::activity::BreakReason::NoAnswer }) => "break",
        ("ready", Kind::AgentCheckedOut) => "away",
        ("ready", Kind::AgentRinging { .. }) => "ringing",
        ("ready", Kind::AgentDialing { .. }) => "dialing",
        ("ringing", Kind::AgentGaveUp { .. }) => "after",
        ("ringing", Kind::AgentTalking { direction: Direction::Inbound }) => "talking",
        ("dialing", Kind::AgentTalking { direction: Direction::Outbound }) => "talking",
        ("talking", Kind::AgentTransferredBlind { .. }) => "talking",
        ("talking" | "dialing", Kind::AgentCallEnded) => "after",
        ("after", Kind::AgentWrapUp { .. }) => "wrap-up",
        // The customer's survey goes on while its agent works on.
        ("after", Kind::SurveyOffered { .. }) => "after",
        _ => return None,
    })
}

fn check_agent(rows: &[&Activity]) {
    let mut doing = "away";
    for row in rows.iter().filter(|row| !matches!(row.kind, Kind::SurveyAnswered { .. })) {
        doing = agent_step(doing, &row.kind).unwrap_or_else(|| panic!("{doing}, then {:?}", row.kind));
    }
    assert_eq!(doing, "away");
}

fn check_contact(id: &str, rows: &[&Activity]) {
    assert!(id.len() == 10 && id.starts_with('9'), "{id}");
    let is_start = |row: &&&Activity| matches!(row.kind, Kind::ContactStarted { .. });
    let is_end = |row: &&&Activity| matches!(&row.kind, Kind::Released { cause, .. } if cause == DEMO_CAUSE);
    assert_eq!((rows.iter().filter(is_start).count(), rows.iter().filter(is_end).count()), (1, 1));
    assert!(is_start(&&rows[0]));
    // After the end only the agent's part ends, or his after-call work begins.
    let after = rows.iter().skip_while(|row| !is_end(row)).skip(1);
    assert!(after.clone().all(|row| matches!(row.kind, Kind::AgentCallEnded | Kind::AgentWrapUp { .. })), "{rows:?}");
    let mut queued = 0_i64;
    for row in rows {
        match row.kind {
            Kind::Queued { .. } => queued += 1,
            Kind::QueueLeft { .. } => queued -= 1,
            Kind::AgentTalking { .. } => assert_eq!(queued, 0),
            _ => {}
        }
        assert!((0..=1).contains(&queued));
    }
    assert_eq!(queued, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn a_day_is_one_that_telephony_could_have_told(seed: u64, agents in 1_usize..12, groups in 1_usize..4) {
        let plan = plan(seed, agents, groups);
        let rows = simulate(&plan);
        prop_assert!(rows.windows(2).all(|pair| pair[0].at_ms <= pair[1].at_ms));
        prop_assert!(rows.iter().all(|row| Day::of_ms(row.at_ms) == plan.day));
        by(&rows, |row| row.contact_id.as_ref()).iter().for_each(|(id, rows)| check_contact(id, rows));
        let of_agents = by(&rows, |row| row.agent_id.as_ref());
        prop_assert_eq!(of_agents.len(), agents);
        of_agents.values().for_each(|rows| check_agent(rows));
    }
}

#[test]
fn a_seed_means_one_day() {
    assert_eq!(simulate(&plan(7, 5, 2)), simulate(&plan(7, 5, 2)));
    assert_ne!(simulate(&plan(7, 5, 2)), simulate(&plan(8, 5, 2)));
    let tomorrow = Plan { day: Day::of_number(20_501), ..plan(7, 5, 2) };
    let lengths = (simulate(&plan(7, 5, 2)).len(), simulate(&tomorrow).len());
    assert_ne!(lengths.0, lengths.1);
}

#[test]
fn a_day_has_everything_that_reports_show() {
    let rows = simulate(&plan(1, 6, 2));
    let count = |wanted: fn(&Kind) -> bool| rows.iter().filter(|row| wanted(&row.kind)).count();
    let answered = count(|kind| matches!(kind, Kind::QueueLeft { outcome: QueueOutcome::Answered }));
    let abandoned = count(|kind| matches!(kind, Kind::QueueLeft { outcome: QueueOutcome::Abandoned }));
    let queued = count(|kind| matches!(kind, Kind::Queued { .. }));
    assert!(answered * 10 > queued * 7, "{answered} of {queued} answered: a call centre that works");
    assert!(abandoned > 0 && abandoned * 4 < queued, "{abandoned} of {queued} abandoned");
    for (what, found) in [
        ("calls", count(|kind| matches!(kind, Kind::ContactStarted { .. }))),
        ("holds", count(|kind| matches!(kind, Kind::LegHeld { .. }))),
        ("breaks", count(|kind| matches!(kind, Kind::AgentOnBreak { .. }))),
        ("unanswered rings", count(|kind| matches!(kind, Kind::AgentGaveUp { .. }))),
        ("transfers", count(|kind| matches!(kind, Kind::AgentTransferredBlind { .. }))),
        ("surveys", count(|kind| matches!(kind, Kind::SurveyAnswered { .. }))),
        ("calls to customers", count(|kind| matches!(kind, Kind::AgentDialing { .. }))),
        ("left in the flow", count(|kind| matches!(kind, Kind::Released { reason: ReleaseReason::LeftInFlow, .. }))),
    ] {
        assert!(found >= 3, "{what}: {found}");
    }
    assert!((1_000..20_000).contains(&rows.len()), "{}", rows.len());
}
