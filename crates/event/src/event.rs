//! An event as it was written, and what it says.
//!
//! Public document: ActionTrail, "Management event structure".

use std::borrow::Cow;
use std::ops::Range;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::error::EventError;
use crate::limits::{MAX_DEPTH, MAX_READ_BYTES};
use crate::masking::{MASKED_FIELDS, Masking, mask_json};
use crate::scan;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Compact JSON.
    text: Box<str>,
    /// Spans of the top-level keys (with quotes) and values.
    fields: Box<[(Range<usize>, Range<usize>)]>,
    event_time_s: i64,
}

/// Where an event belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// Management of resources; also events from before the field existed.
    Management,
    /// Use of resources.
    Data,
    /// A finding.
    Insight,
}

/// Known fields whose type readers depend on.
const TEXTS: [&str; 20] = [
    "eventId",
    "eventCategory",
    "eventType",
    "eventName",
    "eventRW",
    "eventTime",
    "eventSource",
    "serviceName",
    "apiVersion",
    "requestId",
    "requestParameterJson",
    "errorCode",
    "errorMessage",
    "sourceIpAddress",
    "userAgent",
    "acsRegion",
    "resourceType",
    "resourceName",
    "recipientAccountId",
    "vpcId",
];
const OBJECTS: [&str; 6] = [
    "requestParameters",
    "responseElements",
    "userIdentity",
    "referencedResources",
    "additionalEventData",
    "eventAttributes",
];

impl Event {
    /// Reads an event. White space between tokens is removed, nothing else changes.
    ///
    /// # Errors
    ///
    /// When the text is not an event, or is JSON that not every reader takes: an event must never become a page that
    /// cannot be shown.
    pub fn parse(bytes: &[u8]) -> Result<Event, EventError> {
        if bytes.len() > MAX_READ_BYTES {
            return Err(EventError::TooLarge { bytes: bytes.len() });
        }
        let text = std::str::from_utf8(bytes).map_err(|error| EventError::NotJson(error.to_string()))?;
        let compact = scan::valid_compact(text, MAX_DEPTH)?;
        scan::readable(&compact)?;
        Self::from_valid(compact)
    }

    /// Indexes text that is valid compact JSON.
    fn from_valid(text: String) -> Result<Event, EventError> {
        if !text.starts_with('{') {
            return Err(EventError::NotAnObject);
        }
        let fields = scan::fields(&text).into();
        let mut event = Event { text: text.into(), fields, event_time_s: 0 };
        event.check_types()?;
        if event.field("eventId").is_none() {
            return Err(EventError::Missing("eventId"));
        }
        let time = event.text("eventTime").ok_or(EventError::Missing("eventTime"))?;
        let time = OffsetDateTime::parse(&time, &Rfc3339).map_err(|_| EventError::NotATime)?;
        event.event_time_s = time.unix_timestamp();
        Ok(event)
    }

    fn check_types(&self) -> Result<(), EventError> {
        let wrong = |field, expected| Err(EventError::WrongType { field, expected });
        // An optional field that is null counts as absent.
        let absent = |name: &str, value: &str| value == "null" && !["eventId", "eventTime"].contains(&name);
        let is = |name: &str, begins: fn(char) -> bool| {
            self.field(name).is_none_or(|value| value.starts_with(begins) || absent(name, value))
        };
        if let Some(field) = TEXTS.iter().find(|name| !is(name, |c| c == '"')) {
            return wrong(field, "a text");
        }
        if let Some(field) = OBJECTS.iter().find(|name| !is(name, |c| c == '{')) {
            return wrong(field, "an object");
        }
        if !is("isGlobal", |c| c == 't' || c == 'f') {
            return wrong("isGlobal", "true or false");
        }
        if !is("eventVersion", |c| c == '"' || c.is_ascii_digit()) {
            return wrong("eventVersion", "the number 1 or the text \"1\"");
        }
        Ok(())
    }

    /// The event as compact JSON.
    pub fn as_json(&self) -> &str {
        &self.text
    }

    /// The event as compact JSON.
    pub fn into_json(self) -> String {
        self.text.into()
    }

    /// JSON of a top-level field; of equal names the last.
    fn field(&self, name: &str) -> Option<&str> {
        let (_, value) = self.fields.iter().rev().find(|(key, _)| {
            let key = &self.text[key.clone()];
            &key[1..key.len() - 1] == name || (key.contains('\\') && scan::decode(key).is_some_and(|key| key == name))
        })?;
        Some(&self.text[value.clone()])
    }

    /// JSON of the value at a path such as `userIdentity.sessionContext.attributes.mfaAuthenticated`. Keys that have
    /// dots themselves are found too: `requestParameters.ConfigItem.1`; the longest key that leads to a value wins.
    pub fn get(&self, path: &str) -> Option<&str> {
        // The usual path needs the index only; the walk decides when a top-level key has dots.
        self.field(path).or_else(|| scan::find(&self.text, path))
    }

    /// Text of the value at a path; nothing when it is not a text.
    pub fn text(&self, path: &str) -> Option<Cow<'_, str>> {
        self.get(path).and_then(scan::decode)
    }

    /// `eventTime`, Unix seconds.
    pub fn event_time_s(&self) -> i64 {
        self.event_time_s
    }

    /// `eventId`
    pub fn event_id(&self) -> Option<Cow<'_, str>> {
        self.text("eventId")
    }

    /// `eventName`
    pub fn event_name(&self) -> Option<Cow<'_, str>> {
        self.text("eventName")
    }

    /// `eventType`
    pub fn event_type(&self) -> Option<Cow<'_, str>> {
        self.text("eventType")
    }

    /// `eventRW`
    pub fn event_rw(&self) -> Option<Cow<'_, str>> {
        self.text("eventRW")
    }

    /// `serviceName`
    pub fn service_name(&self) -> Option<Cow<'_, str>> {
        self.text("serviceName")
    }

    /// `sourceIpAddress`
    pub fn source_ip_address(&self) -> Option<Cow<'_, str>> {
        self.text("sourceIpAddress")
    }

    /// `acsRegion`
    pub fn acs_region(&self) -> Option<Cow<'_, str>> {
        self.text("acsRegion")
    }

    /// `userIdentity.userName`
    pub fn user_name(&self) -> Option<Cow<'_, str>> {
        self.text("userIdentity.userName")
    }

    /// Name of the role, for an assumed role: `userName` up to the colon.
    pub fn role_name(&self) -> Option<Cow<'_, str>> {
        if self.text("userIdentity.type")? != "assumed-role" {
            return None;
        }
        self.user_name().map(|name| Cow::Owned(name.split(':').next().unwrap_or_default().to_owned()))
    }

    /// `userIdentity.accessKeyId`
    pub fn access_key_id(&self) -> Option<Cow<'_, str>> {
        self.text("userIdentity.accessKeyId")
    }

    /// `userIdentity.principalId`
    pub fn principal_id(&self) -> Option<Cow<'_, str>> {
        self.text("userIdentity.principalId")
    }

    /// Account of the event: `userIdentity.accountId`, else `recipientAccountId`.
    pub fn account_id(&self) -> Option<Cow<'_, str>> {
        self.text("userIdentity.accountId").or_else(|| self.text("recipientAccountId"))
    }

    /// `eventAttributes.SensitiveAction`
    pub fn sensitive_action(&self) -> Option<Cow<'_, str>> {
        self.text("eventAttributes.SensitiveAction")
    }

    /// `isGlobal`, false when absent.
    pub fn is_global(&self) -> bool {
        self.field("isGlobal") == Some("true")
    }

    /// `eventCategory`; a category that is not known counts as management, as a missing one does.
    pub fn category(&self) -> Category {
        match self.text("eventCategory").as_deref() {
            Some("Data") => Category::Data,
            Some("Insight") => Category::Insight,
            _ => Category::Management,
        }
    }

    /// The call failed: there is an error code, or an error message other than `success`.
    pub fn is_failed(&self) -> bool {
        let code = self.text("errorCode").unwrap_or_default();
        let message = self.text("errorMessage").unwrap_or_default();
        !code.is_empty() || !(message.is_empty() || message == "success")
    }

    /// Types of the resources that the event names, without doubles.
    pub fn resource_types(&self) -> Vec<String> {
        let mut types = self.split_parts("resourceType", &[';']);
        types.extend(self.referenced().into_iter().map(|(resource_type, _)| resource_type));
        without_doubles(types)
    }

    /// Names of the resources that the event names, without doubles.
    pub fn resource_names(&self) -> Vec<String> {
        let mut names = self.split_parts("resourceName", &[';', ',']);
        names.extend(self.referenced().into_iter().flat_map(|(_, names)| names));
        without_doubles(names)
    }

    fn split_parts(&self, field: &str, separators: &[char]) -> Vec<String> {
        let joined = self.text(field).unwrap_or_default();
        joined.split(separators).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    fn referenced(&self) -> Vec<(String, Vec<String>)> {
        let Some(json) = self.field("referencedResources") else { return Vec::new() };
        let Ok(map) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(json) else {
            return Vec::new();
        };
        let names = |value: serde_json::Value| match value {
            serde_json::Value::Array(list) => list.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
            serde_json::Value::String(name) => vec![name],
            _ => Vec::new(),
        };
        map.into_iter().map(|(resource_type, value)| (resource_type, names(value))).collect()
    }

    /// The event with secrets, and personal data if so set, masked. Fields without any stay byte for byte.
    pub fn masked(&self, masking: &Masking) -> Event {
        let mut text = String::with_capacity(self.text.len());
        for (index, (key, value)) in self.fields.iter().enumerate() {
            text.push(if index == 0 { '{' } else { ',' });
            text.push_str(&self.text[key.clone()]);
            text.push(':');
            let name = scan::decode(&self.text[key.clone()]).unwrap_or_default();
            let value = &self.text[value.clone()];
            if MASKED_FIELDS.contains(&&*name) {
                mask_json(value, *masking, &mut text);
            } else {
                text.push_str(value);
            }
        }
        text.push('}');
        // Masking changes values below known fields, never their type, so nothing needs to be checked again.
        let fields = scan::fields(&text).into();
        Event { text: text.into(), fields, event_time_s: self.event_time_s }
    }

    /// For the builder, whose text is valid and compact. What is written must be readable again.
    pub(crate) fn from_built(text: String) -> Result<Event, EventError> {
        if scan::depth(text.as_bytes()) > MAX_DEPTH {
            return Err(EventError::TooDeep);
        }
        Self::from_valid(text)
    }
}

pub(crate) fn without_doubles<T: PartialEq>(names: Vec<T>) -> Vec<T> {
    let mut unique: Vec<T> = Vec::with_capacity(names.len());
    for name in names {
        if !unique.contains(&name) {
            unique.push(name);
        }
    }
    unique
}
