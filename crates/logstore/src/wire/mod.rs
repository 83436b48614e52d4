//! Logs as they are on the wire: protobuf messages and compressed bodies.

pub(crate) mod compression;
mod messages;

pub use messages::{Content, LogGroup, LogGroupList, LogTag, PutLog};
