//! An object that is written piece by piece, by somebody who does not know how long it becomes.

use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;

use crate::limits::{MULTIPART_BYTES, PART_BYTES};
use crate::remote::Remote;
use crate::s3::S3;
use crate::upload::complete;

/// A new object. What is short is one request at its end; what is long goes in parts, of which one is in memory. It is
/// there when it is finished, and not before; dropped unfinished, its parts are removed. All calls block, dropping too.
pub struct NewObject {
    s3: Arc<S3>,
    name: String,
    path: Path,
    waiting: BytesMut,
    byte_len: u64,
    /// Once there is more than goes in one request.
    upload: Option<Upload>,
}

struct Upload {
    id: String,
    parts: Vec<PartId>,
}

impl NewObject {
    pub(crate) fn new(s3: Arc<S3>, name: &str, path: Path) -> NewObject {
        NewObject { s3, name: name.to_owned(), path, waiting: BytesMut::new(), byte_len: 0, upload: None }
    }

    /// Writes all of these bytes.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.waiting.extend_from_slice(bytes);
        self.byte_len += bytes.len() as u64;
        if self.upload.is_none() && self.waiting.len() >= MULTIPART_BYTES {
            let s3 = &self.s3;
            let id = s3.wait(s3.patience.request, s3.client.create_multipart(&self.path))?;
            self.upload = Some(Upload { id, parts: Vec::new() });
        }
        while self.upload.is_some() && self.waiting.len() >= PART_BYTES {
            let part = self.waiting.split_to(PART_BYTES).freeze();
            self.put_part(part)?;
        }
        Ok(())
    }

    fn put_part(&mut self, part: Bytes) -> io::Result<()> {
        let (s3, Some(upload)) = (&self.s3, &mut self.upload) else { return Ok(()) };
        let number = upload.parts.len();
        let put = s3.client.put_part(&self.path, &upload.id, number, part.into());
        upload.parts.push(s3.wait(s3.patience.write, put)?);
        Ok(())
    }

    /// Makes the object: durable, and compared with what was written.
    pub fn finish(mut self) -> io::Result<()> {
        let rest = self.waiting.split().freeze();
        if self.upload.is_none() {
            return self.s3.put(&self.name, &rest);
        }
        if !rest.is_empty() {
            self.put_part(rest)?;
        }
        let Some(Upload { id, parts }) = &self.upload else { return Ok(()) };
        let s3 = &self.s3;
        let etag = s3.wait(s3.patience.write, complete(&s3.client, &self.path, id, parts.clone()))?;
        // What is complete has no parts to remove.
        self.upload = None;
        self.s3.make_sure(&self.path, self.byte_len, etag.as_deref())
    }
}

impl Drop for NewObject {
    fn drop(&mut self) {
        if let Some(upload) = &self.upload {
            self.s3.abort(&self.path, &upload.id);
        }
    }
}
