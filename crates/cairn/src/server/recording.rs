//! Recordings by a link that this server signed: GET and HEAD of one object, errors as the object storage's XML.
//!
//! Public documents: Object Storage Service, "GetObject", "HeadObject", "Error responses". Buckets are addressed by
//! path.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use callcenter::recording::{LinkFault, LinkRequest, Recordings};
use futures::stream;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use openapi::clock::now_ms;
use percent_encoding::percent_decode_str;
use time::OffsetDateTime;

use super::http::AnyResponse;

/// What every bucket of an instance begins with.
const BUCKET_PREFIX: &str = "ccc-";
/// Bytes that are read from the disk at a time.
const PIECE_BYTES: u64 = 128 * 1024;

/// An error of the object storage.
struct Fault {
    status: u16,
    code: &'static str,
    message: String,
    /// Further elements: name and text.
    details: Vec<(&'static str, String)>,
}

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
    let request_id = request_id();
    let is_head = request.method() == Method::HEAD;
    let mut response = match object(recordings, request).await {
        Ok(found) => whole_or_part(found, request.headers(), is_head),
        Err(fault) => refusal(&fault, &request_id, host(request.headers()), is_head),
    };
    let headers = response.headers_mut();
    put(headers, "x-oss-request-id", &request_id);
    put(headers, "server", "AliyunOSS");
    response
}

/// The object that the link opens. Errors come in the order of the public service: link first, then the object.
async fn object(recordings: &Recordings, request: &Request<Incoming>) -> Result<Arc<File>, Fault> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(fault(405, "MethodNotAllowed", "The specified method is not allowed against this resource."));
    }
    let path = request.uri().path().trim_start_matches('/');
    let decoded = percent_decode_str(path)
        .decode_utf8()
        .map_err(|_| fault(400, "InvalidObjectName", "The specified object is not valid."))?;
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
        Ok(Ok(Some(file))) => Ok(Arc::new(file)),
        Ok(Ok(None)) => {
            let mut fault = fault(404, "NoSuchKey", "The specified key does not exist.");
            fault.details.push(("Key", missing));
            Err(fault)
        }
        Ok(Err(error)) => Err(internal(&error)),
        Err(error) => Err(internal(&error)),
    }
}

fn of_link(link: LinkFault) -> Fault {
    match link {
        LinkFault::Incomplete => {
            fault(403, "AccessDenied", "The link must have Expires, OSSAccessKeyId and Signature.")
        }
        LinkFault::UnreadableExpiry => fault(403, "AccessDenied", "Expires must be a time in Unix seconds."),
        LinkFault::Expired(expires_s) => {
            let mut fault = fault(403, "AccessDenied", "Request has expired.");
            fault.details.push(("Expires", iso(expires_s)));
            fault.details.push(("ServerTime", iso(now_ms().div_euclid(1_000))));
            fault
        }
        LinkFault::UnknownKey(id) => {
            let mut fault =
                fault(403, "InvalidAccessKeyId", "The OSS Access Key Id you provided does not exist in our records.");
            fault.details.push(("OSSAccessKeyId", id));
            fault
        }
        LinkFault::WrongSignature { string_to_sign, provided, access_key_id } => {
            let mut fault = fault(
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
            );
            let bytes: Vec<String> = string_to_sign.bytes().map(|byte| format!("{byte:02X}")).collect();
            fault.details.extend([
                ("OSSAccessKeyId", access_key_id),
                ("SignatureProvided", provided),
                ("StringToSign", string_to_sign),
                ("StringToSignBytes", bytes.join(" ")),
            ]);
            fault
        }
    }
}

fn fault(status: u16, code: &'static str, message: &str) -> Fault {
    Fault { status, code, message: message.to_owned(), details: Vec::new() }
}

fn internal(error: &dyn std::fmt::Display) -> Fault {
    tracing::error!(%error, "a recording could not be read");
    fault(500, "InternalError", "We encountered an internal error. Please try again.")
}

fn whole_or_part(file: Arc<File>, asked: &HeaderMap, is_head: bool) -> AnyResponse {
    let metadata = file.metadata().ok();
    let length = metadata.as_ref().map_or(0, std::fs::Metadata::len);
    let modified = metadata.and_then(|metadata| metadata.modified().ok()).unwrap_or(SystemTime::UNIX_EPOCH);
    let range = asked.get("range").and_then(|value| value.to_str().ok());
    let is_standard = asked.get("x-oss-range-behavior").is_some_and(|value| value == "standard");
    let (status, start, end) = match range.map(|range| span(range, length, is_standard)) {
        None | Some(Span::Whole) => (StatusCode::OK, 0, length),
        Some(Span::Part(start, end)) => (StatusCode::PARTIAL_CONTENT, start, end),
        Some(Span::Outside) => {
            let outside = fault(416, "InvalidRange", "The requested range cannot be satisfied.");
            return refusal(&outside, &request_id(), host(asked), is_head);
        }
    };
    let body = if is_head {
        Full::new(Bytes::new()).map_err(|never| match never {}).boxed_unsync()
    } else {
        StreamBody::new(stream::unfold((file, start), move |(file, at)| piece(file, at, end))).boxed_unsync()
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    put(headers, "content-type", "audio/wav");
    put(headers, "content-length", &(end - start).to_string());
    put(headers, "accept-ranges", "bytes");
    put(headers, "last-modified", &http_date(modified));
    let nanoseconds = modified.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    put(headers, "etag", &format!("\"{nanoseconds:016X}{length:016X}\""));
    put(headers, "x-oss-object-type", "Normal");
    put(headers, "x-oss-storage-class", "Standard");
    if status == StatusCode::PARTIAL_CONTENT {
        put(headers, "content-range", &format!("bytes {start}-{}/{length}", end - 1));
    }
    response
}

/// Which bytes a range asks for.
#[derive(Debug, PartialEq, Eq)]
enum Span {
    Whole,
    /// From, up to but without.
    Part(u64, u64),
    Outside,
}

/// The service's own rule: a range that is malformed or not fully inside is ignored; with the standard behaviour its end
/// is cut, and one that begins outside is refused.
fn span(range: &str, length: u64, is_standard: bool) -> Span {
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Span::Whole;
    };
    let (start, end) = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(start), Ok(last)) if start <= last => (start, last.saturating_add(1)),
        (Ok(start), Err(_)) if last.is_empty() => (start, length.max(start)),
        (Err(_), Ok(count)) if first.is_empty() && count > 0 => (length.saturating_sub(count), length),
        _ => return Span::Whole,
    };
    match (start < length, end <= length, is_standard) {
        (true, true, _) => Span::Part(start, end),
        (true, false, true) => Span::Part(start, length),
        (false, _, true) => Span::Outside,
        _ => Span::Whole,
    }
}

type Piece = Option<(io::Result<Frame<Bytes>>, (Arc<File>, u64))>;

async fn piece(file: Arc<File>, at: u64, end: u64) -> Piece {
    if at >= end {
        return None;
    }
    let count = (end - at).min(PIECE_BYTES);
    let reading = tokio::task::spawn_blocking(move || {
        let mut buffer = vec![0_u8; usize::try_from(count).unwrap_or_default()];
        let outcome = file.read_exact_at(&mut buffer, at).map(|()| Frame::data(Bytes::from(buffer)));
        (outcome, file)
    });
    let (outcome, file) = reading.await.ok()?;
    // After an error the connection ends, shorter than announced: the client notices.
    let next = if outcome.is_ok() { at + count } else { end };
    Some((outcome, (file, next)))
}

fn refusal(fault: &Fault, request_id: &str, host: &str, is_head: bool) -> AnyResponse {
    let details: String = fault.details.iter().map(|(name, text)| element(name, text)).collect();
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>{}{}{}{}{details}</Error>\n",
        element("Code", fault.code),
        element("Message", &fault.message),
        element("RequestId", request_id),
        element("HostId", host)
    );
    let body = if is_head { Bytes::new() } else { Bytes::from(xml) };
    let mut response = Response::new(Full::new(body).map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = StatusCode::from_u16(fault.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    put(response.headers_mut(), "content-type", "application/xml");
    response
}

fn element(name: &str, text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // What XML 1.0 cannot hold.
            character if character.is_control() && !matches!(character, '\n' | '\t') => escaped.push('?'),
            character => escaped.push(character),
        }
    }
    format!("<{name}>{escaped}</{name}>")
}

fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn host(headers: &HeaderMap) -> &str {
    headers.get("host").and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// 24 upper-case hexadecimal digits.
fn request_id() -> String {
    uuid::Uuid::new_v4().simple().to_string().to_uppercase()[..24].to_owned()
}

fn iso(at_s: i64) -> String {
    let at = OffsetDateTime::from_unix_timestamp(at_s).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    at.format(time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].000Z"))
        .unwrap_or_default()
}

fn http_date(at: SystemTime) -> String {
    let format = time::macros::format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    OffsetDateTime::from(at).format(format).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (range, plain, standard) in [
            ("bytes=0-9", Span::Part(0, 10), Span::Part(0, 10)),
            ("bytes=90-", Span::Part(90, 100), Span::Part(90, 100)),
            ("bytes=-10", Span::Part(90, 100), Span::Part(90, 100)),
            ("bytes=90-100", Span::Whole, Span::Part(90, 100)),
            ("bytes=100-", Span::Whole, Span::Outside),
            ("bytes=9-3", Span::Whole, Span::Whole),
            ("bytes=x", Span::Whole, Span::Whole),
            ("bytes=0-1,5-6", Span::Whole, Span::Whole),
        ] {
            assert_eq!(span(range, 100, false), plain, "{range}");
            assert_eq!(span(range, 100, true), standard, "{range} standard");
        }
    }

    #[test]
    fn errors_are_xml_whatever_was_sent() {
        assert_eq!(element("Key", "<a>&\u{1}"), "<Key>&lt;a&gt;&amp;?</Key>");
        assert!(is_in_a_bucket("/ccc-1/record/x"));
        for other in ["/", "", "/healthz", "/x/ccc-1"] {
            assert!(!is_in_a_bucket(other), "{other}");
        }
    }
}
