//! Agents: what the soft phone may do at a time, and what became of it.
//!
//! An agent's state is a fold over his rows; the table of states is filled in the transaction that appends them. A
//! command is checked against the state and becomes rows, or a refusal; a state with a deadline ends by itself.
//!
//! Reading order: `state` (the fold), `command` (what may be asked when), `contact` (what a step means for the call),
//! `rows`, `settle` (deadlines), then the operations.

pub(crate) mod change;
mod command;
mod contact;
pub(crate) mod event_list;
mod literal;
mod people;
mod real_time;
pub(crate) mod reset;
pub(crate) mod rows;
pub(crate) mod settle;
mod state;
mod state_lists;
mod state_log;

#[cfg(test)]
mod properties;

pub use command::{Command, Refusal, Release, due};
pub use state::{Agent, State};

use openapi::Operation;

use crate::center::CallCenter;

/// The family's part of the table.
pub(crate) const OPERATIONS: &[Operation<CallCenter>] = &[
    Operation { spec: change::SPEC, handler: |center, call| Box::pin(change::change_agent_state(center, call)) },
    Operation { spec: reset::SPEC, handler: |center, call| Box::pin(reset::reset_user_status(center, call)) },
    Operation { spec: event_list::SPEC, handler: |center, call| Box::pin(event_list::list_agent_events(center, call)) },
    Operation {
        spec: state_lists::AGENTS,
        handler: |center, call| Box::pin(state_lists::list_agent_states(center, call)),
    },
    Operation {
        spec: state_lists::GROUPS,
        handler: |center, call| Box::pin(state_lists::list_skill_group_states(center, call)),
    },
    Operation {
        spec: real_time::INSTANCE,
        handler: |center, call| Box::pin(real_time::get_instance_state(center, call)),
    },
    Operation {
        spec: real_time::AGENTS,
        handler: |center, call| Box::pin(real_time::list_real_time_agent(center, call)),
    },
    Operation {
        spec: state_log::SPEC,
        handler: |center, call| Box::pin(state_log::list_agent_state_logs(center, call)),
    },
];
