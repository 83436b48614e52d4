//! Why something was not delivered, in words that say what a person must do.

use crate::limits::MAX_ERROR_CHARS;

/// A failed attempt. It is repeated, whatever it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

impl Failure {
    /// A failure with its text.
    pub fn new(text: impl Into<String>) -> Failure {
        let text: String = text.into();
        Failure(text.chars().take(MAX_ERROR_CHARS).collect())
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Failure::new(format!("the control database failed: {error}; delivery goes on when it works again"))
    }
}

impl From<database::DatabaseError> for Failure {
    fn from(error: database::DatabaseError) -> Self {
        Failure::new(format!("the control database failed: {error}; delivery goes on when it works again"))
    }
}
