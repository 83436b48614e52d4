//! The logs themselves, from the journal to the store.
//!
//! * A LogGroup is one record of the journal, in the stream of its shard ([`record`]). Its position there is its number:
//!   groups of a shard are numbered 1, 2, 3 … without gap, and a cursor is such a number.
//! * Each of its logs is one row of the store ([`row`]). The position of a row is the number of its group, shifted, plus
//!   the log's place in it, so that the store tells from a row which record it came from ([`schema`]).
//! * Groups are found by their number, which is a term of the row, logs by time, topic, source and words ([`reader`]).
//!   Which logs are meant the store asks where its index does not tell ([`row_test`]); where only their number is
//!   asked for, and for an offset, most are not read at all ([`counting`]).
//! * Whether a row is shown is judged by the time at which its group was received; the store may keep it longer.

pub(crate) mod counting;
pub(crate) mod reader;
pub(crate) mod record;
pub(crate) mod row;
pub(crate) mod row_test;
pub(crate) mod schema;

pub use record::encode as record_of;
pub use schema::{STREAM_PREFIX, log_schema};
