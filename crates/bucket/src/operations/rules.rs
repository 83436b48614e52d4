//! Lifecycle and encryption of a bucket, as they are set and shown. Public documents: Object Storage Service,
//! "PutBucketLifecycle", "PutBucketEncryption" and their kin.

use serde::Deserialize;

use crate::answer::{Answer, empty_answer, xml_answer};
use crate::content::{Body, limited};
use crate::fault::{Fault, codes};
use crate::lifecycle::{Expiration, Filter, Rule, Tag, Transition, checked};
use crate::limits::MAX_XML_BYTES;
use crate::rows::bucket::Encryption;
use crate::service::{BucketService, Request};
use crate::xml::{Xml, parse};

#[derive(Deserialize)]
struct LifecycleConfiguration {
    #[serde(rename = "Rule", default)]
    rules: Vec<Rule>,
}

pub(crate) async fn lifecycle(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    let bucket = service.bucket(request.bucket()).await?;
    if bucket.lifecycle.is_empty() {
        return Err(codes::NO_SUCH_LIFECYCLE.fault().detail("BucketName", &bucket.name));
    }
    Ok(xml_answer(Xml::document("LifecycleConfiguration", |xml| {
        bucket.lifecycle.iter().for_each(|rule| xml.nested("Rule", |xml| show(xml, rule)));
    })))
}

fn show(xml: &mut Xml, rule: &Rule) {
    xml.text("ID", &rule.id);
    xml.text("Prefix", &rule.prefix);
    xml.text("Status", &rule.status);
    rule.tags.iter().for_each(|tag| show_tag(xml, tag));
    if let Some(filter) = &rule.filter {
        xml.nested("Filter", |xml| show_filter(xml, filter));
    }
    for transition in &rule.transitions {
        xml.nested("Transition", |xml| {
            let Transition { days, created_before_date, .. } = transition;
            when(xml, &Expiration { days: *days, created_before_date: created_before_date.clone(), date: None });
            xml.text("StorageClass", &transition.storage_class);
        });
    }
    for (name, expiration) in [("Expiration", &rule.expiration), ("AbortMultipartUpload", &rule.abort_multipart_upload)]
    {
        if let Some(expiration) = expiration {
            xml.nested(name, |xml| when(xml, expiration));
        }
    }
}

fn show_tag(xml: &mut Xml, tag: &Tag) {
    xml.nested("Tag", |xml| {
        xml.text("Key", &tag.key);
        xml.text("Value", &tag.value);
    });
}

fn show_filter(xml: &mut Xml, filter: &Filter) {
    for not in &filter.nots {
        xml.nested("Not", |xml| {
            xml.text("Prefix", &not.prefix);
            not.tag.iter().for_each(|tag| show_tag(xml, tag));
        });
    }
    let number = |size: Option<u64>| size.map(|size| size.to_string());
    xml.optional("ObjectSizeGreaterThan", number(filter.object_size_greater_than).as_deref());
    xml.optional("ObjectSizeLessThan", number(filter.object_size_less_than).as_deref());
}

fn when(xml: &mut Xml, end: &Expiration) {
    xml.optional("Days", end.days.map(|days| days.to_string()).as_deref());
    xml.optional("CreatedBeforeDate", end.created_before_date.as_deref());
    xml.optional("Date", end.date.as_deref());
}

pub(crate) async fn put_lifecycle(service: &BucketService, request: &Request, body: Body) -> Result<Answer, Fault> {
    let xml = limited(body, &request.head.headers, MAX_XML_BYTES).await?;
    let wanted: LifecycleConfiguration = parse("LifecycleConfiguration", &xml)?;
    let may_overlap = request.head.header("x-oss-allow-same-action-overlap").eq_ignore_ascii_case("true");
    let rules = checked(wanted.rules, may_overlap)?;
    service
        .change(request.bucket(), |bucket| {
            bucket.lifecycle = rules;
            Ok(())
        })
        .await?;
    Ok(empty_answer(200))
}

pub(crate) async fn delete_lifecycle(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    service
        .change(request.bucket(), |bucket| {
            bucket.lifecycle = Vec::new();
            Ok(())
        })
        .await?;
    Ok(empty_answer(204))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ServerSideEncryptionRule {
    apply_server_side_encryption_by_default: DefaultEncryption,
}

#[derive(Deserialize)]
struct DefaultEncryption {
    #[serde(rename = "SSEAlgorithm")]
    algorithm: String,
    #[serde(rename = "KMSMasterKeyID", default)]
    key_id: String,
}

pub(crate) async fn encryption(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    let bucket = service.bucket(request.bucket()).await?;
    let encryption =
        bucket.encryption.ok_or_else(|| codes::NO_SUCH_ENCRYPTION.fault().detail("BucketName", &bucket.name))?;
    Ok(xml_answer(Xml::document("ServerSideEncryptionRule", |xml| {
        xml.nested("ApplyServerSideEncryptionByDefault", |xml| {
            xml.text("SSEAlgorithm", &encryption.algorithm);
            xml.text("KMSMasterKeyID", &encryption.key_id);
        });
    })))
}

pub(crate) async fn put_encryption(service: &BucketService, request: &Request, body: Body) -> Result<Answer, Fault> {
    let xml = limited(body, &request.head.headers, MAX_XML_BYTES).await?;
    let wanted =
        parse::<ServerSideEncryptionRule>("ServerSideEncryptionRule", &xml)?.apply_server_side_encryption_by_default;
    if !matches!(wanted.algorithm.as_str(), "AES256" | "KMS" | "SM4") {
        return Err(codes::INVALID_ENCRYPTION.fault());
    }
    if wanted.algorithm != "KMS" && !wanted.key_id.is_empty() {
        let fault = codes::INVALID_ARGUMENT.says("KMSMasterKeyID is for the algorithm KMS alone.");
        return Err(fault.detail("ArgumentName", "KMSMasterKeyID"));
    }
    service
        .change(request.bucket(), |bucket| {
            bucket.encryption = Some(Encryption { algorithm: wanted.algorithm, key_id: wanted.key_id });
            Ok(())
        })
        .await?;
    Ok(empty_answer(200))
}

pub(crate) async fn delete_encryption(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    service
        .change(request.bucket(), |bucket| {
            bucket.encryption = None;
            Ok(())
        })
        .await?;
    Ok(empty_answer(204))
}
