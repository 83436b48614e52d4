//! The object storage service: buckets, objects, multipart uploads, lifecycle and write-once retention, as the official
//! OSS clients expect them.
//!
//! A request is read ([`request`], [`reading`]), believed ([`authenticate`], [`signature`]), named ([`operation`]),
//! permitted, done ([`operations`]) and answered ([`service`]). Rows in the control database say what there is; files
//! ([`blobs`]) hold the bytes. A write is visible when its row is committed, and its row is committed when its file is
//! durable, so a crash leaves the old object or the new one. The [`client`] speaks the same protocol to this service or to
//! the cloud's.
//!
//! It is not: a socket, or encryption at rest (asked for, it is stored and shown, not done).

mod answer;
mod authenticate;
pub mod blobs;
pub mod client;
mod clock;
mod content;
mod events;
mod fault;
mod inside;
mod lifecycle;
pub mod limits;
mod links;
pub mod names;
mod operation;
mod operations;
mod reading;
mod request;
mod rows;
mod schema;
mod service;
pub mod signature;
mod worm;
mod xml;

pub use answer::{Answer, http_date};
pub use authenticate::is_signed;
pub use content::{Body, Payload};
pub use events::data_event_names;
pub use fault::{Code, Fault, codes};
pub use inside::Facts;
pub use operations::{BucketOwner, OrphanError, PutOutcome};
pub use request::{Head, Query};
pub use service::{BucketError, BucketService, Settings};
