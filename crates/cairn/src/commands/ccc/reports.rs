//! `cairn ccc reports`

use clap::{Args, Subcommand};

use super::client::{Client, add, given};
use super::output::{
    Column,
    Format::{Percent, Plain, Seconds},
};
use crate::commands::CommandError;

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// One row an agent
    Agents {
        #[command(flatten)]
        range: Range,
        /// Only work for this SkillGroupId
        #[arg(long)]
        group: Option<String>,
    },
    /// One row a skill group
    Groups {
        #[command(flatten)]
        range: Range,
    },
    /// The instance as a whole, as JSON
    Instance {
        #[command(flatten)]
        range: Range,
    },
}

/// Whole days in UTC+8.
#[derive(Debug, Args)]
pub(super) struct Range {
    /// First day, such as 2026-03-01
    first: String,
    /// Last day; the first without it
    last: Option<String>,
}

/// Columns of the agents' report; the demo shows the same.
pub(super) const AGENT_COLUMNS: &[Column] = &[
    Column("agent", "AgentName", Plain),
    Column("in", "Inbound.CallsOffered", Plain),
    Column("handled", "Inbound.CallsHandled", Plain),
    Column("rate", "Inbound.HandleRate", Percent),
    Column("ring avg", "Inbound.AverageRingTime", Seconds),
    Column("dialed", "Outbound.CallsDialed", Plain),
    Column("answered", "Outbound.CallsAnswered", Plain),
    Column("talk", "Overall.TotalTalkTime", Seconds),
    Column("talk avg", "Overall.AverageTalkTime", Seconds),
    Column("wrap-up", "Overall.TotalWorkTime", Seconds),
    Column("ready", "Overall.TotalReadyTime", Seconds),
    Column("break", "Overall.TotalBreakTime", Seconds),
    Column("at work", "Overall.TotalLoggedInTime", Seconds),
    Column("occupancy", "Overall.OccupancyRate", Percent),
];

/// Columns of the skill groups' report; the demo shows the same.
pub(super) const GROUP_COLUMNS: &[Column] = &[
    Column("group", "SkillGroupName", Plain),
    Column("queued", "Inbound.InComingQueueOfQueueCount", Plain),
    Column("answered", "Inbound.AnsweredByAgentOfQueueCount", Plain),
    Column("abandoned", "Inbound.AbandonedInQueueOfQueueCount", Plain),
    Column("while ringing", "Inbound.GiveUpByAgentOfQueueCount", Plain),
    Column("overflow", "Inbound.OverFlowInQueueOfQueueCount", Plain),
    Column("within 20 s", "Inbound.ServiceLevel20", Percent),
    Column("waited at most", "Inbound.QueueMaxWaitTimeDuration", Seconds),
    Column("dialed", "Outbound.CallsDialed", Plain),
    Column("calls", "Overall.TotalCalls", Plain),
    Column("talk", "Overall.TotalTalkTime", Seconds),
    Column("satisfied", "Overall.SatisfactionIndex", Percent),
];

pub(super) fn run(client: &Client, action: &Action) -> Result<(), CommandError> {
    match action {
        Action::Agents { range, group } => {
            let mut parameters = range.parameters();
            add(&mut parameters, "SkillGroupId", group.as_ref());
            let operation = "ListAgentSummaryReports";
            let rows = client.pages(operation, &parameters, "PagedAgentSummaryReport", "AgentSummaryReport", 10_000)?;
            client.show_rows(&rows, AGENT_COLUMNS);
        }
        Action::Groups { range } => {
            let rows = client.pages(
                "ListSkillGroupSummaryReports",
                &range.parameters(),
                "PagedSkillGroupSummaryReport",
                "SkillGroupSummaryReport",
                10_000,
            )?;
            client.show_rows(&rows, GROUP_COLUMNS);
        }
        Action::Instance { range } => {
            let answer = client.call_instance("GetInstanceSummaryReport", range.parameters())?;
            println!("{:#}", answer["InstanceSummaryReport"]);
        }
    }
    Ok(())
}

impl Range {
    fn parameters(&self) -> super::client::Parameters {
        let last = self.last.as_ref().unwrap_or(&self.first);
        given(&[("StartTime", &format!("{} 00:00:00", self.first)), ("EndTime", &format!("{last} 00:00:00"))])
    }
}
