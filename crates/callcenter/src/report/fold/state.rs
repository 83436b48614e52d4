//! What the fold must remember between two rows: what each agent is doing, and which calls are not over.
//!
//! It goes into the day sheets as JSON: add fields with a default, never rename.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::activity::{ContactType, Direction};
use crate::limits::{CONTACT_MEMORY_MS, STRETCH_MEMORY_MS, SURVEY_MEMORY_MS};

/// Everything that is open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    /// Agents who are doing something, by RAM user id.
    pub(super) agents: BTreeMap<String, Agent>,
    /// Calls that are not over, or whose survey may still be answered, by contact id.
    pub(super) contacts: BTreeMap<String, Contact>,
}

/// An agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Agent {
    /// Between check-in and check-out. A call by telephone alone needs no check-in.
    pub(super) checked_in: bool,
    /// The groups that he checked in to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) skill_group_ids: Vec<String>,
    /// What he is doing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) stretch: Option<Stretch>,
    /// His last row, Unix milliseconds.
    pub(super) touched_ms: i64,
}

/// A time in which an agent does one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stretch {
    /// What.
    pub(super) doing: Doing,
    /// Since when, Unix milliseconds.
    pub(super) since_ms: i64,
    /// With which call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) contact_id: Option<String>,
    /// For which skill group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) skill_group_id: Option<String>,
    /// He holds the call since then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) held_since_ms: Option<i64>,
}

/// What an agent can be doing. One thing at a time: together they are his checked-in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Doing {
    /// Idle, calls may come.
    Ready,
    /// No calls for a while; also checked in without having said anything.
    Break,
    /// A call rings at him, or he dials.
    Waiting(Direction),
    /// He talks.
    Talking(Direction),
    /// After-call work.
    WrapUp(Direction),
}

/// A call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Contact {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) contact_type: Option<ContactType>,
    /// As an agent's figures count it, once one talked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) direction: Option<Direction>,
    /// The call centre's number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) center_number: String,
    /// A contact flow had it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) in_flow: bool,
    /// Queues that it waits in: skill group id and since when.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) queues: BTreeMap<String, i64>,
    /// Both sides hear each other since then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) established_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) released: bool,
    /// A survey was offered and not answered yet.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) survey_open: bool,
    /// Its last row, Unix milliseconds.
    pub(super) touched_ms: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

impl State {
    /// Nobody does anything and no call is open.
    pub(crate) fn is_idle(&self) -> bool {
        self.agents.is_empty() && self.contacts.is_empty()
    }

    /// Forgets at midnight what is over, and what had no row for so long that its end must have been lost.
    pub(super) fn forget(&mut self, midnight_ms: i64) {
        let recent = |touched_ms: i64, memory_ms: i64| touched_ms.saturating_add(memory_ms) > midnight_ms;
        self.agents.retain(|_, agent| {
            (agent.stretch.is_some() || agent.checked_in) && recent(agent.touched_ms, STRETCH_MEMORY_MS)
        });
        self.contacts.retain(|_, contact| match contact {
            Contact { released: false, touched_ms, .. } => recent(*touched_ms, CONTACT_MEMORY_MS),
            Contact { survey_open: true, touched_ms, .. } => recent(*touched_ms, SURVEY_MEMORY_MS),
            _ => false,
        });
    }
}

impl Contact {
    /// The direction that its surveys count for.
    pub(super) fn direction(&self) -> Direction {
        self.direction.unwrap_or(match self.contact_type {
            Some(ContactType::Inbound) | None => Direction::Inbound,
            Some(_) => Direction::Outbound,
        })
    }
}
