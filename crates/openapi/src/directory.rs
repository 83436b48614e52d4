//! The seam to whoever knows keys and policies. The gateway asks, it never decides who somebody is.

use std::net::IpAddr;

use crate::call::Caller;

/// Knows access keys and decides what their owners may do.
///
/// Both calls are on the path of every request: they answer from memory and never block.
pub trait Directory: Send + Sync + 'static {
    /// Finds the key that signed a request. `security_token` is what came with it, if anything.
    fn find_key(&self, access_key_id: &str, security_token: Option<&str>, now_s: i64) -> Result<KeyOwner, KeyFault>;

    /// Decides whether the caller may do this.
    fn decide(&self, request: &PermissionRequest<'_>) -> Decision;
}

/// An active key.
pub struct KeyOwner {
    /// The secret that signatures are checked with.
    pub secret: SecretText,
    /// Who signs with it.
    pub caller: Caller,
}

/// A secret; neither printed nor logged, wiped by nobody else's copy.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    /// Wraps a secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself: for signing and for the one answer that shows it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("****")
    }
}

/// Why a key does not help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFault {
    /// No such key.
    NotFound,
    /// Disabled.
    Inactive,
    /// A temporary key came without its token.
    MissingToken,
    /// The token cannot be read.
    MalformedToken,
    /// The token belongs to another key.
    MismatchedToken,
    /// The session is over.
    ExpiredToken,
}

/// What a policy is asked.
#[derive(Debug)]
pub struct PermissionRequest<'a> {
    /// Who.
    pub caller: &'a Caller,
    /// `ccc:ListConfig`
    pub action: &'a str,
    /// `acs:ccc:cn-shanghai:1059804828509:instance/0f5e0a9e-…`
    pub resource: &'a str,
    /// `acs:SourceIp`
    pub source_ip: IpAddr,
    /// `acs:SecureTransport`
    pub secure: bool,
    /// `acs:CurrentTime`, Unix seconds.
    pub now_s: i64,
}

/// The answer of the policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Yes.
    Allow,
    /// No.
    Deny {
        /// A statement said so; otherwise none allowed it.
        explicit: bool,
        /// `AccountLevelIdentityBasedPolicy`, `SessionPolicy`, `AssumeRolePolicy`
        policy_type: &'static str,
    },
}
