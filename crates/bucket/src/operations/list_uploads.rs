//! ListMultipartUploads. Public document: Object Storage Service, page of this name.

use super::list::{after_all, behind, common, page_size};
use crate::answer::{Answer, iso_ms, xml_answer};
use crate::fault::Fault;
use crate::rows::upload::{self, Upload};
use crate::service::{BucketService, Request};
use crate::xml::Xml;

/// What a listing asks for.
struct Asked<'a> {
    prefix: &'a str,
    delimiter: &'a str,
    key_marker: &'a str,
    id_marker: &'a str,
    limit: usize,
}

/// An entry of a listing: an upload, or the common beginning of the keys of several.
enum Entry {
    Upload(Upload),
    Common(String),
}

impl Entry {
    /// Key and id that the next page comes behind.
    fn marker(&self) -> (&str, &str) {
        match self {
            Entry::Upload(upload) => (&upload.key, &upload.id),
            Entry::Common(prefix) => (prefix, ""),
        }
    }
}

pub(crate) async fn list_uploads(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    let bucket = service.bucket(request.bucket()).await?;
    let query = &request.head.query;
    let text = |name: &str| query.text(name).unwrap_or_default();
    let asked = Asked {
        prefix: text("prefix"),
        delimiter: text("delimiter"),
        key_marker: text("key-marker"),
        id_marker: text("upload-id-marker"),
        limit: page_size(query.text("max-uploads").or(Some("1000")), "max-uploads")?,
    };
    let keys = request.keys();
    let (entries, is_cut) = page(service, &bucket.name, &asked).await?;
    let (next_key, next_id) = entries.last().filter(|_| is_cut).map_or(("", ""), Entry::marker);
    Ok(xml_answer(Xml::document("ListMultipartUploadsResult", |xml| {
        if keys.0 {
            xml.text("EncodingType", "url");
        }
        xml.text("Bucket", &bucket.name);
        xml.text("Prefix", keys.of(asked.prefix));
        xml.text("Delimiter", keys.of(asked.delimiter));
        xml.text("KeyMarker", keys.of(asked.key_marker));
        xml.text("UploadIdMarker", asked.id_marker);
        xml.text("NextKeyMarker", keys.of(next_key));
        xml.text("NextUploadIdMarker", next_id);
        xml.text("MaxUploads", asked.limit.to_string());
        xml.text("IsTruncated", is_cut.to_string());
        for entry in &entries {
            match entry {
                Entry::Upload(upload) => xml.nested("Upload", |xml| {
                    xml.text("Key", keys.of(&upload.key));
                    xml.text("UploadId", &upload.id);
                    xml.text("StorageClass", &upload.attributes.storage_class);
                    xml.text("Initiated", iso_ms(upload.begun_ms));
                }),
                Entry::Common(prefix) => common(xml, prefix, keys),
            }
        }
    })))
}

/// Walks the uploads in the order of their keys; those under a common beginning are leapt over.
async fn page(service: &BucketService, bucket: &str, asked: &Asked<'_>) -> Result<(Vec<Entry>, bool), Fault> {
    let mut connection = service.database.pool().acquire().await?;
    let mut entries = Vec::new();
    let mut after = first(asked);
    while let Some((key, id)) = after.take() {
        let uploads = upload::page(&mut connection, bucket, (&key, &id), asked.limit as i64 + 1).await?;
        let is_last = uploads.len() <= asked.limit;
        let last = uploads.last().map(|upload| (upload.key.as_bytes().to_vec(), upload.id.clone()));
        after = last.filter(|_| !is_last);
        for upload in uploads {
            if !upload.key.starts_with(asked.prefix) {
                after = None;
                break;
            }
            if entries.len() == asked.limit {
                return Ok((entries, true));
            }
            let entry = entry(upload, asked);
            let leap = match &entry {
                Entry::Common(prefix) => Some(after_all(prefix.as_bytes()).map(|key| (key, String::new()))),
                Entry::Upload(_) => None,
            };
            entries.push(entry);
            if let Some(leap) = leap {
                after = leap;
                break;
            }
        }
    }
    Ok((entries, false))
}

/// Key and id that the page comes behind; an upload with this key and any id comes, too, when the id is empty.
fn first(asked: &Asked) -> Option<(Vec<u8>, String)> {
    let (prefix, delimiter, key_marker, id_marker) = (asked.prefix, asked.delimiter, asked.key_marker, asked.id_marker);
    if key_marker < prefix {
        return Some((prefix.as_bytes().to_vec(), String::new()));
    }
    if !id_marker.is_empty() {
        return Some((key_marker.as_bytes().to_vec(), id_marker.to_owned()));
    }
    let rest = key_marker.strip_prefix(prefix);
    let is_common =
        !delimiter.is_empty() && key_marker.ends_with(delimiter) && rest.is_some_and(|rest| !rest.is_empty());
    let key = match (key_marker.is_empty(), is_common) {
        (true, _) => Some(Vec::new()),
        // What was shown as a common beginning is leapt over as a whole.
        (false, true) => after_all(key_marker.as_bytes()),
        (false, false) => Some(behind(key_marker.as_bytes())),
    };
    key.map(|key| (key, String::new()))
}

fn entry(upload: Upload, asked: &Asked) -> Entry {
    let rest = &upload.key[asked.prefix.len()..];
    match rest.find(asked.delimiter).filter(|_| !asked.delimiter.is_empty()) {
        Some(at) => Entry::Common(upload.key[..asked.prefix.len() + at + asked.delimiter.len()].to_owned()),
        None => Entry::Upload(upload),
    }
}
