//! Buckets, listings and removals.

use super::documents::{BucketInfoResult, BucketsResult, page, parse};
use super::send::Call;
use super::{BucketClient, BucketInfo, ClientError, Page, Retention};

/// Which objects are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Listing<'a> {
    /// What the keys begin with.
    pub prefix: &'a str,
    /// Keys that go on behind this text are shown as one prefix; empty for none.
    pub delimiter: &'a str,
    /// Only keys behind this one.
    pub start_after: &'a str,
    /// `next` of the page before; empty for the first one.
    pub token: &'a str,
    /// Objects and prefixes of a page, 1 to 1000; 0 for the service's own number.
    pub max_keys: u32,
}

impl BucketClient {
    /// Makes a bucket, unless it is there and one's own.
    pub fn create_bucket(&self, bucket: &str) -> Result<(), ClientError> {
        match self.send(&Call::new("PUT", bucket, "")) {
            // Somebody's, or one's own with other settings: its owner may ask for what it is.
            Err(error) if error.code() == "BucketAlreadyExists" => {
                self.bucket_info(bucket).map(drop).map_err(|_| error)
            }
            outcome => outcome.map(drop),
        }
    }

    /// Deletes an empty bucket.
    pub fn delete_bucket(&self, bucket: &str) -> Result<(), ClientError> {
        self.send(&Call::new("DELETE", bucket, "")).map(drop)
    }

    /// What a bucket is.
    pub fn bucket_info(&self, bucket: &str) -> Result<BucketInfo, ClientError> {
        let answer = self.send(&Call::new("GET", bucket, "").with("bucketInfo", ""))?;
        Ok(parse::<BucketInfoResult>(&answer.body)?.bucket)
    }

    /// The account's buckets.
    pub fn list_buckets(&self) -> Result<Vec<BucketInfo>, ClientError> {
        let mut all = Vec::new();
        let mut marker = String::new();
        loop {
            let call = Call::new("GET", "", "").with("max-keys", "1000").with("marker", marker.as_str());
            let page: BucketsResult = parse(&self.send(&call)?.body)?;
            all.extend(page.buckets.bucket);
            if !page.is_truncated || page.next_marker <= marker {
                return Ok(all);
            }
            marker = page.next_marker;
        }
    }

    /// The retention policy of a bucket, if it has one.
    pub fn retention(&self, bucket: &str) -> Result<Option<Retention>, ClientError> {
        match self.send(&Call::new("GET", bucket, "").with("worm", "")) {
            Err(error) if error.code() == "NoSuchWORMConfiguration" => Ok(None),
            outcome => Ok(Some(parse(&outcome?.body)?)),
        }
    }

    /// Begins a retention policy: it protects at once, and ends after a day unless it is locked by its id, which is the
    /// answer.
    pub fn initiate_retention(&self, bucket: &str, days: i64) -> Result<String, ClientError> {
        let body = format!(
            "<InitiateWormConfiguration><RetentionPeriodInDays>{days}</RetentionPeriodInDays></InitiateWormConfiguration>"
        );
        let call = Call::new("POST", bucket, "").with("worm", "").body(body.as_bytes());
        Ok(self.send(&call)?.header("x-oss-worm-id").to_owned())
    }

    /// Locks a retention policy. Nobody can take that back.
    pub fn lock_retention(&self, bucket: &str, id: &str) -> Result<(), ClientError> {
        self.send(&Call::new("POST", bucket, "").with("wormId", id)).map(drop)
    }

    /// Makes a locked policy longer.
    pub fn extend_retention(&self, bucket: &str, id: &str, days: i64) -> Result<(), ClientError> {
        let body = format!(
            "<ExtendWormConfiguration><RetentionPeriodInDays>{days}</RetentionPeriodInDays></ExtendWormConfiguration>"
        );
        let call = Call::new("POST", bucket, "").with("wormId", id).with("wormExtend", "");
        self.send(&call.body(body.as_bytes())).map(drop)
    }

    /// Ends a policy that is not locked.
    pub fn abort_retention(&self, bucket: &str) -> Result<(), ClientError> {
        self.send(&Call::new("DELETE", bucket, "").with("worm", "")).map(drop)
    }

    /// A page of objects.
    pub fn list(&self, bucket: &str, listing: &Listing<'_>) -> Result<Page, ClientError> {
        let mut call = Call::new("GET", bucket, "").with("list-type", "2").with("encoding-type", "url");
        for (name, value) in [
            ("prefix", listing.prefix),
            ("delimiter", listing.delimiter),
            ("start-after", listing.start_after),
            ("continuation-token", listing.token),
        ] {
            if !value.is_empty() {
                call = call.with(name, value);
            }
        }
        if listing.max_keys > 0 {
            call = call.with("max-keys", listing.max_keys.to_string());
        }
        page(&self.send(&call)?.body)
    }

    /// Deletes an object; one that is not there is deleted already.
    pub fn delete(&self, bucket: &str, key: &str) -> Result<(), ClientError> {
        self.send(&object_call("DELETE", bucket, key)?).map(drop)
    }
}

/// A call about an object; without a key it would be one about its bucket.
pub(super) fn object_call<'a>(method: &'static str, bucket: &'a str, key: &'a str) -> Result<Call<'a>, ClientError> {
    if key.is_empty() {
        return Err(ClientError::Name("an object has a key: give one behind the bucket's name".to_owned()));
    }
    Ok(Call::new(method, bucket, key))
}
