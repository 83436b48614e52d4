//! What a step of an agent means for the call that the soft phone reports: its contact and leg rows.
//!
//! Calls that a dialler makes have their rows from the dialler, and the soft phone adds none.

use crate::activity::{Activity, Appended, ContactType, Kind, LegSide, QueueOutcome, ReleaseReason};
use crate::agent::command::{Command, Release, side_of};
use crate::agent::state::{Agent, State};

/// A call out of its rows, as far as steps need it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct OpenCall {
    /// It began and is not over.
    pub(super) is_open: bool,
    /// The queue that it waits in: skill group id and name.
    pub(super) queue: Option<(String, String)>,
}

impl OpenCall {
    pub(super) fn of(rows: &[Appended]) -> Self {
        let mut call = Self::default();
        for Activity { kind, skill_group_id, .. } in rows.iter().map(|row| &row.activity) {
            match kind {
                Kind::ContactStarted { .. } => call.is_open = true,
                Kind::Queued { skill_group_name } => {
                    call.queue = Some((skill_group_id.clone().unwrap_or_default(), skill_group_name.clone()));
                }
                Kind::QueueLeft { .. } => call.queue = None,
                Kind::Released { .. } => return Self::default(),
                _ => {}
            }
        }
        call
    }
}

/// Numbers of a call that begins, in the real direction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbers<'a> {
    pub(super) customer: &'a str,
    /// Of the call centre; empty if none.
    pub(super) center: &'a str,
}

/// A customer's call comes in and waits for the group, if there is one: skill group id and name.
pub(super) fn incoming(
    contact_id: &str,
    numbers: Numbers<'_>,
    group: Option<(&str, &str)>,
    at_ms: i64,
) -> Vec<Activity> {
    let started = Kind::ContactStarted {
        contact_type: ContactType::Inbound,
        calling_number: numbers.customer.to_owned(),
        called_number: numbers.center.to_owned(),
        center_number: numbers.center.to_owned(),
    };
    let started = Activity::at(at_ms, started).of_contact(contact_id);
    [started].into_iter().chain(group.map(|group| queued(contact_id, group, at_ms))).collect()
}

/// The call waits for a group.
pub(super) fn queued(contact_id: &str, (group_id, group_name): (&str, &str), at_ms: i64) -> Activity {
    let kind = Kind::Queued { skill_group_name: group_name.to_owned() };
    Activity::at(at_ms, kind).of_contact(contact_id).in_group(group_id)
}

/// An agent calls a customer, for a group if there is one.
pub(super) fn outgoing(
    contact_id: &str,
    numbers: Numbers<'_>,
    group: Option<(&str, &str)>,
    at_ms: i64,
) -> Vec<Activity> {
    let row = |kind| Activity::at(at_ms, kind).of_contact(contact_id);
    let started = row(Kind::ContactStarted {
        contact_type: ContactType::Outbound,
        calling_number: numbers.center.to_owned(),
        called_number: numbers.customer.to_owned(),
        center_number: numbers.center.to_owned(),
    });
    let for_group = group.map(|(group_id, group_name)| {
        row(Kind::DialedForGroup { skill_group_name: group_name.to_owned() }).in_group(group_id)
    });
    let dialing = row(Kind::LegDialing { leg: LegSide::Callee, number: numbers.customer.to_owned() });
    [started].into_iter().chain(for_group).chain([dialing]).collect()
}

/// The rows of the call for a step that its agent takes; they come before his own.
pub(super) fn rows_of_step(agent: &Agent, command: &Command, call: &OpenCall, at_ms: i64) -> Vec<Activity> {
    let Some(own) = agent.call.as_ref().filter(|own| call.is_open && !own.contact_id.is_empty()) else {
        return Vec::new();
    };
    let row = |kind| Activity::at(at_ms, kind).of_contact(&own.contact_id);
    let leave = |outcome| {
        let queue = call.queue.as_ref();
        queue.map(|(group_id, _)| row(Kind::QueueLeft { outcome }).in_group(group_id))
    };
    let again = || call.queue.as_ref().map(|(id, name)| queued(&own.contact_id, (id, name), at_ms));
    let released = |reason, side| row(Kind::Released { reason, side, cause: String::new() });
    let agent_side = side_of(own.direction);
    match (command, agent.state) {
        (Command::Answer, State::Ringing | State::Dialing) => leave(QueueOutcome::Answered)
            .into_iter()
            .chain([row(Kind::LegAnswered { leg: LegSide::Callee }), row(Kind::Established)])
            .collect(),
        (Command::Reject | Command::RingTimeout | Command::Reset, State::Ringing) => {
            leave(QueueOutcome::Requeued).into_iter().chain(again()).collect()
        }
        (Command::Release(_), State::Ringing) => leave(QueueOutcome::AbandonedRinging)
            .into_iter()
            .chain([released(ReleaseReason::LeftRinging, Some(LegSide::Caller))])
            .collect(),
        (Command::Release(release), State::Talking | State::Held) => {
            vec![match release {
                Release::ByCustomer => released(ReleaseReason::Normal, Some(other(agent_side))),
                Release::Deadline => released(ReleaseReason::MaxDuration, None),
                _ => released(ReleaseReason::Normal, Some(agent_side)),
            }]
        }
        (Command::Release(release), State::Dialing) => vec![match release {
            Release::ByAgent | Release::Deadline => released(ReleaseReason::CallerLeft, Some(agent_side)),
            Release::Busy => released(ReleaseReason::Busy, Some(other(agent_side))),
            Release::Rejected | Release::ByCustomer => released(ReleaseReason::Rejected, Some(other(agent_side))),
            Release::NoAnswer => released(ReleaseReason::NoAnswer, None),
        }],
        (Command::Reset, State::Talking | State::Held | State::Dialing) => vec![released(ReleaseReason::System, None)],
        _ => Vec::new(),
    }
}

fn other(side: LegSide) -> LegSide {
    match side {
        LegSide::Caller => LegSide::Callee,
        LegSide::Callee => LegSide::Caller,
    }
}
