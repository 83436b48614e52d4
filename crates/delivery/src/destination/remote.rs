//! Buckets and logstores of another service, the cloud's or another server of this kind.
//!
//! A bucket is as exact as one of this server: a file has a name of its own and is not overwritten. A log service has no
//! such thing: a group that was written and not answered is written again, and is recognised by its `__pack_id__` alone.

use std::collections::HashMap;
use std::sync::Arc;

use audit::trail::{BucketWish, DestinationFault, DestinationFuture, Destinations, LogProject, LogsWish, Trail};
use bucket::client::{BucketClient, Listing, PutOptions};
use bytes::Bytes;
use logstore::client::LogStoreClient;
use logstore::limits::MAX_AGE_S;
use logstore::wire::{LogGroup, LogTag};
use objects::OnceBucket;
use openapi::clock::now_ms;
use serde_json::Value;

use super::remote_s3::{self, RemoteS3};
use super::{EmbeddedPlaces, LogPlace, ObjectPlace, Places, Waiting, default_index};
use crate::failure::Failure;
use crate::limits::MAX_OBJECT_BYTES;

/// The tag that names a group.
const PACK_ID_TAG: &str = "__pack_id__";
/// Shards of a logstore that is made.
const SHARDS: u32 = 2;

/// The destinations that the configuration names, and for everything else those of this server.
pub struct ConfiguredPlaces {
    /// This server's own.
    pub embedded: EmbeddedPlaces,
    /// Clients of buckets elsewhere, by name.
    pub buckets: HashMap<String, Arc<BucketClient>>,
    /// Clients of buckets elsewhere that speak S3, by name.
    pub s3_buckets: HashMap<String, Arc<OnceBucket>>,
    /// Clients of projects elsewhere, by name.
    pub projects: HashMap<String, Arc<LogStoreClient>>,
}

struct RemoteBucket {
    client: Arc<BucketClient>,
    bucket: String,
}

struct RemoteLogs {
    client: Arc<LogStoreClient>,
    project: String,
    logstore: String,
}

/// Runs a call of a client that blocks.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Failure> + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Failure::new(error.to_string()))?
}

fn bucket_failed(bucket: &str, error: &bucket::client::ClientError) -> Failure {
    let what_to_do = match error.code() {
        "NoSuchBucket" => "; create it again, or give the trail another bucket",
        "AccessDenied" | "InvalidAccessKeyId" | "SignatureDoesNotMatch" => {
            "; give the key in [delivery] the right to write"
        }
        _ => "; delivery is repeated",
    };
    Failure::new(format!("bucket {bucket}: {error}{what_to_do}"))
}

impl ObjectPlace for RemoteBucket {
    fn put_once<'a>(&'a self, key: &'a str, content_type: &'static str, bytes: Bytes) -> Waiting<'a, ()> {
        let (client, bucket, key) = (self.client.clone(), self.bucket.clone(), key.to_owned());
        Box::pin(blocking(move || {
            let options = PutOptions { forbid_overwrite: true, content_type, ..PutOptions::default() };
            client.put(&bucket, &key, &bytes, &options).map(drop).map_err(|error| bucket_failed(&bucket, &error))
        }))
    }

    fn has<'a>(&'a self, key: &'a str) -> Waiting<'a, bool> {
        let (client, bucket, key) = (self.client.clone(), self.bucket.clone(), key.to_owned());
        Box::pin(blocking(move || {
            client.head(&bucket, &key).map(|found| found.is_some()).map_err(|error| bucket_failed(&bucket, &error))
        }))
    }

    fn keys<'a>(&'a self, prefix: &'a str, after: &'a str) -> Waiting<'a, Vec<String>> {
        let (client, bucket) = (self.client.clone(), self.bucket.clone());
        let (prefix, after) = (prefix.to_owned(), after.to_owned());
        Box::pin(blocking(move || {
            let listing = Listing { prefix: &prefix, start_after: &after, max_keys: 1_000, ..Listing::default() };
            let page = client.list(&bucket, &listing).map_err(|error| bucket_failed(&bucket, &error))?;
            Ok(page.objects.into_iter().map(|object| object.key).collect())
        }))
    }

    fn read<'a>(&'a self, key: &'a str) -> Waiting<'a, Bytes> {
        let (client, bucket, key) = (self.client.clone(), self.bucket.clone(), key.to_owned());
        Box::pin(blocking(move || {
            let failed = |error| bucket_failed(&bucket, &error);
            let size = client.head(&bucket, &key).map_err(failed)?.map_or(0, |info| info.size);
            if size > MAX_OBJECT_BYTES {
                return Err(Failure::new(format!("{bucket}/{key} has {size} bytes, which are too many")));
            }
            if size == 0 {
                return Ok(Bytes::new());
            }
            client.get_range(&bucket, &key, 0, size).map(Bytes::from).map_err(failed)
        }))
    }
}

impl RemoteLogs {
    async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&LogStoreClient, &str, &str) -> Result<T, logstore::client::ClientError> + Send + 'static,
    ) -> Result<T, Failure> {
        let (client, project, logstore) = (self.client.clone(), self.project.clone(), self.logstore.clone());
        blocking(move || {
            work(&client, &project, &logstore).map_err(|error| {
                Failure::new(format!(
                    "write sls failed, exception: logstore {logstore} of project {project}: {error}; delivery is repeated"
                ))
            })
        })
        .await
    }
}

impl LogPlace for RemoteLogs {
    fn append_once<'a>(&'a self, pack_id: &'a str, mut logs: LogGroup) -> Waiting<'a, ()> {
        logs.log_tags.push(LogTag { key: Some(PACK_ID_TAG.to_owned()), value: Some(pack_id.to_owned()) });
        // A service refuses groups with old logs; when an event was, is in the event.
        let now_s = now_ms().div_euclid(1_000);
        for log in &mut logs.logs {
            if log.time.is_none_or(|time| i64::from(time) < now_s - MAX_AGE_S + 3_600) {
                log.time = u32::try_from(now_s).ok();
            }
        }
        Box::pin(self.call(move |client, project, logstore| client.put(project, logstore, logs)))
    }

    fn shards(&self) -> Waiting<'_, Vec<u64>> {
        Box::pin(self.call(|client, project, logstore| {
            let found = client.get(project, &format!("/logstores/{logstore}/shards"), &[])?;
            let shards = found.as_array().map(Vec::as_slice).unwrap_or_default();
            Ok(shards.iter().filter_map(|shard| shard["shardID"].as_u64()).collect())
        }))
    }

    fn groups<'a>(&'a self, shard: u64, cursor: &'a str) -> Waiting<'a, (Vec<LogGroup>, Option<String>)> {
        let cursor = cursor.to_owned();
        Box::pin(self.call(move |client, project, logstore| {
            let from = if cursor.is_empty() { client.cursor(project, logstore, shard, "begin")? } else { cursor };
            let (list, next) = client.pull(project, logstore, shard, &from)?;
            Ok((list.groups, (next != from).then_some(next)))
        }))
    }
}

impl ConfiguredPlaces {
    fn remote_logs(&self, project_arn: &str, logstore: String) -> Option<RemoteLogs> {
        let project = LogProject::parse(project_arn)?.project;
        let client = self.projects.get(&project)?.clone();
        Some(RemoteLogs { client, project, logstore })
    }
}

impl Places for ConfiguredPlaces {
    fn bucket(&self, trail: &Trail) -> Result<Arc<dyn ObjectPlace>, Failure> {
        if let Some(client) = self.s3_buckets.get(&trail.oss_bucket_name) {
            return Ok(Arc::new(RemoteS3 { client: client.clone() }));
        }
        match self.buckets.get(&trail.oss_bucket_name) {
            Some(client) => {
                Ok(Arc::new(RemoteBucket { client: client.clone(), bucket: trail.oss_bucket_name.clone() }))
            }
            None => self.embedded.bucket(trail),
        }
    }

    fn logs(&self, trail: &Trail) -> Result<Arc<dyn LogPlace>, Failure> {
        match self.remote_logs(&trail.sls_project_arn, trail.logstore()) {
            Some(remote) => Ok(Arc::new(remote)),
            None => self.embedded.logs(trail),
        }
    }

    fn release_logs<'a>(&'a self, trail: &'a Trail) -> Waiting<'a, ()> {
        match self.remote_logs(&trail.sls_project_arn, trail.logstore()) {
            Some(_) => Box::pin(async { Ok(()) }),
            None => self.embedded.release_logs(trail),
        }
    }

    fn data_logs(&self, trail: &Trail, region: &str) -> Result<Arc<dyn LogPlace>, Failure> {
        match self.remote_logs(&trail.data_project_arn(region), trail.logstore()) {
            Some(remote) => Ok(Arc::new(remote)),
            None => self.embedded.data_logs(trail, region),
        }
    }

    fn release_data_logs<'a>(&'a self, trail: &'a Trail, region: &'a str) -> Waiting<'a, ()> {
        match self.remote_logs(&trail.data_project_arn(region), trail.logstore()) {
            Some(_) => Box::pin(async { Ok(()) }),
            None => self.embedded.release_data_logs(trail, region),
        }
    }
}

/// What an answer of a log service says of it as a destination.
fn logs_fault(error: &logstore::client::ClientError) -> DestinationFault {
    use logstore::client::ClientError::Refused;
    let text = error.to_string();
    match error {
        Refused { code, .. } if code == "ProjectNotExist" => DestinationFault::Missing(text),
        Refused { status: 401 | 403, .. } => DestinationFault::NotAllowed(text),
        Refused { .. } => DestinationFault::Refused(text),
        _ => DestinationFault::Unavailable(text),
    }
}

impl Destinations for ConfiguredPlaces {
    fn check_bucket<'a>(&'a self, wish: BucketWish<'a>) -> DestinationFuture<'a, String> {
        if let Some(client) = self.s3_buckets.get(wish.bucket) {
            return Box::pin(async move { remote_s3::check(client).await.map(|()| format!("s3-{}", client.region())) });
        }
        let Some(client) = self.buckets.get(wish.bucket).cloned() else { return self.embedded.check_bucket(wish) };
        let bucket = wish.bucket.to_owned();
        Box::pin(async move {
            let asked = tokio::task::spawn_blocking(move || client.bucket_info(&bucket)).await;
            let asked = asked.map_err(|error| DestinationFault::Unavailable(error.to_string()))?;
            asked.map(|info| info.location).map_err(|error| match error.code() {
                "NoSuchBucket" => DestinationFault::Missing(error.to_string()),
                "" => DestinationFault::Unavailable(error.to_string()),
                _ => DestinationFault::NotAllowed(error.to_string()),
            })
        })
    }

    fn prepare_logs<'a>(&'a self, wish: LogsWish<'a>) -> DestinationFuture<'a, ()> {
        let Some(remote) = self.remote_logs(wish.project_arn, wish.logstore.to_owned()) else {
            return self.embedded.prepare_logs(wish);
        };
        Box::pin(async move {
            let RemoteLogs { client, project, logstore } = remote;
            let making = tokio::task::spawn_blocking(move || {
                let days = u32::try_from(logstore::limits::MAX_TTL_DAYS).unwrap_or(3_650);
                client.create_logstore(&project, &logstore, days, SHARDS)?;
                client.create_index(&project, &logstore, &Value::Object(default_index()))
            });
            let made = making.await.map_err(|error| DestinationFault::Unavailable(error.to_string()))?;
            made.map_err(|error| logs_fault(&error))
        })
    }

    fn check_logs<'a>(&'a self, wish: LogsWish<'a>) -> DestinationFuture<'a, ()> {
        let Some(remote) = self.remote_logs(wish.project_arn, wish.logstore.to_owned()) else {
            return self.embedded.check_logs(wish);
        };
        Box::pin(async move {
            let RemoteLogs { client, project, logstore } = remote;
            let path = format!("/logstores/{logstore}");
            let asked = tokio::task::spawn_blocking(move || client.get(&project, &path, &[])).await;
            let asked = asked.map_err(|error| DestinationFault::Unavailable(error.to_string()))?;
            asked.map(drop).map_err(|error| logs_fault(&error))
        })
    }

    fn prepare_data_logs<'a>(&'a self, wish: LogsWish<'a>) -> DestinationFuture<'a, ()> {
        match self.remote_logs(wish.project_arn, wish.logstore.to_owned()) {
            Some(_) => self.prepare_logs(wish),
            None => self.embedded.prepare_data_logs(wish),
        }
    }
}
