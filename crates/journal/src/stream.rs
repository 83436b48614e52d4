//! Names of streams.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use crate::error::JournalError;
use crate::limits::MAX_STREAM_NAME_BYTES;

/// Name of a stream, such as `events/1059804828509`: 1 to 200 bytes of `A-Z a-z 0-9 . _ / -`. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamName(Arc<str>);

impl StreamName {
    /// Checks `name` and takes it over.
    pub fn new(name: &str) -> Result<Self, JournalError> {
        match broken_rule(name.as_bytes()) {
            None => Ok(Self(Arc::from(name))),
            Some(reason) => Err(JournalError::InvalidStreamName {
                name: name.chars().take(MAX_STREAM_NAME_BYTES).collect(),
                reason,
            }),
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name in `bytes`, or nothing when it breaks a rule.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        valid_text(bytes).map(|name| Self(Arc::from(name)))
    }
}

/// `bytes` as text when they are an allowed stream name.
pub(crate) fn valid_text(bytes: &[u8]) -> Option<&str> {
    match broken_rule(bytes) {
        None => std::str::from_utf8(bytes).ok(),
        Some(_) => None,
    }
}

fn broken_rule(name: &[u8]) -> Option<&'static str> {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"._/-".contains(byte);
    if name.is_empty() {
        Some("it is empty")
    } else if name.len() > MAX_STREAM_NAME_BYTES {
        Some("it is longer than 200 bytes")
    } else if !name.iter().all(allowed) {
        Some("only letters, digits and . _ / - are allowed")
    } else {
        None
    }
}

/// Lets a map keyed by names be asked with text. Sound because both hash and compare as the text.
impl Borrow<str> for StreamName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for StreamName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, out)
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_exactly_the_allowed_names() {
        assert_eq!(StreamName::new("events/1059804828509").unwrap().as_str(), "events/1059804828509");
        assert!(StreamName::new("a.b_C/d-9").is_ok());
        assert!(StreamName::new(&"x".repeat(200)).is_ok());
        for refused in ["", "a b", "a\n", "ü", "a:b", &"x".repeat(201)] {
            let error = StreamName::new(refused).unwrap_err();
            assert!(matches!(error, JournalError::InvalidStreamName { .. }), "{refused:?} gave {error}");
        }
    }
}
