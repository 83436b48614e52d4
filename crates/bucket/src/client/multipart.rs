//! A long object, sent in parts. Public documents: Object Storage Service, "InitiateMultipartUpload" and its kin.

use std::fmt::Write;
use std::io::Read;

use openapi::client::CallError;

use super::documents::{InitiateResult, parse};
use super::manage::object_call;
use super::put::{Sent, compare, is_same, is_there_already, read_up_to, stored};
use super::{BucketClient, ClientError, PutOptions, Stored};
use crate::content::{Digests, Md5Sum};
use crate::limits::{CLIENT_PART_BYTES, MAX_PART_NUMBER};

/// An upload that was begun.
struct Upload<'a> {
    bucket: &'a str,
    key: &'a str,
    id: String,
    /// Number and ETag.
    parts: Vec<(i64, String)>,
}

impl BucketClient {
    pub(super) fn put_parts(
        &self,
        bucket: &str,
        key: &str,
        content: &mut dyn Read,
        options: &PutOptions<'_>,
    ) -> Result<Stored, ClientError> {
        let mut call = object_call("POST", bucket, key)?.with("uploads", "");
        call.headers.extend(options.headers());
        let begun = match self.send(&call) {
            // What is there may be the same: only the digest of all of it tells.
            Err(error) if is_there_already(&error) => {
                return self.settle(bucket, key, &digest(content)?, options, error);
            }
            begun => begun?,
        };
        let id = parse::<InitiateResult>(&begun.body)?.upload_id;
        if id.is_empty() {
            return Err(CallError::Body("the service began an upload without an id".to_owned()).into());
        }
        let mut upload = Upload { bucket, key, id, parts: Vec::new() };
        let outcome = self.send_parts(&mut upload, content, options);
        if outcome.is_err() {
            // Parts of an upload that nobody ends are kept, and paid for.
            let abort = object_call("DELETE", bucket, key)?.with("uploadId", upload.id.as_str());
            match self.send(&abort) {
                Err(error) if error.code() != "NoSuchUpload" => {
                    tracing::warn!(%error, bucket, key, "parts of a failed upload could not be removed: a lifecycle rule of the bucket should");
                }
                _ => {}
            }
        }
        outcome
    }

    fn send_parts(
        &self,
        upload: &mut Upload<'_>,
        content: &mut dyn Read,
        options: &PutOptions<'_>,
    ) -> Result<Stored, ClientError> {
        let mut digests = Digests::new();
        for number in 1..=MAX_PART_NUMBER {
            let part = read_up_to(content, part_bytes(number))?;
            if part.is_empty() && number > 1 {
                break;
            }
            digests.update(&part);
            upload.parts.push((number, self.send_part(upload, number, &part)?));
            options.arrived(digests.size());
            if part.len() < part_bytes(number) {
                break;
            }
        }
        if !read_up_to(content, 1)?.is_empty() {
            return Err(
                CallError::Body(format!("an object has at most {MAX_PART_NUMBER} parts, and this has more")).into()
            );
        }
        self.complete(upload, &Sent::from_digests(digests), options)
    }

    fn send_part(&self, upload: &Upload<'_>, number: i64, part: &[u8]) -> Result<String, ClientError> {
        let mut digests = Digests::new();
        digests.update(part);
        let (md5, crc64) = digests.finish();
        let call = object_call("PUT", upload.bucket, upload.key)?
            .with("partNumber", number.to_string())
            .with("uploadId", upload.id.as_str())
            .header("content-md5", md5.base64())
            .body(part);
        let answer = self.send(&call)?;
        compare(upload.bucket, upload.key, &answer, crc64, None::<&Md5Sum>)?;
        Ok(answer.header("etag").to_owned())
    }

    fn complete(&self, upload: &Upload<'_>, sent: &Sent, options: &PutOptions<'_>) -> Result<Stored, ClientError> {
        let mut body = "<CompleteMultipartUpload>".to_owned();
        for (number, etag) in &upload.parts {
            let etag = etag.trim_matches('"');
            // Writing to a text cannot fail.
            let _ = write!(body, "<Part><PartNumber>{number}</PartNumber><ETag>\"{etag}\"</ETag></Part>");
        }
        body.push_str("</CompleteMultipartUpload>");
        let mut call = object_call("POST", upload.bucket, upload.key)?.with("uploadId", upload.id.as_str());
        call.headers.extend(options.forbid_header());
        match self.send(&call.body(body.as_bytes())) {
            Err(error) if is_there_already(&error) => self.settle(upload.bucket, upload.key, sent, options, error),
            // The answer of a first try may have been lost: then the object is there and the upload is no more.
            Err(error) if error.code() == "NoSuchUpload" => match self.head(upload.bucket, upload.key)? {
                Some(found) if is_same(&found, sent) => {
                    Ok(Stored { size: found.size, etag: found.etag, crc64: sent.crc64, was_there: false })
                }
                _ => Err(error),
            },
            answer => {
                let answer = answer?;
                compare(upload.bucket, upload.key, &answer, sent.crc64, None)?;
                Ok(stored(&answer, sent))
            }
        }
    }
}

/// Bytes of a part by its number.
fn part_bytes(number: i64) -> usize {
    let (first, doubled_every) = CLIENT_PART_BYTES;
    first << ((number - 1) / doubled_every)
}

fn digest(content: &mut dyn Read) -> Result<Sent, ClientError> {
    let mut digests = Digests::new();
    loop {
        let piece = read_up_to(content, CLIENT_PART_BYTES.0)?;
        if piece.is_empty() {
            return Ok(Sent::from_digests(digests));
        }
        digests.update(&piece);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{MAX_PUT_BYTES, MIN_PART_BYTES};

    #[test]
    fn parts_are_of_a_size_that_the_service_takes() {
        assert_eq!(part_bytes(1), 8 * 1024 * 1024);
        assert_eq!(part_bytes(2_000), 8 * 1024 * 1024);
        assert_eq!(part_bytes(2_001), 16 * 1024 * 1024);
        let sizes = (1..=MAX_PART_NUMBER).map(|number| part_bytes(number) as u64);
        assert!(sizes.clone().all(|size| (MIN_PART_BYTES..=MAX_PUT_BYTES).contains(&size)));
        assert!(sizes.sum::<u64>() > 500_000_000_000);
    }
}
