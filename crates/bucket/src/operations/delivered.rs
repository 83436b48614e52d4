//! Objects that the server itself puts and reads, for a trail.

use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, stream};
use http::{HeaderMap, HeaderValue};

use super::attributes::attributes;
use super::get;
use crate::content::{Expected, Md5Sum, Payload, receive};
use crate::fault::{Fault, codes};
use crate::limits::{LIST_PAGE, MAX_PUT_BYTES};
use crate::names::check_key;
use crate::rows::object::{self, Object};
use crate::service::BucketService;

/// What became of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutOutcome {
    /// It is durable now.
    Written,
    /// It was there, with these bytes.
    AlreadyThere,
}

/// A bucket as its deliverer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketOwner {
    /// Account that owns it.
    pub account_id: String,
    /// Its region.
    pub region: String,
}

impl BucketService {
    /// Owner and region of a bucket; `None` when there is no such bucket.
    pub async fn owner(&self, bucket: &str) -> Result<Option<BucketOwner>, Fault> {
        let found = self.find_bucket(bucket).await?;
        Ok(found.map(|bucket| BucketOwner { account_id: bucket.account_id, region: bucket.region }))
    }

    /// Puts an object that has a name of its own: what is there under the name stays, and is refused when it is something
    /// else. The future must be driven to its end.
    pub async fn put_once(
        &self,
        bucket: &str,
        key: &str,
        content_type: &'static str,
        bytes: Bytes,
    ) -> Result<PutOutcome, Fault> {
        check_key(key)?;
        let owner = self.bucket(bucket).await?;
        let (size, etag) = (bytes.len() as u64, Md5Sum::of(&bytes).etag());
        if self.has(bucket, key, size, &etag).await? {
            return Ok(PutOutcome::AlreadyThere);
        }
        let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, HeaderValue::from_static(content_type))]);
        let attributes = attributes(&headers, &owner)?;
        let file = self.new_file(bucket, key);
        let body = stream::iter([Ok(bytes)]).boxed();
        let received = receive(Arc::clone(&self.blobs), file.clone(), body, Expected::default(), MAX_PUT_BYTES).await?;
        let object = Object::of_file(key, file, &received, attributes);
        match self.commit(bucket, object, true).await {
            Ok(_) => Ok(PutOutcome::Written),
            Err(fault) if fault.code == codes::FILE_EXISTS && self.has(bucket, key, size, &etag).await? => {
                Ok(PutOutcome::AlreadyThere)
            }
            Err(fault) => Err(fault),
        }
    }

    /// Whether an object is there; refused when another has its name.
    async fn has(&self, bucket: &str, key: &str, size: u64, etag: &str) -> Result<bool, Fault> {
        let mut connection = self.database.pool().acquire().await?;
        match object::find(&mut connection, bucket, key).await? {
            None => Ok(false),
            Some(old) if old.size == size && old.etag == etag => Ok(true),
            Some(_) => Err(codes::FILE_EXISTS.fault().detail("Key", key)),
        }
    }

    /// Keys that begin with a text, behind a key, in the order of their bytes: a page of them.
    pub async fn keys(&self, bucket: &str, prefix: &str, after: &str) -> Result<Vec<String>, Fault> {
        self.bucket(bucket).await?;
        // The first text behind a key is the key with a zero byte.
        let from = if after.is_empty() { prefix.as_bytes().to_vec() } else { [after.as_bytes(), &[0]].concat() };
        let mut connection = self.database.pool().acquire().await?;
        let page = object::page(&mut connection, bucket, &from, LIST_PAGE.0).await?;
        Ok(page.into_iter().map(|listed| listed.key).filter(|key| key.starts_with(prefix)).collect())
    }

    /// The bytes of an object that is not larger than this.
    pub async fn read_object(&self, bucket: &str, key: &str, max_bytes: u64) -> Result<Bytes, Fault> {
        let (object, content) = get::open(self, bucket, key).await?;
        if object.size > max_bytes {
            return Err(codes::ENTITY_TOO_LARGE.says(format!("The object has more than {max_bytes} bytes.")));
        }
        let mut bytes = Vec::with_capacity(object.size as usize);
        let mut pieces = Payload::Object(content).into_stream();
        while let Some(piece) = pieces.next().await {
            bytes.extend_from_slice(&piece.map_err(|error| Fault::internal(&error))?);
        }
        Ok(bytes.into())
    }
}
