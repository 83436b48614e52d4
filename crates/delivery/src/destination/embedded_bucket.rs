//! A bucket of this server, written without the way over HTTP.

use std::sync::Arc;

use audit::trail::DestinationFault;
use bucket::{BucketService, Fault, codes};
use bytes::Bytes;

use super::rights::Wish;
use super::{ObjectPlace, Rights, Waiting};
use crate::failure::Failure;
use crate::limits::MAX_OBJECT_BYTES;

/// A bucket of this server, as a trail sees it.
pub struct EmbeddedBucket {
    /// The service.
    pub service: Arc<BucketService>,
    /// What may be written.
    pub rights: Rights,
    /// Owner of the trail.
    pub account_id: String,
    /// The bucket.
    pub bucket: String,
    /// Role that writes; empty for the account itself.
    pub role_arn: String,
}

impl EmbeddedBucket {
    /// Whether objects with these keys may be written; the answer is the region of the bucket.
    pub async fn check(&self, key: &str) -> Result<String, DestinationFault> {
        let owner = self.service.owner(&self.bucket).await;
        let owner = owner.map_err(|fault| DestinationFault::Unavailable(fault.to_string()))?;
        let owner = owner.ok_or_else(|| {
            DestinationFault::Missing(format!(
                "bucket {} does not exist: create it, or give the trail another bucket",
                self.bucket
            ))
        })?;
        self.rights.check(&Wish {
            account_id: &self.account_id,
            role_arn: &self.role_arn,
            role_parameter: "OssWriteRoleArn",
            owner: &owner.account_id,
            action: "oss:PutObject",
            resource: &format!("acs:oss:*:{}:{}/{key}", owner.account_id, self.bucket),
            what: &format!("bucket {}", self.bucket),
        })?;
        Ok(owner.region)
    }

    fn failed(&self, fault: &Fault) -> Failure {
        let what_to_do = match fault.code {
            codes::NO_SUCH_BUCKET => "create it again, or give the trail another bucket",
            codes::FILE_EXISTS | codes::FILE_IMMUTABLE => "remove or rename the object that has the name of a delivery",
            codes::UNAVAILABLE => "Delivery goes on by itself then",
            _ => "see the server's log; delivery is repeated",
        };
        Failure::new(format!("bucket {}: {}: {} {what_to_do}", self.bucket, fault.code.name, fault.message))
    }
}

impl ObjectPlace for EmbeddedBucket {
    fn put_once<'a>(&'a self, key: &'a str, content_type: &'static str, bytes: Bytes) -> Waiting<'a, ()> {
        Box::pin(async move {
            self.check(key).await.map_err(|fault| Failure::new(fault.to_string()))?;
            let (service, bucket, key) = (self.service.clone(), self.bucket.clone(), key.to_owned());
            // A task of its own, so that what was begun ends.
            let putting = tokio::spawn(async move { service.put_once(&bucket, &key, content_type, bytes).await });
            let outcome = putting.await.map_err(|error| Failure::new(error.to_string()))?;
            outcome.map(|_| ()).map_err(|fault| self.failed(&fault))
        })
    }

    fn has<'a>(&'a self, key: &'a str) -> Waiting<'a, bool> {
        Box::pin(async move {
            let page = self.service.keys(&self.bucket, key, "").await.map_err(|fault| self.failed(&fault))?;
            Ok(page.iter().any(|found| found == key))
        })
    }

    fn keys<'a>(&'a self, prefix: &'a str, after: &'a str) -> Waiting<'a, Vec<String>> {
        Box::pin(
            async move { self.service.keys(&self.bucket, prefix, after).await.map_err(|fault| self.failed(&fault)) },
        )
    }

    fn read<'a>(&'a self, key: &'a str) -> Waiting<'a, Bytes> {
        Box::pin(async move {
            let read = self.service.read_object(&self.bucket, key, MAX_OBJECT_BYTES).await;
            read.map_err(|fault| self.failed(&fault))
        })
    }
}
