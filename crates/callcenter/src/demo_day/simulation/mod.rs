//! A working day of a small call centre, second by second.
//!
//! Customers call and go through a flow into a queue; the longest idle agent of the group rings; people talk, hold, hand
//! over, give up, hang up; agents write up, rest, dial customers and go home. Every row is one that telephony appends in
//! the same case. All of it is marked: contact ids begin with 9 and the end of every contact has the cause `demo data`.

mod agents;
mod customers;
#[cfg(test)]
mod tests;

use crate::activity::{Activity, ContactType, Direction, Kind, LegSide, ReleaseReason};
use crate::demo_day::chance::{CLOSE, Chance, OPEN, Second, Shift};
use crate::demo_day::plan::Plan;

/// Cause of the end of every generated contact.
pub(crate) const DEMO_CAUSE: &str = "demo data";

/// First and last second that is simulated: the first agents come before the customers, and the last talk has ended
/// long before the end.
const BEGIN: Second = OPEN - 900;
const END: Second = CLOSE + 2 * 3_600;

/// A customer who waits longer is sent away.
const QUEUE_LIMIT_S: i64 = 180;
/// Ringing longer than this counts as not answered.
const RING_LIMIT_S: i64 = 30;
/// Most contacts of a day: their ids have four digits for it.
const MAX_CONTACTS: usize = 9_999;

/// The rows of the day, in their order.
pub(crate) fn simulate(plan: &Plan) -> Vec<Activity> {
    let mut simulation = Simulation::new(plan);
    for second in BEGIN..END {
        simulation.tick(second);
    }
    simulation.rows
}

/// A call with a customer.
#[derive(Debug)]
struct Talk {
    contact_id: String,
    group: usize,
    direction: Direction,
    /// The customer leaves if nobody has answered by then.
    patient_until: Second,
    entered_queue: Second,
}

/// What an agent is doing.
#[derive(Debug)]
enum Doing {
    Away,
    Ready,
    Break { until: Second },
    Ringing { talk: Talk, until: Second, answers: bool, rejects: bool },
    Dialing { talk: Talk, until: Second, outcome: ReleaseReason },
    Talking { talk: Talk, until: Second, hold: Option<(Second, Second)>, end: TalkEnd },
    WrapUp { until: Second },
}

/// How a talk ends.
#[derive(Debug, Clone, Copy)]
enum TalkEnd {
    HungUp(LegSide),
    Survey,
    HandedOver(usize),
}

struct Agent {
    shift: Shift,
    next_break: usize,
    idle_since: Second,
    doing: Doing,
}

struct Simulation<'a> {
    plan: &'a Plan,
    chance: Chance,
    now: Second,
    now_within_ms: i64,
    contacts: usize,
    agents: Vec<Agent>,
    /// In the flow until then; then the customer leaves or is queued.
    in_flow: Vec<(Talk, Second, bool)>,
    waiting: Vec<Talk>,
    /// Surveys: the talk, its agent, when it ends, and the pressed key.
    surveys: Vec<(Talk, usize, Second, Option<i64>)>,
    rows: Vec<Activity>,
}

impl<'a> Simulation<'a> {
    fn new(plan: &'a Plan) -> Self {
        // Days of one seed are not alike.
        let mut chance = Chance::new(plan.seed ^ (plan.day.number() as u64).rotate_left(32));
        let agents = plan.agents.iter().map(|_| Agent {
            shift: chance.shift(),
            next_break: 0,
            idle_since: BEGIN,
            doing: Doing::Away,
        });
        let agents = agents.collect();
        let (now, rows) = (BEGIN, Vec::new());
        let (in_flow, waiting, surveys) = (Vec::new(), Vec::new(), Vec::new());
        Self { plan, chance, now, now_within_ms: 0, contacts: 0, agents, in_flow, waiting, surveys, rows }
    }

    fn tick(&mut self, now: Second) {
        (self.now, self.now_within_ms) = (now, 0);
        if self.chance.customer_calls(now, self.agents.len()) {
            self.customer_calls();
        }
        self.leave_flows();
        self.leave_queues();
        for agent in 0..self.agents.len() {
            self.agent_goes_on(agent);
        }
        self.offer_calls();
        self.end_surveys();
    }

    // Rows.

    fn row(&mut self, kind: Kind) -> Activity {
        self.now_within_ms = (self.now_within_ms + self.chance.within(3, 40)).min(999);
        Activity::at(self.plan.day.start_ms() + self.now * 1_000 + self.now_within_ms, kind)
    }

    fn of_call(&mut self, talk: &Talk, kind: Kind) {
        let row = self.row(kind).of_contact(&talk.contact_id);
        self.rows.push(row);
    }

    fn of_queue(&mut self, talk: &Talk, kind: Kind) {
        let group = self.plan.groups[talk.group].id.clone();
        let row = self.row(kind).of_contact(&talk.contact_id).in_group(group);
        self.rows.push(row);
    }

    fn of_agent_in_call(&mut self, agent: usize, talk: &Talk, kind: Kind) {
        let (id, group) = (self.plan.agents[agent].id.clone(), self.plan.groups[talk.group].id.clone());
        let row = self.row(kind).of_contact(&talk.contact_id).of_agent(id).in_group(group);
        self.rows.push(row);
    }

    fn of_agent(&mut self, agent: usize, kind: Kind) {
        let id = self.plan.agents[agent].id.clone();
        let row = self.row(kind).of_agent(id);
        self.rows.push(row);
    }

    fn release(&mut self, talk: &Talk, reason: ReleaseReason, side: Option<LegSide>) {
        self.of_call(talk, Kind::Released { reason, side, cause: DEMO_CAUSE.to_owned() });
    }

    fn begin(&mut self, group: usize, direction: Direction) -> Option<Talk> {
        if self.contacts >= MAX_CONTACTS {
            return None;
        }
        self.contacts += 1;
        let contact_id = format!("9{:05}{:04}", self.plan.day.number().rem_euclid(100_000), self.contacts);
        let talk = Talk { contact_id, group, direction, patient_until: END, entered_queue: self.now };
        let (customer, place) = (self.chance.customer(), self.chance.index(self.plan.numbers.len()));
        let center_number = self.plan.numbers[place].clone();
        let (contact_type, calling_number, called_number) = match direction {
            Direction::Inbound => (ContactType::Inbound, customer, center_number.clone()),
            Direction::Outbound => (ContactType::Outbound, center_number.clone(), customer),
        };
        self.of_call(&talk, Kind::ContactStarted { contact_type, calling_number, called_number, center_number });
        Some(talk)
    }
}

fn agent_side(direction: Direction) -> LegSide {
    match direction {
        Direction::Inbound => LegSide::Callee,
        Direction::Outbound => LegSide::Caller,
    }
}

fn customer_side(direction: Direction) -> LegSide {
    match direction {
        Direction::Inbound => LegSide::Caller,
        Direction::Outbound => LegSide::Callee,
    }
}
