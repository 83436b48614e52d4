//! One call: sent, repeated when that may help, and its answer.

use std::time::Duration;

use openapi::clock::now_ms;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rand::RngExt;
use serde::Deserialize;
use serde_json::Value;
use std::sync::atomic::Ordering;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::{LogStoreClient, signing};
use crate::limits::{CLIENT_ANSWER_BYTES, CLIENT_ATTEMPTS, CLIENT_PAUSE_MS};

/// Why a call did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The endpoint cannot be used.
    #[error("the endpoint {0:?} is not valid: give it as http://HOST:PORT")]
    Endpoint(String),
    /// The service refused.
    #[error("{code} (HTTP {status}): {message} [request {request_id}]")]
    Refused {
        /// The protocol's code.
        code: String,
        /// HTTP status.
        status: u16,
        /// What the service says.
        message: String,
        /// For finding the call in the audit.
        request_id: String,
    },
    /// The service was not reached.
    #[error("no answer from {host}: {cause}; is the server running there?")]
    Unreachable {
        /// Host that was called.
        host: String,
        /// What went wrong.
        cause: String,
    },
    /// A request or an answer is not what it must be.
    #[error("{0}")]
    Body(String),
}

/// A call before it is signed.
#[derive(Debug, Clone)]
pub(super) struct Call<'a> {
    pub(super) method: &'static str,
    /// Empty for the bare endpoint.
    pub(super) project: &'a str,
    pub(super) path: &'a str,
    pub(super) parameters: Vec<(String, String)>,
    pub(super) content_type: &'static str,
    pub(super) body: Vec<u8>,
    pub(super) raw_size: usize,
    pub(super) is_packed: bool,
}

/// What was answered.
pub(super) struct Answer {
    pub(super) body: Vec<u8>,
    /// Empty but for a pull.
    pub(super) next_cursor: String,
}

impl Answer {
    pub(super) fn json(&self) -> Result<Value, ClientError> {
        serde_json::from_slice(&self.body).map_err(|error| ClientError::Body(format!("the answer is no JSON: {error}")))
    }
}

/// A refusal as the service writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Refusal {
    error_code: String,
    error_message: String,
}

impl<'a> Call<'a> {
    pub(super) fn new(method: &'static str, project: &'a str, path: &'a str) -> Call<'a> {
        let content_type = "application/x-protobuf";
        Call {
            method,
            project,
            path,
            parameters: Vec::new(),
            content_type,
            body: Vec::new(),
            raw_size: 0,
            is_packed: false,
        }
    }

    pub(super) fn json(method: &'static str, project: &'a str, path: &'a str, body: &Value) -> Call<'a> {
        let body = body.to_string().into_bytes();
        Call { content_type: "application/json", raw_size: body.len(), body, ..Call::new(method, project, path) }
    }

    pub(super) fn with(mut self, parameters: &[(&str, &str)]) -> Call<'a> {
        self.parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self
    }

    pub(super) fn packed(mut self, body: Vec<u8>, raw_size: usize) -> Call<'a> {
        (self.body, self.raw_size, self.is_packed) = (body, raw_size, true);
        self
    }

    pub(super) fn raw_query(&self) -> String {
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pairs = self.parameters.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        pairs.collect::<Vec<_>>().join("&")
    }
}

impl LogStoreClient {
    /// Sends a call until it succeeds, is refused for good, or was tried often enough.
    pub(super) fn send(&self, call: &Call<'_>) -> Result<Answer, ClientError> {
        let mut pause_ms = CLIENT_PAUSE_MS;
        let mut attempt = 1;
        loop {
            let outcome = self.send_once(call);
            let may_help = match &outcome {
                Ok(_) => false,
                Err(ClientError::Unreachable { .. }) => true,
                Err(ClientError::Refused { code, status, .. }) => {
                    *status >= 500 || code.ends_with("QuotaExceed") && *status == 403 || code == "RequestTimeTooSkewed"
                }
                Err(_) => false,
            };
            if !may_help || attempt == CLIENT_ATTEMPTS {
                return outcome;
            }
            attempt += 1;
            pause(Duration::from_millis(rand::rng().random_range(pause_ms / 2..=pause_ms)));
            pause_ms *= 2;
        }
    }

    fn send_once(&self, call: &Call<'_>) -> Result<Answer, ClientError> {
        let host = match call.project {
            "" => self.endpoint.clone(),
            project => format!("{project}.{}", self.endpoint),
        };
        let unreachable =
            |cause: &dyn std::fmt::Display| ClientError::Unreachable { host: host.clone(), cause: cause.to_string() };
        let now_s = now_ms().div_euclid(1_000) + self.skew_s.load(Ordering::Relaxed);
        let headers = signing::headers(call, &host, self.region.as_deref(), &self.credentials, now_s)?;
        let connect_to = if self.is_address { &self.endpoint } else { &host };
        let url = format!("{}://{connect_to}{}?{}", self.scheme, call.path, call.raw_query());
        let mut request = ureq::http::Request::builder().method(call.method).uri(url.trim_end_matches('?'));
        for (name, value) in &headers {
            request = request.header(name, value);
        }
        let request = request.body(call.body.clone()).map_err(|error| ClientError::Body(error.to_string()))?;
        let mut response = self.agent.run(request).map_err(|cause| unreachable(&cause))?;
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        let (request_id, date, next_cursor) = (header("x-log-requestid"), header("date"), header("x-log-cursor"));
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(CLIENT_ANSWER_BYTES).read_to_vec();
        let body = body.map_err(|cause| unreachable(&cause))?;
        if status == 200 {
            return Ok(Answer { body, next_cursor });
        }
        let refusal: Refusal = serde_json::from_slice(&body).map_err(|_| unreachable(&format!("HTTP {status}")))?;
        if refusal.error_code == "RequestTimeTooSkewed"
            && let Ok(server) = OffsetDateTime::parse(&date.replace("GMT", "+0000"), &Rfc2822)
        {
            self.skew_s.store(server.unix_timestamp() - now_ms().div_euclid(1_000), Ordering::Relaxed);
        }
        Err(ClientError::Refused { code: refusal.error_code, status, message: refusal.error_message, request_id })
    }
}

/// Waits; the client's own thread, as its doc says.
#[expect(clippy::disallowed_methods, reason = "the client blocks, and is not for threads of a runtime")]
pub(super) fn pause(time: Duration) {
    std::thread::sleep(time);
}
