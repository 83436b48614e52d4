//! The parameters of a call as its event records them.

use serde_json::{Map, Value};

use crate::operation::{Kind, OperationSpec, Parameter, Repeat};
use crate::params::Params;

/// Parameters that belong to the signature or the transport, never to the operation. They are not recorded.
const TRANSPORT: [&str; 14] = [
    "AccessKeyId",
    "Action",
    "BearerToken",
    "Format",
    "RegionId",
    "SecurityToken",
    "Signature",
    "SignatureMethod",
    "SignatureNonce",
    "SignatureType",
    "SignatureVersion",
    "Timestamp",
    "Version",
    "x-acs-security-token",
];

/// Keeps the operation's own parameters.
pub(crate) fn business(merged: std::collections::BTreeMap<String, String>) -> Params {
    Params::new(merged.into_iter().filter(|(name, _)| !TRANSPORT.contains(&name.as_str())).collect())
}

/// `requestParameters`: names as sent, values typed as the table says, JSON texts parsed.
pub(crate) fn flat(operation: Option<&OperationSpec>, params: &Params) -> Map<String, Value> {
    params.iter().map(|(name, value)| (name.to_owned(), typed(kind_of(operation, name), value))).collect()
}

/// The content of `requestParameterJson`: lists are arrays again.
pub(crate) fn structured(operation: Option<&OperationSpec>, params: &Params) -> Map<String, Value> {
    let mut out = Map::new();
    for (name, value) in params.iter() {
        let base = name.split('.').next().unwrap_or(name);
        let list =
            operation.and_then(|operation| operation.parameter(base)).filter(|row| !matches!(row.repeat, Repeat::Once));
        match list {
            Some(row) if base != name => {
                if !out.contains_key(base) {
                    out.insert(base.to_owned(), Value::Array(elements(row, params)));
                }
            }
            _ => {
                out.insert(name.to_owned(), typed(kind_of(operation, name), value));
            }
        }
    }
    out
}

fn elements(row: &Parameter, params: &Params) -> Vec<Value> {
    match row.repeat {
        Repeat::Structures { fields, .. } => params
            .structures(row.name)
            .into_iter()
            .map(|element| {
                let typed_fields = element.into_iter().map(|(field, value)| {
                    let kind = fields.iter().find(|row| row.name == field).map(|row| &row.kind);
                    (field.to_owned(), typed(kind, value))
                });
                Value::Object(typed_fields.collect())
            })
            .collect(),
        Repeat::Once | Repeat::List { .. } => {
            params.list(row.name).into_iter().map(|value| typed(Some(&row.kind), value)).collect()
        }
    }
}

/// The row of `Name`, `Name.1` or `Name.1.Field`.
fn kind_of(operation: Option<&OperationSpec>, name: &str) -> Option<&'static Kind> {
    let mut parts = name.splitn(3, '.');
    let row = operation?.parameter(parts.next()?)?;
    match (row.repeat, parts.nth(1)) {
        (Repeat::Structures { fields, .. }, Some(field)) => {
            fields.iter().find(|row| row.name == field).map(|row| &row.kind)
        }
        (Repeat::Structures { .. }, None) => None,
        _ => Some(&row.kind),
    }
}

/// A value of its type; text that does not fit stays the text that was sent.
fn typed(kind: Option<&Kind>, value: &str) -> Value {
    let parsed = match kind {
        Some(Kind::Boolean) if value.eq_ignore_ascii_case("true") => Some(Value::Bool(true)),
        Some(Kind::Boolean) if value.eq_ignore_ascii_case("false") => Some(Value::Bool(false)),
        Some(Kind::Integer { .. }) => value.parse::<i64>().ok().map(Value::from),
        Some(Kind::Json) => serde_json::from_str(value).ok().filter(|json: &Value| json.is_object() || json.is_array()),
        _ => None,
    };
    parsed.unwrap_or_else(|| Value::String(value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[Parameter] = &[Parameter::text("Key"), Parameter::text("Value")];
    const PARAMETERS: &[Parameter] = &[
        Parameter::json("ConfigItem").list(10),
        Parameter::boolean("Force"),
        Parameter::integer("Level", 1, 10).list(10),
        Parameter::structures("LookupAttribute", FIELDS, 2),
    ];
    const OPERATION: OperationSpec = OperationSpec::read("Sample").takes(PARAMETERS);

    fn params() -> Params {
        let sent = [
            ("AccessKeyId", "LTAI"),
            ("ConfigItem.1", r#"{"name":"AllowHangup","DimensionName":"instance"}"#),
            ("ConfigItem.2", "plain"),
            ("Force", "True"),
            ("Level.2", "7"),
            ("LookupAttribute.1.Key", "EventName"),
            ("LookupAttribute.1.Value", "审计"),
            ("Other.1", "x"),
            ("Signature", "secret"),
        ];
        business(sent.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn flat_names_with_typed_values() {
        let flat = Value::Object(flat(Some(&OPERATION), &params()));
        let expected = serde_json::json!({
            "ConfigItem.1": {"name": "AllowHangup", "DimensionName": "instance"}, "ConfigItem.2": "plain", "Force": true,
            "Level.2": 7, "LookupAttribute.1.Key": "EventName", "LookupAttribute.1.Value": "审计", "Other.1": "x"
        });
        assert_eq!(flat, expected);
    }

    #[test]
    fn structure_with_lists_rebuilt() {
        let structured = Value::Object(structured(Some(&OPERATION), &params()));
        let expected = serde_json::json!({
            "ConfigItem": [{"name": "AllowHangup", "DimensionName": "instance"}, "plain"], "Force": true, "Level": [7],
            "LookupAttribute": [{"Key": "EventName", "Value": "审计"}], "Other.1": "x"
        });
        assert_eq!(structured, expected);
    }
}
