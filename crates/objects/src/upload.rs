//! Uploading a large object in parts.

use std::io;
use std::path::PathBuf;

use bytes::Bytes;
use futures::stream::{self, StreamExt, TryStreamExt};
use md5::{Digest, Md5};
use object_store::multipart::PartId;
use object_store::path::Path;
use object_store::{ObjectStoreExt, Result};

use crate::bucket::RemoteBucket;
use crate::client::Client;
use crate::limits::{PARALLEL_PARTS, PART_BYTES};
use crate::unfinished::{Begun, UnfinishedUploads};

/// An upload that must be ended one way or the other.
pub(crate) struct Upload {
    pub(crate) id: String,
    /// Where it is noted for the next process.
    note: Option<PathBuf>,
}

impl RemoteBucket {
    pub(crate) fn begin_upload(&self, path: &Path) -> io::Result<Upload> {
        let id = self.wait(self.patience.request, self.client.create_multipart(path))?;
        let mut upload = Upload { id, note: None };
        let begun = Begun { place: self.place.to_string(), object: path.to_string(), id: upload.id.clone() };
        // Azure's blocks belong to no upload.
        if let Some(uploads) = self.uploads.as_ref().filter(|_| !upload.id.is_empty()) {
            match uploads.begun(&begun) {
                Ok(note) => upload.note = Some(note),
                Err(error) => {
                    self.abort(path, &upload);
                    return Err(error);
                }
            }
        }
        Ok(upload)
    }

    /// Says that an upload has become an object.
    pub(crate) fn has_ended(&self, upload: &Upload) {
        if let Some(note) = &upload.note {
            UnfinishedUploads::ended(note);
        }
    }

    /// Parts of an upload that nobody ends are kept, and paid for.
    pub(crate) fn abort(&self, path: &Path, upload: &Upload) {
        match self.wait(self.patience.request, self.client.abort_multipart(path, &upload.id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, object = %path, "parts of a failed upload could not be removed: the next start tries again");
            }
            _ => self.has_ended(upload),
        }
    }

    /// Removes the parts of uploads that an earlier process began and did not end.
    ///
    /// # Errors
    /// When the service does not answer; then the next start tries again.
    pub fn abort_left(&self) -> io::Result<()> {
        for (note, begun) in self.uploads.iter().flat_map(UnfinishedUploads::take_left) {
            // Of another bucket, if the settings have changed, there is nobody here who could.
            if let Some(Begun { object, id, .. }) = begun.filter(|begun| begun.place == self.place.to_string()) {
                let path = Path::parse(&object).map_err(|error| self.place.explain(&error.into()))?;
                match self.wait(self.patience.read, self.client.abort_multipart(&path, &id)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => tracing::info!(object, "removed the parts of an upload that an earlier server did not end"),
                }
            }
            UnfinishedUploads::ended(&note);
        }
        Ok(())
    }

    pub(crate) fn put_in_parts(&self, path: &Path, bytes: &[u8]) -> io::Result<Option<String>> {
        let upload = self.begin_upload(path)?;
        let uploaded = self.wait(self.patience.write, upload_parts(&*self.client, path, &upload.id, bytes));
        match &uploaded {
            Ok(_) => self.has_ended(&upload),
            Err(_) => self.abort(path, &upload),
        }
        uploaded
    }
}

/// Uploads the parts and puts them together. S3 checks each part against the SHA-256 in its signature. Returns the ETag of
/// the object.
async fn upload_parts(client: &dyn Client, path: &Path, upload: &String, bytes: &[u8]) -> Result<Option<String>> {
    let parts: Vec<PartId> = stream::iter(bytes.chunks(PART_BYTES).enumerate())
        .map(|(number, part)| client.put_part(path, upload, number, Bytes::copy_from_slice(part).into()))
        .buffered(PARALLEL_PARTS)
        .try_collect()
        .await?;
    complete(client, path, upload, parts, None).await
}

/// Puts uploaded parts together. Returns the ETag of the object. Under a name that nothing else has, an object of this
/// length can only be this one.
pub(crate) async fn complete(
    client: &dyn Client,
    path: &Path,
    upload: &String,
    parts: Vec<PartId>,
    only_len: Option<u64>,
) -> Result<Option<String>> {
    let expected = etag_of_parts(&parts);
    match client.complete_multipart(path, upload, parts).await {
        Ok(done) => Ok(done.e_tag),
        Err(error) => {
            // The answer may have been lost and the repetition refused, since the upload is no more.
            match client.head(path).await {
                Ok(found) if only_len == Some(found.size) => Ok(found.e_tag),
                Ok(found) if expected.is_some() && found.e_tag == expected => Ok(found.e_tag),
                _ => Err(error),
            }
        }
    }
}

/// The ETag of an object in parts, when the ETags of the parts are the usual MD5 sums.
fn etag_of_parts(parts: &[PartId]) -> Option<String> {
    let mut all = Md5::new();
    for part in parts {
        let sum = hex::decode(part.content_id.trim_matches('"')).ok().filter(|sum| sum.len() == 16)?;
        all.update(&sum);
    }
    Some(format!("\"{}-{}\"", hex::encode(all.finalize()), parts.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(etag: &str) -> PartId {
        PartId { content_id: etag.to_owned() }
    }

    #[test]
    fn etags_of_parts_are_put_together() {
        // MD5 of the 32 bytes of two MD5 sums of nothing.
        let empty = "\"d41d8cd98f00b204e9800998ecf8427e\"";
        let all = etag_of_parts(&[part(empty), part(empty)]);
        let sum = Md5::digest(hex::decode("d41d8cd98f00b204e9800998ecf8427e".repeat(2)).unwrap());
        assert_eq!(all, Some(format!("\"{}-2\"", hex::encode(sum))));
        assert_eq!(etag_of_parts(&[part("\"an opaque text\"")]), None);
    }
}
