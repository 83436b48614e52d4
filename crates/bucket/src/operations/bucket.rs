//! Buckets themselves. Public documents: Object Storage Service, "PutBucket", "GetBucketInfo", "ListBuckets" and their kin.

use serde::Deserialize;

use super::attributes::{bucket_acl, no_body, storage_class};
use super::list::{owner, page_size};
use crate::answer::{Answer, empty_answer, iso_ms, put_header, xml_answer};
use crate::content::{Body, limited};
use crate::fault::{Fault, codes};
use crate::limits::{MAX_BUCKETS, MAX_XML_BYTES};
use crate::names::check_bucket_name;
use crate::rows::bucket::{self, Bucket};
use crate::service::{BucketService, Request};
use crate::xml::{Xml, parse};

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct CreateBucketConfiguration {
    storage_class: Option<String>,
    data_redundancy_type: Option<String>,
}

pub(crate) async fn put(service: &BucketService, request: &Request, body: Body) -> Result<Answer, Fault> {
    let name = request.bucket();
    check_bucket_name(name)?;
    let xml = limited(body, &request.head.headers, MAX_XML_BYTES).await?;
    let wanted: CreateBucketConfiguration =
        if xml.is_empty() { Default::default() } else { parse("CreateBucketConfiguration", &xml)? };
    let acl = match request.head.header("x-oss-acl") {
        "" => "private",
        acl => acl,
    };
    let redundancy = wanted.data_redundancy_type.unwrap_or_else(|| "LRS".to_owned());
    if !matches!(redundancy.as_str(), "LRS" | "ZRS") {
        return Err(codes::INVALID_ARGUMENT.says("DataRedundancyType must be LRS or ZRS."));
    }
    let new = Bucket {
        name: name.to_owned(),
        account_id: request.caller.account_id.clone(),
        region: service.region(request).await?,
        acl: bucket_acl(acl)?,
        storage_class: storage_class(wanted.storage_class.as_deref().unwrap_or("Standard"))?,
        redundancy,
        created_ms: service.clock.now_ms(),
        encryption: None,
        lifecycle: Vec::new(),
        worm: None,
    };
    create(service, &new).await?;
    let mut answer = empty_answer(200);
    put_header(&mut answer, "location", &format!("/{name}"));
    Ok(answer)
}

async fn create(service: &BucketService, new: &Bucket) -> Result<(), Fault> {
    let mut transaction = service.database.begin().await?;
    if let Some(old) = bucket::find(&mut transaction, &new.name).await? {
        // Making one's own bucket again is no change.
        let is_same = old.account_id == new.account_id
            && (&old.acl, &old.storage_class, &old.redundancy) == (&new.acl, &new.storage_class, &new.redundancy);
        return if is_same { Ok(()) } else { Err(codes::BUCKET_EXISTS.fault().detail("BucketName", &new.name)) };
    }
    if bucket::count(&mut transaction, &new.account_id).await? >= MAX_BUCKETS {
        return Err(codes::TOO_MANY_BUCKETS.fault());
    }
    match bucket::insert(&mut transaction, new).await {
        Err(error) if database::is_unique_violation(&error) => {
            return Err(codes::BUCKET_EXISTS.fault().detail("BucketName", &new.name));
        }
        inserted => inserted?,
    }
    transaction.commit().await?;
    Ok(())
}

pub(crate) async fn delete(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    let name = request.bucket();
    let mut transaction = service.database.begin().await?;
    service.lock(&mut transaction, name).await?;
    if !bucket::is_empty(&mut transaction, name).await? {
        return Err(codes::BUCKET_NOT_EMPTY.fault().detail("BucketName", name));
    }
    bucket::delete(&mut transaction, name).await?;
    transaction.commit().await?;
    Ok(empty_answer(204))
}

pub(crate) async fn info(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    let bucket = service.bucket(request.bucket()).await?;
    Ok(xml_answer(Xml::document("BucketInfo", |xml| {
        xml.nested("Bucket", |xml| {
            elements(xml, &bucket);
            owner(xml, &bucket);
            xml.nested("AccessControlList", |xml| xml.text("Grant", &bucket.acl));
            xml.text("Comment", "");
            xml.text("DataRedundancyType", &bucket.redundancy);
            xml.nested("ServerSideEncryptionRule", |xml| {
                let encryption = bucket.encryption.as_ref();
                xml.text("SSEAlgorithm", encryption.map_or("None", |encryption| &encryption.algorithm));
                let key_id = encryption.map(|encryption| encryption.key_id.as_str());
                xml.optional("KMSMasterKeyID", key_id.filter(|key_id| !key_id.is_empty()));
            });
        });
    })))
}

pub(crate) async fn location(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    let bucket = service.bucket(request.bucket()).await?;
    Ok(xml_answer(Xml::text_document("LocationConstraint", &format!("oss-{}", bucket.region))))
}

pub(crate) async fn acl(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    let bucket = service.bucket(request.bucket()).await?;
    Ok(xml_answer(Xml::document("AccessControlPolicy", |xml| {
        owner(xml, &bucket);
        xml.nested("AccessControlList", |xml| xml.text("Grant", &bucket.acl));
    })))
}

pub(crate) async fn put_acl(service: &BucketService, request: &Request, body: Body) -> Result<Answer, Fault> {
    no_body(request, body).await?;
    let acl = bucket_acl(request.head.header("x-oss-acl"))?;
    service
        .change(request.bucket(), |bucket| {
            bucket.acl = acl;
            Ok(())
        })
        .await?;
    Ok(empty_answer(200))
}

/// Versions are not kept.
pub(crate) async fn versioning(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    service.bucket(request.bucket()).await?;
    Ok(xml_answer(Xml::document("VersioningConfiguration", |_| {})))
}

pub(crate) async fn list(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    let query = &request.head.query;
    let (prefix, marker) = (query.text("prefix").unwrap_or_default(), query.text("marker").unwrap_or_default());
    let limit = page_size(query.text("max-keys"), "max-keys")?;
    let mut connection = service.database.pool().acquire().await?;
    let mut buckets = bucket::page(&mut connection, &request.caller.account_id, marker, MAX_BUCKETS + 1).await?;
    buckets.retain(|bucket| bucket.name.starts_with(prefix));
    let is_cut = buckets.len() > limit;
    buckets.truncate(limit);
    Ok(xml_answer(Xml::document("ListAllMyBucketsResult", |xml| {
        xml.nested("Owner", |xml| {
            xml.text("ID", &request.caller.account_id);
            xml.text("DisplayName", &request.caller.account_id);
        });
        if is_cut {
            xml.text("Prefix", prefix);
            xml.text("Marker", marker);
            xml.text("MaxKeys", limit.to_string());
            xml.text("IsTruncated", "true");
            xml.optional("NextMarker", buckets.last().map(|bucket| bucket.name.as_str()));
        }
        xml.nested("Buckets", |xml| {
            for bucket in &buckets {
                xml.nested("Bucket", |xml| elements(xml, bucket));
            }
        });
    })))
}

fn elements(xml: &mut Xml, bucket: &Bucket) {
    xml.text("CreationDate", iso_ms(bucket.created_ms));
    xml.text("ExtranetEndpoint", format!("oss-{}.aliyuncs.com", bucket.region));
    xml.text("IntranetEndpoint", format!("oss-{}-internal.aliyuncs.com", bucket.region));
    xml.text("Location", format!("oss-{}", bucket.region));
    xml.text("Name", &bucket.name);
    xml.text("Region", &bucket.region);
    xml.text("StorageClass", &bucket.storage_class);
}

impl BucketService {
    /// Changes a bucket's settings, as a whole or not at all.
    pub(crate) async fn change(
        &self,
        name: &str,
        change: impl FnOnce(&mut Bucket) -> Result<(), Fault>,
    ) -> Result<Bucket, Fault> {
        let mut transaction = self.database.begin().await?;
        let mut bucket = self.lock(&mut transaction, name).await?;
        change(&mut bucket)?;
        bucket::update(&mut transaction, &bucket).await?;
        self.clock.remember(&mut transaction).await?;
        transaction.commit().await?;
        Ok(bucket)
    }
}
