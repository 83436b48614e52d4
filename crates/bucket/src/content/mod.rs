//! The bytes of objects on their way in and out.

mod conditions;
mod digest;
mod range;
mod receive;
mod send;

pub(crate) use conditions::{Conditions, Verdict, same_etag};
pub(crate) use digest::{Digests, Md5Sum, combine_crc64};
pub(crate) use range::{Span, span};
pub use receive::Body;
pub(crate) use receive::{Expected, Received, limited, receive};
pub use send::Payload;
pub(crate) use send::{Content, copy};
