//! Answers: what every one of them has, and how a refusal looks. Names of headers are lower case, as one official client
//! needs them. Success is always 200: some take nothing else for it.
//!
//! Public document: Simple Log Service, "Common response headers".

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use openapi::clock::now_ms;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::format_description;
use uuid::Uuid;

use crate::fault::{Fault, codes};

/// An answer with its whole body.
pub type Answer = Response<Bytes>;

/// A new id of a request: 24 upper-case hexadecimal digits.
pub(crate) fn new_request_id() -> String {
    Uuid::new_v4().simple().to_string().to_uppercase()[..24].to_owned()
}

/// The answer of a request: a refusal as its JSON, and the headers that every answer has.
pub(crate) fn conclude(outcome: Result<Answer, Fault>, request_id: &str) -> Answer {
    let mut answer = outcome.unwrap_or_else(|fault| refusal(&fault, request_id));
    put_header(&mut answer, "x-log-requestid", request_id);
    put_header(&mut answer, "server", "AliyunSLS");
    put_header(&mut answer, "date", &http_date(now_ms()));
    answer
}

/// The answer of a request whose handler did not come to its end.
pub fn failed() -> Answer {
    conclude(Err(codes::INTERNAL_ERROR.fault()), &new_request_id())
}

fn refusal(fault: &Fault, request_id: &str) -> Answer {
    let mut answer =
        json_answer(&json!({"errorCode": fault.code.name, "errorMessage": fault.message, "requestID": request_id}));
    *answer.status_mut() = StatusCode::from_u16(fault.code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer
}

/// Success without a body, and so without a type: one official client reads JSON from whatever says that it is.
pub(crate) fn empty_answer() -> Answer {
    Response::new(Bytes::new())
}

/// Success with a document.
pub(crate) fn json_answer(document: &Value) -> Answer {
    let mut answer = Response::new(Bytes::from(document.to_string()));
    put_header(&mut answer, "content-type", "application/json");
    answer
}

/// Sets a header; a value that no header can hold is left out.
pub(crate) fn put_header(answer: &mut Answer, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
        answer.headers_mut().insert(HeaderName::from_static(name), value);
    }
}

fn http_date(at_ms: i64) -> String {
    let format =
        format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
    let at = OffsetDateTime::from_unix_timestamp(at_ms.div_euclid(1_000)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    at.format(format).unwrap_or_default()
}
