//! A bucket elsewhere. As exact as one of this server: a file has a name of its own and is not overwritten.

use std::sync::Arc;

use audit::trail::DestinationFault;
use bucket::client::{BucketClient, ClientError, Listing, PutOptions};
use bytes::Bytes;
use openapi::client::CallError;

use super::remote::blocking;
use super::{ObjectPlace, Waiting};
use crate::failure::Failure;
use crate::limits::MAX_OBJECT_BYTES;

/// A bucket elsewhere, as a trail sees it.
pub(super) struct RemoteBucket {
    pub client: Arc<BucketClient>,
    pub bucket: String,
}

impl RemoteBucket {
    /// Whether the bucket is there; where it is.
    pub(super) async fn check(self) -> Result<String, DestinationFault> {
        let asked = tokio::task::spawn_blocking(move || self.client.bucket_info(&self.bucket)).await;
        let asked = asked.map_err(|error| DestinationFault::Unavailable(error.to_string()))?;
        asked.map(|info| info.location).map_err(|error| match error.code() {
            _ if error.is_passing() => DestinationFault::Unavailable(error.to_string()),
            "NoSuchBucket" => DestinationFault::Missing(error.to_string()),
            "" if !matches!(error, ClientError::Call(CallError::Role { .. })) => {
                DestinationFault::Unavailable(error.to_string())
            }
            _ => DestinationFault::NotAllowed(error.to_string()),
        })
    }
}

fn bucket_failed(bucket: &str, error: &ClientError) -> Failure {
    let what_to_do = match error.code() {
        "NoSuchBucket" => "; create it again, or give the trail another bucket",
        "AccessDenied" | "InvalidAccessKeyId" | "SignatureDoesNotMatch" => {
            "; give the key in [delivery] the right to write"
        }
        _ if matches!(error, ClientError::Call(CallError::Unreachable { .. })) => {
            "; look at the network and at the endpoint in [[delivery.buckets]]; delivery is repeated"
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
