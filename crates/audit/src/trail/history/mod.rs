//! Deliveries of events that were recorded before a trail started ("historical event delivery").
//!
//! A job is a row with a state; whoever delivers follows [`HistoryBook::changes`], takes the jobs of
//! [`HistoryBook::unfinished`], and says how far they are with [`HistoryBook::advance`]. A job that is gone is cancelled.
//!
//! Public document: ActionTrail, "CreateDeliveryHistoryJob" (2020-07-06).

mod book;
mod operations;
mod rows;

pub use book::{HistoryBook, HistoryJob, HistoryWrite, JobStatus, RegionStatus};
pub(crate) use operations::OPERATIONS;
pub(super) use rows::is_running_on;
