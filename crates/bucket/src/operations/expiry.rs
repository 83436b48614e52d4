//! What lifecycle rules ask for, done now and then. Public document: Object Storage Service, "Lifecycle rules".

use crate::fault::{Fault, codes};
use crate::operations::attributes::coldness;
use crate::rows::bucket::{self, Bucket};
use crate::rows::object::{self, Object};
use crate::rows::upload;
use crate::service::BucketService;

/// Objects that are looked at in one go.
const BATCH: i64 = 500;

impl BucketService {
    /// Expires objects, aborts uploads and changes storage classes as the rules of all buckets say. What retention
    /// protects stays.
    pub async fn apply_lifecycles(&self) -> Result<(), Fault> {
        let mut connection = self.database.pool().acquire().await?;
        let buckets = bucket::all(&mut connection).await?;
        drop(connection);
        for bucket in buckets.iter().filter(|bucket| !bucket.lifecycle.is_empty()) {
            self.apply_to_objects(bucket).await?;
            self.apply_to_uploads(bucket).await?;
        }
        Ok(())
    }

    async fn apply_to_objects(&self, bucket: &Bucket) -> Result<(), Fault> {
        let mut from = Vec::new();
        loop {
            let mut connection = self.database.pool().acquire().await?;
            let listed = object::page(&mut connection, &bucket.name, &from, BATCH).await?;
            let Some(last) = listed.last() else { return Ok(()) };
            from = [last.key.as_bytes(), &[0]].concat();
            let mut objects = Vec::with_capacity(listed.len());
            for listed in listed {
                objects.extend(object::find(&mut connection, &bucket.name, &listed.key).await?);
            }
            drop(connection);
            for object in objects {
                self.apply_to_object(bucket, object).await?;
            }
        }
    }

    pub(super) async fn apply_to_object(&self, bucket: &Bucket, object: Object) -> Result<(), Fault> {
        let now_ms = self.clock.now_ms();
        let mut rules =
            bucket.lifecycle.iter().filter(|rule| rule.is_for(&object.key, &object.attributes.tags, Some(object.size)));
        if rules.clone().any(|rule| rule.expires(object.modified_ms, now_ms)) {
            return self.expire(bucket, &object).await;
        }
        let class = rules.find_map(|rule| rule.storage_class(object.modified_ms, now_ms));
        match class.filter(|class| coldness(class) > coldness(&object.attributes.storage_class)) {
            Some(class) => self.set_storage_class(bucket, &object, class).await,
            None => Ok(()),
        }
    }

    /// Deletes the object that the rules were read for, and no newer one, while they are the bucket's rules.
    async fn expire(&self, bucket: &Bucket, seen: &Object) -> Result<(), Fault> {
        let is_meant = |now: &Bucket, found: &Object| now.lifecycle == bucket.lifecycle && found == seen;
        match self.delete_if(&bucket.name, &seen.key, is_meant).await {
            Err(fault) if fault.code == codes::FILE_IMMUTABLE => Ok(()),
            deleted => deleted,
        }
    }

    /// Of the object that the rules were read for, and of no newer one.
    async fn set_storage_class(&self, bucket: &Bucket, seen: &Object, class: &str) -> Result<(), Fault> {
        let mut transaction = self.database.begin().await?;
        self.lock(&mut transaction, &bucket.name).await?;
        if let Some(mut object) = object::find(&mut transaction, &bucket.name, &seen.key).await?
            && object == *seen
        {
            object.attributes.storage_class = class.to_owned();
            object::put(&mut transaction, &bucket.name, &object).await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    async fn apply_to_uploads(&self, bucket: &Bucket) -> Result<(), Fault> {
        let now_ms = self.clock.now_ms();
        let mut after = (String::new(), String::new());
        loop {
            let mut connection = self.database.pool().acquire().await?;
            let uploads = upload::page(&mut connection, &bucket.name, (after.0.as_bytes(), &after.1), BATCH).await?;
            drop(connection);
            let Some(last) = uploads.last() else { return Ok(()) };
            after = (last.key.clone(), last.id.clone());
            let is_due = |upload: &&upload::Upload| {
                bucket.lifecycle.iter().any(|rule| {
                    rule.is_for(&upload.key, &upload.attributes.tags, None) && rule.aborts(upload.begun_ms, now_ms)
                })
            };
            for upload in uploads.iter().filter(is_due) {
                self.abort_upload(&bucket.name, &upload.id).await?;
            }
        }
    }
}
