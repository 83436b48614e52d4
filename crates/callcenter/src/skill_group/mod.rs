//! Skill groups: a queue with a set of agents and outbound numbers.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod rows;
mod strategy;

pub(crate) use rows::insert_default;
pub(crate) use strategy::RoutingStrategy;
