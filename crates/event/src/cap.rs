//! Keeps an event within a size by leaving out what is largest and least needed, and saying so in the event.

use serde_json::{Map, Value};

use crate::limits::{CUT_TEXT_BYTES, LARGE_VALUE_BYTES};
use crate::masking::MASKED;

/// The steps, in order; each is taken only while the event is still too large.
const STEPS: [fn(&mut Map<String, Value>); 5] =
    [drop_response, drop_large_parameters, drop_parameters, drop_references, cut_texts];

/// Serialises, within `max_bytes` if any of the steps can bring it there.
pub(crate) fn to_capped_json(mut fields: Map<String, Value>, max_bytes: usize) -> String {
    let mut text = write(&fields);
    for step in STEPS {
        if text.len() <= max_bytes {
            break;
        }
        step(&mut fields);
        mark_truncated(&mut fields);
        text = write(&fields);
    }
    text
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

fn cut_texts(fields: &mut Map<String, Value>) {
    for value in fields.values_mut() {
        if let Value::String(text) = value
            && text.len() > CUT_TEXT_BYTES
        {
            let end = (0..=CUT_TEXT_BYTES).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
            text.truncate(end);
        }
    }
}

fn mark_truncated(fields: &mut Map<String, Value>) {
    let data = fields.entry("additionalEventData").or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(data) = data {
        data.insert("truncated".to_owned(), "true".into());
    }
}
