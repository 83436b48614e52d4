//! The tables in the control database, one file a migration. All names begin with `ccc_`: other components have tables
//! beside them.
//!
//! Unique indexes decide who wins when two callers want the same name or number; the code only words the refusal.

mod activity;
mod calls;
mod instances;
mod messages;
mod numbers;
mod people;

use database::Migration;

/// Component name under which the migrations are remembered.
pub(crate) const COMPONENT: &str = "callcenter";

pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "instances, users, skill groups, numbers, settings", sql: instances::SQL },
    Migration { version: 2, name: "extensions, private numbers", sql: people::SQL },
    Migration { version: 3, name: "owned numbers, contact flows, media", sql: numbers::SQL },
    Migration { version: 4, name: "activity, call detail records", sql: activity::SQL },
    Migration { version: 5, name: "messages, recordings, quality samples", sql: messages::SQL },
    Migration { version: 6, name: "dialling rules", sql: calls::SQL },
];
