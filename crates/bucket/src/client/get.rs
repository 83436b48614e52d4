//! What an object is, and its bytes.
//!
//! An object is read in pieces, each of them a request: so a break in the middle costs a piece, and a wait has a bound
//! however large the object is. All pieces are of one object, told by its ETag, and the whole is compared with the
//! object's CRC.

use std::io::{self, Read};

use http::HeaderMap;

use openapi::client::CallError;

use super::manage::object_call;
use super::send::Answer;
use super::{BucketClient, ClientError};
use crate::content::Digests;
use crate::limits::CLIENT_READ_BYTES;

/// What an object is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Bytes.
    pub size: u64,
    /// Without quotes.
    pub etag: String,
    /// CRC-64 of ECMA-182, reflected, when the service says it.
    pub crc64: Option<u64>,
    /// As a header: `Wed, 04 Mar 2026 05:06:07 GMT`.
    pub last_modified: String,
    /// `Normal`, `Appendable` or `Multipart`.
    pub kind: String,
    /// `Standard`, `IA`, …
    pub storage_class: String,
    /// `application/gzip`
    pub content_type: String,
    /// The object's own metadata: names without `x-oss-meta-`, in order.
    pub metadata: Vec<(String, String)>,
}

impl ObjectInfo {
    fn of(answer: &Answer) -> Result<ObjectInfo, ClientError> {
        let text = |name: &str| answer.header(name).to_owned();
        let size = text("content-length").parse();
        Ok(ObjectInfo {
            size: size.map_err(|_| CallError::Body("the answer does not say how long the object is".to_owned()))?,
            etag: text("etag").trim_matches('"').to_owned(),
            crc64: answer.header("x-oss-hash-crc64ecma").parse().ok(),
            last_modified: text("last-modified"),
            kind: text("x-oss-object-type"),
            storage_class: text("x-oss-storage-class"),
            content_type: text("content-type"),
            metadata: metadata(&answer.headers),
        })
    }
}

fn metadata(headers: &HeaderMap) -> Vec<(String, String)> {
    let own = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix("x-oss-meta-")?;
        Some((name.to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
    });
    let mut own: Vec<_> = own.collect();
    own.sort_unstable();
    own
}

impl BucketClient {
    /// What an object is; nothing when there is none.
    ///
    /// # Errors
    /// When the service refuses, which it does for a missing bucket, too, or is not reached.
    pub fn head(&self, bucket: &str, key: &str) -> Result<Option<ObjectInfo>, ClientError> {
        match self.send(&object_call("HEAD", bucket, key)?) {
            Err(error) if error.code() == "NoSuchKey" => Ok(None),
            // The service before this client did not say why.
            Err(error) if error.code() == "NotFound" => Ok(None),
            outcome => ObjectInfo::of(&outcome?).map(Some),
        }
    }

    /// Opens an object for reading.
    ///
    /// # Errors
    /// When there is none, and as [`BucketClient::head`].
    pub fn get<'c>(&'c self, bucket: &str, key: &str) -> Result<ObjectReader<'c>, ClientError> {
        let info = self.head(bucket, key)?.ok_or_else(|| CallError::Refused {
            code: "NoSuchKey".to_owned(),
            status: 404,
            message: format!("{bucket}/{key} does not exist"),
            request_id: "-".to_owned(),
        })?;
        Ok(ObjectReader {
            client: self,
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            info,
            fetched: 0,
            piece: io::Cursor::new(Vec::new()),
            digests: Some(Digests::new()),
        })
    }

    /// Bytes of an object: from, up to but without. As many as there are, when it is shorter.
    ///
    /// # Errors
    /// As [`BucketClient::get`], and when it begins behind the end.
    pub fn get_range(&self, bucket: &str, key: &str, from: u64, to: u64) -> Result<Vec<u8>, ClientError> {
        self.piece(bucket, key, from, to, None).map(|answer| answer.body)
    }

    fn piece(&self, bucket: &str, key: &str, from: u64, to: u64, etag: Option<&str>) -> Result<Answer, ClientError> {
        if to <= from {
            return Err(CallError::Body(format!("a range has at least one byte, and not {from} to {to}")).into());
        }
        let call = object_call("GET", bucket, key)?
            .header("range", format!("bytes={from}-{}", to - 1))
            .header("x-oss-range-behavior", "standard");
        let mut call = match etag {
            Some(etag) => call.header("if-match", format!("\"{etag}\"")),
            None => call,
        };
        // A little more, so that an answer that is too long is seen and not cut.
        call.answer_bytes = (to - from).saturating_add(64 * 1024);
        let answer = self.send(&call)?;
        if answer.status != 206 || answer.body.len() as u64 > to - from {
            return Err(CallError::Body(format!(
                "the service answered the range {from} to {to} with HTTP {} and {} bytes",
                answer.status,
                answer.body.len()
            ))
            .into());
        }
        Ok(answer)
    }
}

/// An object that is being read. Its errors tell a damaged object, too: at its end.
pub struct ObjectReader<'c> {
    client: &'c BucketClient,
    bucket: String,
    key: String,
    info: ObjectInfo,
    fetched: u64,
    piece: io::Cursor<Vec<u8>>,
    /// Until the end is reached and compared.
    digests: Option<Digests>,
}

impl ObjectReader<'_> {
    /// What is read.
    pub fn info(&self) -> &ObjectInfo {
        &self.info
    }

    fn fetch(&mut self) -> Result<(), ClientError> {
        let to = self.info.size.min(self.fetched + CLIENT_READ_BYTES);
        let etag = Some(self.info.etag.as_str()).filter(|etag| !etag.is_empty());
        let answer = self.client.piece(&self.bucket, &self.key, self.fetched, to, etag);
        let body = match answer {
            Err(error) if error.code() == "PreconditionFailed" => {
                return Err(self.damaged("it was replaced while it was read; read it again"));
            }
            answer => answer?.body,
        };
        if body.len() as u64 != to - self.fetched {
            return Err(self.damaged("a part of it is missing"));
        }
        if let Some(digests) = &mut self.digests {
            digests.update(&body);
        }
        self.fetched = to;
        self.piece = io::Cursor::new(body);
        Ok(())
    }

    /// At the end: whether all of it is what the service has.
    fn compare(&mut self) -> Result<(), ClientError> {
        let Some(digests) = self.digests.take() else { return Ok(()) };
        let (_, crc64) = digests.finish();
        match self.info.crc64 {
            Some(expected) if expected != crc64 => Err(self.damaged(&format!("its CRC is {crc64} and not {expected}"))),
            _ => Ok(()),
        }
    }

    fn damaged(&self, what: &str) -> ClientError {
        ClientError::Damaged { bucket: self.bucket.clone(), key: self.key.clone(), what: what.to_owned() }
    }
}

impl Read for ObjectReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let is_read = self.piece.position() == self.piece.get_ref().len() as u64;
        if is_read && self.fetched < self.info.size && !buffer.is_empty() {
            self.fetch().map_err(io::Error::other)?;
        }
        let count = self.piece.read(buffer)?;
        if count == 0 && !buffer.is_empty() {
            self.compare().map_err(io::Error::other)?;
        }
        Ok(count)
    }
}
