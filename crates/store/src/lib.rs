//! What was journaled, searchable: rows in named streams, found by scope, terms and time, and by any condition on their
//! fields and words ([`search`]).
//!
//! It is: the memory part, which holds rows in memory with an index that makes a page cost the page and not the history,
//! the segment, an immutable pair of files that answers the same queries, and the [`Store`], which moves rows from one to
//! the other and answers from both.
//! It is not: a protocol, or aware of what its rows mean; a [`Schema`] tells it as much as it needs.
//!
//! A memory part only grows. When it has reached its size it is sealed, written as segments, entered in the catalogue and
//! dropped whole, so no row is ever removed from an index; [`write`] tells how that survives a crash. Memory parts and
//! segments answer the same [`Query`] with the same strict order and the same [`Cursor`], so a page over several of them
//! is a merge of their pages, and a cursor stays valid while rows move.

mod filters;
mod kept_values;
pub mod limits;
mod lookup;
mod memory;
mod positions;
mod postings;
mod query;
mod recent_terms;
pub mod retention;
mod row_mask;
mod rows;
pub mod schema;
pub mod search;
pub mod segment;
mod stream;
mod terms;
mod walk;
pub mod write;

pub use memory::{MemoryPart, MemoryStats};
pub use query::{Cursor, Direction, FieldId, FoundRow, Page, Query, Row};
pub use retention::{Hold, Period};
pub use schema::{Extracted, Field, Layout, Schema};
pub use segment::{Segment, SegmentError};
pub use write::{Store, StoreError, StoreOptions, StoreStats};
