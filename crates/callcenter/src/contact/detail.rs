//! What a call detail record is. Public document: CCC 2017-07-05, "ListCallDetailRecords".

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::activity::{ContactType, LegSide, ReleaseReason};

/// One call that is over. The table keeps it as JSON: add fields with a default, never rename.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallDetail {
    /// `ContactId`
    pub contact_id: String,
    /// Kind of call.
    pub contact_type: ContactType,
    /// Who called, in the real direction.
    pub calling_number: String,
    /// Who was called, in the real direction.
    pub called_number: String,
    /// The call centre's number; empty if none.
    pub center_number: String,
    /// Entry into the flow, or start of dialling, Unix milliseconds.
    pub started_at_ms: i64,
    /// Release, Unix milliseconds.
    pub ended_at_ms: i64,
    /// How it ended, as records show it.
    pub disposition: Disposition,
    /// How it ended, finer.
    pub reason: ReleaseReason,
    /// Who ended it, if a side did.
    pub released_by: Option<LegSide>,
    /// Agents who took part, in the order of their coming.
    pub agents: Vec<AgentPart>,
    /// Skill groups that took part, in the order of their coming.
    pub groups: Vec<GroupPart>,
    /// Surveys that were offered, oldest first.
    pub surveys: Vec<Survey>,
    /// Recordings, oldest first.
    pub recordings: Vec<Recording>,
}

/// An agent's part of a call; times are sums if he took part more than once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentPart {
    /// RAM user id.
    pub agent_id: String,
    /// Name at that time; empty if no row has it.
    pub agent_name: String,
    /// `SkillGroupId` that he took part for; empty if none.
    pub skill_group_id: String,
    /// Begin of his part, Unix milliseconds.
    pub started_at_ms: i64,
    /// The call's wait in the queue before it rang at him.
    pub queue_ms: i64,
    /// It rang at him, or he dialled.
    pub ring_ms: i64,
    /// He talked, hold included.
    pub talk_ms: i64,
    /// The call was on hold while he talked.
    pub hold_ms: i64,
    /// Begin of his after-call work, Unix milliseconds.
    pub wrap_up_from_ms: Option<i64>,
}

/// A skill group's part of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupPart {
    /// `SkillGroupId`
    pub skill_group_id: String,
    /// Name at that time; empty if no row has it.
    pub skill_group_name: String,
}

/// A satisfaction survey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// RAM user id of the agent whom it is about; empty if none.
    pub agent_id: String,
    /// What the customer said, if he did.
    pub answer: Option<SurveyAnswer>,
}

/// What a customer said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurveyAnswer {
    /// The pressed key.
    pub key: i64,
    /// The key's label.
    pub label: String,
    /// Reason given by a dissatisfied customer; empty otherwise.
    pub feedback: String,
}

/// A recording of an agent's part of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    /// `FileName`
    pub file_name: String,
    /// RAM user id; empty if none.
    pub agent_id: String,
    /// Name of the agent; empty if none.
    pub agent_name: String,
    /// First sample, Unix milliseconds.
    pub started_at_ms: i64,
    /// Whole seconds.
    pub duration_s: i64,
}

/// How a call ended, as records show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Disposition {
    /// Connected, and ended normally.
    Success,
    /// Not connected.
    NoAnswer,
    /// The other side refused. Only in the list of an agent's recent calls.
    Rejected,
    /// The other side was busy. Only in the list of an agent's recent calls.
    Busy,
    /// The customer hung up in the flow.
    AbandonedInContactFlow,
    /// The customer hung up in the queue.
    AbandonedInQueue,
    /// The customer hung up while an agent rang.
    AbandonedRing,
    /// The call waited longer than allowed.
    QueueOverflow,
    /// The flow forwarded the call to an outside line.
    OneStepTransfer,
}

impl Disposition {
    /// All, in the order of their ordinals.
    pub const ALL: [Self; 9] = [
        Self::Success,
        Self::NoAnswer,
        Self::Rejected,
        Self::Busy,
        Self::AbandonedInContactFlow,
        Self::AbandonedInQueue,
        Self::AbandonedRing,
        Self::QueueOverflow,
        Self::OneStepTransfer,
    ];

    /// `ContactDisposition` on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::NoAnswer => "NoAnswer",
            Self::Rejected => "Rejected",
            Self::Busy => "Busy",
            Self::AbandonedInContactFlow => "AbandonedInContactFlow",
            Self::AbandonedInQueue => "AbandonedInQueue",
            Self::AbandonedRing => "AbandonedRing",
            Self::QueueOverflow => "QueueOverflow",
            Self::OneStepTransfer => "OneStepTransfer",
        }
    }
}

/// Every kind of call, for filters.
pub(crate) const CONTACT_TYPES: [ContactType; 6] = [
    ContactType::Inbound,
    ContactType::Outbound,
    ContactType::Internal,
    ContactType::Back2Back,
    ContactType::PredictiveDial,
    ContactType::PrivacyDial,
];

/// `ContactType` on the wire.
pub(crate) fn contact_type_name(contact_type: ContactType) -> &'static str {
    match contact_type {
        ContactType::Inbound => "Inbound",
        ContactType::Outbound => "Outbound",
        ContactType::Internal => "Internal",
        ContactType::Back2Back => "Back2Back",
        ContactType::PredictiveDial => "PredictiveDial",
        ContactType::PrivacyDial => "PrivacyDial",
    }
}

impl CallDetail {
    /// `Duration`: whole seconds from start to end, ringing included.
    pub fn duration_s(&self) -> i64 {
        self.ended_at_ms.saturating_sub(self.started_at_ms).max(0) / 1_000
    }

    /// Number of the side that is not the call centre's; empty for calls of agents among themselves.
    pub fn customer_number(&self) -> &str {
        match self.contact_type {
            ContactType::Internal => "",
            _ if !self.center_number.is_empty() && self.called_number == self.center_number => &self.calling_number,
            _ if !self.center_number.is_empty() && self.calling_number == self.center_number => &self.called_number,
            ContactType::Inbound => &self.calling_number,
            _ => &self.called_number,
        }
    }

    /// What the list of an agent's recent calls shows: it tells busy and refusing sides apart.
    pub fn fine_disposition(&self) -> Disposition {
        match (self.disposition, self.reason) {
            (Disposition::NoAnswer, ReleaseReason::Busy) => Disposition::Busy,
            (Disposition::NoAnswer, ReleaseReason::Rejected) => Disposition::Rejected,
            (disposition, _) => disposition,
        }
    }

    /// The customer's last word.
    pub fn last_answer(&self) -> Option<&SurveyAnswer> {
        self.surveys.iter().rev().find_map(|survey| survey.answer.as_ref())
    }

    /// Texts that `Criteria` finds the call by.
    pub(crate) fn criteria(&self) -> BTreeSet<&str> {
        let agents = self.agents.iter().map(|agent| agent.agent_name.as_str());
        let groups = self.groups.iter().map(|group| group.skill_group_name.as_str());
        let all = [self.customer_number()].into_iter().chain(agents).chain(groups);
        all.filter(|text| !text.is_empty()).collect()
    }
}
