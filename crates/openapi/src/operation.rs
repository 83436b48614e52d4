//! One operation as a table row: what may be asked, by whom, what it touches, who answers.
//!
//! A product is a table of [`Operation`]s. From a row the gateway parses, checks, permits, masks and audits; the
//! handler holds the meaning alone.

use std::future::Future;
use std::pin::Pin;

use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;

/// What a handler's future answers.
pub type HandlerResult = Result<Answer, ApiError>;

/// A handler: a plain function from the product's state and the checked call to an answer.
///
/// Written in a table as `|state, call| Box::pin(create_skill_group(state, call))`.
pub type Handler<S> = for<'a> fn(&'a S, &'a Call) -> Pin<Box<dyn Future<Output = HandlerResult> + Send + 'a>>;

/// A table row with the function that answers it.
pub struct Operation<S: 'static> {
    /// Everything about the operation but its meaning.
    pub spec: OperationSpec,
    /// The meaning.
    pub handler: Handler<S>,
}

/// The declared side of an operation.
#[derive(Debug, Clone, Copy)]
pub struct OperationSpec {
    /// Operation name as on the wire (`CreateSkillGroup`).
    pub name: &'static str,
    /// Read or write: the event's `eventRW`.
    pub access: Access,
    /// Parameters, without the ones common to all calls. Unknown parameters are ignored, as in the cloud.
    pub parameters: &'static [Parameter],
    /// What RAM is asked before the handler runs.
    pub permission: Permission,
    /// The resource that the event names in `resourceType` and `resourceName`.
    pub resource: Option<Resource>,
    /// Names of the answer's result fields: documentation, and the order in which they are written.
    pub result_fields: &'static [&'static str],
    /// Error codes that the handler itself may answer, beside those of the gateway: documentation.
    pub errors: &'static [&'static str],
    /// The cloud's own limit in calls per second and account, applied with `throttling = "vendor"`.
    pub vendor_calls_per_second: Option<u32>,
    /// The envelope of this answer has no `HttpStatusCode` (two operations of CCC 2017-07-05).
    pub without_http_status_code: bool,
    /// The event's `eventType`.
    pub event_type: EventType,
    /// It moves what people say and send: where a trail asks for it, a call has a data event beside its own.
    pub is_data: bool,
}

impl OperationSpec {
    /// A read operation without parameters, checked against every resource; refine it with the methods below.
    pub const fn read(name: &'static str) -> Self {
        Self::new(name, Access::Read)
    }

    /// A write operation, otherwise like [`OperationSpec::read`].
    pub const fn write(name: &'static str) -> Self {
        Self::new(name, Access::Write)
    }

    const fn new(name: &'static str, access: Access) -> Self {
        Self {
            name,
            access,
            parameters: &[],
            permission: Permission::On("*"),
            resource: None,
            result_fields: &[],
            errors: &[],
            vendor_calls_per_second: None,
            without_http_status_code: false,
            event_type: EventType::ApiCall,
            is_data: false,
        }
    }

    /// Declares the parameters.
    pub const fn takes(mut self, parameters: &'static [Parameter]) -> Self {
        self.parameters = parameters;
        self
    }

    /// Declares the ARN that RAM is asked about, see [`Permission::On`].
    pub const fn permission_on(mut self, arn: &'static str) -> Self {
        self.permission = Permission::On(arn);
        self
    }

    /// No permission is needed, a good signature is enough.
    pub const fn without_permission(mut self) -> Self {
        self.permission = Permission::NotNeeded;
        self
    }

    /// The resource of the event, its name taken from a parameter.
    pub const fn touches(mut self, resource_type: &'static str, parameter: &'static str) -> Self {
        self.resource = Some(Resource { resource_type, name_from: NameFrom::Parameter(parameter) });
        self
    }

    /// The resource of the event, its name added by the handler with [`Answer::resource_name`] (created things whose id
    /// is new).
    pub const fn creates(mut self, resource_type: &'static str) -> Self {
        self.resource = Some(Resource { resource_type, name_from: NameFrom::Handler });
        self
    }

    /// Declares the result fields.
    pub const fn answers(mut self, result_fields: &'static [&'static str]) -> Self {
        self.result_fields = result_fields;
        self
    }

    /// Declares the handler's own error codes.
    pub const fn fails_with(mut self, errors: &'static [&'static str]) -> Self {
        self.errors = errors;
        self
    }

    /// Declares the cloud's own rate limit.
    pub const fn vendor_limit(mut self, calls_per_second: u32) -> Self {
        self.vendor_calls_per_second = Some(calls_per_second);
        self
    }

    /// Declares that the envelope has no `HttpStatusCode`.
    pub const fn omits_http_status_code(mut self) -> Self {
        self.without_http_status_code = true;
        self
    }

    /// Declares that the public API has no such operation: in the cloud a person does it in the console.
    pub const fn console_operation(mut self) -> Self {
        self.event_type = EventType::ConsoleOperation;
        self
    }

    /// Declares that a call has a data event as well, where a trail asks for it.
    pub const fn data_event(mut self) -> Self {
        self.is_data = true;
        self
    }

    /// The row of a parameter, if the operation has it.
    pub fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }
}

/// The event's `eventRW`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Changes nothing.
    Read,
    /// Changes something.
    Write,
}

impl Access {
    /// The text in the event.
    pub fn as_str(self) -> &'static str {
        match self {
            Access::Read => "Read",
            Access::Write => "Write",
        }
    }
}

/// The event's `eventType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventType {
    /// An operation of the public API.
    ApiCall,
    /// What the cloud's console does and its public API does not.
    ConsoleOperation,
}

impl EventType {
    /// The text in the event.
    pub fn as_str(self) -> &'static str {
        match self {
            EventType::ApiCall => "ApiCall",
            EventType::ConsoleOperation => "ConsoleOperation",
        }
    }
}

/// What RAM is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// `<ram code>:<operation>` on this ARN template. `{region}`, `{account}` and `{<ParameterName>}` are filled in; a
    /// parameter that is not there becomes `*`.
    On(&'static str),
    /// Anyone who is who he says may call (`GetCallerIdentity`).
    NotNeeded,
}

/// The resource that an event names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resource {
    /// `ACS::CCC::Instance`
    pub resource_type: &'static str,
    /// Where the name comes from.
    pub name_from: NameFrom,
}

/// Where a resource's name comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameFrom {
    /// The value of this parameter; no resource is named when it is absent.
    Parameter(&'static str),
    /// The handler names it.
    Handler,
}

/// One parameter of an operation.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Name as on the wire, without the `.N` of lists.
    pub name: &'static str,
    /// What a value must look like.
    pub kind: Kind,
    /// Must be there and not empty.
    pub required: bool,
    /// Once, or as a list.
    pub repeat: Repeat,
}

/// The type of a value. Every value travels as text.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Text of so many characters.
    Text {
        /// Fewest characters.
        min_chars: usize,
        /// Most characters.
        max_chars: usize,
    },
    /// One of these texts, compared exactly.
    OneOf(&'static [&'static str]),
    /// `true` or `false` in any letter case.
    Boolean,
    /// A decimal integer in this range, both ends included.
    Integer {
        /// Smallest value.
        min: i64,
        /// Largest value.
        max: i64,
    },
    /// The JSON text of an object or an array, recorded parsed in the event.
    Json,
}

/// How often a parameter may occur.
#[derive(Debug, Clone, Copy)]
pub enum Repeat {
    /// `Name=value`
    Once,
    /// `Name.1=a&Name.2=b`, at most so many.
    List {
        /// Most elements.
        max: usize,
    },
    /// `Name.1.Key=a&Name.1.Value=b`, at most so many; the fields are checked as parameters of their own.
    Structures {
        /// The fields of an element.
        fields: &'static [Parameter],
        /// Most elements.
        max: usize,
    },
}

impl Parameter {
    /// Text of at most 1,024 characters.
    pub const fn text(name: &'static str) -> Self {
        Self::new(name, Kind::Text { min_chars: 0, max_chars: 1024 })
    }

    /// Text with its own bounds, in characters.
    pub const fn text_of(name: &'static str, min_chars: usize, max_chars: usize) -> Self {
        Self::new(name, Kind::Text { min_chars, max_chars })
    }

    /// One of a few texts.
    pub const fn one_of(name: &'static str, values: &'static [&'static str]) -> Self {
        Self::new(name, Kind::OneOf(values))
    }

    /// `true` or `false`.
    pub const fn boolean(name: &'static str) -> Self {
        Self::new(name, Kind::Boolean)
    }

    /// A 32-bit integer within bounds.
    pub const fn integer(name: &'static str, min: i64, max: i64) -> Self {
        Self::new(name, Kind::Integer { min, max })
    }

    /// The JSON text of an object or array.
    pub const fn json(name: &'static str) -> Self {
        Self::new(name, Kind::Json)
    }

    const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, required: false, repeat: Repeat::Once }
    }

    /// Must be there.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// `Name.N`, at most `max` elements.
    pub const fn list(mut self, max: usize) -> Self {
        self.repeat = Repeat::List { max };
        self
    }

    /// `Name.N.Field`, at most `max` elements.
    pub const fn structures(name: &'static str, fields: &'static [Parameter], max: usize) -> Self {
        Self {
            name,
            kind: Kind::Text { min_chars: 0, max_chars: 0 },
            required: false,
            repeat: Repeat::Structures { fields, max },
        }
    }
}

/// Two lists of error codes as one, for [`OperationSpec::fails_with`]; `N` is the length of both together.
pub const fn joined_codes<const N: usize>(first: &[&'static str], second: &[&'static str]) -> [&'static str; N] {
    let mut joined = [""; N];
    let mut index = 0;
    while index < N {
        joined[index] = if index < first.len() { first[index] } else { second[index - first.len()] };
        index += 1;
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_joined_in_their_order() {
        const BOTH: &[&str] = &joined_codes::<3>(&["A"], &["B", "C"]);
        assert_eq!(BOTH, ["A", "B", "C"]);
    }
}
