//! DeleteObject and DeleteMultipleObjects. Public documents: Object Storage Service, pages of these names.

use bytes::Bytes;
use serde::Deserialize;

use crate::answer::{Answer, empty_answer, xml_answer};
use crate::content::{Body, limited};
use crate::fault::{Fault, codes};
use crate::limits::{MAX_BATCH_KEYS, MAX_XML_BYTES};
use crate::names::check_key;
use crate::rows::bucket::Bucket;
use crate::rows::doomed;
use crate::rows::object::{self, Object};
use crate::service::{BucketService, Request};
use crate::xml::{Xml, parse};

/// The body of a batch.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch {
    #[serde(default)]
    quiet: bool,
    #[serde(rename = "Object", default)]
    objects: Vec<Named>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    key: String,
    /// Objects have no versions but the present one, whose id is `null`.
    #[serde(default)]
    version_id: String,
}

pub(crate) async fn one(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    check_key(request.key())?;
    service.delete(request.bucket(), request.key()).await?;
    Ok(empty_answer(204))
}

/// Keys that are protected are left out of the answer.
pub(crate) async fn many(service: &BucketService, request: &Request, body: Body) -> Result<Answer, Fault> {
    if request.head.header("content-md5").is_empty() {
        return Err(codes::INVALID_DIGEST.says("DeleteMultipleObjects needs the Content-MD5 of its body."));
    }
    let xml: Bytes = limited(body, &request.head.headers, MAX_XML_BYTES).await?;
    let batch: Batch = parse("Delete", &xml)?;
    if batch.objects.is_empty() || batch.objects.len() > MAX_BATCH_KEYS {
        return Err(codes::MALFORMED_XML.says("A batch names 1 to 1000 objects."));
    }
    service.bucket(request.bucket()).await?;
    for named in &batch.objects {
        if !matches!(named.version_id.as_str(), "" | "null") {
            return Err(codes::NOT_IMPLEMENTED
                .says("This server keeps no versions of objects.")
                .detail("Key", &named.key));
        }
        check_key(&named.key)?;
        service.permit_object(request, "oss:DeleteObject", request.bucket(), &named.key).await?;
    }
    let mut deleted = Vec::with_capacity(batch.objects.len());
    for named in batch.objects {
        match service.delete(request.bucket(), &named.key).await {
            Ok(()) => deleted.push(named.key),
            Err(fault) if fault.code == codes::FILE_IMMUTABLE => {}
            Err(fault) => return Err(fault),
        }
    }
    if batch.quiet {
        return Ok(empty_answer(200));
    }
    let keys = request.keys();
    Ok(xml_answer(Xml::document("DeleteResult", |xml| {
        if keys.0 {
            xml.text("EncodingType", "url");
        }
        for key in &deleted {
            xml.nested("Deleted", |xml| xml.text("Key", keys.of(key)));
        }
    })))
}

impl BucketService {
    /// Deletes an object; one that is not there is deleted already.
    pub(crate) async fn delete(&self, bucket: &str, key: &str) -> Result<(), Fault> {
        self.delete_if(bucket, key, |_, _| true).await
    }

    /// Deletes an object if it, and its bucket, are as they were meant to be.
    pub(crate) async fn delete_if(
        &self,
        bucket: &str,
        key: &str,
        is_meant: impl FnOnce(&Bucket, &Object) -> bool,
    ) -> Result<(), Fault> {
        let mut transaction = self.database.begin().await?;
        let owner = self.lock(&mut transaction, bucket).await?;
        let Some(old) = object::find(&mut transaction, bucket, key).await?.filter(|old| is_meant(&owner, old)) else {
            return Ok(());
        };
        self.may_change(&owner, &old)?;
        doomed::insert(&mut transaction, &old.pieces).await?;
        object::delete(&mut transaction, bucket, key).await?;
        self.clock.remember(&mut transaction).await?;
        transaction.commit().await?;
        self.sweep(old.pieces);
        Ok(())
    }
}
