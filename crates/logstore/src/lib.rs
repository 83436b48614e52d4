//! The log service: projects, logstores, index, writing, searching, pulling and consumer groups, as the official SLS
//! clients expect them.
//!
//! A request is read ([`request`]), believed ([`authenticate`], [`signature`]), named ([`operation`]), permitted, done
//! ([`operations`]) and answered ([`service`]). Rows in the control database say which logstores there are. A LogGroup is
//! one record of the journal, in the stream of its shard, and durable before the answer; each of its logs is one row of
//! the store ([`data`]), where searches and readers find it. SQL over what a search finds is answered behind a seam
//! ([`analytics`]).
//!
//! It is not: a socket, or the place of the logs; the journal makes them durable and the store finds them.

// The tests of the whole service say the crate's name, from outside and from inside.
#[cfg(test)]
extern crate self as logstore;

mod address;
pub mod analytics;
mod answer;
mod authenticate;
pub mod client;
mod consumers;
pub mod data;
mod events;
mod fault;
pub mod index;
pub mod limits;
pub mod log;
mod logstores;
mod names;
mod operation;
mod operations;
pub mod query;
mod request;
mod rows;
mod schema;
mod service;
mod signature;
pub mod wire;

pub use answer::{Answer, failed};
pub use events::data_event_names;
pub use fault::{Code, Fault, codes};
pub use operations::{BatchOutcome, DeliveredGroups, NewLogs, Wanted, check_group, read_groups};
pub use request::{Head, Query};
pub use service::{CatchUp, LogService, LogServiceError, Settings, Surroundings, is_meant};
