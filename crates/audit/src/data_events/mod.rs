//! Data events: which a trail wants.
//!
//! Public document: ActionTrail, "PutDataEventSelector" (2020-07-06).

mod operations;
mod selection;
mod services;

pub(crate) use operations::OPERATIONS;
pub use selection::{Condition, DataDelivery, DataEventSelection, DataEventSelector};
