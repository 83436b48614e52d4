//! Why something was not delivered, in words that say what a person must do.

use crate::limits::MAX_ERROR_CHARS;

/// A failed attempt. It is repeated, whatever it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Failure {
    text: String,
    /// The region whose project failed, when it was one of several.
    region: Option<String>,
}

impl Failure {
    /// A failure with its text.
    pub fn new(text: impl Into<String>) -> Failure {
        let text: String = text.into();
        Failure { text: text.chars().take(MAX_ERROR_CHARS).collect(), region: None }
    }

    /// The failure of a region's project.
    pub fn in_region(self, region: &str) -> Failure {
        Failure { region: Some(region.to_owned()), ..self }
    }

    /// The region whose project failed.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }
}

impl From<audit::EventsUnreadable> for Failure {
    fn from(error: audit::EventsUnreadable) -> Self {
        Failure::new(error.to_string())
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        database::DatabaseError::from(error).into()
    }
}

impl From<database::DatabaseError> for Failure {
    fn from(error: database::DatabaseError) -> Self {
        Failure::new(format!("the control database failed: {error}; delivery goes on when it works again"))
    }
}
