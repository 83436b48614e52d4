//! CopyObject and UploadPartCopy. Public documents: Object Storage Service, pages of these names.

use std::sync::Arc;

use percent_encoding::percent_decode_str;

use super::attributes::{attributes, forbids_overwrite};
use super::{get, multipart};
use crate::answer::{Answer, iso_ms, put_header, xml_answer};
use crate::content::{Conditions, Content, Expected, Received, Span, Verdict, copy, receive, span};
use crate::fault::{Fault, codes};
use crate::limits::{MAX_COPY_BYTES, MAX_PUT_BYTES};
use crate::names::check_key;
use crate::rows::object::Object;
use crate::service::{BucketService, Request};
use crate::xml::Xml;

pub(crate) async fn object(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    let (name, key, headers) = (request.bucket(), request.key(), &request.head.headers);
    check_key(key)?;
    let bucket = service.bucket(name).await?;
    let (source, content) = source(service, request).await?;
    if source.size > MAX_COPY_BYTES {
        return Err(codes::INVALID_ARGUMENT.says("An object over 1 GB is copied in parts: use UploadPartCopy."));
    }
    let replaces = |header: &str| request.head.header(header).eq_ignore_ascii_case("replace");
    let given = attributes(headers, &bucket)?;
    let mut attributes = if replaces("x-oss-metadata-directive") {
        given.clone()
    } else {
        let mut copied = source.attributes.clone();
        (copied.storage_class, copied.acl) = (given.storage_class, given.acl);
        copied
    };
    attributes.tags = if replaces("x-oss-tagging-directive") { given.tags } else { source.attributes.tags.clone() };
    let (file, received) = take(service, name, key, content).await?;
    let object = Object::of_file(key, file, &received, attributes);
    let object = service.commit(name, object, forbids_overwrite(headers)).await?;
    let mut answer = xml_answer(Xml::document("CopyObjectResult", |xml| {
        xml.text("ETag", format!("\"{}\"", object.etag));
        xml.text("LastModified", iso_ms(object.modified_ms));
    }));
    put_header(&mut answer, "etag", &format!("\"{}\"", object.etag));
    put_header(&mut answer, "x-oss-hash-crc64ecma", &object.crc64.to_string());
    Ok(answer)
}

pub(crate) async fn part(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    let place = multipart::PartPlace::of(service, request).await?;
    let (source, content) = source(service, request).await?;
    let content = match request.head.header("x-oss-copy-source-range") {
        "" => content,
        range => match span(range, source.size, true) {
            Span::Part(from, to) => content.part(from, to),
            _ => return Err(codes::INVALID_RANGE.fault().detail("RangeRequested", range)),
        },
    };
    let (file, received) = take(service, request.bucket(), request.key(), content).await?;
    let part = place.commit(service, file, received).await?;
    let etag = format!("\"{}\"", part.etag);
    let mut answer = xml_answer(Xml::document("CopyPartResult", |xml| {
        xml.text("LastModified", iso_ms(part.modified_ms));
        xml.text("ETag", &etag);
    }));
    // One official client reads the document, another this header.
    put_header(&mut answer, "etag", &etag);
    Ok(answer)
}

/// The object that is copied, if the sender may read it and its conditions hold.
async fn source(service: &BucketService, request: &Request) -> Result<(Object, Content), Fault> {
    let header = request.head.header("x-oss-copy-source");
    let (path, version) = header.split_once("?versionId=").unwrap_or((header, "null"));
    let decoded = percent_decode_str(path).decode_utf8().ok();
    let decoded = decoded.as_deref().map(|path| path.strip_prefix('/').unwrap_or(path));
    let Some((bucket, key)) = decoded.and_then(|path| path.split_once('/')).filter(|_| version == "null") else {
        let fault = codes::INVALID_ARGUMENT.says("x-oss-copy-source must be /<bucket>/<key>, percent-encoded.");
        return Err(fault.detail("ArgumentName", "x-oss-copy-source"));
    };
    check_key(key)?;
    service.permit_object(request, "oss:GetObject", bucket, key).await?;
    let (object, content) = get::open(service, bucket, key).await?;
    let conditions = Conditions::of(&request.head.headers, "x-oss-copy-source-");
    match conditions.judge(&object.etag, object.modified_ms) {
        Verdict::Go => Ok((object, content)),
        Verdict::NotModified => Err(codes::NOT_MODIFIED.fault()),
        Verdict::Failed => Err(codes::PRECONDITION_FAILED.fault()),
    }
}

async fn take(service: &BucketService, bucket: &str, key: &str, content: Content) -> Result<(String, Received), Fault> {
    let file = service.new_file(bucket, key);
    let blobs = Arc::clone(&service.blobs);
    let received = receive(blobs, file.clone(), copy(content), Expected::default(), MAX_PUT_BYTES).await?;
    Ok((file, received))
}
