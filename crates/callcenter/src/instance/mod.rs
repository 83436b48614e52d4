//! Call centre instances.

pub(crate) mod create;
mod delete;
mod first_users;
pub(crate) mod get;
mod limits;
pub(crate) mod list_of_user;
pub(crate) mod rows;
mod view;

use openapi::Operation;

use crate::center::CallCenter;

/// The family's part of the table.
pub(crate) const OPERATIONS: &[Operation<CallCenter>] = &[
    Operation { spec: create::SPEC, handler: |center, call| Box::pin(create::create_instance(center, call)) },
    Operation { spec: delete::SPEC, handler: |center, call| Box::pin(delete::delete_instance(center, call)) },
    Operation { spec: limits::SPEC, handler: |center, call| Box::pin(limits::set_instance_limits(center, call)) },
    Operation { spec: get::SPEC, handler: |center, call| Box::pin(get::get_instance(center, call)) },
    Operation {
        spec: list_of_user::SPEC,
        handler: |center, call| Box::pin(list_of_user::list_instances_of_user(center, call)),
    },
];
