//! What an agent is doing, as a fold over his rows.
//!
//! ```text
//!             ┌──────────────── Reserved ───┐
//! LoggedOut ── Break ⇄ Ready ──────────── Ringing ─┐
//!                 │      │                         ├─ Talking ⇄ Held ── CallEnded ── WrapUp ── Ready or Break
//!                 └──────┴─────────────── Dialing ─┘                        └───────────────── (not answered)
//! ```

use serde::{Deserialize, Serialize};

use crate::activity::{Activity, BreakReason, Direction, GiveUpCause, Kind, Wish};

/// What an agent can be doing. The name is kept in the table of states.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum State {
    /// Not at work.
    #[default]
    LoggedOut,
    /// At work, no calls; also after check-in, before he says more.
    Break,
    /// Idle, and calls may come.
    Ready,
    /// A queue has chosen him.
    Reserved,
    /// A call rings at him.
    Ringing,
    /// He talks.
    Talking,
    /// He talks to nobody, the call is on hold.
    Held,
    /// His part of the call is over, and what follows is not told yet. Lasts no time.
    CallEnded,
    /// After-call work.
    WrapUp,
    /// He dials out.
    Dialing,
}

impl State {
    /// All states.
    pub const ALL: [Self; 10] = [
        Self::LoggedOut,
        Self::Break,
        Self::Ready,
        Self::Reserved,
        Self::Ringing,
        Self::Talking,
        Self::Held,
        Self::CallEnded,
        Self::WrapUp,
        Self::Dialing,
    ];

    /// In a call, or about to be.
    pub fn is_in_call(self) -> bool {
        matches!(self, Self::Reserved | Self::Ringing | Self::Talking | Self::Held | Self::Dialing)
    }

    /// Name as the table keeps it.
    pub fn name(self) -> &'static str {
        match self {
            Self::LoggedOut => "LoggedOut",
            Self::Break => "Break",
            Self::Ready => "Ready",
            Self::Reserved => "Reserved",
            Self::Ringing => "Ringing",
            Self::Talking => "Talking",
            Self::Held => "Held",
            Self::CallEnded => "CallEnded",
            Self::WrapUp => "WrapUp",
            Self::Dialing => "Dialing",
        }
    }

    /// `State` on the wire (CCC 2017-07-05, "ListAgentStates"): reserved is not seen, hold is talk.
    pub fn wire_name(self) -> &'static str {
        match self {
            Self::LoggedOut => "LoggedOut",
            Self::Break | Self::CallEnded => "Break",
            Self::Ready | Self::Reserved => "Ready",
            Self::Ringing => "Ringing",
            Self::Talking | Self::Held => "Talking",
            Self::WrapUp => "ACW",
            Self::Dialing => "Dialing",
        }
    }
}

/// An agent at a moment. The table keeps it as JSON: add fields with a default, never rename.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// What he is doing.
    pub state: State,
    /// Since when, Unix milliseconds.
    pub since_ms: i64,
    /// His last row, Unix milliseconds.
    pub last_at_ms: i64,
    /// The groups that he checked in to.
    pub skill_group_ids: Vec<String>,
    /// His call, while there is one and during the work after it.
    pub call: Option<AgentCall>,
    /// What he wants to do after the call; the latest wish.
    pub wish: Option<Wish>,
    /// He was ready before the call, not on a break.
    pub was_ready: bool,
}

/// A call as its agent sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentCall {
    /// `ContactId`; empty if the rows do not say.
    pub contact_id: String,
    /// For which skill group; empty if none.
    pub skill_group_id: String,
    /// Towards him or from him.
    pub direction: Direction,
    /// He talked.
    pub talked: bool,
    /// First row of his part, Unix milliseconds.
    pub since_ms: i64,
    /// Why ringing ended, if it did without an answer.
    pub gave_up: Option<GiveUpCause>,
}

impl Agent {
    /// Takes in his next row. Rows that make no sense in the state change nothing: whoever appends them may know more
    /// than the soft phone, and the fold must not lose its way.
    pub fn take_in(&mut self, row: &Activity) {
        self.last_at_ms = self.last_at_ms.max(row.at_ms);
        if self.state == State::LoggedOut && !matches!(row.kind, Kind::AgentCheckedIn { .. }) {
            return;
        }
        match &row.kind {
            Kind::AgentCheckedIn { skill_group_ids } => self.check_in(row.at_ms, skill_group_ids),
            Kind::AgentCheckedOut => {
                *self = Self { last_at_ms: self.last_at_ms, since_ms: row.at_ms, ..Self::default() }
            }
            Kind::AgentReady => self.rest(State::Ready, row.at_ms),
            Kind::AgentOnBreak { reason: BreakReason::Asked | BreakReason::NoAnswer } => {
                self.rest(State::Break, row.at_ms);
            }
            Kind::AgentReserved => self.engage(State::Reserved, row, Direction::Inbound),
            Kind::AgentRinging { direction, .. } => self.engage(State::Ringing, row, *direction),
            Kind::AgentDialing { .. } => self.engage(State::Dialing, row, Direction::Outbound),
            Kind::AgentTalking { direction } => {
                self.engage(State::Talking, row, *direction);
                if let Some(call) = &mut self.call {
                    call.talked = true;
                }
            }
            Kind::LegHeld { .. } if self.state == State::Talking && self.is_about(row) => {
                self.enter(State::Held, row.at_ms);
            }
            Kind::LegRetrieved { .. } if self.state == State::Held && self.is_about(row) => {
                self.enter(State::Talking, row.at_ms);
            }
            Kind::AgentGaveUp { cause } if self.is_about(row) => self.end_call(row.at_ms, Some(*cause)),
            Kind::AgentCallEnded if self.is_about(row) => self.end_call(row.at_ms, None),
            Kind::AgentWrapUp { direction } => {
                self.engage(State::WrapUp, row, *direction);
            }
            Kind::AgentWishes { wish } => self.wish = Some(*wish),
            _ => {}
        }
    }

    /// He is in a call, and the row is about that one.
    fn is_about(&self, row: &Activity) -> bool {
        let same = |call: &AgentCall| row.contact_id.as_ref().is_none_or(|id| *id == call.contact_id);
        self.state.is_in_call() && self.call.as_ref().is_some_and(same)
    }

    fn enter(&mut self, state: State, at_ms: i64) {
        if self.state != state {
            self.state = state;
            self.since_ms = at_ms;
        }
    }

    fn check_in(&mut self, at_ms: i64, skill_group_ids: &[String]) {
        self.skill_group_ids = skill_group_ids.to_vec();
        if self.state == State::LoggedOut {
            self.enter(State::Break, at_ms);
        }
    }

    fn rest(&mut self, state: State, at_ms: i64) {
        self.enter(state, at_ms);
        self.call = None;
        self.wish = None;
    }

    fn engage(&mut self, state: State, row: &Activity, direction: Direction) {
        if matches!(self.state, State::Ready | State::Break) {
            self.was_ready = self.state == State::Ready;
        }
        let contact_id = row.contact_id.clone().unwrap_or_default();
        let skill_group_id = row.skill_group_id.clone().unwrap_or_default();
        match &mut self.call {
            Some(call) if call.contact_id == contact_id => {
                call.direction = direction;
                if !skill_group_id.is_empty() {
                    call.skill_group_id = skill_group_id;
                }
            }
            _ => {
                let since_ms = row.at_ms;
                let (talked, gave_up) = (false, None);
                self.call = Some(AgentCall { contact_id, skill_group_id, direction, talked, since_ms, gave_up });
            }
        }
        self.enter(state, row.at_ms);
    }

    fn end_call(&mut self, at_ms: i64, gave_up: Option<GiveUpCause>) {
        self.enter(State::CallEnded, at_ms);
        if let Some(call) = &mut self.call {
            call.gave_up = gave_up;
        }
    }
}

/// The agent after all these rows, which are his, in the order of folding.
#[cfg(test)]
pub(crate) fn fold<'a>(rows: impl IntoIterator<Item = &'a Activity>) -> Agent {
    let mut agent = Agent::default();
    rows.into_iter().for_each(|row| agent.take_in(row));
    agent
}
