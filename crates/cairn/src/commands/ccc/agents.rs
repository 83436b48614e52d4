//! `cairn ccc agents`

use clap::Subcommand;

use super::calls::milliseconds;
use super::client::{Client, add, add_list};
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
pub(crate) const EVENT_COLUMNS: &[Column] = &[
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
    }
    Ok(())
}
