//! An error as the caller sees it: code, HTTP status, message.

use std::borrow::Cow;

/// An error answer. Codes and statuses come from the product's own error table; the message says what to do.
///
/// Wire form: Alibaba Cloud OpenAPI, "RPC API error responses".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The protocol's code, compared as a whole by clients.
    pub code: Cow<'static, str>,
    /// HTTP status.
    pub http_status: u16,
    /// For people; never holds a secret.
    pub message: Cow<'static, str>,
    /// Set on permission errors.
    pub access_denied: Option<Box<AccessDenied>>,
    /// Set only when throttling: the official clients turn any error with this header into a throttling error.
    pub retry_after_ms: Option<u64>,
}

/// The object `AccessDeniedDetail` of permission errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessDenied {
    /// `ccc:ListConfig`
    pub action: String,
    /// `SubUser`, `AssumedRoleUser`
    pub principal_type: &'static str,
    /// Account that owns the principal.
    pub principal_owner_id: String,
    /// User id, or `<role>:<session>`.
    pub principal_name: String,
    /// `AccountLevelIdentityBasedPolicy`, `AssumeRolePolicy`, `SessionPolicy`
    pub policy_type: &'static str,
    /// `ImplicitDeny` or `ExplicitDeny`
    pub no_permission_type: &'static str,
}

impl ApiError {
    /// An error with a fixed code.
    pub fn new(http_status: u16, code: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code: code.into(), http_status, message: message.into(), access_denied: None, retry_after_ms: None }
    }

    /// 400
    pub fn bad_request(code: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, code, message)
    }

    /// 404
    pub fn not_found(code: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(404, code, message)
    }

    /// 409
    pub fn conflict(code: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(409, code, message)
    }

    /// 500 `InternalError`. The cause goes to the server's log, not to the caller.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "operation failed");
        Self::new(
            500,
            "InternalError",
            "the server could not complete the call; its log has the cause under the request id",
        )
    }

    /// 503 `ServiceUnavailable`: the disk of the control database is full. The cause goes to the server's log.
    pub fn disk_full(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "operation failed, a disk is full");
        Self::unavailable("the disk of the server is full, so the call is not done: free space, then repeat it")
    }

    /// 503 `ServiceUnavailable`.
    pub fn unavailable(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(503, "ServiceUnavailable", message)
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}): {}", self.code, self.http_status, self.message)
    }
}

impl std::error::Error for ApiError {}
