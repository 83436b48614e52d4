//! Skill groups: a queue with a set of agents and outbound numbers.

pub(crate) mod basics;
mod create;
mod delete;
mod levels;
mod list;
mod members;
mod modify;
mod numbers;
mod of_user;
pub(crate) mod rows;
mod strategy;

use openapi::{ApiError, Operation};

use crate::center::CallCenter;
use crate::errors::EXISTS_SKILL_GROUP_NAME;

pub(crate) use levels::{skill_level_parameter, with_levels};
pub(crate) use rows::insert_default;
pub(crate) use strategy::RoutingStrategy;

/// The family's part of the table.
pub(crate) const OPERATIONS: &[Operation<CallCenter>] = &[
    Operation { spec: create::SPEC, handler: |center, call| Box::pin(create::create_skill_group(center, call)) },
    Operation { spec: modify::WHOLE, handler: |center, call| Box::pin(modify::modify_skill_group(center, call)) },
    Operation {
        spec: modify::BASICS,
        handler: |center, call| Box::pin(modify::modify_skill_group_basic_info(center, call)),
    },
    Operation {
        spec: numbers::MODIFY,
        handler: |center, call| Box::pin(numbers::modify_skill_group_outbound_numbers(center, call)),
    },
    Operation {
        spec: members::REMOVE,
        handler: |center, call| Box::pin(members::remove_users_from_skill_group(center, call)),
    },
    Operation { spec: delete::SPEC, handler: |center, call| Box::pin(delete::delete_skill_group(center, call)) },
    Operation { spec: list::SPEC, handler: |center, call| Box::pin(list::list_skill_groups(center, call)) },
    Operation {
        spec: list::TRANSFERABLE,
        handler: |center, call| Box::pin(list::list_transferable_skill_groups(center, call)),
    },
    Operation {
        spec: of_user::SPEC,
        handler: |center, call| Box::pin(of_user::list_skill_groups_of_user(center, call)),
    },
];

/// The refusal of a name that another group has.
fn name_taken(name: &str) -> ApiError {
    EXISTS_SKILL_GROUP_NAME
        .error(format!("skill group name '{name}' exists already in this instance: choose another Name."))
}
