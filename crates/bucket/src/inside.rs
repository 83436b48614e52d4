//! What other parts of the server do with buckets, without a request: they are trusted, so nobody is asked, and nothing is
//! recorded. Every rule of a bucket holds for them, too.

use std::fs::File;
use std::io::Read;
use std::sync::Arc;

use crate::content::{Digests, Expected, Payload, receive};
use crate::fault::{Fault, codes};
use crate::limits::{MAX_PUT_BYTES, PIECE_BYTES};
use crate::names::{check_bucket_name, check_key};
use crate::rows::bucket::{self, Bucket};
use crate::rows::object::{self, Attributes, Object};
use crate::service::BucketService;

/// What is known of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Bytes.
    pub size: u64,
    /// CRC-64 of its content.
    pub crc64: u64,
}

impl Facts {
    /// What would be known of an object with the content of a file. Blocks.
    pub fn of_file(file: &mut File) -> std::io::Result<Facts> {
        let mut digests = Digests::new();
        let mut buffer = vec![0; PIECE_BYTES];
        loop {
            let count = file.read(&mut buffer)?;
            if count == 0 {
                let size = digests.size();
                return Ok(Facts { size, crc64: digests.finish().1 });
            }
            digests.update(&buffer[..count]);
        }
    }
}

impl BucketService {
    /// Makes a private bucket for an account, unless the account has it. The bounds of accounts are for their own buckets.
    pub async fn ensure_bucket(&self, name: &str, account_id: &str) -> Result<(), Fault> {
        check_bucket_name(name)?;
        let new = Bucket {
            name: name.to_owned(),
            account_id: account_id.to_owned(),
            region: self.settings.default_region.clone(),
            acl: "private".to_owned(),
            storage_class: "Standard".to_owned(),
            redundancy: "LRS".to_owned(),
            created_ms: self.clock.now_ms(),
            encryption: None,
            lifecycle: Vec::new(),
            worm: None,
        };
        let owner = |found: Option<Bucket>| found.map(|found| found.account_id == account_id);
        let is_theirs = match owner(self.find_bucket(name).await?) {
            Some(is_theirs) => is_theirs,
            None => {
                let mut connection = self.database.pool().acquire().await?;
                match bucket::insert(&mut connection, &new).await {
                    // Somebody was faster.
                    Err(error) if database::is_unique_violation(&error) => {
                        drop(connection);
                        owner(self.find_bucket(name).await?).unwrap_or_default()
                    }
                    inserted => inserted.map(|()| true)?,
                }
            }
        };
        if is_theirs { Ok(()) } else { Err(codes::BUCKET_EXISTS.fault().detail("BucketName", name)) }
    }

    /// Puts the content of a file as a new object. `false` when its key is taken.
    pub async fn put_new(&self, name: &str, key: &str, content_type: &str, content: File) -> Result<bool, Fault> {
        check_key(key)?;
        if self.facts(name, key).await?.is_some() {
            return Ok(false);
        }
        let bucket = self.bucket(name).await?;
        let length = content.metadata().map_err(|error| Fault::internal(&error))?.len();
        let file = self.new_file(name, key);
        let body = Payload::of_file(content, 0, length).into_stream();
        let blobs = Arc::clone(&self.blobs);
        let received = receive(blobs, file.clone(), body, Expected::default(), MAX_PUT_BYTES).await?;
        let attributes = Attributes {
            headers: [("content-type".to_owned(), content_type.to_owned())].into(),
            storage_class: bucket.storage_class,
            acl: "default".to_owned(),
            ..Attributes::default()
        };
        let object = Object::of_file(key, file, &received, attributes);
        match self.commit(name, object, true).await {
            Err(fault) if fault.code == codes::FILE_EXISTS => Ok(false),
            committed => committed.map(|_| true),
        }
    }

    /// What is known of an object; nothing when there is none.
    pub async fn facts(&self, bucket: &str, key: &str) -> Result<Option<Facts>, Fault> {
        let mut connection = self.database.pool().acquire().await?;
        let found = object::find(&mut connection, bucket, key).await?;
        Ok(found.map(|found| Facts { size: found.size, crc64: found.crc64 }))
    }

    /// Path and query of a link by which anybody may read an object until then, Unix seconds.
    pub fn link(&self, bucket: &str, key: &str, expires_s: i64) -> String {
        self.links.path_and_query(bucket, key, expires_s)
    }
}
