//! What was journaled, searchable: rows in named streams, found by scope, terms and time.
//!
//! It is: the memory part, which holds rows in memory with an index that makes a page cost the page and not the history,
//! and the segment, an immutable pair of files that answers the same queries.
//! It is not: a protocol, or aware of what its rows mean; a [`Schema`] tells it as much as it needs.
//!
//! # The seam
//!
//! A memory part only grows. Segments take over what it holds: a part that has reached its size (see
//! [`MemoryPart::stats`]) is sealed by putting a new part in its place, written as segments and dropped whole, so no row
//! is ever removed from an index. Segments answer the same [`Query`] with the same strict order and the same [`Cursor`],
//! so a page over several parts is a merge of their pages, and a cursor stays valid while rows move from memory to
//! segments.

pub mod limits;
mod lookup;
mod memory;
mod positions;
mod postings;
mod query;
mod rows;
pub mod schema;
pub mod segment;
mod stream;
mod terms;
mod walk;

pub use memory::{MemoryPart, MemoryStats};
pub use query::{Cursor, Direction, FieldId, FoundRow, Page, Query, Row};
pub use schema::{Extracted, Field, Layout, Schema};
pub use segment::{Segment, SegmentError};
