//! Calls that the platform makes: who may be called and when, and the seam to who dials.
//!
//! Reading order: `start_back2back` (the operation), `place` (from order to running call), `admission` (the rules as a
//! pure function), `dialler` (the seam), `progress` (from what a dialler tells to rows).

pub(crate) mod admission;
pub(crate) mod check;
pub(crate) mod desk;
pub(crate) mod destination;
mod dial_ex;
pub(crate) mod dialler;
mod get_rules;
pub(crate) mod interrupted;
pub(crate) mod place;
pub(crate) mod progress;
pub(crate) mod rows;
pub(crate) mod rules;
mod set_rules;
mod start_back2back;

use openapi::Operation;

use crate::center::CallCenter;

/// Result fields of operations that start a call.
const TASK_FIELDS: &[&str] = &["StatusCode", "StatusDesc", "TaskId", "TimeStamp"];

/// The family's part of the table.
pub(crate) const OPERATIONS: &[Operation<CallCenter>] = &[
    Operation {
        spec: start_back2back::SPEC,
        handler: |center, call| Box::pin(start_back2back::start_back2back_call(center, call)),
    },
    Operation { spec: dial_ex::SPEC, handler: |center, call| Box::pin(dial_ex::dial_ex(center, call)) },
    Operation { spec: get_rules::SPEC, handler: |center, call| Box::pin(get_rules::get_dialling_rules(center, call)) },
    Operation { spec: set_rules::SPEC, handler: |center, call| Box::pin(set_rules::set_dialling_rules(center, call)) },
];
