//! ActionTrail: every call becomes an event, on disk before the caller hears of it, and events are looked up.
//!
//! The recorder turns what the gateway tells into events and journals them; the indexer follows the journal into the
//! store; `LookupEvents` and `DescribeRegions` (2020-07-06) answer from it. Calls that fail
//! authentication belong to no account and go to a log of their own. It is not storage and not transport.

mod account_settings;
mod counters;
mod data_events;
mod dates;
mod describe_regions;
mod event_source;
mod indexer;
mod insights;
mod key_use;
mod keys;
mod life_cycle;
pub mod limits;
mod list_token;
pub mod lookup;
mod operations;
mod page;
mod recorder;
mod rejected;
mod retention;
mod saved_queries;
mod scenes;
mod schema;
mod sql;
mod tables;
mod to_event;
pub mod trail;
mod version_2017;

pub use data_events::{
    Condition, DataDelivery, DataEventFilter, DataEventSelection, DataEventSelector, DataEventService, DataFacts,
    DataMarks, DataSpan, STREAM_PREFIX as DATA_STREAM_PREFIX,
};
pub use event_source::{EventSource, EventsUnreadable, Read, SourceRecord};
pub use indexer::{Indexer, IndexerFault};
pub use key_use::KeyUse;
pub use keys::LookupKey;
pub use operations::{ActionTrail, LookupSettings, OPERATIONS, PRODUCT, Surroundings};
pub use recorder::{AuditRecorder, STREAM_PREFIX, account_of};
pub use rejected::{RejectedCounts, RejectedEntry, RejectedLog, read_rejected};
pub use retention::ExpiryReporter;
pub use schema::event_schemas;
pub use sql::{SqlAnswer, SqlAnswering, SqlEngine, SqlFailure, SqlQuestion};
pub use to_event::to_event;
pub use version_2017::{OPERATIONS_2017, PRODUCT_2017};
