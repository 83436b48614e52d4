//! The ActionTrail event: read and written without loss, found into by paths, masked, kept within a size.
//!
//! An event is one compact JSON text with an index of its top-level fields, so that unknown fields, field order,
//! number text, escapes and both forms of `eventVersion` survive byte for byte. It is not storage and not transport.

mod builder;
mod cap;
mod error;
mod event;
mod facts;
pub mod limits;
pub mod masking;
mod quick;
mod reserved;
mod scan;
mod unescape;

pub use builder::EventBuilder;
pub use error::EventError;
pub use event::{Category, Event};
pub use facts::Facts;
pub use masking::{Masking, PersonalData, mask_phone_number};
