//! XML of the service's answers, as far as the client reads it. Elements that are not known are passed over.

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use openapi::client::CallError;

use super::ClientError;

/// A refusal.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Refusal {
    pub(super) code: String,
    pub(super) message: String,
}

/// A bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct BucketInfo {
    /// Name.
    pub name: String,
    /// `oss-cn-hangzhou`
    pub location: String,
    /// `2026-03-04T05:06:07.000Z`
    pub creation_date: String,
    /// `Standard`, `IA`, …
    pub storage_class: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct BucketInfoResult {
    pub(super) bucket: BucketInfo,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct BucketsResult {
    pub(super) buckets: Buckets,
    pub(super) is_truncated: bool,
    pub(super) next_marker: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Buckets {
    pub(super) bucket: Vec<BucketInfo>,
}

/// The retention policy of a bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Retention {
    /// Id of the policy.
    pub worm_id: String,
    /// `InProgress` or `Locked`.
    pub state: String,
    /// Days for which every object is protected from its last change on.
    #[serde(rename = "RetentionPeriodInDays")]
    pub days: i64,
    /// `2026-03-04T05:06:07.000Z`
    pub creation_date: String,
}

/// An object of a listing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Listed {
    /// Key.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// As the service writes it, without quotes.
    #[serde(rename = "ETag")]
    pub etag: String,
    /// `2026-03-04T05:06:07.000Z`
    pub last_modified: String,
    /// `Standard`, `IA`, …
    pub storage_class: String,
}

/// A page of a listing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Objects in the order of their keys.
    pub objects: Vec<Listed>,
    /// What begins several keys, up to a delimiter.
    pub prefixes: Vec<String>,
    /// What asks for the next page; nothing at the end.
    pub next: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ListResult {
    encoding_type: String,
    is_truncated: bool,
    next_continuation_token: String,
    contents: Vec<Listed>,
    common_prefixes: Vec<CommonPrefix>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct CommonPrefix {
    prefix: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct InitiateResult {
    pub(super) upload_id: String,
}

/// Reads a document.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CallError> {
    let text = std::str::from_utf8(bytes).map_err(|_| CallError::Body("the answer is not UTF-8".to_owned()))?;
    quick_xml::de::from_str(text).map_err(|error| CallError::Body(format!("the answer cannot be read: {error}")))
}

/// Reads a page of the second version of the listing.
pub(super) fn page(bytes: &[u8]) -> Result<Page, ClientError> {
    let result: ListResult = parse(bytes)?;
    let is_encoded = result.encoding_type == "url";
    let decode = |text: String| match is_encoded {
        false => Ok(text),
        true => percent_decode_str(&text)
            .decode_utf8()
            .map(|text| text.into_owned())
            .map_err(|_| CallError::Body("a key of the listing is not UTF-8".to_owned())),
    };
    let objects = result.contents.into_iter().map(|listed| {
        let etag = listed.etag.trim_matches('"').to_owned();
        Ok(Listed { key: decode(listed.key)?, etag, ..listed })
    });
    let prefixes = result.common_prefixes.into_iter().map(|common| decode(common.prefix));
    Ok(Page {
        objects: objects.collect::<Result<_, CallError>>()?,
        prefixes: prefixes.collect::<Result<_, CallError>>()?,
        next: if result.is_truncated { Some(decode(result.next_continuation_token)?) } else { None },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_the_cloud_is_read() {
        let xml = br#"<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://doc.oss-cn-hangzhou.aliyuncs.com"><Name>audit</Name><MaxKeys>2</MaxKeys>
  <EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextContinuationToken>Cg%3D%3D</NextContinuationToken>
  <Contents><Key>a%2Fb%20c</Key><LastModified>2026-03-04T05:06:07.000Z</LastModified><ETag>"AB"</ETag><Type>Normal</Type>
    <Size>12</Size><StorageClass>Standard</StorageClass></Contents>
  <CommonPrefixes><Prefix>a%2F</Prefix></CommonPrefixes><CommonPrefixes><Prefix>b%2F</Prefix></CommonPrefixes>
</ListBucketResult>"#;
        let found = page(xml).unwrap();
        assert_eq!((found.objects[0].key.as_str(), found.objects[0].size), ("a/b c", 12));
        assert_eq!(found.objects[0].etag, "AB");
        assert_eq!(found.prefixes, ["a/", "b/"]);
        assert_eq!(found.next.as_deref(), Some("Cg=="));
        assert_eq!(page(b"<ListBucketResult/>").unwrap(), Page::default());
        assert!(page(b"<html>").is_err());
    }

    #[test]
    fn refusals_with_unknown_elements_are_read() {
        let refusal: Refusal =
            parse(b"<Error><Code>NoSuchKey</Code><Message>x &lt;y</Message><EC>0026-1</EC></Error>").unwrap();
        assert_eq!((refusal.code.as_str(), refusal.message.as_str()), ("NoSuchKey", "x <y"));
    }
}
