//! Why a call of the client did not succeed.

/// Why a call did not succeed. Each text says what is known and, where there is something, what to do.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The endpoint cannot be used.
    #[error("the endpoint {0:?} is not valid: give it as http://HOST:PORT or https://HOST, without a bucket")]
    Endpoint(String),
    /// A bucket's name or a key cannot be one.
    #[error("{0}")]
    Name(String),
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
    /// An object may be written once only, and its key holds something else.
    #[error("{bucket}/{key} is there already with another content ({found}): choose another key")]
    Taken {
        /// Bucket.
        bucket: String,
        /// Key.
        key: String,
        /// What is there.
        found: String,
    },
    /// What the service holds is not what was sent, or what came is not what it holds.
    #[error("{bucket}/{key} was damaged on its way: {what}")]
    Damaged {
        /// Bucket.
        bucket: String,
        /// Key.
        key: String,
        /// What differs.
        what: String,
    },
    /// The content could not be read from where it comes.
    #[error("the content cannot be read: {0}")]
    Source(#[from] std::io::Error),
    /// A request or an answer is not what it must be.
    #[error("{0}")]
    Body(String),
}

impl ClientError {
    /// The protocol's code of a refusal; empty for everything else.
    pub fn code(&self) -> &str {
        match self {
            ClientError::Refused { code, .. } => code,
            _ => "",
        }
    }

    /// Whether the same call may succeed later: the service was away, busy, or failed.
    pub fn is_passing(&self) -> bool {
        match self {
            ClientError::Unreachable { .. } => true,
            ClientError::Refused { status, .. } => *status >= 500 || matches!(status, 408 | 429),
            _ => false,
        }
    }
}
