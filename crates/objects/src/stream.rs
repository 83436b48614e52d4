//! An object that is written piece by piece, by somebody who does not know how long it becomes.

use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use object_store::multipart::PartId;
use object_store::path::Path;

use crate::bucket::RemoteBucket;
use crate::limits::{MULTIPART_BYTES, PART_BYTES};
use crate::remote::Remote;
use crate::upload::{Upload, complete};

/// A new object. What is short is one request at its end; what is long goes in parts, of which one is in memory. It is
/// there when it is finished, and not before; dropped unfinished, its parts are removed. All calls block, dropping too.
pub struct NewObject {
    bucket: Arc<RemoteBucket>,
    name: String,
    path: Path,
    waiting: BytesMut,
    byte_len: u64,
    /// Once there is more than goes in one request.
    upload: Option<(Upload, Vec<PartId>)>,
}

impl NewObject {
    pub(crate) fn new(bucket: Arc<RemoteBucket>, name: &str, path: Path) -> NewObject {
        NewObject { bucket, name: name.to_owned(), path, waiting: BytesMut::new(), byte_len: 0, upload: None }
    }

    /// Writes all of these bytes.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.waiting.extend_from_slice(bytes);
        self.byte_len += bytes.len() as u64;
        if self.upload.is_none() && self.waiting.len() >= MULTIPART_BYTES {
            self.upload = Some((self.bucket.begin_upload(&self.path)?, Vec::new()));
        }
        while self.upload.is_some() && self.waiting.len() >= PART_BYTES {
            let part = self.waiting.split_to(PART_BYTES).freeze();
            self.put_part(part)?;
        }
        Ok(())
    }

    fn put_part(&mut self, part: Bytes) -> io::Result<()> {
        let (bucket, Some((upload, parts))) = (&self.bucket, &mut self.upload) else { return Ok(()) };
        let number = parts.len();
        let put = bucket.client.put_part(&self.path, &upload.id, number, part.into());
        parts.push(bucket.wait(bucket.patience.write, put)?);
        Ok(())
    }

    /// Makes the object: durable, and compared with what was written.
    pub fn finish(mut self) -> io::Result<()> {
        let rest = self.waiting.split().freeze();
        if self.upload.is_none() {
            return self.bucket.put(&self.name, &rest);
        }
        if !rest.is_empty() {
            self.put_part(rest)?;
        }
        let Some((upload, parts)) = &self.upload else { return Ok(()) };
        let (bucket, byte_len) = (&self.bucket, Some(self.byte_len));
        let completed = complete(&*bucket.client, &self.path, &upload.id, parts.clone(), byte_len);
        let etag = bucket.wait(bucket.patience.write, completed)?;
        bucket.has_ended(upload);
        // What is complete has no parts to remove.
        self.upload = None;
        self.bucket.make_sure(&self.path, self.byte_len, etag.as_deref())
    }
}

impl Drop for NewObject {
    fn drop(&mut self) {
        if let Some((upload, _)) = &self.upload {
            self.bucket.abort(&self.path, upload);
        }
    }
}
