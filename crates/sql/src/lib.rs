//! SQL over a stream of a store: one SELECT over one table, within limits of memory, time and size.
//!
//! It is: a table of DataFusion over a snapshot ([`store::write::Snapshot`]), whose conditions on times and fields are
//! decided by the segments' packed columns and indexes, counts that are answered from those columns alone
//! (`counted.rs`), functions on JSON, and the engine that runs a query on a [`Machine`]: threads of its own, within
//! limits. Other engines may use the same machine.
//! It is not: a protocol, or a way to read any other file: everything but a SELECT over the one table is refused, and
//! DataFusion has no file system here.

mod answer;
mod batch;
mod columns;
mod count;
mod counted;
mod dialect;
mod ending;
mod engine;
mod error;
mod filter;
mod functions;
mod grouped;
mod key;
pub mod limits;
mod machine;
mod made;
mod made_bytes;
mod narrow;
mod piece;
mod plan;
mod scan;
mod segment_columns;
mod select;
mod session;
mod table;
mod tally;
mod windows;

pub use answer::{Answer, Truncated};
pub use dialect::parse_distinct_from;
pub use engine::{Engine, Settings, TABLE, WITHOUT};
pub use error::SqlError;
pub use grouped::keep_names_of_numbers;
pub use machine::{Ended, Machine, Resources, execute};
pub use session::session;
