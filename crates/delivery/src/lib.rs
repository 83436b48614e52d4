//! Events reach LogStores and buckets, once each.
//!
//! A trail has one delivery for each of its destinations, each a task that knows nothing of the others: it reads events
//! from its cursor on ([`audit::EventSource`]), picks those of the trail ([`selection`]), gathers them ([`gathering`]), records what
//! the next batch contains and how it is called ([`rows`]), writes it ([`destination`]) and moves its cursor. A batch is
//! fixed before it is written, so that a repetition after a crash or an unclear answer writes the same under the same
//! name, and the destination recognises it. Whatever fails is tried again for as long as the events are kept.
//!
//! Data events have a delivery of their own, over another stream: its spans have the selection with them, and a batch is a
//! group for the project of each region.
//!
//! It is not: the trails themselves, which `audit` keeps, or a queue; events stay in journal and store.

pub mod batch;
mod context;
pub mod destination;
mod engine;
mod expectation;
mod failure;
pub mod gathering;
mod hand_over;
mod heads;
mod history;
mod holes;
pub mod limits;
mod notes;
pub mod object_file;
mod pieces;
mod resume;
pub mod rows;
mod schema;
pub mod selection;
pub mod status;
mod tail;
mod task;
mod verify;

pub use context::{NoProbe, Probe, Step};
pub use engine::{Deliveries, Settings, Surroundings};
pub use failure::Failure;
pub use status::{DeliveryGauge, Health};
pub use verify::{DestinationReport, Finding};
