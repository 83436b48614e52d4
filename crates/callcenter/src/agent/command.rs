//! What an agent may do in which state, as rows of his own.
//!
//! Rules: a state asked for during a call is a wish, and the latest one counts; a check-out during a call waits; whoever
//! did not answer has a break; a call that nobody answered puts him back where he was; after talk comes after-call work.

use crate::activity::{Activity, BreakReason, Direction, GiveUpCause, Kind, LegSide, Wish};
use crate::agent::state::{Agent, State};
use crate::limits::{DIAL_LEASE_MS, MAX_CALL_S, RING_LEASE_MS, WRAP_UP_MS};

/// What is asked of, or reported about, an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Begin work in these groups, or go on in these.
    CheckIn {
        /// `SkillGroupId`s.
        skill_group_ids: Vec<String>,
    },
    /// End work.
    CheckOut,
    /// Take calls.
    Ready,
    /// Have a break.
    Break,
    /// A queue chooses him for a call.
    Reserve(CallOf),
    /// A call rings at him.
    Ring(CallOf),
    /// He dials.
    Dial(CallOf),
    /// He answers, or the other side does.
    Answer,
    /// He refuses the ringing call.
    Reject,
    /// Nobody answered the ringing call in time.
    RingTimeout,
    /// He puts the call on hold.
    Hold,
    /// He takes the call back.
    Retrieve,
    /// The call is over.
    Release(Release),
    /// After-call work is done.
    EndWrapUp,
    /// What follows a call that is over.
    GoOn,
    /// Whatever he is stuck in ends, and his work with it.
    Reset,
}

/// The call that a command begins his part of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallOf {
    /// `ContactId`
    pub contact_id: String,
    /// For which skill group, if for one.
    pub skill_group_id: Option<String>,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// The agent hung up.
    ByAgent,
    /// The customer hung up.
    ByCustomer,
    /// The dialled side did not answer.
    NoAnswer,
    /// The dialled side was busy.
    Busy,
    /// The dialled side refused.
    Rejected,
    /// The call was as long as a call may be, or its end got lost.
    Deadline,
}

/// The command does not fit the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not possible in the state {}", state.name())]
pub struct Refusal {
    /// What he is doing.
    pub state: State,
}

/// Whose rows.
#[derive(Debug, Clone, Copy)]
pub struct Identity<'a> {
    /// RAM user id.
    pub id: &'a str,
    /// Name for people.
    pub name: &'a str,
}

/// The rows that a command becomes at a moment; none if he does already what is asked.
///
/// # Errors
/// When the command does not fit the state.
pub fn decide(agent: &Agent, who: Identity<'_>, command: &Command, at_ms: i64) -> Result<Vec<Activity>, Refusal> {
    let desk = Desk { agent, who, at_ms };
    let state = agent.state;
    let rows = match (command, state) {
        (Command::CheckIn { skill_group_ids }, State::LoggedOut | State::Break | State::Ready) => {
            vec![desk.row(Kind::AgentCheckedIn { skill_group_ids: skill_group_ids.clone() })]
        }
        (Command::CheckOut, State::Break | State::Ready | State::WrapUp) => vec![desk.row(Kind::AgentCheckedOut)],
        (Command::CheckOut, state) if state.is_in_call() => desk.wish(Wish::CheckOut),
        (Command::Ready, State::Ready) | (Command::Break, State::Break) => Vec::new(),
        (Command::Ready, State::Break | State::WrapUp) => vec![desk.row(Kind::AgentReady)],
        (Command::Break, State::Ready | State::WrapUp) => vec![desk.on_break(BreakReason::Asked)],
        (Command::Ready, state) if state.is_in_call() => desk.wish(Wish::Ready),
        (Command::Break, state) if state.is_in_call() => desk.wish(Wish::Break),
        (Command::Reserve(call), State::Ready) => vec![desk.row_of(call, Kind::AgentReserved)],
        (Command::Ring(call), State::Ready) => vec![desk.ringing(call)],
        (Command::Ring(call), State::Reserved) if desk.is_in(&call.contact_id) => vec![desk.ringing(call)],
        (Command::Dial(call), State::Ready | State::Break | State::WrapUp) => {
            vec![desk.row_of(call, Kind::AgentDialing { agent_name: who.name.to_owned() })]
        }
        (Command::Answer, State::Ringing | State::Dialing) => {
            vec![desk.in_call(Kind::AgentTalking { direction: desk.direction() })]
        }
        (Command::Reject, State::Ringing) => desk.give_up(GiveUpCause::Rejected),
        (Command::RingTimeout, State::Ringing) => desk.give_up(GiveUpCause::Timeout),
        (Command::Hold, State::Talking) => vec![desk.in_call(Kind::LegHeld { leg: desk.side() })],
        (Command::Retrieve, State::Held) => vec![desk.in_call(Kind::LegRetrieved { leg: desk.side() })],
        (Command::Release(_), State::Reserved) => desk.next(),
        (Command::Release(_), State::Ringing) => desk.give_up(GiveUpCause::CustomerLeft),
        (Command::Release(_), State::Talking | State::Held | State::Dialing) => desk.end_call(),
        (Command::EndWrapUp, State::WrapUp) | (Command::GoOn, State::CallEnded) => desk.next(),
        (Command::Reset, State::LoggedOut) => Vec::new(),
        (Command::Reset, state) => {
            let ended = (state.is_in_call() && state != State::Reserved).then(|| desk.in_call(Kind::AgentCallEnded));
            ended.into_iter().chain([desk.row(Kind::AgentCheckedOut)]).collect()
        }
        _ => return Err(Refusal { state }),
    };
    Ok(rows)
}

/// When a state ends by itself, and by which command. Only rest has no deadline.
pub fn due(agent: &Agent) -> Option<(i64, Command)> {
    let after = |lease_ms: i64, command| Some((agent.since_ms.saturating_add(lease_ms), command));
    match agent.state {
        State::LoggedOut | State::Break | State::Ready => None,
        State::Reserved => after(RING_LEASE_MS, Command::Release(Release::Deadline)),
        State::Ringing => after(RING_LEASE_MS, Command::RingTimeout),
        State::Dialing => after(DIAL_LEASE_MS, Command::Release(Release::NoAnswer)),
        State::Talking | State::Held => {
            let since_ms = agent.call.as_ref().map_or(agent.since_ms, |call| call.since_ms);
            let end_ms = since_ms.saturating_add(i64::from(MAX_CALL_S) * 1_000).max(agent.since_ms);
            Some((end_ms, Command::Release(Release::Deadline)))
        }
        State::CallEnded => after(0, Command::GoOn),
        State::WrapUp => after(WRAP_UP_MS, Command::EndWrapUp),
    }
}

struct Desk<'a> {
    agent: &'a Agent,
    who: Identity<'a>,
    at_ms: i64,
}

impl Desk<'_> {
    fn row(&self, kind: Kind) -> Activity {
        Activity::at(self.at_ms, kind).of_agent(self.who.id)
    }

    fn row_of(&self, call: &CallOf, kind: Kind) -> Activity {
        let mut row = self.row(kind).of_contact(&call.contact_id);
        row.skill_group_id.clone_from(&call.skill_group_id);
        row
    }

    /// A row about the call that he is in.
    fn in_call(&self, kind: Kind) -> Activity {
        let mut row = self.row(kind);
        if let Some(call) = &self.agent.call {
            row.contact_id = Some(call.contact_id.clone()).filter(|id| !id.is_empty());
            row.skill_group_id = Some(call.skill_group_id.clone()).filter(|id| !id.is_empty());
        }
        row
    }

    fn is_in(&self, contact_id: &str) -> bool {
        self.agent.call.as_ref().is_some_and(|call| call.contact_id == contact_id)
    }

    fn direction(&self) -> Direction {
        self.agent.call.as_ref().map_or(Direction::Inbound, |call| call.direction)
    }

    fn side(&self) -> LegSide {
        side_of(self.direction())
    }

    fn wish(&self, wish: Wish) -> Vec<Activity> {
        if self.agent.wish == Some(wish) { Vec::new() } else { vec![self.row(Kind::AgentWishes { wish })] }
    }

    fn on_break(&self, reason: BreakReason) -> Activity {
        self.row(Kind::AgentOnBreak { reason })
    }

    fn ringing(&self, call: &CallOf) -> Activity {
        let agent_name = self.who.name.to_owned();
        self.row_of(call, Kind::AgentRinging { agent_name, direction: Direction::Inbound })
    }

    fn give_up(&self, cause: GiveUpCause) -> Vec<Activity> {
        let gave_up = self.in_call(Kind::AgentGaveUp { cause });
        [gave_up].into_iter().chain(self.after(false, Some(cause))).collect()
    }

    fn end_call(&self) -> Vec<Activity> {
        let talked = matches!(self.agent.state, State::Talking | State::Held);
        [self.in_call(Kind::AgentCallEnded)].into_iter().chain(self.after(talked, None)).collect()
    }

    /// What follows the part of a call that was told to be over, or after-call work.
    fn next(&self) -> Vec<Activity> {
        let call = self.agent.call.as_ref().filter(|_| self.agent.state == State::CallEnded);
        self.after(call.is_some_and(|call| call.talked), call.and_then(|call| call.gave_up))
    }

    fn after(&self, talked: bool, gave_up: Option<GiveUpCause>) -> Vec<Activity> {
        if talked {
            return vec![self.in_call(Kind::AgentWrapUp { direction: self.direction() })];
        }
        let unanswered = matches!(gave_up, Some(GiveUpCause::Timeout | GiveUpCause::Rejected));
        vec![match (self.agent.wish, unanswered) {
            (Some(Wish::CheckOut), _) => self.row(Kind::AgentCheckedOut),
            (_, true) => self.on_break(BreakReason::NoAnswer),
            (Some(Wish::Ready), _) => self.row(Kind::AgentReady),
            (Some(Wish::Break), _) => self.on_break(BreakReason::Asked),
            (None, _) if self.agent.was_ready => self.row(Kind::AgentReady),
            (None, _) => self.on_break(BreakReason::Asked),
        }]
    }
}

/// The agent's side of a call.
pub(super) fn side_of(direction: Direction) -> LegSide {
    match direction {
        Direction::Inbound => LegSide::Callee,
        Direction::Outbound => LegSide::Caller,
    }
}
