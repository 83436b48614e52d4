//! Destinations: what a batch becomes, and where it is written.
//!
//! A place takes a file, or a group of logs, under a name that it recognises, so that writing again changes nothing. There
//! is one kind of place for each service that takes deliveries; what they have in common is here.

mod dashboards;
mod embedded_bucket;
mod embedded_logs;
mod prepare;
mod remote;
mod remote_bucket;
mod remote_logs;
mod remote_s3;
mod rights;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use audit::trail::Trail;
use bytes::Bytes;
use logstore::wire::{Content, LogGroup, PutLog};

use crate::batch::{Batch, BatchInHand};
use crate::failure::Failure;
use crate::gathering::EventInHand;
use crate::object_file::{CONTENT_TYPE, KeyBeginning, ObjectFile, files};

pub use embedded_bucket::EmbeddedBucket;
pub use embedded_logs::EmbeddedLogs;
pub use prepare::{EmbeddedPlaces, default_index};
pub use remote::{ConfiguredPlaces, Elsewhere};
pub use rights::{Rights, Roles};

/// An answer that takes time.
pub type Waiting<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// The kinds of destinations; a trail has at most one of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A bucket.
    Bucket,
    /// A logstore.
    Logs,
    /// The logstores of data events, one in the project of each region.
    Data,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 3] = [Kind::Bucket, Kind::Logs, Kind::Data];
    /// Those of management events, which are delivered by the spans in which a trail logs.
    pub const OF_MANAGEMENT: [Kind; 2] = [Kind::Bucket, Kind::Logs];

    /// The word in rows, metrics and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Bucket => "bucket",
            Kind::Logs => "logstore",
            Kind::Data => "data",
        }
    }

    /// Whether a target names a destination of this kind.
    pub fn is_kind_of(self, target: &str) -> bool {
        target.strip_prefix(self.as_str()).is_some_and(|generation| generation.starts_with('-'))
    }

    /// What names the present destination of a trail; `None` when it has none of this kind.
    pub fn target(self, trail: &Trail) -> Option<String> {
        match self {
            Kind::Bucket => trail.has_bucket().then(|| format!("bucket-{}", trail.oss_generation)),
            Kind::Logs => trail.has_logs().then(|| format!("logstore-{}", trail.sls_generation)),
            Kind::Data => trail.delivers_data().then(|| format!("data-{}", trail.data_generation)),
        }
    }
}

/// A place for files.
pub trait ObjectPlace: Send + Sync {
    /// Writes a file under a key that nothing else has. When it is there, with these bytes, that is a success.
    fn put_once<'a>(&'a self, key: &'a str, content_type: &'static str, bytes: Bytes) -> Waiting<'a, ()>;

    /// Whether there is something under a key.
    fn has<'a>(&'a self, key: &'a str) -> Waiting<'a, bool>;

    /// Keys that begin with a text, behind a key, in the order of their bytes: some of them; none at the end.
    fn keys<'a>(&'a self, prefix: &'a str, after: &'a str) -> Waiting<'a, Vec<String>>;

    /// The bytes of an object.
    fn read<'a>(&'a self, key: &'a str) -> Waiting<'a, Bytes>;
}

/// A place for logs.
pub trait LogPlace: Send + Sync {
    /// Writes a group, unless one with this id is there.
    fn append_once<'a>(&'a self, pack_id: &'a str, logs: LogGroup) -> Waiting<'a, ()>;

    /// Whether a group may be there twice, because the service has no names for groups: the second has the same
    /// `__pack_id__`.
    fn may_repeat(&self) -> bool {
        false
    }

    /// Names of its shards.
    fn shards(&self) -> Waiting<'_, Vec<u64>>;

    /// Groups of a shard from a cursor on, empty for the first; and the cursor that follows, if anything may.
    fn groups<'a>(&'a self, shard: u64, cursor: &'a str) -> Waiting<'a, (Vec<LogGroup>, Option<String>)>;
}

/// Where the destinations of trails are.
pub trait Places: Send + Sync + 'static {
    /// The bucket of a trail.
    fn bucket(&self, trail: &Trail) -> Result<Arc<dyn ObjectPlace>, Failure>;

    /// The logstore of a trail.
    fn logs(&self, trail: &Trail) -> Result<Arc<dyn LogPlace>, Failure>;

    /// The trail is gone, or has another project: the logstore may have other writers.
    fn release_logs<'a>(&'a self, trail: &'a Trail) -> Waiting<'a, ()>;

    /// The logstore of a trail's data events of a region; it is made when it is not there.
    fn data_logs(&self, trail: &Trail, region: &str) -> Result<Arc<dyn LogPlace>, Failure>;

    /// The trail is gone, or wants no data events any more: the logstore of a region may have other writers.
    fn release_data_logs<'a>(&'a self, trail: &'a Trail, region: &'a str) -> Waiting<'a, ()>;
}

/// The topic of delivered logs.
pub const TOPIC: &str = "actiontrail_audit_event";
/// Their source.
pub const SOURCE: &str = "actiontrail_internal";
/// The one key of a delivered log.
pub const EVENT_KEY: &str = "event";

/// The tag that names a group.
pub(crate) const PACK_ID_TAG: &str = "__pack_id__";

/// The destination of a delivery.
pub(crate) enum Destination {
    Bucket {
        place: Arc<dyn ObjectPlace>,
        prefix: String,
        organization: Option<String>,
    },
    Logs {
        place: Arc<dyn LogPlace>,
    },
    /// By region.
    Data {
        places: Vec<(String, Arc<dyn LogPlace>)>,
    },
}

/// A batch in the form in which it is written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Prepared {
    Files(Vec<ObjectFile>),
    Logs(LogGroup),
    /// By region.
    Regions(Vec<(Arc<str>, LogGroup)>),
}

impl Destination {
    /// The destination of a kind that a trail has now.
    pub(crate) fn of(kind: Kind, trail: &Trail, places: &dyn Places) -> Result<Destination, Failure> {
        Ok(match kind {
            Kind::Bucket => Destination::Bucket {
                place: places.bucket(trail)?,
                prefix: trail.oss_key_prefix.clone(),
                organization: trail.is_organization_trail.then(|| trail.organization_id.clone()),
            },
            Kind::Logs => Destination::Logs { place: places.logs(trail)? },
            Kind::Data => {
                let open = |region: String| match places.data_logs(trail, &region) {
                    Ok(place) => Ok((region, place)),
                    Err(failure) => Err(failure.in_region(&region)),
                };
                Destination::Data { places: trail.data_regions().into_iter().map(open).collect::<Result<_, _>>()? }
            }
        })
    }

    /// What a batch becomes. The same batch becomes the same, whenever it is asked.
    pub(crate) fn prepare(&self, in_hand: &BatchInHand) -> Result<Prepared, Failure> {
        match self {
            Destination::Bucket { prefix, organization, .. } => {
                let member = organization.as_deref().map(|id| (id, in_hand.batch.account_id()));
                let beginning = KeyBeginning { prefix, member };
                let made = files(&beginning, &in_hand.events, in_hand.batch.made_ms);
                made.map(Prepared::Files).map_err(|error| Failure::new(format!("events cannot be packed: {error}")))
            }
            Destination::Logs { .. } => Ok(Prepared::Logs(logs(&in_hand.events)?)),
            Destination::Data { .. } => {
                let mut by_region: BTreeMap<Arc<str>, Vec<&EventInHand>> = BTreeMap::new();
                for event in &in_hand.events {
                    by_region.entry(event.region.clone()).or_default().push(event);
                }
                let groups = by_region.into_iter().map(|(region, events)| Ok((region, logs(events)?)));
                groups.collect::<Result<_, Failure>>().map(Prepared::Regions)
            }
        }
    }

    /// Writes a batch; what of it is there already stays.
    pub(crate) async fn write(&self, delivery_id: &str, batch: &Batch, prepared: &Prepared) -> Result<(), Failure> {
        match (self, prepared) {
            (Destination::Bucket { place, .. }, Prepared::Files(files)) => {
                for file in files {
                    place.put_once(&file.key, CONTENT_TYPE, file.bytes.clone()).await?;
                }
                Ok(())
            }
            (Destination::Logs { place }, Prepared::Logs(logs)) if !logs.logs.is_empty() => {
                place.append_once(&batch.pack_id(delivery_id), logs.clone()).await
            }
            (Destination::Logs { .. }, Prepared::Logs(_)) => Ok(()),
            (Destination::Data { places }, Prepared::Regions(groups)) => {
                for (region, logs) in groups {
                    let place = places.iter().find(|(known, _)| **known == **region).map(|(_, place)| place);
                    let place = place.ok_or_else(|| {
                        Failure::new("the trail has no project for the region any more; put its selector again")
                            .in_region(region)
                    })?;
                    let written = place.append_once(&batch.pack_id(delivery_id), logs.clone()).await;
                    written.map_err(|failure| failure.in_region(region))?;
                }
                Ok(())
            }
            _ => Err(Failure::new("a batch was prepared for another destination; restart the server")),
        }
    }

    /// Whether a file is there.
    pub(crate) async fn has(&self, key: &str) -> Result<bool, Failure> {
        match self {
            Destination::Bucket { place, .. } => place.has(key).await,
            Destination::Logs { .. } | Destination::Data { .. } => Ok(false),
        }
    }
}

/// A group: a log for each event, at the event's time.
fn logs<'a>(events: impl IntoIterator<Item = &'a EventInHand>) -> Result<LogGroup, Failure> {
    let log = |event: &EventInHand| {
        let text = std::str::from_utf8(&event.bytes)
            .map_err(|_| Failure::new(format!("the event at position {} is not UTF-8", event.position)))?;
        Ok(PutLog {
            time: Some(u32::try_from(event.time_s).unwrap_or_default()),
            contents: vec![Content { key: Some(EVENT_KEY.to_owned()), value: Some(text.to_owned()) }],
            time_ns: None,
        })
    };
    Ok(LogGroup {
        logs: events.into_iter().map(log).collect::<Result<_, Failure>>()?,
        topic: Some(TOPIC.to_owned()),
        source: Some(SOURCE.to_owned()),
        ..LogGroup::default()
    })
}
