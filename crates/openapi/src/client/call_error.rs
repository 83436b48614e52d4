//! Why a call of a client did not succeed.

/// Why a call did not succeed. Each text says what is known and, where there is something, what to do.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The endpoint cannot be used.
    #[error(
        "the endpoint {0:?} is not valid: give it as http://HOST:PORT or https://HOST, without a bucket, project or path"
    )]
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
    /// The role whose key signs could not be taken.
    #[error(
        "the role {role_arn} cannot be taken: {cause}; let its trust policy name the key's account, and give the key the right sts:AssumeRole"
    )]
    Role {
        /// The role.
        role_arn: String,
        /// What went wrong.
        cause: String,
        /// Whether it may succeed later.
        is_passing: bool,
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
            CallError::Role { is_passing, .. } => *is_passing,
            CallError::Refused { status, .. } => *status >= 500 || matches!(status, 408 | 429),
            _ => false,
        }
    }
}
