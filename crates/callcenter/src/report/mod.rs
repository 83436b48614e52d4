//! Reports: what agents, skill groups and the instance did, folded from the rows of `activity`.
//!
//! Reading order: `tally` and `sheet` (what is counted, and how it adds up), `fold` (rows in, sheets out), `codec`,
//! `days_over` and `book` (sheets of days that are over are kept), `figures` (rates, averages and the forms of the
//! wire), then the operations.

mod agents;
pub(crate) mod book;
mod codec;
mod days_over;
mod figures;
pub(crate) mod fold;
mod groups;
mod instance;
mod intervals;
mod measures;
mod moment;
mod names;
mod request;
mod rows;
pub(crate) mod sheet;
mod statistics;
mod tally;

#[cfg(test)]
pub(crate) mod properties;

use openapi::Operation;

pub(crate) use book::Books;

use crate::center::CallCenter;

/// The family's part of the table.
pub(crate) const OPERATIONS: &[Operation<CallCenter>] = &[
    Operation { spec: agents::LIST, handler: |center, call| Box::pin(agents::list(center, call)) },
    Operation {
        spec: agents::SINCE_MIDNIGHT,
        handler: |center, call| Box::pin(agents::since_midnight_list(center, call)),
    },
    Operation { spec: agents::BY_INTERVAL, handler: |center, call| Box::pin(agents::by_interval(center, call)) },
    Operation { spec: groups::LIST, handler: |center, call| Box::pin(groups::list(center, call)) },
    Operation {
        spec: groups::SINCE_MIDNIGHT,
        handler: |center, call| Box::pin(groups::since_midnight_list(center, call)),
    },
    Operation { spec: groups::BY_INTERVAL, handler: |center, call| Box::pin(groups::by_interval(center, call)) },
    Operation { spec: instance::GET, handler: |center, call| Box::pin(instance::get(center, call)) },
    Operation {
        spec: instance::SINCE_MIDNIGHT,
        handler: |center, call| Box::pin(instance::get_since_midnight(center, call)),
    },
    Operation {
        spec: instance::BY_INTERVAL,
        handler: |center, call| Box::pin(instance::get_by_interval(center, call)),
    },
    Operation { spec: statistics::GENERATE, handler: |center, call| Box::pin(statistics::generate(center, call)) },
    Operation {
        spec: statistics::GET_AGENT_DATA,
        handler: |center, call| Box::pin(statistics::get_agent_data(center, call)),
    },
    Operation { spec: measures::GET, handler: |center, call| Box::pin(measures::get(center, call)) },
    Operation { spec: measures::LIST, handler: |center, call| Box::pin(measures::list(center, call)) },
];
