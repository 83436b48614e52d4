//! What can happen. A kind's name and its fields are what the database keeps: add, never rename.

use serde::{Deserialize, Serialize};

/// What happened, with what is known of it beside its owners.
///
/// Rows that begin something carry the names that reports and records show, as they were at that moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Kind {
    // Contacts: each has `contact_id`.
    /// A call begins: entry into the flow, or start of dialling.
    ContactStarted {
        /// Kind of call.
        contact_type: ContactType,
        /// Who calls, in the real direction.
        calling_number: String,
        /// Who is called, in the real direction.
        called_number: String,
        /// The number of the call centre that the call came in on or goes out with; empty if none.
        center_number: String,
    },
    /// A contact flow takes the call.
    FlowEntered {
        /// `ContactFlowId`
        contact_flow_id: String,
    },
    /// The flow forwards the call to an outside line.
    ForwardedOutside {
        /// Where to.
        number: String,
    },
    /// The call enters the queue of `skill_group_id`.
    Queued {
        /// Name of the skill group.
        skill_group_name: String,
    },
    /// The call's stay in the queue of `skill_group_id` ends; waiting time is the time since `Queued`.
    QueueLeft {
        /// How it ended.
        outcome: QueueOutcome,
    },
    /// One side is being dialled.
    LegDialing {
        /// Which.
        leg: LegSide,
        /// Its number.
        number: String,
    },
    /// One side rings.
    LegRinging {
        /// Which.
        leg: LegSide,
    },
    /// One side answered.
    LegAnswered {
        /// Which.
        leg: LegSide,
    },
    /// One side holds the call.
    LegHeld {
        /// Which.
        leg: LegSide,
    },
    /// One side takes the call back.
    LegRetrieved {
        /// Which.
        leg: LegSide,
    },
    /// One side is gone.
    LegEnded {
        /// Which.
        leg: LegSide,
        /// `SIP 486`, `timer ring`, `no trunk configured`: for people.
        cause: String,
    },
    /// Both sides hear each other: talk time and recording begin.
    Established,
    /// The call is over.
    Released {
        /// Why.
        reason: ReleaseReason,
        /// Who ended it, if a side did.
        side: Option<LegSide>,
        /// For people; empty if there is nothing to add.
        cause: String,
    },
    /// A satisfaction survey was offered for the call. With agent and skill group, if known.
    SurveyOffered {
        /// How.
        medium: SurveyMedium,
    },
    /// The customer answered the survey. With agent and skill group, if known.
    SurveyAnswered {
        /// The pressed key.
        key: i64,
        /// The key's label.
        label: String,
        /// The label counts as satisfied.
        satisfied: bool,
        /// Reason given by a dissatisfied customer; empty otherwise.
        feedback: String,
    },
    /// A recording of the agent's part of the call is in the bucket.
    RecordingStored {
        /// `FileName`
        file_name: String,
        /// Display name of the agent; empty if none took part.
        agent_name: String,
        /// First sample, Unix milliseconds.
        started_at_ms: i64,
        /// Whole seconds.
        duration_s: i64,
        /// Of the file, in hexadecimal.
        sha256: String,
    },

    // Agents: each has `agent_id`; those about a call have `contact_id` too, and its group when it has one.
    /// The agent begins work.
    AgentCheckedIn {
        /// In these groups.
        skill_group_ids: Vec<String>,
    },
    /// The agent ends work.
    AgentCheckedOut,
    /// Idle, and calls may come.
    AgentReady,
    /// No calls for a while.
    AgentOnBreak {
        /// Why.
        reason: BreakReason,
    },
    /// A call rings at the agent.
    AgentRinging {
        /// Name for people.
        agent_name: String,
        /// Of the call.
        direction: Direction,
    },
    /// Ringing ended without an answer.
    AgentGaveUp {
        /// Why.
        cause: GiveUpCause,
    },
    /// The agent dials out.
    AgentDialing {
        /// Name for people.
        agent_name: String,
    },
    /// The agent dials on behalf of `skill_group_id`: its numbers, its figures.
    DialedForGroup {
        /// Name of the skill group.
        skill_group_name: String,
    },
    /// A queue has chosen the agent; until it rings nobody else may. Not on the wire.
    AgentReserved,
    /// What the agent wants to do when the call is over; the latest wish counts. Not on the wire.
    AgentWishes {
        /// What.
        wish: Wish,
    },
    /// The agent talks.
    AgentTalking {
        /// Of the call.
        direction: Direction,
    },
    /// The agent's part of the call is over, answered or not.
    AgentCallEnded,
    /// After-call work.
    AgentWrapUp {
        /// Of the call that it belongs to.
        direction: Direction,
    },
    /// The agent handed the call over without talking to the next one.
    AgentTransferredBlind {
        /// Where to: RAM user id, skill group id or number.
        target: String,
    },
    /// The agent asks a colleague for help.
    AgentAskedForHelp,
    /// The colleague answered.
    AgentGaveHelp,
    /// Three or more parties are joined.
    ConferenceStarted,
    /// The conference is over.
    ConferenceEnded,
}

/// Kind of call. Public document: CCC 2017-07-05, "ListCallDetailRecords".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ContactType {
    /// A customer calls.
    Inbound,
    /// An agent calls.
    Outbound,
    /// Agents among themselves.
    Internal,
    /// The platform calls both sides.
    Back2Back,
    /// The platform dials ahead of the agents.
    PredictiveDial,
    /// Through a virtual number.
    PrivacyDial,
}

/// Of a call, as an agent's figures count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Towards the agent.
    Inbound,
    /// From the agent.
    Outbound,
}

/// The two sides of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegSide {
    /// Who called, or was dialled first.
    Caller,
    /// Who was called, or was dialled second.
    Callee,
}

/// How a stay in a queue ended. A call that goes back to the queue enters it anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueOutcome {
    /// An agent answered.
    Answered,
    /// The customer left while waiting.
    Abandoned,
    /// The customer left while an agent rang.
    AbandonedRinging,
    /// Nobody answered at the agent: the call goes back to a queue.
    Requeued,
    /// Waited longer than allowed.
    Overflow,
}

/// Why ringing at an agent ended without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GiveUpCause {
    /// Rang too long.
    Timeout,
    /// The agent refused.
    Rejected,
    /// The customer left.
    CustomerLeft,
}

/// Why an agent is on a break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakReason {
    /// He wants to.
    Asked,
    /// He did not answer a call.
    NoAnswer,
}

/// What an agent wants to do after a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// Take calls.
    Ready,
    /// Have a break.
    Break,
    /// End work.
    CheckOut,
}

/// Why a call is over. Finer than the wire, which merges some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseReason {
    /// A side hung up after both were joined.
    Normal,
    /// A side was busy.
    Busy,
    /// A side refused.
    Rejected,
    /// A side did not answer in time.
    NoAnswer,
    /// Dialling failed: no trunk, a faulty answer, any other code.
    Failed,
    /// The sides have no codec in common.
    Media,
    /// The first side left while the second rang.
    CallerLeft,
    /// The customer left in the flow.
    LeftInFlow,
    /// The customer left in the queue.
    LeftInQueue,
    /// The customer left while an agent rang.
    LeftRinging,
    /// The queue's limit was reached.
    QueueOverflow,
    /// The flow forwarded the call to an outside line.
    ForwardedOutside,
    /// A side sent no media for too long.
    RtpTimeout,
    /// The call was as long as a call may be.
    MaxDuration,
    /// The server stopped or lost the call.
    System,
}

/// How a survey was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SurveyMedium {
    /// By voice, at the end of the call.
    Voice,
    /// By short message.
    ShortMessage,
}
