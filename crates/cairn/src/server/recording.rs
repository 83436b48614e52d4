//! Recordings by a link that this server signed: GET and HEAD of one object, errors as the object storage's XML.
//!
//! Public documents: Object Storage Service, "GetObject", "HeadObject", "Error responses". Buckets are addressed by
//! path.

use std::fs::File;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use ::bucket::{
    Answer, Fault, Payload, Span, codes, conclude, expired, http_date, incomplete_link, new_request_id, put_header,
    span, unreadable_expiry, wrong_signature,
};
use bytes::Bytes;
use callcenter::recording::{LinkFault, LinkRequest, Recordings};
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use hyper::{Method, Request, StatusCode};
use openapi::clock::now_ms;
use percent_encoding::percent_decode_str;

use super::bucket::framed;
use super::http::AnyResponse;

/// What every bucket of an instance begins with.
const BUCKET_PREFIX: &str = "ccc-";

/// Whether a request is for a recording: its link is signed by this server, or it is not signed and names a bucket of
/// an instance.
pub(super) fn is_for_a_recording(recordings: &Recordings, request: &Request<Incoming>) -> bool {
    let query = request.uri().query().unwrap_or_default();
    let is_ours = query.split('&').any(|pair| pair.strip_prefix("OSSAccessKeyId=") == Some(recordings.links.key_id()));
    let is_unsigned = !query.contains("Signature=") && !request.headers().contains_key("authorization");
    is_ours || (is_unsigned && is_in_a_bucket(request.uri().path()))
}

fn is_in_a_bucket(path: &str) -> bool {
    path.strip_prefix('/').is_some_and(|rest| rest.starts_with(BUCKET_PREFIX))
}

/// Answers a request for an object.
pub(super) async fn answer(recordings: &Recordings, request: &Request<Incoming>) -> AnyResponse {
    let started = Instant::now();
    let is_head = request.method() == Method::HEAD;
    let outcome = match object(recordings, request).await {
        Ok(found) => whole_or_part(found, request.headers(), is_head),
        Err(fault) => Err(fault),
    };
    let host = request.headers().get("host").and_then(|value| value.to_str().ok()).unwrap_or_default();
    framed(conclude(outcome, &new_request_id(), host, is_head, started), is_head)
}

/// The object that the link opens. Errors come in the order of the public service: link first, then the object.
async fn object(recordings: &Recordings, request: &Request<Incoming>) -> Result<File, Fault> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(codes::METHOD_NOT_ALLOWED.fault());
    }
    let path = request.uri().path().trim_start_matches('/');
    let decoded = percent_decode_str(path).decode_utf8().map_err(|_| codes::INVALID_OBJECT_NAME.fault())?;
    let (bucket, key) = decoded.split_once('/').unwrap_or((&decoded, ""));
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let link = LinkRequest {
        method: request.method().as_str(),
        bucket,
        key,
        query: request.uri().query().unwrap_or_default(),
        content_md5: header("content-md5"),
        content_type: header("content-type"),
        now_s: now_ms().div_euclid(1_000),
    };
    recordings.links.check(&link).map_err(of_link)?;
    let objects = Arc::clone(&recordings.bucket);
    let (bucket, key) = (bucket.to_owned(), key.to_owned());
    let missing = key.clone();
    match tokio::task::spawn_blocking(move || objects.open(&bucket, &key)).await {
        Ok(Ok(Some(file))) => Ok(file),
        Ok(Ok(None)) => Err(codes::NO_SUCH_KEY.fault().detail("Key", missing)),
        Ok(Err(error)) => Err(Fault::internal(&error)),
        Err(error) => Err(Fault::internal(&error)),
    }
}

fn of_link(link: LinkFault) -> Fault {
    match link {
        LinkFault::Incomplete => incomplete_link(),
        LinkFault::UnreadableExpiry => unreadable_expiry(),
        LinkFault::Expired(expires_s) => expired(expires_s, now_ms().div_euclid(1_000)),
        LinkFault::UnknownKey(id) => codes::INVALID_ACCESS_KEY.fault().detail("OSSAccessKeyId", id),
        LinkFault::WrongSignature { string_to_sign, provided, access_key_id } => {
            wrong_signature(&access_key_id, &provided, &string_to_sign)
        }
    }
}

fn whole_or_part(file: File, asked: &HeaderMap, is_head: bool) -> Result<Answer, Fault> {
    let metadata = file.metadata().map_err(|error| Fault::internal(&error))?;
    let length = metadata.len();
    let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH).duration_since(SystemTime::UNIX_EPOCH);
    let modified = modified.unwrap_or_default();
    let range = asked.get("range").and_then(|value| value.to_str().ok());
    let is_standard = asked.get("x-oss-range-behavior").is_some_and(|value| value == "standard");
    let (status, start, end) = match range.map(|range| span(range, length, is_standard)) {
        None | Some(Span::Whole) => (StatusCode::OK, 0, length),
        Some(Span::Part(start, end)) => (StatusCode::PARTIAL_CONTENT, start, end),
        Some(Span::Outside) => return Err(codes::INVALID_RANGE.fault()),
    };
    let payload = if is_head { Payload::Whole(Bytes::new()) } else { Payload::of_file(file, start, end) };
    let mut answer = Answer::new(payload);
    *answer.status_mut() = status;
    let etag = format!("\"{:016X}{length:016X}\"", modified.as_nanos());
    for (name, value) in [
        ("content-type", "audio/wav"),
        ("content-length", &(end - start).to_string()),
        ("accept-ranges", "bytes"),
        ("last-modified", &http_date(modified.as_millis() as i64)),
        ("etag", &etag),
        ("x-oss-object-type", "Normal"),
        ("x-oss-storage-class", "Standard"),
    ] {
        put_header(&mut answer, name, value);
    }
    if status == StatusCode::PARTIAL_CONTENT {
        put_header(&mut answer, "content-range", &format!("bytes {start}-{}/{length}", end - 1));
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_of_instances_are_known_by_their_names() {
        assert!(is_in_a_bucket("/ccc-1/record/x"));
        for other in ["/", "", "/healthz", "/x/ccc-1"] {
            assert!(!is_in_a_bucket(other), "{other}");
        }
    }
}
