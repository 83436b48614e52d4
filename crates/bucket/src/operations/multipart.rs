//! Multipart uploads. Public documents: Object Storage Service, "InitiateMultipartUpload" and its kin.
//!
//! A completed object keeps the files of its parts, so completing costs a row and not a copy.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use uuid::Uuid;

use super::attributes::{attributes, forbids_overwrite};
use super::list::page_size;
use super::put::echo_encryption;
use crate::answer::{Answer, empty_answer, iso_ms, put_header, xml_answer};
use crate::content::{Body, Expected, Md5Sum, Received, combine_crc64, limited, receive, same_etag};
use crate::fault::{Fault, codes};
use crate::limits::{MAX_PART_NUMBER, MAX_PUT_BYTES, MAX_XML_BYTES, MIN_PART_BYTES};
use crate::names::check_key;
use crate::rows::doomed;
use crate::rows::object::{self, Object, ObjectKind, Piece};
use crate::rows::upload::{self, Part, Upload};
use crate::service::{BucketService, Request};
use crate::xml::{KeyText, Xml, parse};

#[derive(Deserialize)]
struct CompleteMultipartUpload {
    #[serde(rename = "Part", default)]
    parts: Vec<NamedPart>,
}

#[derive(Deserialize)]
struct NamedPart {
    #[serde(rename = "PartNumber")]
    number: i64,
    #[serde(rename = "ETag")]
    etag: String,
}

pub(crate) async fn initiate(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    let (name, key) = (request.bucket(), request.key());
    check_key(key)?;
    let bucket = service.bucket(name).await?;
    let mut connection = service.database.pool().acquire().await?;
    let old = object::find(&mut connection, name, key).await?;
    drop(connection);
    service.may_write(&bucket, old.as_ref(), forbids_overwrite(&request.head.headers))?;
    let upload = Upload {
        id: Uuid::new_v4().simple().to_string().to_uppercase(),
        key: key.to_owned(),
        begun_ms: service.clock.now_ms(),
        attributes: attributes(&request.head.headers, &bucket)?,
    };
    let mut transaction = service.database.begin().await?;
    service.lock(&mut transaction, name).await?;
    upload::insert(&mut transaction, name, &upload).await?;
    transaction.commit().await?;
    let keys = request.keys();
    Ok(xml_answer(Xml::document("InitiateMultipartUploadResult", |xml| {
        if keys.0 {
            xml.text("EncodingType", "url");
        }
        xml.text("Bucket", name);
        xml.text("Key", keys.of(key));
        xml.text("UploadId", &upload.id);
    })))
}

/// Where a part goes.
pub(crate) struct PartPlace {
    bucket: String,
    key: String,
    upload_id: String,
    number: i64,
}

impl PartPlace {
    /// Reads it from a request whose upload exists.
    pub(crate) async fn of(service: &BucketService, request: &Request) -> Result<PartPlace, Fault> {
        let query = &request.head.query;
        let number: Option<i64> = query.text("partNumber").and_then(|text| text.parse().ok());
        let number = number.filter(|number| (1..=MAX_PART_NUMBER).contains(number)).ok_or_else(|| {
            codes::INVALID_ARGUMENT.says("partNumber must be 1 to 10000.").detail("ArgumentName", "partNumber")
        })?;
        let upload = service.upload(request).await?;
        let (bucket, key) = (request.bucket().to_owned(), request.key().to_owned());
        Ok(PartPlace { bucket, key, upload_id: upload.id, number })
    }

    /// Enters a part whose file is there.
    pub(crate) async fn commit(self, service: &BucketService, file: String, received: Received) -> Result<Part, Fault> {
        let part = Part {
            number: self.number,
            pieces: vec![Piece { file, size: received.size }],
            size: received.size,
            etag: received.md5.etag(),
            crc64: received.crc64,
            modified_ms: service.clock.now_ms(),
        };
        match self.commit_row(service, &part).await {
            Ok(replaced) => {
                service.sweep(replaced);
                Ok(part)
            }
            Err(fault) => {
                service.discard(part.pieces);
                Err(fault)
            }
        }
    }

    async fn commit_row(&self, service: &BucketService, part: &Part) -> Result<Vec<Piece>, Fault> {
        let mut transaction = service.database.begin().await?;
        service.lock(&mut transaction, &self.bucket).await?;
        let found = upload::find(&mut transaction, &self.bucket, &self.key, &self.upload_id).await?;
        found.ok_or_else(|| codes::NO_SUCH_UPLOAD.fault().detail("UploadId", &self.upload_id))?;
        let old = upload::parts(&mut transaction, &self.upload_id, self.number - 1, 1).await?;
        let replaced: Vec<Piece> =
            old.into_iter().filter(|old| old.number == self.number).flat_map(|old| old.pieces).collect();
        doomed::insert(&mut transaction, &replaced).await?;
        upload::put_part(&mut transaction, &self.upload_id, part).await?;
        transaction.commit().await?;
        Ok(replaced)
    }
}

pub(crate) async fn upload_part(service: &BucketService, request: &Request, body: Body) -> Result<Answer, Fault> {
    let place = PartPlace::of(service, request).await?;
    let file = service.new_file(request.bucket(), request.key());
    let expected = Expected::of(&request.head.headers)?;
    let received = receive(Arc::clone(&service.blobs), file.clone(), body, expected, MAX_PUT_BYTES).await?;
    let part = place.commit(service, file, received).await?;
    let mut answer = empty_answer(200);
    put_header(&mut answer, "etag", &format!("\"{}\"", part.etag));
    put_header(&mut answer, "content-md5", &received.md5.base64());
    put_header(&mut answer, "x-oss-hash-crc64ecma", &part.crc64.to_string());
    Ok(answer)
}

pub(crate) async fn complete(service: &BucketService, request: &Request, body: Body) -> Result<Answer, Fault> {
    let (name, key) = (request.bucket(), request.key());
    let takes_all = request.head.header("x-oss-complete-all").eq_ignore_ascii_case("yes");
    let xml = limited(body, &request.head.headers, MAX_XML_BYTES).await?;
    let named = match (takes_all, xml.is_empty()) {
        (true, true) => None,
        (true, false) => return Err(codes::INVALID_ARGUMENT.says("With x-oss-complete-all there must be no body.")),
        (false, _) => Some(parse::<CompleteMultipartUpload>("CompleteMultipartUpload", &xml)?.parts),
    };
    let mut transaction = service.database.begin().await?;
    service.lock(&mut transaction, name).await?;
    let id = request.head.query.text("uploadId").unwrap_or_default();
    let found = upload::find(&mut transaction, name, key, id).await?;
    let begun = found.ok_or_else(|| codes::NO_SUCH_UPLOAD.fault().detail("UploadId", id))?;
    let there = upload::parts(&mut transaction, id, 0, MAX_PART_NUMBER).await?;
    let (chosen, unused) = choose(there, named)?;
    let mut object = assemble(key, &chosen, begun);
    let forbid_overwrite = forbids_overwrite(&request.head.headers);
    let mut swept = service.put_in(&mut transaction, name, &mut object, forbid_overwrite).await?;
    doomed::insert(&mut transaction, &unused).await?;
    upload::delete(&mut transaction, id).await?;
    transaction.commit().await?;
    swept.extend(unused);
    service.sweep(swept);
    let keys = request.keys();
    let mut answer = xml_answer(Xml::document("CompleteMultipartUploadResult", |xml| {
        if keys.0 {
            xml.text("EncodingType", "url");
        }
        xml.text("Location", format!("http://{}/{name}/{}", request.head.header("host"), KeyText(true).of(key)));
        xml.text("Bucket", name);
        xml.text("Key", keys.of(key));
        xml.text("ETag", format!("\"{}\"", object.etag));
    }));
    put_header(&mut answer, "etag", &format!("\"{}\"", object.etag));
    put_header(&mut answer, "x-oss-hash-crc64ecma", &object.crc64.to_string());
    echo_encryption(&mut answer, &object);
    Ok(answer)
}

/// The parts that make the object, and the files of those that do not.
fn choose(there: Vec<Part>, named: Option<Vec<NamedPart>>) -> Result<(Vec<Part>, Vec<Piece>), Fault> {
    let mut there: BTreeMap<i64, Part> = there.into_iter().map(|part| (part.number, part)).collect();
    let chosen = match named {
        None => std::mem::take(&mut there).into_values().collect(),
        Some(named) => {
            if !named.is_sorted_by(|left, right| left.number < right.number) {
                return Err(codes::INVALID_PART_ORDER.fault());
            }
            let take = |named: NamedPart| {
                let part = there.remove(&named.number).filter(|part| same_etag(&part.etag, &named.etag));
                part.ok_or_else(|| codes::INVALID_PART.fault().detail("PartNumber", named.number.to_string()))
            };
            named.into_iter().map(take).collect::<Result<Vec<Part>, Fault>>()?
        }
    };
    let Some((_, all_but_last)) = chosen.split_last() else {
        return Err(codes::MALFORMED_XML.says("An object has at least one part."));
    };
    if let Some(small) = all_but_last.iter().find(|part| part.size < MIN_PART_BYTES) {
        return Err(codes::ENTITY_TOO_SMALL.fault().detail("PartNumber", small.number.to_string()));
    }
    Ok((chosen, there.into_values().flat_map(|part| part.pieces).collect()))
}

fn assemble(key: &str, parts: &[Part], upload: Upload) -> Object {
    let (mut size, mut crc64) = (0, None);
    let mut etags = String::new();
    for part in parts {
        size += part.size;
        crc64 = Some(crc64.map_or(part.crc64, |crc64| combine_crc64(crc64, part.crc64, part.size)));
        etags.push_str(&part.etag);
    }
    Object {
        key: key.to_owned(),
        pieces: parts.iter().flat_map(|part| part.pieces.clone()).collect(),
        size,
        etag: format!("{}-{}", Md5Sum::of(etags.as_bytes()).etag(), parts.len()),
        crc64: crc64.unwrap_or_default(),
        kind: ObjectKind::Multipart,
        modified_ms: 0,
        attributes: upload.attributes,
    }
}

pub(crate) async fn abort(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    let upload = service.upload(request).await?;
    service.abort_upload(request.bucket(), &upload.id).await?;
    Ok(empty_answer(204))
}

pub(crate) async fn list_parts(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    let upload = service.upload(request).await?;
    let query = &request.head.query;
    let limit = page_size(query.text("max-parts").or(Some("1000")), "max-parts")?;
    let marker = query.text("part-number-marker").map_or(Ok(0), str::parse::<i64>);
    let marker = marker.map_err(|_| codes::INVALID_ARGUMENT.says("part-number-marker must be a number."))?;
    let keys = request.keys();
    let mut connection = service.database.pool().acquire().await?;
    let mut parts = upload::parts(&mut connection, &upload.id, marker, limit as i64 + 1).await?;
    let is_cut = parts.len() > limit;
    parts.truncate(limit);
    Ok(xml_answer(Xml::document("ListPartsResult", |xml| {
        if keys.0 {
            xml.text("EncodingType", "url");
        }
        xml.text("Bucket", request.bucket());
        xml.text("Key", keys.of(request.key()));
        xml.text("UploadId", &upload.id);
        xml.text("StorageClass", &upload.attributes.storage_class);
        xml.text("PartNumberMarker", marker.to_string());
        xml.text("NextPartNumberMarker", parts.last().map_or(marker, |part| part.number).to_string());
        xml.text("MaxParts", limit.to_string());
        xml.text("IsTruncated", is_cut.to_string());
        for part in &parts {
            xml.nested("Part", |xml| {
                xml.text("PartNumber", part.number.to_string());
                xml.text("LastModified", iso_ms(part.modified_ms));
                xml.text("ETag", format!("\"{}\"", part.etag));
                xml.text("Size", part.size.to_string());
                xml.text("HashCrc64ecma", part.crc64.to_string());
            });
        }
    })))
}

impl BucketService {
    /// The upload of a request.
    pub(crate) async fn upload(&self, request: &Request) -> Result<Upload, Fault> {
        self.bucket(request.bucket()).await?;
        let id = request.head.query.text("uploadId").unwrap_or_default();
        let mut connection = self.database.pool().acquire().await?;
        let found = upload::find(&mut connection, request.bucket(), request.key(), id).await?;
        found.ok_or_else(|| codes::NO_SUCH_UPLOAD.fault().detail("UploadId", id))
    }

    /// Removes an upload with its parts.
    pub(crate) async fn abort_upload(&self, bucket: &str, id: &str) -> Result<(), Fault> {
        let mut transaction = self.database.begin().await?;
        self.lock(&mut transaction, bucket).await?;
        let parts = upload::parts(&mut transaction, id, 0, MAX_PART_NUMBER).await?;
        let pieces: Vec<Piece> = parts.into_iter().flat_map(|part| part.pieces).collect();
        doomed::insert(&mut transaction, &pieces).await?;
        upload::delete(&mut transaction, id).await?;
        transaction.commit().await?;
        self.sweep(pieces);
        Ok(())
    }
}
