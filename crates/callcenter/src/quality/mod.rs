//! Quality of calls as browsers measure it: samples of getStats, kept per call.
//!
//! Samples come every few seconds from every talking agent. They change nothing that is kept in memory, so storing one
//! takes neither the instance's lock nor forgets anything.

mod list;
mod rows;
mod save;
mod stats;

use openapi::Operation;

use crate::center::CallCenter;

pub use stats::{Figures, StatsFault, parse_stats};

/// The family's part of the table.
pub(crate) const OPERATIONS: &[Operation<CallCenter>] = &[
    Operation { spec: save::WEB_RTC, handler: |center, call| Box::pin(save::save_stats(center, call)) },
    Operation { spec: save::OLDER, handler: |center, call| Box::pin(save::save_stats(center, call)) },
    Operation { spec: list::SPEC, handler: |center, call| Box::pin(list::list_call_quality(center, call)) },
];
