//! Segments and files in object storage: S3 and what speaks it, Google Cloud Storage, Azure; behind the store's trait for
//! files of segments.
//!
//! It is: an [`ObjectStorage`] that puts files durably and verified, reads them through a bounded cache on the local disk,
//! and says in its errors what an operator has to do; and [`WholeObjects`], which reads without that cache, for checks. Beside
//! them [`OnceBucket`]: files that are put once into a bucket that others read.
//! It is not: aware of what a segment is, or needed by the store: the store is built and tested without it.
//!
//! The store's calls block and come from threads of its own; the client is asynchronous and lives on a runtime. The two
//! meet in `bucket.rs`, where a call waits for the runtime, and nowhere else.

mod advice;
mod bucket;
mod cache;
mod client;
mod counters;
mod flights;
mod length;
pub mod limits;
mod object;
mod once;
mod owner;
mod remote;
mod settings;
mod storage;
mod stream;
mod unfinished;
mod upload;
mod whole;

pub use bucket::RemoteBucket;
pub use counters::ObjectStorageStats;
pub use once::{OnceBucket, OnceError, OnceFault};
pub use owner::Owned;
pub use remote::Remote;
pub use settings::{
    AzureAccount, Credentials, Patience, S3Service, Scheme, Service, ServiceAccount, StorageSettings, StorageUrl,
    parse_url,
};
pub use storage::ObjectStorage;
pub use stream::NewObject;
pub use unfinished::UnfinishedUploads;
pub use whole::WholeObjects;
