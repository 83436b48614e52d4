//! Putting an object, and making sure that it is what the service has.
//!
//! Public documents: Object Storage Service, "PutObject", "Data verification". An object that may be written once
//! (`x-oss-forbid-overwrite`) and is there already with the same content counts as written: its writer may have lost the
//! answer.

use std::io::Read;

use super::manage::object_call;
use super::send::Answer;
use super::{BucketClient, ClientError, ObjectInfo};
use crate::content::{Digests, Md5Sum, same_etag};
use crate::limits::CLIENT_WHOLE_BYTES;

/// How an object is put.
#[derive(Clone, Copy, Default)]
pub struct PutOptions<'a> {
    /// Only if the key is free, or holds the same content.
    pub forbid_overwrite: bool,
    /// `application/gzip`; empty: the service's own.
    pub content_type: &'a str,
    /// The object's own metadata: names without `x-oss-meta-`, values of visible ASCII.
    pub metadata: &'a [(&'a str, &'a str)],
    /// Is told how many bytes have arrived.
    pub progress: Option<&'a dyn Fn(u64)>,
}

impl PutOptions<'_> {
    pub(super) fn headers(&self) -> Vec<(String, String)> {
        let mut headers: Vec<(String, String)> =
            self.metadata.iter().map(|(name, value)| (format!("x-oss-meta-{name}"), (*value).to_owned())).collect();
        if !self.content_type.is_empty() {
            headers.push(("content-type".to_owned(), self.content_type.to_owned()));
        }
        headers.extend(self.forbid_header());
        headers
    }

    pub(super) fn forbid_header(&self) -> Option<(String, String)> {
        self.forbid_overwrite.then(|| ("x-oss-forbid-overwrite".to_owned(), "true".to_owned()))
    }

    pub(super) fn arrived(&self, bytes: u64) {
        if let Some(progress) = self.progress {
            progress(bytes);
        }
    }
}

/// An object that the service has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Bytes.
    pub size: u64,
    /// Without quotes.
    pub etag: String,
    /// CRC-64 of the content.
    pub crc64: u64,
    /// It was there before, with the same content.
    pub was_there: bool,
}

/// Digests of what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) size: u64,
    pub(super) md5: Md5Sum,
    pub(super) crc64: u64,
}

impl Sent {
    fn of(content: &[u8]) -> Sent {
        let mut digests = Digests::new();
        digests.update(content);
        Sent::from_digests(digests)
    }

    pub(super) fn from_digests(digests: Digests) -> Sent {
        let size = digests.size();
        let (md5, crc64) = digests.finish();
        Sent { size, md5, crc64 }
    }
}

impl BucketClient {
    /// Puts an object. It is there when this returns, and has been compared.
    ///
    /// # Errors
    /// When the key is taken by another content, and when the service refuses, is not reached, or has something else.
    pub fn put(
        &self,
        bucket: &str,
        key: &str,
        content: &[u8],
        options: &PutOptions<'_>,
    ) -> Result<Stored, ClientError> {
        let mut rest = content;
        if content.len() > CLIENT_WHOLE_BYTES {
            return self.put_parts(bucket, key, &mut rest, options);
        }
        let sent = Sent::of(content);
        let mut call = object_call("PUT", bucket, key)?.header("content-md5", sent.md5.base64()).body(content);
        call.headers.extend(options.headers());
        // Compared by the service already where it looks; it is harmless elsewhere.
        let call = call.header("x-oss-hash-crc64ecma", sent.crc64.to_string());
        let answer = match self.send(&call) {
            Err(error) if is_there_already(&error) => return self.settle(bucket, key, &sent, options, error),
            answer => answer?,
        };
        options.arrived(sent.size);
        let is_encrypted = !answer.header("x-oss-server-side-encryption").is_empty();
        let tag = Some(&sent.md5).filter(|_| !is_encrypted);
        compare(bucket, key, &answer, sent.crc64, tag)?;
        Ok(stored(&answer, &sent))
    }

    /// Puts an object from where it is read, in parts when it is long.
    ///
    /// # Errors
    /// As [`BucketClient::put`], and when the content cannot be read.
    pub fn put_from(
        &self,
        bucket: &str,
        key: &str,
        content: &mut dyn Read,
        options: &PutOptions<'_>,
    ) -> Result<Stored, ClientError> {
        let first = read_up_to(content, CLIENT_WHOLE_BYTES + 1)?;
        if first.len() <= CLIENT_WHOLE_BYTES {
            return self.put(bucket, key, &first, options);
        }
        self.put_parts(bucket, key, &mut first.as_slice().chain(content), options)
    }

    /// What a refusal means that says that the key is taken: the same content is a success.
    pub(super) fn settle(
        &self,
        bucket: &str,
        key: &str,
        sent: &Sent,
        options: &PutOptions<'_>,
        refused: ClientError,
    ) -> Result<Stored, ClientError> {
        let Some(found) = self.head(bucket, key)? else { return Err(refused) };
        match is_same(&found, sent) {
            true => {
                options.arrived(sent.size);
                Ok(Stored { size: found.size, etag: found.etag, crc64: sent.crc64, was_there: true })
            }
            false if options.forbid_overwrite => Err(ClientError::Taken {
                bucket: bucket.to_owned(),
                key: key.to_owned(),
                found: format!("{} bytes, ETag {}", found.size, found.etag),
            }),
            // Protected, and it was to be replaced.
            false => Err(refused),
        }
    }
}

/// Whether a refusal says that an object is there which must not be replaced.
pub(super) fn is_there_already(error: &ClientError) -> bool {
    matches!(error.code(), "FileAlreadyExists" | "FileImmutable")
}

/// Whether an object is what was sent, by its length and every digest that the service says. Without one it is not.
pub(super) fn is_same(found: &ObjectInfo, sent: &Sent) -> bool {
    let by_crc64 = found.crc64.map(|crc64| crc64 == sent.crc64);
    let has_md5 = found.kind == "Normal" && found.etag.len() == 32;
    let by_md5 = has_md5.then(|| same_etag(&found.etag, &sent.md5.etag()));
    // An encrypted object's ETag may be no MD5: a CRC that agrees counts for more.
    found.size == sent.size && by_crc64.or(by_md5).unwrap_or(false)
}

/// Compares what a write answers with what was sent; `md5` where the ETag must be the MD5.
pub(super) fn compare(
    bucket: &str,
    key: &str,
    answer: &Answer,
    crc64: u64,
    md5: Option<&Md5Sum>,
) -> Result<(), ClientError> {
    let damaged = |what: String| {
        Err(ClientError::Damaged {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            what: format!("{what}; put it again"),
        })
    };
    let (theirs, etag) = (answer.header("x-oss-hash-crc64ecma"), answer.header("etag"));
    if !theirs.is_empty() && theirs != crc64.to_string() {
        return damaged(format!("the service has the CRC {theirs} and not {crc64}"));
    }
    match md5 {
        Some(md5) if !same_etag(etag, &md5.etag()) => {
            damaged(format!("the service has the ETag {etag} and not {}", md5.etag()))
        }
        _ => Ok(()),
    }
}

pub(super) fn stored(answer: &Answer, sent: &Sent) -> Stored {
    let etag = answer.header("etag").trim_matches('"').to_owned();
    Stored { size: sent.size, etag, crc64: sent.crc64, was_there: false }
}

/// As many bytes as there are, and no more than the bound.
pub(super) fn read_up_to(reader: &mut dyn Read, max_bytes: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "bounded by `take`")]
    reader.take(max_bytes as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equality_needs_length_and_a_digest() {
        let sent = Sent::of(b"123456789");
        let same = ObjectInfo {
            size: 9,
            etag: "25F9E794323B453885F5181F1B624D0B".to_owned(),
            crc64: Some(0x995D_C9BB_DF19_39FA),
            kind: "Normal".to_owned(),
            ..ObjectInfo::default()
        };
        assert!(is_same(&same, &sent));
        assert!(is_same(&ObjectInfo { crc64: None, ..same.clone() }, &sent), "by the MD5");
        assert!(is_same(&ObjectInfo { kind: "Multipart".to_owned(), etag: "X-2".to_owned(), ..same.clone() }, &sent));
        assert!(!is_same(&ObjectInfo { size: 8, ..same.clone() }, &sent));
        assert!(!is_same(&ObjectInfo { crc64: Some(1), ..same.clone() }, &sent));
        let other_md5 = ObjectInfo { crc64: None, etag: "0".repeat(32), ..same.clone() };
        assert!(!is_same(&other_md5, &sent));
        assert!(
            !is_same(&ObjectInfo { crc64: None, kind: "Multipart".to_owned(), ..same }, &sent),
            "nothing to compare"
        );
    }

    #[test]
    fn no_more_is_read_than_the_bound() {
        assert_eq!(read_up_to(&mut b"12345".as_slice(), 3).unwrap(), b"123");
        assert_eq!(read_up_to(&mut b"12".as_slice(), 3).unwrap(), b"12");
    }
}
