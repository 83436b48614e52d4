//! Answers: what every one of them has, and how a refusal looks.
//!
//! Public documents: Object Storage Service, "Common HTTP headers", "Error responses".

use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};
use openapi::clock::now_ms;
use time::OffsetDateTime;
use time::macros::format_description;
use uuid::Uuid;

use crate::authenticate::iso;
use crate::content::Payload;
use crate::fault::Fault;
use crate::xml::Xml;

/// An answer, complete but for the framing of its body.
pub type Answer = Response<Payload>;

/// The answer of a request: a refusal as its XML, and the headers that every answer has.
pub(crate) fn conclude(
    outcome: Result<Answer, Fault>,
    request_id: &str,
    host: &str,
    is_head: bool,
    started: Instant,
) -> Answer {
    let mut answer = outcome.unwrap_or_else(|fault| refusal(&fault, request_id, host, is_head));
    let elapsed_ms = started.elapsed().as_millis().to_string();
    for (name, value) in [
        ("x-oss-request-id", request_id),
        ("x-oss-server-time", &elapsed_ms),
        ("server", "AliyunOSS"),
        ("date", &http_date(now_ms())),
    ] {
        put_header(&mut answer, name, value);
    }
    answer
}

fn refusal(fault: &Fault, request_id: &str, host: &str, is_head: bool) -> Answer {
    let xml = Xml::document("Error", |xml| {
        xml.text("Code", fault.code.name);
        xml.text("Message", &fault.message);
        xml.text("RequestId", request_id);
        xml.text("HostId", host);
        for (name, text) in &fault.details {
            xml.text(name, text);
        }
        xml.optional("EC", fault.code.detail_number());
    });
    let has_body = !is_head && fault.code.status != 304;
    let mut answer = if has_body { xml_answer(xml.clone()) } else { empty_answer(fault.code.status) };
    *answer.status_mut() = StatusCode::from_u16(fault.code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if is_head && fault.code.status != 304 {
        // An answer to HEAD has no body, so the error stands in a header.
        put_header(&mut answer, "x-oss-err", &STANDARD.encode(xml));
    }
    if let Some(number) = fault.code.detail_number() {
        put_header(&mut answer, "x-oss-ec", number);
    }
    for (name, value) in &fault.headers {
        put_header(&mut answer, name, value);
    }
    answer
}

/// An answer without a body.
pub(crate) fn empty_answer(status: u16) -> Answer {
    let mut answer = Response::new(Payload::Whole(Bytes::new()));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer
}

/// A successful answer with a document.
pub(crate) fn xml_answer(xml: String) -> Answer {
    let mut answer = Response::new(Payload::Whole(Bytes::from(xml)));
    answer.headers_mut().insert("content-type", HeaderValue::from_static("application/xml"));
    answer
}

/// Sets a header; a value that no header can hold is left out.
pub(crate) fn put_header(answer: &mut Answer, name: &str, value: &str) {
    let name = http::HeaderName::from_bytes(name.as_bytes());
    if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
        answer.headers_mut().insert(name, value);
    }
}

/// A new id of a request: 24 upper-case hexadecimal digits.
pub(crate) fn new_request_id() -> String {
    Uuid::new_v4().simple().to_string().to_uppercase()[..24].to_owned()
}

/// A time in a header.
pub fn http_date(at_ms: i64) -> String {
    let format =
        format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
    let at = OffsetDateTime::from_unix_timestamp(at_ms.div_euclid(1_000)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    at.format(format).unwrap_or_default()
}

/// A time in XML. The milliseconds are always zero: one official client takes no others.
pub(crate) fn iso_ms(at_ms: i64) -> String {
    iso(at_ms.div_euclid(1_000))
}
