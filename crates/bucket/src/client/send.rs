//! One call: sent, repeated when that may help, and its answer.

use std::sync::atomic::Ordering;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use openapi::client::{CallError, Pauses, skew_s};
use openapi::clock::now_ms;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::address::Place;
use super::documents::{Refusal, parse};
use super::{BucketClient, ClientError, signing};
use crate::limits::{CLIENT_ANSWER_BYTES, CLIENT_ATTEMPTS, CLIENT_PAUSE_MS};

const IN_VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A call before it is signed.
#[derive(Debug, Clone)]
pub(super) struct Call<'a> {
    pub(super) method: &'static str,
    pub(super) place: Place<'a>,
    pub(super) parameters: Vec<(&'static str, String)>,
    /// Without those that a signature brings.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: &'a [u8],
    /// Most bytes of the answer.
    pub(super) answer_bytes: u64,
}

/// What was answered.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// A header as text; empty when it is absent.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl<'a> Call<'a> {
    pub(super) fn new(method: &'static str, bucket: &'a str, key: &'a str) -> Call<'a> {
        Call {
            method,
            place: Place { bucket, key },
            parameters: Vec::new(),
            headers: Vec::new(),
            body: &[],
            answer_bytes: CLIENT_ANSWER_BYTES,
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Call<'a> {
        self.parameters.push((name, value.into()));
        self
    }

    pub(super) fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Call<'a> {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(super) fn body(mut self, body: &'a [u8]) -> Call<'a> {
        self.body = body;
        self
    }
}

/// `name=value&name`, as both the URL and the signature have it.
pub(super) fn raw_query<'p>(parameters: impl IntoIterator<Item = (&'p str, &'p str)>) -> String {
    let encode = |text: &str| utf8_percent_encode(text, IN_VALUE).to_string();
    let pairs = parameters.into_iter().map(|(name, value)| match value {
        "" => encode(name),
        value => format!("{}={}", encode(name), encode(value)),
    });
    pairs.collect::<Vec<_>>().join("&")
}

impl BucketClient {
    /// Sends a call until it succeeds, is refused for good, or was tried often enough.
    pub(super) fn send(&self, call: &Call<'_>) -> Result<Answer, ClientError> {
        let mut pauses = Pauses::starting_with(CLIENT_PAUSE_MS);
        let mut is_clock_corrected = false;
        for _ in 1..CLIENT_ATTEMPTS {
            let outcome = self.send_once(call);
            match &outcome {
                Err(error) if error.is_passing() => pauses.wait(),
                Err(error) if error.code() == "RequestTimeTooSkewed" && !is_clock_corrected => {
                    is_clock_corrected = true;
                }
                _ => return outcome,
            }
        }
        self.send_once(call)
    }

    fn send_once(&self, call: &Call<'_>) -> Result<Answer, ClientError> {
        let host = self.address.host(&call.place);
        let unreachable =
            |cause: &dyn std::fmt::Display| CallError::Unreachable { host: host.clone(), cause: cause.to_string() };
        let query = raw_query(call.parameters.iter().map(|(name, value)| (*name, value.as_str())));
        let headers = signing::headers(self, call, &query)?;
        let url = self.address.url(&call.place)?;
        let url = if query.is_empty() { url } else { format!("{url}?{query}") };
        let mut request = ureq::http::Request::builder().method(call.method).uri(url);
        for (name, value) in &headers {
            request = request.header(name, value);
        }
        let request = request.body(call.body).map_err(|error| CallError::Body(error.to_string()))?;
        let mut response = self.agent.run(request).map_err(|cause| unreachable(&cause))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = if call.method == "HEAD" {
            Vec::new()
        } else {
            let read = response.body_mut().with_config().limit(call.answer_bytes).read_to_vec();
            read.map_err(|cause| unreachable(&cause))?
        };
        let answer = Answer { status, headers, body };
        if (200..300).contains(&status) { Ok(answer) } else { Err(self.refused(&answer, &host)) }
    }

    /// A refusal in words; one that says that the clock is wrong corrects it.
    fn refused(&self, answer: &Answer, host: &str) -> ClientError {
        // An answer to HEAD has its document in a header.
        let in_header = STANDARD.decode(answer.header("x-oss-err")).unwrap_or_default();
        let document = if answer.body.is_empty() { &in_header } else { &answer.body };
        let refusal: Refusal = parse(document).unwrap_or_default();
        let code = match refusal.code.as_str() {
            "" if answer.status == 404 => "NotFound",
            "" if answer.status < 500 => "NoReason",
            // Not the service, but something before it.
            "" => {
                let cause = format!("HTTP {}", answer.status);
                return CallError::Unreachable { host: host.to_owned(), cause }.into();
            }
            code => code,
        };
        self.keys.refused(code, answer.status);
        if code == "RequestTimeTooSkewed" {
            self.correct_clock(answer.header("date"));
        }
        let request_id = answer.header("x-oss-request-id").to_owned();
        CallError::Refused { code: code.to_owned(), status: answer.status, message: refusal.message, request_id }.into()
    }

    fn correct_clock(&self, date: &str) {
        if let Some(skew_s) = skew_s(date) {
            self.skew_s.store(skew_s, Ordering::Relaxed);
        }
    }

    /// The server's time, as far as it is known.
    pub(super) fn now_s(&self) -> i64 {
        now_ms().div_euclid(1_000) + self.skew_s.load(Ordering::Relaxed)
    }
}
