//! What was journaled, searchable: rows in named streams, found by scope, terms and time.
//!
//! It is: the memory part, which holds rows in memory with an index that makes a page cost the page and not the history.
//! It is not: durable (it is rebuilt from the journal on start), a protocol, or aware of what its rows mean.
//!
//! # The seam
//!
//! A memory part only grows. Immutable segments on an object store will take over what it holds: a part that has reached
//! its size (see [`MemoryPart::stats`]) is sealed by putting a new part in its place, written as segments, entered in the
//! catalogue, and dropped whole, so no row is ever removed from an index. Segments answer the same [`Query`] with the
//! same strict order and the same [`Cursor`], so a page over several parts is a merge of their pages, and a cursor stays
//! valid while rows move from memory to segments. Retention, full text and SQL come with the segments, too.

pub mod limits;
mod lookup;
mod memory;
mod positions;
mod postings;
mod query;
mod rows;
mod stream;
mod terms;
mod walk;

pub use memory::{MemoryPart, MemoryStats};
pub use query::{Cursor, Direction, FieldId, FoundRow, Page, Query, Row};
