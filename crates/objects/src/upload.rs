//! Uploading a large object in parts.

use bytes::Bytes;
use futures::stream::{self, StreamExt, TryStreamExt};
use md5::{Digest, Md5};
use object_store::Result;
use object_store::aws::AmazonS3;
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;

use crate::limits::{PARALLEL_PARTS, PART_BYTES};

/// Uploads the parts and puts them together. The service checks each part against the SHA-256 in its signature. Returns
/// the ETag of the object.
pub(crate) async fn upload_parts(
    client: &AmazonS3,
    path: &Path,
    upload: &String,
    bytes: &[u8],
) -> Result<Option<String>> {
    let parts: Vec<PartId> = stream::iter(bytes.chunks(PART_BYTES).enumerate())
        .map(|(number, part)| client.put_part(path, upload, number, Bytes::copy_from_slice(part).into()))
        .buffered(PARALLEL_PARTS)
        .try_collect()
        .await?;
    complete(client, path, upload, parts).await
}

/// Puts uploaded parts together. Returns the ETag of the object.
pub(crate) async fn complete(
    client: &AmazonS3,
    path: &Path,
    upload: &String,
    parts: Vec<PartId>,
) -> Result<Option<String>> {
    let expected = etag_of_parts(&parts);
    match client.complete_multipart(path, upload, parts).await {
        Ok(done) => Ok(done.e_tag),
        Err(error) => {
            // The answer may have been lost and the repetition refused, since the upload is no more.
            let found = object_store::ObjectStoreExt::head(client, path).await.ok().and_then(|meta| meta.e_tag);
            if expected.is_some() && found == expected { Ok(found) } else { Err(error) }
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
