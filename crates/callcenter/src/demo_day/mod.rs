//! Generated working days, for demonstrations: what a small call centre does from nine to six.
//!
//! Reading order: `generate` (the operation), `simulation` (the day), `chance` (the dice).

mod chance;
mod generate;
mod plan;
pub(crate) mod rows;
mod simulation;

use openapi::Operation;

use crate::center::CallCenter;

/// The family's part of the table.
pub(crate) const OPERATIONS: &[Operation<CallCenter>] =
    &[Operation { spec: generate::SPEC, handler: |center, call| Box::pin(generate::generate_demo_day(center, call)) }];
