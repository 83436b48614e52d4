//! A month of a call centre: 500 agents, each with a shift a day, calls in and out, a million rows in all.

use callcenter::Day;
use callcenter::activity::{
    Activity, BreakReason, ContactType, Direction, Kind, QueueOutcome, ReleaseReason, SurveyMedium,
};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

pub const ROWS: usize = 1_000_000;
pub const AGENTS: usize = 500;
pub const DAYS: usize = 30;
const ROWS_OF_SHIFT: usize = ROWS / AGENTS / DAYS;

/// Makes the rows day by day.
pub struct Workload {
    groups: Vec<String>,
    random: StdRng,
    contacts: u64,
}

impl Workload {
    pub fn new(groups: Vec<String>) -> Self {
        Self { groups, random: StdRng::seed_from_u64(11), contacts: 0 }
    }

    /// All rows of a day, in order, none after `until_ms`.
    pub fn day(&mut self, day: Day, until_ms: i64) -> Vec<Activity> {
        let mut rows = Vec::with_capacity(AGENTS * (ROWS_OF_SHIFT + 12));
        for agent in 0..AGENTS {
            self.shift(agent, day, until_ms.min(day.end_ms()), &mut rows);
        }
        rows.sort_by_key(|row| row.at_ms);
        rows
    }

    fn shift(&mut self, agent: usize, day: Day, end_ms: i64, rows: &mut Vec<Activity>) {
        let groups = [0, 7].map(|shift| self.groups[(agent + shift) % self.groups.len()].clone());
        let id = format!("2{agent:08}");
        // The day's rows fit into what there is of the day.
        let step_ms = (end_ms - day.start_ms()) / (ROWS_OF_SHIFT as i64 + 24);
        let mut at_ms = day.start_ms() + self.random.random_range(0..step_ms.max(1));
        let mut step = |random: &mut StdRng| {
            at_ms += random.random_range(0..step_ms.max(1)) + step_ms / 2;
            at_ms.min(end_ms - 1)
        };
        let first = rows.len();
        let mut shift = |at_ms: i64, kind: Kind| rows.push(Activity::at(at_ms, kind).of_agent(&id));
        shift(step(&mut self.random), Kind::AgentCheckedIn { skill_group_ids: groups.to_vec() });
        shift(step(&mut self.random), Kind::AgentReady);
        while rows.len() - first < ROWS_OF_SHIFT - 2 {
            self.contacts += 1;
            let contact = format!("{:08x}-5a0c-4f31-9d47-1f2e3d4c5b6a", self.contacts);
            let group = &groups[self.random.random_range(0..2)];
            let kinds = if self.random.random_ratio(3, 5) { self.inbound() } else { self.outbound() };
            for kind in kinds {
                let row = Activity::at(step(&mut self.random), kind).of_contact(&contact).in_group(group);
                rows.push(if is_agents(&row.kind) { row.of_agent(&id) } else { row });
            }
            rows.push(Activity::at(step(&mut self.random), Kind::AgentReady).of_agent(&id));
        }
        let away = Kind::AgentOnBreak { reason: BreakReason::Asked };
        rows.push(Activity::at(step(&mut self.random), away).of_agent(&id));
        rows.push(Activity::at(step(&mut self.random), Kind::AgentCheckedOut).of_agent(&id));
    }

    fn inbound(&mut self) -> Vec<Kind> {
        let direction = Direction::Inbound;
        let mut kinds = vec![
            self.started(ContactType::Inbound),
            Kind::FlowEntered { contact_flow_id: "flow".to_owned() },
            Kind::Queued { skill_group_name: "Billing".to_owned() },
            Kind::AgentRinging { agent_name: "Agent".to_owned(), direction },
            Kind::QueueLeft { outcome: QueueOutcome::Answered },
            Kind::AgentTalking { direction },
            Kind::Established,
        ];
        if self.random.random_ratio(1, 3) {
            kinds.push(Kind::SurveyOffered { medium: SurveyMedium::Voice });
        }
        kinds.extend([released(ReleaseReason::Normal), Kind::AgentCallEnded, Kind::AgentWrapUp { direction }]);
        kinds
    }

    fn outbound(&mut self) -> Vec<Kind> {
        let direction = Direction::Outbound;
        let dialing = Kind::AgentDialing { agent_name: "Agent".to_owned() };
        let mut kinds = vec![self.started(ContactType::Outbound), dialing];
        if self.random.random_ratio(1, 4) {
            kinds.extend([released(ReleaseReason::NoAnswer), Kind::AgentCallEnded]);
            return kinds;
        }
        kinds.extend([Kind::AgentTalking { direction }, Kind::Established, released(ReleaseReason::Normal)]);
        kinds.extend([Kind::AgentCallEnded, Kind::AgentWrapUp { direction }]);
        kinds
    }

    fn started(&mut self, contact_type: ContactType) -> Kind {
        let customer = format!("138{:08}", self.random.random_range(0..100_000_000));
        let center = format!("021{:08}", self.random.random_range(0..50));
        let (calling_number, called_number) = match contact_type {
            ContactType::Inbound => (customer, center.clone()),
            _ => (center.clone(), customer),
        };
        Kind::ContactStarted { contact_type, calling_number, called_number, center_number: center }
    }
}

fn released(reason: ReleaseReason) -> Kind {
    Kind::Released { reason, side: None, cause: String::new() }
}

fn is_agents(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::AgentRinging { .. }
            | Kind::AgentTalking { .. }
            | Kind::AgentDialing { .. }
            | Kind::AgentCallEnded
            | Kind::AgentWrapUp { .. }
            | Kind::SurveyOffered { .. }
    )
}
