//! Why something that the client was asked for did not succeed.

use openapi::client::CallError;

/// Why it did not succeed. Each text says what is known and, where there is something, what to do.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The call itself did not succeed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A bucket's name or a key cannot be one.
    #[error("{0}")]
    Name(String),
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
}

impl ClientError {
    /// The protocol's code of a refusal; empty for everything else.
    pub fn code(&self) -> &str {
        match self {
            ClientError::Call(error) => error.code(),
            _ => "",
        }
    }

    /// Whether the same call may succeed later: the service was away, busy, or failed.
    pub fn is_passing(&self) -> bool {
        matches!(self, ClientError::Call(error) if error.is_passing())
    }
}
