//! ListObjects in both forms, and ListObjectVersions, whose answer has no versions but the present one.
//! Public documents: Object Storage Service, pages of these names.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::answer::{Answer, iso_ms, xml_answer};
use crate::fault::{Fault, codes};
use crate::limits::LIST_PAGE;
use crate::rows::bucket::Bucket;
use crate::rows::object::{self, Listed};
use crate::service::{BucketService, Request};
use crate::xml::{KeyText, Xml};

/// What a listing asks for.
struct Asked {
    prefix: String,
    delimiter: String,
    /// Only what comes behind this text.
    after: String,
    limit: usize,
    keys: KeyText,
}

/// An entry of a listing: an object, or the common beginning of several keys.
enum Entry {
    Object(Listed),
    Common(String),
}

impl Entry {
    /// What the next page comes behind.
    fn name(&self) -> &str {
        match self {
            Entry::Object(listed) => &listed.key,
            Entry::Common(prefix) => prefix,
        }
    }
}

struct Page {
    entries: Vec<Entry>,
    next: Option<String>,
}

pub(crate) async fn objects(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    let query = &request.head.query;
    if query.get("list-type") == Some("2") {
        return objects_v2(service, request).await;
    }
    let bucket = service.bucket(request.bucket()).await?;
    let marker = query.text("marker").unwrap_or_default();
    let asked = asked(request, marker.to_owned())?;
    let page = page(service, &bucket.name, &asked).await?;
    Ok(xml_answer(Xml::document("ListBucketResult", |xml| {
        head(xml, &bucket, &asked);
        xml.text("Marker", asked.keys.of(marker));
        foot(xml, &page);
        xml.optional("NextMarker", page.next.as_deref().map(|next| asked.keys.of(next)).as_deref());
        contents(xml, &bucket, &page, asked.keys, true);
    })))
}

async fn objects_v2(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    let query = &request.head.query;
    let bucket = service.bucket(request.bucket()).await?;
    let start_after = query.text("start-after").unwrap_or_default();
    let token = query.text("continuation-token");
    let after = match token {
        Some(token) => from_token(token)?,
        None => start_after.to_owned(),
    };
    let asked = asked(request, after)?;
    let page = page(service, &bucket.name, &asked).await?;
    let with_owner = query.get("fetch-owner") == Some("true");
    Ok(xml_answer(Xml::document("ListBucketResult", |xml| {
        head(xml, &bucket, &asked);
        xml.text("StartAfter", asked.keys.of(start_after));
        xml.optional("ContinuationToken", token);
        foot(xml, &page);
        xml.text("KeyCount", page.entries.len().to_string());
        xml.optional("NextContinuationToken", page.next.as_deref().map(|next| URL_SAFE_NO_PAD.encode(next)).as_deref());
        contents(xml, &bucket, &page, asked.keys, with_owner);
    })))
}

pub(crate) async fn versions(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    let bucket = service.bucket(request.bucket()).await?;
    let marker = request.head.query.text("key-marker").unwrap_or_default();
    let asked = asked(request, marker.to_owned())?;
    let page = page(service, &bucket.name, &asked).await?;
    Ok(xml_answer(Xml::document("ListVersionsResult", |xml| {
        head(xml, &bucket, &asked);
        xml.text("KeyMarker", asked.keys.of(marker));
        xml.text("VersionIdMarker", "");
        foot(xml, &page);
        if let Some(next) = &page.next {
            xml.text("NextKeyMarker", asked.keys.of(next));
            xml.text("NextVersionIdMarker", "null");
        }
        for entry in &page.entries {
            match entry {
                Entry::Object(listed) => xml.nested("Version", |xml| {
                    xml.text("Key", asked.keys.of(&listed.key));
                    xml.text("VersionId", "null");
                    xml.text("IsLatest", "true");
                    object_elements(xml, listed);
                    owner(xml, &bucket);
                }),
                Entry::Common(prefix) => common(xml, prefix, asked.keys),
            }
        }
    })))
}

fn asked(request: &Request, after: String) -> Result<Asked, Fault> {
    let query = &request.head.query;
    for name in ["prefix", "marker", "delimiter", "start-after", "key-marker"] {
        if query.text(name).is_some_and(|value| value.len() >= 1_024) {
            return Err(codes::INVALID_ARGUMENT.says(format!("{name} must be shorter than 1024 bytes.")));
        }
    }
    let text = |name: &str| query.text(name).unwrap_or_default().to_owned();
    let limit = page_size(query.text("max-keys"), "max-keys")?;
    Ok(Asked { prefix: text("prefix"), delimiter: text("delimiter"), after, limit, keys: request.keys() })
}

/// Size of a page: 1 to 1000.
pub(super) fn page_size(text: Option<&str>, name: &'static str) -> Result<usize, Fault> {
    let (most, usual) = LIST_PAGE;
    let size: Option<i64> = text.map_or(Some(usual), |text| text.parse().ok());
    size.filter(|size| (1..=most).contains(size)).map(|size| size as usize).ok_or_else(|| {
        codes::INVALID_ARGUMENT.says(format!("{name} must be 1 to {most}.")).detail("ArgumentName", name)
    })
}

fn from_token(token: &str) -> Result<String, Fault> {
    let key = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    key.ok_or_else(|| {
        let fault = codes::INVALID_ARGUMENT.says("The continuation token is not one that this server gave.");
        fault.detail("ArgumentName", "continuation-token")
    })
}

/// Walks the keys in order; the keys under a common beginning are leapt over, however many they are.
async fn page(service: &BucketService, bucket: &str, asked: &Asked) -> Result<Page, Fault> {
    let mut connection = service.database.pool().acquire().await?;
    let mut entries: Vec<Entry> = Vec::new();
    let mut from = first_key(asked);
    while let Some(start) = from.take() {
        let listed = object::page(&mut connection, bucket, &start, asked.limit as i64 + 1).await?;
        let is_last = listed.len() <= asked.limit;
        let last_key = listed.last().map(|listed| listed.key.clone());
        from = last_key.filter(|_| !is_last).map(|key| behind(key.as_bytes()));
        for listed in listed {
            if !listed.key.starts_with(&asked.prefix) {
                from = None;
                break;
            }
            let entry = entry(listed, asked);
            let leap = match &entry {
                Entry::Common(prefix) => after_all(prefix.as_bytes()),
                Entry::Object(_) => None,
            };
            let is_common = matches!(entry, Entry::Common(_));
            if entry.name() > asked.after.as_str() || asked.after.is_empty() {
                if entries.len() == asked.limit {
                    let next = entries.last().map(|entry| entry.name().to_owned());
                    return Ok(Page { entries, next });
                }
                entries.push(entry);
            }
            if is_common {
                from = leap;
                break;
            }
        }
    }
    Ok(Page { entries, next: None })
}

/// The first key that may be on the page, as bytes.
fn first_key(asked: &Asked) -> Option<Vec<u8>> {
    let after = asked.after.as_bytes();
    if asked.after.is_empty() || asked.after.as_str() < asked.prefix.as_str() {
        return Some(asked.prefix.as_bytes().to_vec());
    }
    // What was shown as a common beginning is leapt over as a whole.
    let rest = asked.after.strip_prefix(&asked.prefix);
    let is_common = !asked.delimiter.is_empty() && rest.is_some_and(|rest| rest.contains(&asked.delimiter));
    if is_common && asked.after.ends_with(&asked.delimiter) { after_all(after) } else { Some(behind(after)) }
}

fn entry(listed: Listed, asked: &Asked) -> Entry {
    let rest = &listed.key[asked.prefix.len()..];
    match rest.find(&asked.delimiter).filter(|_| !asked.delimiter.is_empty()) {
        Some(at) => Entry::Common(listed.key[..asked.prefix.len() + at + asked.delimiter.len()].to_owned()),
        None => Entry::Object(listed),
    }
}

/// The key directly behind another.
pub(super) fn behind(key: &[u8]) -> Vec<u8> {
    [key, &[0]].concat()
}

/// The first key that does not begin with this; `None` when there can be none.
pub(super) fn after_all(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|&byte| byte < u8::MAX)?;
    let mut next = prefix[..=last].to_vec();
    next[last] += 1;
    Some(next)
}

fn head(xml: &mut Xml, bucket: &Bucket, asked: &Asked) {
    xml.text("Name", &bucket.name);
    xml.text("Prefix", asked.keys.of(&asked.prefix));
    xml.text("MaxKeys", asked.limit.to_string());
    xml.text("Delimiter", asked.keys.of(&asked.delimiter));
    if asked.keys.0 {
        xml.text("EncodingType", "url");
    }
}

fn foot(xml: &mut Xml, page: &Page) {
    xml.text("IsTruncated", page.next.is_some().to_string());
}

fn contents(xml: &mut Xml, bucket: &Bucket, page: &Page, keys: KeyText, with_owner: bool) {
    for entry in &page.entries {
        match entry {
            Entry::Object(listed) => xml.nested("Contents", |xml| {
                xml.text("Key", keys.of(&listed.key));
                object_elements(xml, listed);
                if with_owner {
                    owner(xml, bucket);
                }
            }),
            Entry::Common(prefix) => common(xml, prefix, keys),
        }
    }
}

fn object_elements(xml: &mut Xml, listed: &Listed) {
    xml.text("LastModified", iso_ms(listed.modified_ms));
    xml.text("ETag", format!("\"{}\"", listed.etag));
    xml.text("Type", &listed.kind);
    xml.text("Size", listed.size.to_string());
    xml.text("StorageClass", &listed.storage_class);
}

pub(super) fn common(xml: &mut Xml, prefix: &str, keys: KeyText) {
    xml.nested("CommonPrefixes", |xml| xml.text("Prefix", keys.of(prefix)));
}

/// The owner of a bucket owns what is in it.
pub(super) fn owner(xml: &mut Xml, bucket: &Bucket) {
    xml.nested("Owner", |xml| {
        xml.text("ID", &bucket.account_id);
        xml.text("DisplayName", &bucket.account_id);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaps_go_behind_all_keys_of_a_beginning() {
        assert_eq!(after_all(b"a/"), Some(b"a0".to_vec()));
        assert_eq!(after_all(&[b'a', 0xff, 0xff]), Some(b"b".to_vec()));
        assert_eq!(after_all(&[0xff]), None);
        assert_eq!(after_all(b""), None);
        assert_eq!(behind(b"a"), b"a\0");
    }
}
