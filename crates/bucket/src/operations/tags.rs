//! What can be changed of an object without its bytes: access rule and tags. Public documents: Object Storage Service,
//! "PutObjectACL", "PutObjectTagging" and their kin.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::attributes::{check_tags, no_body, object_acl};
use super::list::owner;
use crate::answer::{Answer, empty_answer, xml_answer};
use crate::content::{Body, limited};
use crate::fault::{Fault, codes};
use crate::limits::MAX_XML_BYTES;
use crate::rows::object::{self, Attributes};
use crate::service::{BucketService, Request};
use crate::xml::{Xml, parse};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tagging {
    tag_set: TagSet,
}

#[derive(Deserialize)]
struct TagSet {
    #[serde(rename = "Tag", default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

pub(crate) async fn acl(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    let bucket = service.bucket(request.bucket()).await?;
    let object = service.object(request.bucket(), request.key()).await?;
    Ok(xml_answer(Xml::document("AccessControlPolicy", |xml| {
        owner(xml, &bucket);
        xml.nested("AccessControlList", |xml| xml.text("Grant", &object.attributes.acl));
    })))
}

pub(crate) async fn put_acl(service: &BucketService, request: &Request, body: Body) -> Result<Answer, Fault> {
    no_body(request, body).await?;
    let acl = object_acl(request.head.header("x-oss-object-acl"))?;
    change(service, request, |attributes| attributes.acl = acl).await?;
    Ok(empty_answer(200))
}

pub(crate) async fn get(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    let object = service.object(request.bucket(), request.key()).await?;
    Ok(xml_answer(Xml::document("Tagging", |xml| {
        xml.nested("TagSet", |xml| {
            for (key, value) in &object.attributes.tags {
                xml.nested("Tag", |xml| {
                    xml.text("Key", key);
                    xml.text("Value", value);
                });
            }
        });
    })))
}

pub(crate) async fn put(service: &BucketService, request: &Request, body: Body) -> Result<Answer, Fault> {
    let xml = limited(body, &request.head.headers, MAX_XML_BYTES).await?;
    let tags = parse::<Tagging>("Tagging", &xml)?.tag_set.tags;
    let tags = check_tags(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())?;
    change(service, request, |attributes| attributes.tags = tags).await?;
    Ok(empty_answer(200))
}

pub(crate) async fn delete(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    change(service, request, |attributes| attributes.tags = BTreeMap::new()).await?;
    Ok(empty_answer(204))
}

/// Retention protects the bytes and their time; these attributes may change.
async fn change(service: &BucketService, request: &Request, change: impl FnOnce(&mut Attributes)) -> Result<(), Fault> {
    let mut transaction = service.database.begin().await?;
    service.lock(&mut transaction, request.bucket()).await?;
    let found = object::find(&mut transaction, request.bucket(), request.key()).await?;
    let mut object = found.ok_or_else(|| codes::NO_SUCH_KEY.fault().detail("Key", request.key()))?;
    change(&mut object.attributes);
    object::put(&mut transaction, request.bucket(), &object).await?;
    transaction.commit().await?;
    Ok(())
}
