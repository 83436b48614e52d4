//! One call: sent, repeated when that may help, and its answer.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use openapi::client::{Pauses, skew_s};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;

use super::{ClientError, LogStoreClient, signing};
use crate::limits::{
    CLIENT_ANSWER_BYTES, CLIENT_ATTEMPTS, CLIENT_CLOCK_TOLERANCE_S, CLIENT_PATIENCE_S, CLIENT_PAUSE_MS,
};

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
    /// Sends a call until it succeeds, is refused for good, or was tried often or long enough.
    pub(super) fn send(&self, call: &Call<'_>) -> Result<Answer, ClientError> {
        let mut pauses = Pauses::starting_with(CLIENT_PAUSE_MS);
        let until = Instant::now() + Duration::from_secs(CLIENT_PATIENCE_S);
        let mut is_clock_corrected = false;
        for _ in 1..CLIENT_ATTEMPTS {
            match self.send_once(call) {
                Err(error) if may_help(&error) && Instant::now() < until => pauses.wait(),
                Err(error) if is_of_the_clock(&error) && !is_clock_corrected => is_clock_corrected = true,
                outcome => return outcome,
            }
        }
        self.send_once(call)
    }

    fn send_once(&self, call: &Call<'_>) -> Result<Answer, ClientError> {
        let host = match call.project {
            "" => self.endpoint.clone(),
            project => format!("{project}.{}", self.endpoint),
        };
        let unreachable =
            |cause: &dyn std::fmt::Display| ClientError::Unreachable { host: host.clone(), cause: cause.to_string() };
        let headers = signing::headers(call, &host, self.region.as_deref(), &self.keys.key()?, self.now_s())?;
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
        self.keys.refused(&refusal.error_code, status);
        self.correct_clock(&date);
        Err(ClientError::Refused { code: refusal.error_code, status, message: refusal.error_message, request_id })
    }

    /// A refusal of the service itself tells its clock, by which it judges requests and the times of logs.
    fn correct_clock(&self, date: &str) {
        if let Some(skew_s) = skew_s(date)
            && (skew_s - self.skew_s()).abs() > CLIENT_CLOCK_TOLERANCE_S
        {
            self.skew_s.store(skew_s, Ordering::Relaxed);
        }
    }
}

/// Whether another attempt may succeed: the service was away, failed or had too much.
fn may_help(error: &ClientError) -> bool {
    error.is_passing() || is_of_a_quota(error)
}

/// Whether the service had too much to do for this project or shard.
fn is_of_a_quota(error: &ClientError) -> bool {
    matches!(error, ClientError::Refused { code, status: 403, .. } if code.contains("QuotaExceed") || code == "ExceedQuota")
}

fn is_of_the_clock(error: &ClientError) -> bool {
    matches!(error.code(), "RequestTimeTooSkewed" | "RequestTimeExpired")
}
