//! Writes a new event, field by field in the order given.

use serde_json::{Map, Value};

use crate::cap::to_capped_json;
use crate::event::Event;
use crate::limits::MAX_READ_BYTES;
use crate::masking::Masking;
use crate::reserved::rename_reserved;

/// An event that is being written.
#[derive(Debug, Default)]
pub struct EventBuilder {
    fields: Map<String, Value>,
}

impl EventBuilder {
    /// Begins an event.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field.
    pub fn field(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a field if there is a value.
    pub fn optional(self, name: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.field(name, value),
            None => self,
        }
    }

    /// Masks, brings the event within `max_bytes` and writes it.
    ///
    /// # Errors
    ///
    /// When a field that every event has is missing or has a wrong type, or a field that is not masked is nested too
    /// deep: a fault of the caller. When the cap is too small for what an event cannot be without.
    pub fn finish(mut self, masking: &Masking, max_bytes: usize) -> Result<Event, crate::EventError> {
        self.fields.values_mut().for_each(rename_reserved);
        for name in crate::masking::MASKED_FIELDS {
            if let Some(value) = self.fields.get_mut(name) {
                masking.mask(value);
            }
        }
        Event::from_built(to_capped_json(self.fields, max_bytes.min(MAX_READ_BYTES))?)
    }
}
