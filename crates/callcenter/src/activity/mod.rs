//! What happened: every change of a contact (call), a leg and an agent as one appended row.
//!
//! Call detail records, agent events and all reports are folds over these rows; nothing is counted on the side. Rows
//! are ordered by time, and by sequence within one millisecond. Days are those of UTC+8.
//!
//! Reading order: `kind` (what can happen), `rows` (appending and reading), then the folds.

mod kind;
pub(crate) mod rows;

pub use kind::{
    BreakReason, ContactType, Direction, GiveUpCause, Kind, LegSide, QueueOutcome, ReleaseReason, SurveyMedium, Wish,
};

/// One row: at this moment this happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// When, Unix milliseconds.
    pub at_ms: i64,
    /// `ContactId` of the call, if it belongs to one.
    pub contact_id: Option<String>,
    /// RAM user id of the agent, if it belongs to one.
    pub agent_id: Option<String>,
    /// `SkillGroupId`, if it belongs to one.
    pub skill_group_id: Option<String>,
    /// What.
    pub kind: Kind,
}

/// A row as it was appended: with its place in the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// 1, 2, 3, … within the instance.
    pub sequence: i64,
    /// The row.
    pub activity: Activity,
}

impl Activity {
    /// Something that belongs to nobody yet; add owners with the methods below.
    pub fn at(at_ms: i64, kind: Kind) -> Self {
        Self { at_ms, contact_id: None, agent_id: None, skill_group_id: None, kind }
    }

    /// It belongs to this call.
    pub fn of_contact(mut self, contact_id: impl Into<String>) -> Self {
        self.contact_id = Some(contact_id.into());
        self
    }

    /// It belongs to this agent (RAM user id).
    pub fn of_agent(mut self, agent_id: impl Into<String>) -> Self {
        self.agent_id = Some(agent_id.into());
        self
    }

    /// It belongs to this skill group.
    pub fn in_group(mut self, skill_group_id: impl Into<String>) -> Self {
        self.skill_group_id = Some(skill_group_id.into());
        self
    }
}
