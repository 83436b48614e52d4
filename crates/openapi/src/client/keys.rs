//! The key of a client: one that stays, or that of a role, which is taken anew before it ends.

use std::sync::Arc;

use super::{AssumedRole, CallError, Credentials};

/// Where the key of a client comes from.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// A key that stays.
    Fixed(Credentials),
    /// The temporary key of a role.
    Role(Arc<AssumedRole>),
}

impl KeySource {
    /// The key of now. That of a role may have to be asked for, which blocks.
    ///
    /// # Errors
    /// When the role cannot be taken.
    pub fn key(&self) -> Result<Credentials, CallError> {
        match self {
            KeySource::Fixed(key) => Ok(key.clone()),
            KeySource::Role(role) => role.key(),
        }
    }

    /// A service refused a call: where it may have refused the temporary key, the next call gets another one.
    pub fn refused(&self, code: &str, status: u16) {
        if let KeySource::Role(role) = self
            && (status == 401 || code.contains("SecurityToken") || code.contains("InvalidAccessKeyId"))
        {
            role.forget();
        }
    }
}

impl From<Credentials> for KeySource {
    fn from(key: Credentials) -> Self {
        KeySource::Fixed(key)
    }
}
