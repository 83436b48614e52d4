//! Masking: secrets always, personal data by setting, once, before an event is written anywhere.

mod table;

use serde_json::Value;

use table::{Sensitivity, sensitivity};

/// What stands where a value was.
pub const MASKED: &str = "****";

/// Fields of an event whose content came from callers or operations.
pub(crate) const MASKED_FIELDS: [&str; 4] =
    ["requestParameters", "requestParameterJson", "responseElements", "additionalEventData"];

/// How events are masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Masking {
    /// Phone numbers and message texts.
    pub personal: PersonalData,
}

/// What happens to personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PersonalData {
    /// It stays: the audit answers who called whom.
    #[default]
    Keep,
    /// Phone numbers keep three digits in front and two behind, message texts nothing.
    Mask,
}

impl Masking {
    /// The masked JSON of a top-level field; nothing when it can stay as it is.
    pub(crate) fn mask_field(&self, name: &str, json: &str) -> Option<String> {
        if !MASKED_FIELDS.contains(&name) {
            return None;
        }
        let mut value: Value = serde_json::from_str(json).ok()?;
        self.mask(&mut value).then(|| value.to_string())
    }

    /// Masks a value in place, at any depth. Tells whether anything changed.
    pub fn mask(&self, value: &mut Value) -> bool {
        match value {
            Value::Object(fields) => fields.iter_mut().fold(false, |changed, (key, value)| {
                let here = match sensitivity(key) {
                    Sensitivity::None => self.mask(value),
                    Sensitivity::Secret => replace(value, MASKED.into()),
                    Sensitivity::SignedUrl => self.each_text(value, without_query),
                    Sensitivity::PhoneNumber => {
                        self.personal == PersonalData::Mask && self.each_text(value, mask_phone_numbers)
                    }
                    Sensitivity::Message => self.personal == PersonalData::Mask && replace(value, MASKED.into()),
                };
                changed | here
            }),
            Value::Array(list) => list.iter_mut().fold(false, |changed, value| changed | self.mask(value)),
            Value::String(text) => self.mask_json_text(text),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }

    /// A text that is itself the JSON of an object or array is masked inside.
    fn mask_json_text(&self, text: &mut String) -> bool {
        if !text.trim_start().starts_with(['{', '[']) {
            return false;
        }
        let Ok(mut inner) = serde_json::from_str::<Value>(text) else { return false };
        let changed = self.mask(&mut inner);
        if changed {
            *text = inner.to_string();
        }
        changed
    }

    /// Changes every text and number below a sensitive key.
    fn each_text(&self, value: &mut Value, change: fn(&str) -> String) -> bool {
        match value {
            Value::String(text) => {
                let changed = change(text);
                replace(value, changed.into())
            }
            Value::Number(number) => {
                let changed = change(&number.to_string());
                replace(value, changed.into())
            }
            Value::Array(list) => list.iter_mut().fold(false, |changed, value| changed | self.each_text(value, change)),
            Value::Object(fields) => {
                fields.iter_mut().fold(false, |changed, (_, value)| changed | self.each_text(value, change))
            }
            Value::Null | Value::Bool(_) => false,
        }
    }
}

fn replace(value: &mut Value, by: Value) -> bool {
    if *value == by {
        return false;
    }
    *value = by;
    true
}

/// Lists of numbers are masked one by one.
fn mask_phone_numbers(text: &str) -> String {
    text.split(',').map(mask_phone_number).collect::<Vec<_>>().join(",")
}

/// Keeps the first three and the last two digits; a number too short for that keeps none.
pub fn mask_phone_number(number: &str) -> String {
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let mut seen = 0;
    let masked = number.chars().map(|c| {
        if !c.is_ascii_digit() {
            return c;
        }
        seen += 1;
        if digits >= 8 && (seen <= 3 || seen > digits - 2) { c } else { '*' }
    });
    masked.collect()
}

/// A signed link without its signature.
fn without_query(url: &str) -> String {
    match url.split_once('?') {
        Some((address, _)) => format!("{address}?{MASKED}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn masked(personal: PersonalData, mut value: Value) -> Value {
        Masking { personal }.mask(&mut value);
        value
    }

    #[test]
    fn secrets_are_masked_at_any_depth_and_inside_json_texts() {
        let value = json!({
            "Password": "p", "UserObject.1.password": "p", "NextToken": "n", "ClientToken": "c", "accessKeyId": "LTAI",
            "Credentials": {"AccessKeyId": "STS.x", "AccessKeySecret": "s", "SecurityToken": "t", "Expiration": "e"},
            "List": [{"privateKey": {"deep": 1}}], "Text": "{\"Secret\":\"s\",\"Name\":\"n\"}", "Broken": "{\"Secret\":",
            "SignatureUrl": "http://host/a.wav?Signature=abc", "Phone": "13812345678"
        });
        let expected = json!({
            "Password": "****", "UserObject.1.password": "****", "NextToken": "n", "ClientToken": "c", "accessKeyId": "LTAI",
            "Credentials": {"AccessKeyId": "STS.x", "AccessKeySecret": "****", "SecurityToken": "****", "Expiration": "e"},
            "List": [{"privateKey": "****"}], "Text": "{\"Secret\":\"****\",\"Name\":\"n\"}", "Broken": "{\"Secret\":",
            "SignatureUrl": "http://host/a.wav?****", "Phone": "13812345678"
        });
        assert_eq!(masked(PersonalData::Keep, value), expected);
    }

    #[test]
    fn personal_data_by_setting() {
        let value = json!({"Callee": "13812345678", "PhoneNumber.2": "021-61234567", "PhoneNumbers": "13812345678,10086", "TemplateParam": "{\"code\":1}"});
        let expected = json!({"Callee": "138******78", "PhoneNumber.2": "021-******67", "PhoneNumbers": "138******78,*****", "TemplateParam": "****"});
        assert_eq!(masked(PersonalData::Mask, value), expected);
    }
}
