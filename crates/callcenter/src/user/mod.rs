//! Users of an instance: RAM users with roles, skill groups and an extension.
//!
//! Reading order: `rows` and `whole` (what is kept), `membership` (what calls give and what is refused), `view`, then
//! one file an operation or a pair of them.

mod assign;
pub(crate) mod create;
pub(crate) mod details;
mod get;
mod list;
mod list_roles;
pub(crate) mod membership;
mod modify;
pub(crate) mod presence;
mod remove;
mod role;
pub(crate) mod rows;
pub(crate) mod selection;
pub(crate) mod view;
pub(crate) mod whole;

use openapi::Operation;

use crate::center::CallCenter;

pub use role::Role;

/// The family's part of the table.
pub(crate) const OPERATIONS: &[Operation<CallCenter>] = &[
    Operation { spec: assign::SPEC, handler: |center, call| Box::pin(assign::assign_users(center, call)) },
    Operation { spec: create::SPEC, handler: |center, call| Box::pin(create::create_user(center, call)) },
    Operation { spec: modify::WHOLE, handler: |center, call| Box::pin(modify::modify_user(center, call)) },
    Operation {
        spec: modify::MEMBERSHIP,
        handler: |center, call| Box::pin(modify::modify_skill_group_of_user(center, call)),
    },
    Operation { spec: remove::SPEC, handler: |center, call| Box::pin(remove::remove_users(center, call)) },
    Operation { spec: get::BY_ID, handler: |center, call| Box::pin(get::get_user(center, call)) },
    Operation { spec: get::BY_EXTENSION, handler: |center, call| Box::pin(get::get_user_by_extension(center, call)) },
    Operation { spec: list::ALL, handler: |center, call| Box::pin(list::list_users(center, call)) },
    Operation { spec: list::MATCHING, handler: |center, call| Box::pin(list::find_users(center, call)) },
    Operation {
        spec: list::OF_SKILL_GROUP,
        handler: |center, call| Box::pin(list::list_users_of_skill_group(center, call)),
    },
    Operation { spec: list_roles::SPEC, handler: |center, call| Box::pin(list_roles::list_roles(center, call)) },
];
