//! What the operations on trails ask of others: can this be a destination, and how is the delivery going?

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;

use super::record::Trail;

/// How deliveries go. Answers from memory: every GetTrailStatus asks.
pub trait DeliveryBook: Send + Sync + 'static {
    /// What is known of a trail's deliveries.
    fn status(&self, trail: &Trail) -> TrailDelivery;

    /// Compares what a trail should have delivered with what lies in its destinations: a list of reports, or why there is
    /// none. Takes as long as reading all of it.
    fn verify<'a>(&'a self, _trail: &'a Trail) -> VerifyFuture<'a> {
        Box::pin(async { Err("this server does not deliver".to_owned()) })
    }

    /// How far a history job of a trail is.
    fn job_progress<'a>(&'a self, _trail_id: &'a str, _job_id: i64) -> ProgressFuture<'a> {
        Box::pin(async { None })
    }
}

/// How far a history job is, if that is known.
pub type ProgressFuture<'a> = Pin<Box<dyn Future<Output = Option<JobProgress>> + Send + 'a>>;

/// How far a history job is, over all its destinations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobProgress {
    /// Events that are delivered, or left out because they are not wanted or are there already.
    pub done: u64,
    /// Events that the job looks at.
    pub total: u64,
}

/// What a comparison of destinations gives: JSON that the command line shows.
pub type VerifyFuture<'a> = Pin<Box<dyn Future<Output = Result<serde_json::Value, String>> + Send + 'a>>;

/// How the deliveries of a trail go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrailDelivery {
    /// To the bucket.
    pub bucket: DestinationStatus,
    /// To the logstore.
    pub logs: DestinationStatus,
    /// Of data events.
    pub data: DataStatus,
}

/// How the delivery of data events goes. It is one, to the projects of all regions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DataStatus {
    /// As a whole.
    pub status: DestinationStatus,
    /// The region whose project failed last; nothing when it was none of them alone.
    pub failed_region: Option<String>,
    /// Regions whose projects got something since the server was started.
    pub delivered_regions: BTreeSet<String>,
}

/// How the deliveries to one destination go. Empty for one that is not set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DestinationStatus {
    /// Last delivery that succeeded, Unix milliseconds.
    pub latest_delivery_ms: Option<i64>,
    /// Why the last one failed and what to do; nothing when a later one succeeded.
    pub latest_error: Option<String>,
    /// Events that wait.
    pub lag_events: Option<u64>,
    /// Age of the oldest event that waits, seconds.
    pub lag_s: Option<u64>,
    /// Events that were not delivered before their retention was over.
    pub expired_events: Option<u64>,
}

/// Of a server that does not deliver.
#[derive(Debug, Clone, Copy, Default)]
pub struct NothingDelivered;

impl DeliveryBook for NothingDelivered {
    fn status(&self, _trail: &Trail) -> TrailDelivery {
        TrailDelivery::default()
    }
}

/// A question to [`Destinations`].
pub type DestinationFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, DestinationFault>> + Send + 'a>>;

/// Where events can be delivered to.
pub trait Destinations: Send + Sync + 'static {
    /// Looks whether the bucket is there and may be written; answers where it is (`oss-cn-hangzhou`). Asked when a trail is
    /// created, gets another bucket, and starts.
    fn check_bucket<'a>(&'a self, wish: BucketWish<'a>) -> DestinationFuture<'a, String>;

    /// Looks whether the project is there and may be written, and makes the logstore in it with index, write protection and
    /// dashboards where it is missing. May be asked again for the same trail.
    fn prepare_logs<'a>(&'a self, wish: LogsWish<'a>) -> DestinationFuture<'a, ()>;

    /// Looks whether the logstore is there and may be written, and makes nothing.
    fn check_logs<'a>(&'a self, wish: LogsWish<'a>) -> DestinationFuture<'a, ()>;

    /// Like [`Destinations::prepare_logs`] for data events, in a project of the account's own that is made as well where it
    /// is missing.
    fn prepare_data_logs<'a>(&'a self, wish: LogsWish<'a>) -> DestinationFuture<'a, ()>;
}

/// A bucket that a trail wants to write.
#[derive(Debug, Clone, Copy)]
pub struct BucketWish<'a> {
    /// Owner of the trail.
    pub account_id: &'a str,
    /// Bucket.
    pub bucket: &'a str,
    /// Begin of the keys.
    pub prefix: &'a str,
    /// Role that writes; empty: the account itself.
    pub write_role_arn: &'a str,
}

/// A project that a trail wants to write.
#[derive(Debug, Clone, Copy)]
pub struct LogsWish<'a> {
    /// Owner of the trail.
    pub account_id: &'a str,
    /// Id of the trail: whoever else has the logstore's name is not it.
    pub trail_id: &'a str,
    /// Project, see [`super::LogProject`].
    pub project_arn: &'a str,
    /// Logstore, `actiontrail_<trail>`.
    pub logstore: &'a str,
    /// Role that writes; empty: the account itself.
    pub write_role_arn: &'a str,
}

/// Why something is no destination. The texts say what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DestinationFault {
    /// No such bucket, or project.
    #[error("{0}")]
    Missing(String),
    /// The account, or the role, may not write there.
    #[error("{0}")]
    NotAllowed(String),
    /// The role is missing, or does not trust the audit.
    #[error("{0}")]
    NoRole(String),
    /// The logstore could not be made.
    #[error("{0}")]
    Refused(String),
    /// It does not answer.
    #[error("{0}")]
    Unavailable(String),
}
