//! Skill groups: a queue with a set of agents and outbound numbers.

pub(crate) mod create;
mod levels;
pub(crate) mod list;
pub(crate) mod rows;
mod strategy;

use openapi::Operation;

use crate::center::CallCenter;

pub(crate) use levels::{skill_level_parameter, with_levels};
pub(crate) use rows::insert_default;
pub(crate) use strategy::RoutingStrategy;

/// The family's part of the table.
pub(crate) const OPERATIONS: &[Operation<CallCenter>] = &[
    Operation { spec: create::SPEC, handler: |center, call| Box::pin(create::create_skill_group(center, call)) },
    Operation { spec: list::SPEC, handler: |center, call| Box::pin(list::list_skill_groups(center, call)) },
];
