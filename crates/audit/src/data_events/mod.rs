//! Data events: which a trail wants, and which a call is.
//!
//! A call that moves data asks the [`DataEventFilter`] whether a trail of its account wants to know of it. If so it is
//! recorded like every other call, in a stream of its own, [`STREAM_PREFIX`] and the account: lookups do not see it, and
//! deliveries read it. What a delivery delivers is judged once more, by the selection of its trail at that place of the
//! stream, [`DataSpan`]; both judge with [`DataEventSelection::takes`].
//!
//! Public document: ActionTrail, "PutDataEventSelector" (2020-07-06).

mod facts;
mod filter;
mod operations;
mod pattern;
mod selection;
mod services;
mod span;

pub use facts::DataFacts;
pub use filter::DataEventFilter;
pub(crate) use operations::OPERATIONS;
pub use selection::{Condition, DataDelivery, DataEventSelection, DataEventSelector};
pub use services::DataEventService;
pub use span::{DataMarks, DataSpan};

/// Streams of data events are named `data/<account>`.
pub const STREAM_PREFIX: &str = "data/";
