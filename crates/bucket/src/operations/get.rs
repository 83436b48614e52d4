//! GetObject, HeadObject, GetObjectMeta. Public documents: Object Storage Service, pages of these names.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::Response;

use super::put::echo_encryption;
use crate::answer::{Answer, empty_answer, http_date, put_header};
use crate::content::{Conditions, Content, Payload, Span, Verdict, span};
use crate::fault::{Fault, codes};
use crate::names::check_key;
use crate::rows::object::{Object, ObjectKind};
use crate::service::{BucketService, Request};

/// Query names that replace headers of the answer.
const OVERRIDES: &[(&str, &str)] = &[
    ("response-cache-control", "cache-control"),
    ("response-content-disposition", "content-disposition"),
    ("response-content-encoding", "content-encoding"),
    ("response-content-language", "content-language"),
    ("response-content-type", "content-type"),
    ("response-expires", "expires"),
];

pub(crate) async fn object(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    let (object, content) = opened(service, request).await?;
    judge(request, &object)?;
    let range = request.head.header("range");
    let is_standard = request.head.header("x-oss-range-behavior") == "standard";
    let chosen = if range.is_empty() { Span::Whole } else { span(range, object.size, is_standard) };
    let (status, from, to) = match chosen {
        Span::Whole => (200, 0, object.size),
        Span::Part(from, to) => (206, from, to),
        Span::Outside => return Err(codes::INVALID_RANGE.fault().detail("RangeRequested", range)),
    };
    let mut answer = Response::new(Payload::Object(content.part(from, to)));
    *answer.status_mut() = empty_answer(status).status();
    describe(&mut answer, &object, request);
    if status == 206 {
        put_header(&mut answer, "content-range", &format!("bytes {from}-{}/{}", to - 1, object.size));
    }
    Ok(answer)
}

pub(crate) async fn head(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    check_key(request.key())?;
    let object = service.object(request.bucket(), request.key()).await?;
    judge(request, &object)?;
    let mut answer = empty_answer(200);
    describe(&mut answer, &object, request);
    put_header(&mut answer, "content-length", &object.size.to_string());
    Ok(answer)
}

pub(crate) async fn meta(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    check_key(request.key())?;
    let object = service.object(request.bucket(), request.key()).await?;
    let mut answer = Response::new(Payload::Whole(Bytes::new()));
    put_header(&mut answer, "etag", &format!("\"{}\"", object.etag));
    put_header(&mut answer, "last-modified", &http_date(object.modified_ms));
    put_header(&mut answer, "x-oss-hash-crc64ecma", &object.crc64.to_string());
    put_header(&mut answer, "content-length", &object.size.to_string());
    Ok(answer)
}

/// The object with its files open. Between row and files a writer may have replaced both; then they are looked up again.
pub(crate) async fn opened(service: &BucketService, request: &Request) -> Result<(Object, Content), Fault> {
    check_key(request.key())?;
    open(service, request.bucket(), request.key()).await
}

/// How often an object is looked up whose files a writer takes away.
const ATTEMPTS: usize = 5;

pub(crate) async fn open(service: &BucketService, bucket: &str, key: &str) -> Result<(Object, Content), Fault> {
    let mut missing = None;
    for _ in 0..ATTEMPTS {
        let object = service.object(bucket, key).await?;
        let (blobs, pieces) = (Arc::clone(&service.blobs), object.pieces.clone());
        let opening = tokio::task::spawn_blocking(move || Content::open(&*blobs, &pieces));
        match opening.await.map_err(|error| Fault::internal(&error))? {
            Ok(_) if service.blobs.opens_unseen() && service.object(bucket, key).await?.pieces != object.pieces => {}
            Ok(content) => return Ok((object, content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => missing = Some(error),
            Err(error) => return Err(Fault::internal(&error)),
        }
    }
    let cause = missing.map_or_else(|| "it is replaced all the time".to_owned(), |error| error.to_string());
    Err(Fault::internal(&format!("a file of {bucket}/{key} is missing: {cause}")))
}

fn judge(request: &Request, object: &Object) -> Result<(), Fault> {
    match Conditions::of(&request.head.headers, "").judge(&object.etag, object.modified_ms) {
        Verdict::Go => Ok(()),
        Verdict::NotModified => Err(codes::NOT_MODIFIED.fault().header("etag", format!("\"{}\"", object.etag))),
        Verdict::Failed => Err(codes::PRECONDITION_FAILED.fault()),
    }
}

fn describe(answer: &mut Answer, object: &Object, request: &Request) {
    put_header(answer, "content-type", "application/octet-stream");
    for (name, value) in &object.attributes.headers {
        put_header(answer, name, value);
    }
    for (parameter, header) in OVERRIDES {
        if let Some(value) = request.head.query.text(parameter) {
            put_header(answer, header, value);
        }
    }
    put_header(answer, "accept-ranges", "bytes");
    put_header(answer, "etag", &format!("\"{}\"", object.etag));
    put_header(answer, "last-modified", &http_date(object.modified_ms));
    put_header(answer, "x-oss-object-type", object.kind.as_str());
    put_header(answer, "x-oss-storage-class", &object.attributes.storage_class);
    put_header(answer, "x-oss-hash-crc64ecma", &object.crc64.to_string());
    if !object.attributes.tags.is_empty() {
        put_header(answer, "x-oss-tagging-count", &object.attributes.tags.len().to_string());
    }
    match object.kind {
        ObjectKind::Normal => {
            if let Some(md5) = content_md5(&object.etag) {
                put_header(answer, "content-md5", &md5);
            }
        }
        ObjectKind::Appendable => put_header(answer, "x-oss-next-append-position", &object.size.to_string()),
        ObjectKind::Multipart => {}
    }
    echo_encryption(answer, object);
}

/// The ETag of a normal object is its MD5 in another spelling.
fn content_md5(etag: &str) -> Option<String> {
    use base64::Engine;
    let bytes = hex::decode(etag).ok().filter(|bytes| bytes.len() == 16)?;
    Some(base64::engine::general_purpose::STANDARD.encode(bytes))
}
