//! Keeps an event within a size by leaving out what is largest and least needed, and saying so in the event.

use serde_json::{Map, Value};

use crate::EventError;
use crate::limits::{CUT_MEMBERS, CUT_TEXT_BYTES, LARGE_VALUE_BYTES};
use crate::masking::MASKED;

/// The steps, in order; each is taken only while the event is still too large.
const STEPS: [fn(&mut Map<String, Value>); 5] =
    [drop_response, drop_large_parameters, drop_parameters, cut_messages, drop_references];

/// Without these an event cannot be found again.
const NEVER_CUT: [&str; 2] = ["eventId", "eventTime"];

/// Serialises within `max_bytes`.
///
/// # Errors
///
/// When even the last cuts cannot bring it there.
pub(crate) fn to_capped_json(mut fields: Map<String, Value>, max_bytes: usize) -> Result<String, EventError> {
    let mut text = write(&fields);
    let cuts = CUT_TEXT_BYTES.map(|bytes| move |fields: &mut Map<String, Value>| cut_all(fields, bytes));
    let steps = STEPS.iter().map(|step| step as &dyn Fn(&mut Map<String, Value>));
    for step in steps.chain(cuts.iter().map(|cut| cut as &dyn Fn(&mut Map<String, Value>))) {
        if text.len() <= max_bytes {
            return Ok(text);
        }
        step(&mut fields);
        mark_truncated(&mut fields);
        text = write(&fields);
    }
    if text.len() <= max_bytes { Ok(text) } else { Err(EventError::CapTooSmall { max_bytes }) }
}

fn write(fields: &Map<String, Value>) -> String {
    // A map of values always serialises.
    serde_json::to_string(fields).unwrap_or_default()
}

fn drop_response(fields: &mut Map<String, Value>) {
    fields.shift_remove("responseElements");
}

fn drop_large_parameters(fields: &mut Map<String, Value>) {
    if let Some(Value::Object(parameters)) = fields.get_mut("requestParameters") {
        replace_large(parameters);
    }
    if let Some(Value::String(text)) = fields.get_mut("requestParameterJson")
        && let Ok(Value::Object(mut parameters)) = serde_json::from_str(text)
    {
        replace_large(&mut parameters);
        *text = write(&parameters);
    }
}

fn replace_large(parameters: &mut Map<String, Value>) {
    for value in parameters.values_mut().filter(|value| value.to_string().len() > LARGE_VALUE_BYTES) {
        *value = MASKED.into();
    }
}

fn drop_parameters(fields: &mut Map<String, Value>) {
    for name in ["requestParameters", "requestParameterJson"] {
        fields.shift_remove(name);
    }
}

fn drop_references(fields: &mut Map<String, Value>) {
    for name in ["referencedResources", "resourceType", "resourceName", "additionalEventData"] {
        fields.shift_remove(name);
    }
}

fn cut_messages(fields: &mut Map<String, Value>) {
    for name in ["userAgent", "errorMessage"] {
        if let Some(value) = fields.get_mut(name) {
            cut(value, LARGE_VALUE_BYTES);
        }
    }
}

fn cut_all(fields: &mut Map<String, Value>, max_bytes: usize) {
    for (_, value) in fields.iter_mut().filter(|(name, _)| !NEVER_CUT.contains(&name.as_str())) {
        cut(value, max_bytes);
    }
}

/// Shortens texts, at any depth, to `max_bytes` of JSON, and what is long otherwise to few members.
fn cut(value: &mut Value, max_bytes: usize) {
    match value {
        Value::String(text) => text.truncate(cut_at(text, max_bytes)),
        Value::Array(list) => {
            list.truncate(CUT_MEMBERS);
            list.iter_mut().for_each(|value| cut(value, max_bytes));
        }
        Value::Object(members) => {
            let mut kept = 0..CUT_MEMBERS;
            members.retain(|key, _| key.len() <= max_bytes && kept.next().is_some());
            members.values_mut().for_each(|value| cut(value, max_bytes));
        }
        Value::Number(number) if number.to_string().len() > max_bytes => *value = Value::Null,
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Where to cut a text, between characters, so that its JSON has at most `max_bytes`.
fn cut_at(text: &str, max_bytes: usize) -> usize {
    let mut json_bytes = 2;
    let too_long = text.char_indices().find(|(_, c)| {
        json_bytes += match c {
            '"' | '\\' => 2,
            c if *c < ' ' => 6,
            c => c.len_utf8(),
        };
        json_bytes > max_bytes
    });
    too_long.map_or(text.len(), |(at, _)| at)
}

fn mark_truncated(fields: &mut Map<String, Value>) {
    let data = fields.entry("additionalEventData").or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(data) = data {
        data.insert("truncated".to_owned(), "true".into());
    }
}
