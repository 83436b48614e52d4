//! Why a text is not an event.

use crate::limits::{MAX_DEPTH, MAX_READ_BYTES};

/// Why a text is not an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// Longer than [`MAX_READ_BYTES`].
    #[error("the event has {bytes} bytes, at most {MAX_READ_BYTES} are read")]
    TooLarge {
        /// Size of the text.
        bytes: usize,
    },
    /// What cannot be left out of a new event is larger than its size cap.
    #[error("the event cannot be cut to {max_bytes} bytes, allow more")]
    CapTooSmall {
        /// The cap.
        max_bytes: usize,
    },
    /// Not JSON, or not UTF-8.
    #[error("the event is not valid JSON: {0}")]
    NotJson(String),
    /// Within the grammar of JSON, but not within what every reader takes.
    #[error("the event is JSON that common readers refuse ({0}): write whole characters instead of half ones")]
    NotReadableEverywhere(String),
    /// JSON of another kind.
    #[error("the event must be one JSON object")]
    NotAnObject,
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("the event is nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// A field that every event has is missing.
    #[error("the event has no field {0}")]
    Missing(&'static str),
    /// A known field has another type.
    #[error("the field {field} must be {expected}")]
    WrongType {
        /// Name of the field.
        field: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// `eventTime` is not a time.
    #[error("the field eventTime must be a time such as 2026-03-01T08:15:30Z")]
    NotATime,
}
