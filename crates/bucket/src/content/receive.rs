//! A body on its way into a file: counted, digested, compared with what its sender announced.

use std::io;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use http::HeaderMap;
use tokio::sync::mpsc;

use super::digest::{Digests, Md5Sum};
use crate::blobs::Blobs;
use crate::fault::{Fault, codes};

/// A request's body.
pub type Body = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// Pieces that wait for the disk; then the sender waits.
const QUEUE_PIECES: usize = 8;

/// What the sender says of a body.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expected {
    size: Option<u64>,
    md5: Option<String>,
    crc64: Option<u64>,
}

impl Expected {
    /// Reads the headers. Without a length the body must come in chunks.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Expected, Fault> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).filter(|text| !text.is_empty());
        let size = text("content-length").map(|length| length.parse()).transpose();
        let size = size.map_err(|_| codes::MISSING_LENGTH.says("Content-Length is not a number."))?;
        if size.is_none() && text("transfer-encoding").is_none() {
            return Err(codes::MISSING_LENGTH.fault());
        }
        let crc64 = text("x-oss-hash-crc64ecma").map(|crc| crc.parse()).transpose();
        let crc64 = crc64.map_err(|_| codes::INVALID_CRC64.says("x-oss-hash-crc64ecma must be a decimal number."))?;
        Ok(Expected { size, md5: text("content-md5").map(str::to_owned), crc64 })
    }

    fn check(&self, size: u64, md5: Md5Sum, crc64: u64) -> Result<(), Fault> {
        if self.size.is_some_and(|expected| expected != size) {
            return Err(codes::INCOMPLETE_BODY.fault());
        }
        if self.md5.as_ref().is_some_and(|expected| *expected != md5.base64()) {
            let fault = codes::INVALID_DIGEST.fault().detail("CalculatedDigest", md5.base64());
            return Err(fault.detail("ExpectedDigest", self.md5.clone().unwrap_or_default()));
        }
        if self.crc64.is_some_and(|expected| expected != crc64) {
            return Err(codes::INVALID_CRC64.fault().detail("CalculatedCRC64", crc64.to_string()));
        }
        Ok(())
    }
}

/// A body that is in its file, durably.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Received {
    pub(crate) size: u64,
    pub(crate) md5: Md5Sum,
    pub(crate) crc64: u64,
}

/// Writes a body. A body that is not what its sender announced leaves no file.
pub(crate) async fn receive(
    blobs: Arc<dyn Blobs>,
    file: String,
    mut body: Body,
    expected: Expected,
    max_bytes: u64,
) -> Result<Received, Fault> {
    if expected.size.is_some_and(|size| size > max_bytes) {
        return Err(codes::ENTITY_TOO_LARGE.fault());
    }
    let (sender, pieces) = mpsc::channel(QUEUE_PIECES);
    let writing = tokio::task::spawn_blocking(move || write(&*blobs, &file, pieces, &expected, max_bytes));
    while let Some(piece) = body.next().await {
        // A writer that has failed is gone; its reason is its result.
        if sender.send(Some(piece)).await.is_err() {
            return writing.await.map_err(|error| Fault::internal(&error))?;
        }
    }
    // The end is said aloud: a sender that is dropped, because the client hung up, is no end.
    let _ = sender.send(None).await;
    writing.await.map_err(|error| Fault::internal(&error))?
}

fn write(
    blobs: &dyn Blobs,
    file: &str,
    mut pieces: mpsc::Receiver<Option<io::Result<Bytes>>>,
    expected: &Expected,
    max_bytes: u64,
) -> Result<Received, Fault> {
    let mut writer = blobs.create(file).map_err(|error| Fault::not_written(&error))?;
    let mut digests = Digests::new();
    loop {
        let piece = match pieces.blocking_recv() {
            Some(Some(Ok(piece))) => piece,
            Some(None) => break,
            Some(Some(Err(_))) | None => return Err(codes::INCOMPLETE_BODY.fault()),
        };
        if digests.size() + piece.len() as u64 > max_bytes {
            return Err(codes::ENTITY_TOO_LARGE.fault());
        }
        digests.update(&piece);
        writer.write(&piece).map_err(|error| Fault::not_written(&error))?;
    }
    let size = digests.size();
    let (md5, crc64) = digests.finish();
    expected.check(size, md5, crc64)?;
    writer.finish().map_err(|error| Fault::not_written(&error))?;
    Ok(Received { size, md5, crc64 })
}

/// A small body as a whole, compared with what its sender says of it.
pub(crate) async fn limited(mut body: Body, headers: &HeaderMap, max_bytes: usize) -> Result<Bytes, Fault> {
    let mut whole = Vec::new();
    let mut digests = Digests::new();
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|_| codes::INCOMPLETE_BODY.fault())?;
        if whole.len() + piece.len() > max_bytes {
            return Err(codes::MALFORMED_XML.says(format!("The body is longer than {max_bytes} bytes.")));
        }
        digests.update(&piece);
        whole.extend_from_slice(&piece);
    }
    let (md5, crc64) = digests.finish();
    let expected = Expected::of(headers).unwrap_or_default();
    expected.check(whole.len() as u64, md5, crc64)?;
    Ok(whole.into())
}
