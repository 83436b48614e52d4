//! Masking: secrets always, personal data by setting, once, before an event is written anywhere.

mod phone;
mod table;
mod url;
mod walk;

use serde_json::Value;

pub use phone::mask_phone_number;
pub(crate) use walk::mask_json;

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
    /// Masks a value in place, at any depth. Tells whether anything changed.
    ///
    /// What is nested too deep to be looked into becomes `****` as a whole.
    pub fn mask(&self, value: &mut Value) -> bool {
        let before = value.to_string();
        let mut after = String::with_capacity(before.len());
        mask_json(&before, *self, &mut after);
        let changed = before != after;
        if changed {
            // The text came from a value and is shallow, so it is read; if not, showing nothing is the safe side.
            *value = serde_json::from_str(&after).unwrap_or_else(|_| MASKED.into());
        }
        changed
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
            "SignatureUrl": "http://host/a.wav?Signature=****", "Phone": "13812345678"
        });
        assert_eq!(masked(PersonalData::Keep, value), expected);
    }

    #[test]
    fn personal_data_by_setting() {
        let value = json!({"Callee": "13812345678", "PhoneNumber.2": "021-61234567", "PhoneNumbers": "13812345678,10086", "TemplateParam": "{\"code\":1}"});
        let expected = json!({"Callee": "138******78", "PhoneNumber.2": "021-******67", "PhoneNumbers": "138******78,*****", "TemplateParam": "****"});
        assert_eq!(masked(PersonalData::Mask, value), expected);
    }

    #[test]
    fn what_a_call_is_searched_by_may_be_a_number() {
        let value =
            json!({"Criteria": "13812345678", "Nested": {"criteria": "021-61234567"}, "CriteriaName": "13812345678"});
        let expected =
            json!({"Criteria": "138******78", "Nested": {"criteria": "021-******67"}, "CriteriaName": "13812345678"});
        assert_eq!(masked(PersonalData::Mask, value.clone()), expected);
        assert_eq!(masked(PersonalData::Keep, value.clone()), value);
        assert_eq!(masked(PersonalData::Mask, json!({"Criteria": "王芳"})), json!({"Criteria": "**"}));
    }
}
