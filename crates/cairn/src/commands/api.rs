//! A client of the server: signed calls, answers or the protocol's errors.

use openapi::client::{Credentials, connections, signed_v3};
use openapi::clock::now_ms;
use serde_json::Value;

use super::CommandError;
use crate::credentials::ClientArguments;

/// API versions of the products that the command line calls.
pub const CCC: &str = "2017-07-05";
pub const ACTIONTRAIL: &str = "2020-07-06";
pub const RAM: &str = "2015-05-01";
pub const STS: &str = "2015-04-01";

/// Seconds to connect.
const CONNECT_TIMEOUT_S: u64 = 10;
/// Seconds of a whole call.
const CALL_TIMEOUT_S: u64 = 60;

/// Calls one server with one key.
#[derive(Debug, Clone)]
pub struct Api {
    endpoint: String,
    host: String,
    region: Option<String>,
    credentials: Credentials,
    agent: ureq::Agent,
}

/// An error that the server answered.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{code} (HTTP {http_status}): {message} [request {request_id}]")]
pub struct Refused {
    /// The protocol's code.
    pub code: String,
    /// HTTP status.
    pub http_status: u16,
    /// What the server says.
    pub message: String,
    /// For finding the call in the audit.
    pub request_id: String,
}

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The server refused it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The server was not reached, or spoke something else.
    #[error("no answer from {endpoint}: {cause}; is the server running there?")]
    Unreachable {
        /// Address that was called.
        endpoint: String,
        /// What went wrong.
        cause: String,
    },
}

impl Api {
    /// A client from the common flags.
    pub fn from_arguments(arguments: &ClientArguments) -> Result<Self, CommandError> {
        let mut api = Self::new(&arguments.endpoint, arguments.credentials()?)?;
        api.region = arguments.region.clone();
        Ok(api)
    }

    /// A client of `http://HOST[:PORT]` or `https://…`.
    pub fn new(endpoint: &str, credentials: Credentials) -> Result<Self, CommandError> {
        let endpoint = endpoint.trim_end_matches('/');
        let host = match endpoint.split_once("://") {
            Some(("http" | "https", host)) if !host.is_empty() => host.to_owned(),
            _ => {
                return Err(format!(
                    "the endpoint {endpoint:?} is not valid: give it as http://HOST:PORT or https://HOST"
                )
                .into());
            }
        };
        let agent = connections((CONNECT_TIMEOUT_S, CALL_TIMEOUT_S));
        Ok(Self { endpoint: endpoint.to_owned(), host, region: None, credentials, agent })
    }

    /// The same with calls that may take so many seconds.
    pub fn with_call_timeout_s(self, call_timeout_s: u64) -> Self {
        Self { agent: connections((CONNECT_TIMEOUT_S, call_timeout_s)), ..self }
    }

    /// The same server with another key.
    pub fn with_credentials(&self, credentials: Credentials) -> Self {
        Self { credentials, ..self.clone() }
    }

    /// Calls an operation.
    pub fn call(&self, version: &str, operation: &str, parameters: &[(&str, &str)]) -> Result<Value, CallError> {
        let mut parameters = parameters.to_vec();
        parameters.extend(self.region.as_deref().map(|region| ("RegionId", region)));
        let signed =
            signed_v3(&self.host, operation, version, &parameters, &self.credentials, now_ms().div_euclid(1_000));
        let mut request = self.agent.post(format!("{}/?{}", self.endpoint, signed.query));
        for (name, value) in &signed.headers {
            request = request.header(*name, value);
        }
        let request = request.header("user-agent", concat!("cairn/", env!("CARGO_PKG_VERSION")));
        let mut response = request.send_empty().map_err(|cause| self.unreachable(&cause))?;
        let http_status = response.status().as_u16();
        let bytes = response
            .body_mut()
            .with_config()
            .limit(64 * 1024 * 1024)
            .read_to_vec()
            .map_err(|cause| self.unreachable(&cause))?;
        let body: Value = serde_json::from_slice(&bytes).map_err(|cause| self.unreachable(&cause))?;
        if http_status == 200 {
            return Ok(body);
        }
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        Err(CallError::Refused(Refused {
            code: text("Code"),
            http_status,
            message: text("Message"),
            request_id: text("RequestId"),
        }))
    }

    fn unreachable(&self, cause: &dyn std::fmt::Display) -> CallError {
        CallError::Unreachable { endpoint: self.endpoint.clone(), cause: cause.to_string() }
    }
}
