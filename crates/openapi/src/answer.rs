//! What a handler answers, and what the event should know of it.

use serde_json::{Map, Value};

/// The result of a successful operation. The gateway adds `RequestId` and the product's envelope.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// Result fields at the top level of the body.
    pub body: Map<String, Value>,
    /// Further resources for the event's `referencedResources`: type and name.
    pub references: Vec<(&'static str, String)>,
    /// Names among `references` that are telephone numbers: personal data, masked where that is set.
    pub personal_references: Vec<String>,
    /// Name of the operation's own resource where no parameter has it.
    pub resource_name: Option<String>,
    /// Extra entries for the event's `additionalEventData`.
    pub event_data: Map<String, Value>,
}

impl Answer {
    /// An answer without result fields.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Adds a result field.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.body.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a result field if there is a value: a null field is left out on the wire.
    pub fn with_optional(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds a list in the wrapped form of older products: `"Users": {"User": [ … ]}`.
    pub fn with_wrapped_list(self, name: &str, element: &str, list: Vec<Value>) -> Self {
        self.with(name, wrapped_list(element, list))
    }

    /// Names a further resource that the call touched.
    pub fn references(mut self, resource_type: &'static str, name: impl Into<String>) -> Self {
        self.references.push((resource_type, name.into()));
        self
    }

    /// Names a further resource whose name is itself a telephone number.
    pub fn references_number(mut self, resource_type: &'static str, number: &str) -> Self {
        self.personal_references.push(number.to_owned());
        self.references(resource_type, number)
    }

    /// Names the operation's own resource, see [`crate::OperationSpec::creates`].
    pub fn resource_name(mut self, name: impl Into<String>) -> Self {
        self.resource_name = Some(name.into());
        self
    }

    /// Adds an entry to the event's `additionalEventData`.
    pub fn event_data(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.event_data.insert(name.to_owned(), value.into());
        self
    }
}

/// `{"<element>": [ … ]}`
pub fn wrapped_list(element: &str, list: Vec<Value>) -> Value {
    let mut wrapper = Map::new();
    wrapper.insert(element.to_owned(), Value::Array(list));
    Value::Object(wrapper)
}
