//! Why a call of a client did not succeed.

/// Why a call did not succeed. Each text says what is known and, where there is something, what to do.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The endpoint cannot be used.
    #[error("the endpoint {0:?} is not valid: give it as http://HOST:PORT, without a bucket, project or path")]
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
        /// For finding the call in the service's records.
        request_id: String,
    },
    /// The service was not reached, or hung up.
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

impl CallError {
    /// The protocol's code of a refusal; empty for everything else.
    pub fn code(&self) -> &str {
        match self {
            CallError::Refused { code, .. } => code,
            _ => "",
        }
    }

    /// Whether the same call may succeed later: the service was away, busy, or failed.
    pub fn is_passing(&self) -> bool {
        match self {
            CallError::Unreachable { .. } => true,
            CallError::Refused { status, .. } => *status >= 500 || matches!(status, 408 | 429),
            _ => false,
        }
    }
}
