//! A bucket of a service that speaks S3, elsewhere. As exact as one of this server: a file is put only where nothing is.

use std::sync::Arc;

use audit::trail::DestinationFault;
use bytes::Bytes;
use objects::{OnceBucket, OnceError, OnceFault};

use super::{ObjectPlace, Waiting};
use crate::failure::Failure;
use crate::limits::{MAX_OBJECT_BYTES, S3_KEYS_PAGE};

/// A bucket elsewhere, as a trail sees it.
pub(super) struct RemoteS3 {
    pub client: Arc<OnceBucket>,
}

/// Whether the bucket is there and lets the server in.
pub(super) async fn check(client: &OnceBucket) -> Result<(), DestinationFault> {
    client.look().await.map_err(|error| {
        let text = error.to_string();
        match error.fault {
            OnceFault::NoBucket => DestinationFault::Missing(text),
            OnceFault::Denied => DestinationFault::NotAllowed(text),
            OnceFault::Refused | OnceFault::Taken => DestinationFault::Refused(text),
            OnceFault::Busy | OnceFault::Unreachable => DestinationFault::Unavailable(text),
        }
    })
}

fn failed(error: OnceError) -> Failure {
    Failure::new(error.to_string())
}

impl ObjectPlace for RemoteS3 {
    fn put_once<'a>(&'a self, key: &'a str, content_type: &'static str, bytes: Bytes) -> Waiting<'a, ()> {
        Box::pin(async move { self.client.put_once(key, content_type, bytes).await.map_err(failed) })
    }

    fn has<'a>(&'a self, key: &'a str) -> Waiting<'a, bool> {
        Box::pin(async move { self.client.has(key).await.map_err(failed) })
    }

    fn keys<'a>(&'a self, prefix: &'a str, after: &'a str) -> Waiting<'a, Vec<String>> {
        Box::pin(async move { self.client.keys(prefix, after, S3_KEYS_PAGE).await.map_err(failed) })
    }

    fn read<'a>(&'a self, key: &'a str) -> Waiting<'a, Bytes> {
        Box::pin(async move { self.client.read(key, MAX_OBJECT_BYTES).await.map_err(failed) })
    }
}
