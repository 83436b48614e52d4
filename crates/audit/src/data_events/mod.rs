//! Data events: which a trail wants.
//!
//! Public document: ActionTrail, "PutDataEventSelector" (2020-07-06).

mod selection;

pub use selection::{Condition, DataDelivery, DataEventSelection, DataEventSelector};
