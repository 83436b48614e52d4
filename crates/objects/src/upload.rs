//! Uploading a large object in parts.

use bytes::Bytes;
use futures::stream::{self, StreamExt, TryStreamExt};
use md5::{Digest, Md5};
use object_store::multipart::PartId;
use object_store::path::Path;
use object_store::{ObjectStoreExt, Result};

use crate::client::Client;
use crate::limits::{PARALLEL_PARTS, PART_BYTES};

/// Uploads the parts and puts them together. S3 checks each part against the SHA-256 in its signature. Returns the ETag of
/// the object.
pub(crate) async fn upload_parts(
    client: &dyn Client,
    path: &Path,
    upload: &String,
    bytes: &[u8],
) -> Result<Option<String>> {
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
