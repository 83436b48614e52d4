//! What a client says of an object beside its bytes. Public document: Object Storage Service, "Common HTTP headers".

use std::collections::BTreeMap;

use http::HeaderMap;

use crate::content::{Body, limited};
use crate::fault::{Fault, codes};
use crate::limits::{MAX_METADATA_BYTES, MAX_TAGS, MAX_XML_BYTES};
use crate::request::Query;
use crate::rows::bucket::Bucket;
use crate::rows::object::Attributes;
use crate::service::Request;

/// Headers that are stored and returned as they came.
const STORED: &[&str] = &[
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
    ENCRYPTION,
    "x-oss-server-side-encryption-key-id",
    "x-oss-server-side-data-encryption",
];
const ENCRYPTION: &str = "x-oss-server-side-encryption";
const METADATA_PREFIX: &str = "x-oss-meta-";
/// From the warmest to the coldest.
const STORAGE_CLASSES: &[&str] = &["Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive"];
const OBJECT_ACLS: &[&str] = &["default", "private", "public-read", "public-read-write"];

/// Reads the headers of a request that makes an object.
pub(crate) fn attributes(headers: &HeaderMap, bucket: &Bucket) -> Result<Attributes, Fault> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).filter(|text| !text.is_empty());
    let mut stored = BTreeMap::new();
    let mut metadata_bytes = 0;
    for (name, value) in headers {
        let (name, value) = (name.as_str(), String::from_utf8_lossy(value.as_bytes()));
        if let Some(own) = name.strip_prefix(METADATA_PREFIX) {
            if own.is_empty() || !own.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
                let fault = codes::INVALID_ARGUMENT.says("A name of metadata has letters, digits and hyphens.");
                return Err(fault.detail("ArgumentName", name));
            }
            metadata_bytes += own.len() + value.len();
        } else if !STORED.contains(&name) {
            continue;
        }
        stored.insert(name.to_owned(), value.into_owned());
    }
    if metadata_bytes > MAX_METADATA_BYTES {
        return Err(codes::INVALID_ARGUMENT.says("The user metadata is longer than 8 KB."));
    }
    if let Some(encryption) = &bucket.encryption {
        stored.entry(ENCRYPTION.to_owned()).or_insert_with(|| encryption.algorithm.clone());
    }
    if stored.get(ENCRYPTION).is_some_and(|algorithm| !matches!(algorithm.as_str(), "AES256" | "KMS" | "SM4")) {
        return Err(codes::INVALID_ENCRYPTION.fault());
    }
    Ok(Attributes {
        headers: stored,
        storage_class: one_of(
            "x-oss-storage-class",
            text("x-oss-storage-class").unwrap_or(&bucket.storage_class),
            STORAGE_CLASSES,
        )?,
        acl: object_acl(text("x-oss-object-acl").unwrap_or("default"))?,
        tags: text("x-oss-tagging").map(tags).transpose()?.unwrap_or_default(),
    })
}

/// Reads a storage class.
pub(crate) fn storage_class(text: &str) -> Result<String, Fault> {
    one_of("StorageClass", text, STORAGE_CLASSES)
}

/// How cold a storage class is; a later one is colder.
pub(crate) fn coldness(class: &str) -> Option<usize> {
    STORAGE_CLASSES.iter().position(|known| *known == class)
}

/// Reads the access rule of an object.
pub(crate) fn object_acl(text: &str) -> Result<String, Fault> {
    not_public("x-oss-object-acl", one_of("x-oss-object-acl", text, OBJECT_ACLS)?)
}

/// Reads the access rule of a bucket.
pub(crate) fn bucket_acl(text: &str) -> Result<String, Fault> {
    not_public("x-oss-acl", one_of("x-oss-acl", text, &OBJECT_ACLS[1..])?)
}

/// No request without a signature is answered, so what claims to be public would not keep its word.
fn not_public(header: &str, acl: String) -> Result<String, Fault> {
    if matches!(acl.as_str(), "default" | "private") {
        return Ok(acl);
    }
    Err(codes::NOT_IMPLEMENTED
        .says("Everything here is private; give others access by RAM or by signed links.")
        .detail("Header", header))
}

fn one_of(name: &str, text: &str, known: &[&str]) -> Result<String, Fault> {
    if known.contains(&text) {
        return Ok(text.to_owned());
    }
    let fault = codes::INVALID_ARGUMENT.says(format!("{name} must be one of {}.", known.join(", ")));
    Err(fault.detail("ArgumentName", name).detail("ArgumentValue", text))
}

/// `k1=v1&k2=v2`, percent-encoded.
fn tags(text: &str) -> Result<BTreeMap<String, String>, Fault> {
    let tags: Vec<(String, String)> =
        Query::parse(text)?.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    check_tags(tags)
}

/// Whether a tag has only what tags may have.
pub(crate) fn is_tag_text(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || " +-=._:/".contains(c))
}

/// Tags are few, short, of letters and few signs, and each name is there once.
pub(crate) fn check_tags(tags: Vec<(String, String)>) -> Result<BTreeMap<String, String>, Fault> {
    let count = tags.len();
    let are_short =
        tags.iter().all(|(name, value)| (1..=128).contains(&name.chars().count()) && value.chars().count() <= 256);
    if !tags.iter().all(|(name, value)| is_tag_text(name) && is_tag_text(value)) {
        return Err(codes::INVALID_TAG.fault());
    }
    let tags: BTreeMap<String, String> = tags.into_iter().collect();
    if count > MAX_TAGS || !are_short || tags.len() != count {
        return Err(codes::INVALID_ARGUMENT.says(
            "An object has at most 10 tags with different names of 1 to 128 characters and values of at most 256.",
        ));
    }
    Ok(tags)
}

/// Refuses a body where everything is in the headers and the query: what it asks for would not be done.
pub(crate) async fn no_body(request: &Request, body: Body) -> Result<(), Fault> {
    if limited(body, &request.head.headers, MAX_XML_BYTES).await?.is_empty() {
        return Ok(());
    }
    Err(codes::NOT_IMPLEMENTED.says("This operation takes no body; say what you want in its headers."))
}

/// Conditions are for reads; on a write they are refused, not ignored.
pub(crate) fn refuse_conditions(headers: &HeaderMap) -> Result<(), Fault> {
    let condition = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"]
        .into_iter()
        .find(|name| headers.contains_key(*name));
    match condition {
        Some(name) => Err(codes::NOT_IMPLEMENTED
            .says(format!("A write cannot have {name}; use x-oss-forbid-overwrite."))
            .detail("Header", name)),
        None => Ok(()),
    }
}

/// Whether the request must not replace an object.
pub(crate) fn forbids_overwrite(headers: &HeaderMap) -> bool {
    headers.get("x-oss-forbid-overwrite").is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"))
}
