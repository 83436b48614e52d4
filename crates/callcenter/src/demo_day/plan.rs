//! Who takes part in a generated day.

use crate::day::Day;

/// What the generator starts from. The same plan gives the same day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) day: Day,
    pub(crate) seed: u64,
    /// `ContactFlowId` of the flow that takes the calls.
    pub(crate) flow_id: String,
    /// At least one.
    pub(crate) groups: Vec<PlanGroup>,
    /// At least one.
    pub(crate) agents: Vec<PlanAgent>,
    /// Numbers of the call centre, at least one.
    pub(crate) numbers: Vec<String>,
}

/// A skill group with its queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlanGroup {
    /// `SkillGroupId`
    pub(crate) id: String,
    pub(crate) name: String,
}

/// An agent at work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlanAgent {
    /// RAM user id.
    pub(crate) id: String,
    /// Name for people.
    pub(crate) name: String,
    /// Places of his groups in the plan, at least one.
    pub(crate) groups: Vec<usize>,
}
