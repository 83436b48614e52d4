//! Lifecycle and encryption of a bucket, as they are set and shown. Public documents: Object Storage Service,
//! "PutBucketLifecycle", "PutBucketEncryption" and their kin.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::attributes::storage_class;
use crate::answer::{Answer, empty_answer, xml_answer};
use crate::content::{Body, limited};
use crate::fault::{Fault, codes};
use crate::lifecycle::{Expiration, Rule, created_before_ms};
use crate::limits::{MAX_LIFECYCLE_RULES, MAX_XML_BYTES};
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
    for tag in &rule.tags {
        xml.nested("Tag", |xml| {
            xml.text("Key", &tag.key);
            xml.text("Value", &tag.value);
        });
    }
    for transition in &rule.transitions {
        xml.nested("Transition", |xml| {
            when(xml, transition.days, transition.created_before_date.as_deref());
            xml.text("StorageClass", &transition.storage_class);
        });
    }
    for (name, expiration) in [("Expiration", &rule.expiration), ("AbortMultipartUpload", &rule.abort_multipart_upload)]
    {
        if let Some(expiration) = expiration {
            xml.nested(name, |xml| when(xml, expiration.days, expiration.created_before_date.as_deref()));
        }
    }
}

fn when(xml: &mut Xml, days: Option<i64>, before: Option<&str>) {
    xml.optional("Days", days.map(|days| days.to_string()).as_deref());
    xml.optional("CreatedBeforeDate", before);
}

pub(crate) async fn put_lifecycle(service: &BucketService, request: &Request, body: Body) -> Result<Answer, Fault> {
    let xml = limited(body, &request.head.headers, MAX_XML_BYTES).await?;
    let wanted: LifecycleConfiguration = parse("LifecycleConfiguration", &xml)?;
    let rules = checked(wanted.rules)?;
    service
        .change(request.bucket(), |bucket| {
            bucket.lifecycle = rules;
            Ok(())
        })
        .await?;
    Ok(empty_answer(200))
}

fn checked(mut rules: Vec<Rule>) -> Result<Vec<Rule>, Fault> {
    if rules.is_empty() || rules.len() > MAX_LIFECYCLE_RULES {
        return Err(codes::MALFORMED_XML.says("A lifecycle has 1 to 1000 rules."));
    }
    for (number, rule) in rules.iter_mut().enumerate() {
        if rule.id.is_empty() {
            rule.id = format!("rule-{}", number + 1);
        }
        check(rule).map_err(|problem| {
            codes::INVALID_ARGUMENT
                .says(format!("Lifecycle rule {}: {problem}", rule.id))
                .detail("ArgumentName", "Rule")
        })?;
    }
    let ids: BTreeSet<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
    if ids.len() != rules.len() {
        return Err(codes::INVALID_ARGUMENT.says("Two lifecycle rules have the same ID."));
    }
    Ok(rules)
}

fn check(rule: &Rule) -> Result<(), &'static str> {
    let is_when = |days: Option<i64>, before: Option<&str>| match (days, before) {
        (Some(days), None) => (1..=i64::from(u16::MAX)).contains(&days),
        (None, Some(before)) => created_before_ms(before).is_some(),
        _ => false,
    };
    let ends_well = |expiration: &Option<Expiration>| {
        expiration.as_ref().is_none_or(|end| is_when(end.days, end.created_before_date.as_deref()))
    };
    if rule.id.len() > 255 {
        return Err("an ID has at most 255 bytes");
    }
    if !matches!(rule.status.as_str(), "Enabled" | "Disabled") {
        return Err("Status must be Enabled or Disabled");
    }
    if rule.expiration.is_none() && rule.abort_multipart_upload.is_none() && rule.transitions.is_empty() {
        return Err("it says nothing: give Expiration, Transition or AbortMultipartUpload");
    }
    let transitions_well = rule.transitions.iter().all(|transition| {
        is_when(transition.days, transition.created_before_date.as_deref())
            && storage_class(&transition.storage_class).is_ok()
    });
    if !ends_well(&rule.expiration) || !ends_well(&rule.abort_multipart_upload) || !transitions_well {
        return Err("give either Days (from 1) or CreatedBeforeDate (a midnight in UTC), and a known StorageClass");
    }
    Ok(())
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
