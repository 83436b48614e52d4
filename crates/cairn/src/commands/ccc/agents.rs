//! `cairn ccc agents`

use clap::{Args, Subcommand, ValueEnum};

use super::calls::milliseconds;
use super::client::{Client, Parameters, add, add_list, given};
use super::output::{
    Column,
    Format::{Plain, Seconds, Time},
};
use crate::commands::CommandError;

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// What agents are doing now
    States {
        /// SkillGroupId
        #[arg(long)]
        group: Option<String>,
    },
    /// What happened to agents within an hour, the last one without a range
    Events {
        /// RAM user id; may be repeated
        #[arg(required = true)]
        ram_user: Vec<String>,
        /// Begin, such as 2026-03-01T08:00:00+08:00
        #[arg(long)]
        from: Option<String>,
        /// End
        #[arg(long)]
        to: Option<String>,
        /// Name of an event, such as 签入; may be repeated
        #[arg(long)]
        event: Vec<String>,
    },
    /// Begin work in skill groups
    CheckIn {
        #[command(flatten)]
        who: Who,
        /// SkillGroupId; may be repeated
        #[arg(long, required = true)]
        group: Vec<String>,
    },
    /// End work
    CheckOut(Who),
    /// Take calls
    Ready(Who),
    /// Take no calls for a while
    Break(Who),
    /// Dial a customer
    Dial {
        #[command(flatten)]
        who: Who,
        /// Number to be called
        callee: String,
        /// Number of the instance that the customer sees
        #[arg(long)]
        number: Option<String>,
        /// SkillGroupId that the call is for
        #[arg(long)]
        group: Option<String>,
    },
    /// The ringing or dialled call is answered
    Answer(Who),
    /// Put the call on hold
    Hold(Who),
    /// Take the call back
    Retrieve(Who),
    /// The call is over
    Release {
        #[command(flatten)]
        who: Who,
        /// Why
        #[arg(long, value_enum, default_value = "agent-hang-up")]
        reason: Reason,
    },
    /// After-call work is done
    EndWrapUp(Who),
}

/// Which agent.
#[derive(Debug, Args)]
pub(super) struct Who {
    /// RAM user id; the caller without it
    #[arg(long)]
    ram_user: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Reason {
    /// The agent hung up
    AgentHangUp,
    /// The customer hung up
    CustomerHangUp,
    /// Nobody answered
    NoAnswer,
    /// The customer was busy
    Busy,
    /// The customer refused
    Rejected,
}

impl Reason {
    fn name(self) -> &'static str {
        match self {
            Reason::AgentHangUp => "AgentHangUp",
            Reason::CustomerHangUp => "CustomerHangUp",
            Reason::NoAnswer => "NoAnswer",
            Reason::Busy => "Busy",
            Reason::Rejected => "Rejected",
        }
    }
}

const STATE_COLUMNS: &[Column] = &[
    Column("agent", "AgentId", Plain),
    Column("name", "AgentName", Plain),
    Column("login name", "LoginName", Plain),
    Column("extension", "Dn", Plain),
    Column("state", "State", Plain),
    Column("for", "StateDuration", Seconds),
];

/// Columns of agent events; the demo shows the same.
pub(super) const EVENT_COLUMNS: &[Column] = &[
    Column("time (UTC+8)", "EventTime", Time),
    Column("agent", "RamId", Plain),
    Column("login name", "LoginName", Plain),
    Column("event", "Event", Plain),
    Column("skill groups", "SkillGroupIds.SkillGroup[].SkillGroupName", Plain),
];

pub(super) fn run(client: &Client, action: &Action) -> Result<(), CommandError> {
    match action {
        Action::States { group } => {
            let mut parameters = Vec::new();
            add(&mut parameters, "SkillGroupId", group.as_ref());
            let states = client.pages("ListAgentStates", &parameters, "Data", "RealTimeAgentState", 10_000)?;
            client.show_rows(&states, STATE_COLUMNS);
        }
        Action::Events { ram_user, from, to, event } => {
            let mut parameters = Vec::new();
            add_list(&mut parameters, "RamId", ram_user);
            add_list(&mut parameters, "Event", event);
            add(&mut parameters, "StartTime", milliseconds(from.as_deref())?);
            add(&mut parameters, "StopTime", milliseconds(to.as_deref())?);
            let answer = client.call_instance("ListAgentEvents", parameters)?;
            client.show(&answer, "/AgentEventList/AgentEvent", EVENT_COLUMNS);
        }
        Action::CheckIn { who, group } => {
            let mut parameters = Vec::new();
            add_list(&mut parameters, "SkillGroupId", group);
            change(client, who, "CheckIn", parameters)?;
        }
        Action::CheckOut(who) => change(client, who, "CheckOut", Vec::new())?,
        Action::Ready(who) => change(client, who, "Ready", Vec::new())?,
        Action::Break(who) => change(client, who, "Break", Vec::new())?,
        Action::Dial { who, callee, number, group } => {
            let mut parameters = given(&[("Callee", callee)]);
            add(&mut parameters, "CallCenterNumber", number.as_ref());
            add(&mut parameters, "SkillGroupId.1", group.as_ref());
            change(client, who, "Dial", parameters)?;
        }
        Action::Answer(who) => change(client, who, "Answer", Vec::new())?,
        Action::Hold(who) => change(client, who, "Hold", Vec::new())?,
        Action::Retrieve(who) => change(client, who, "Retrieve", Vec::new())?,
        Action::Release { who, reason } => {
            change(client, who, "Release", given(&[("ReleaseReason", reason.name())]))?;
        }
        Action::EndWrapUp(who) => change(client, who, "EndWrapUp", Vec::new())?,
    }
    Ok(())
}

/// What the soft phone asks of the server; a console operation, the public API has none.
fn change(client: &Client, who: &Who, command: &str, more: Parameters) -> Result<(), CommandError> {
    let mut parameters = given(&[("Command", command)]);
    add(&mut parameters, "RamId", who.ram_user.as_ref());
    parameters.extend(more);
    let answer = client.call_instance("ChangeAgentState", parameters)?;
    let text = |name: &str| answer[name].as_str().unwrap_or_default();
    let mut sentence = format!("agent {} is in the state {}", text("RamId"), text("State"));
    for (name, words) in [("NextState", ", then"), ("ContactId", ", call")] {
        if !text(name).is_empty() {
            sentence.push_str(&format!("{words} {}", text(name)));
        }
    }
    client.done(&answer, &sentence);
    Ok(())
}
