//! A schema that is a list of paths into JSON rows.

use serde_json::Value;

use super::{Extracted, Field, Layout, Schema};

/// A schema of JSON rows: each field is found under a path of keys.
#[derive(Debug, Clone)]
pub struct JsonSchema {
    layout: Layout,
    time_path: Vec<String>,
    scope_path: Vec<String>,
    field_paths: Vec<Vec<String>>,
}

/// A field and where it stands.
#[derive(Debug, Clone)]
pub struct JsonField {
    /// The field.
    pub field: Field,
    /// Keys from the outside in, joined by dots.
    pub path: String,
}

impl JsonSchema {
    /// Joins a layout, whose own fields are replaced, with paths. The time is a number of Unix seconds.
    pub fn new(layout: Layout, time_path: &str, scope_path: &str, fields: Vec<JsonField>) -> JsonSchema {
        let keys = |path: &str| path.split('.').map(str::to_owned).collect::<Vec<_>>();
        JsonSchema {
            time_path: keys(time_path),
            scope_path: keys(scope_path),
            field_paths: fields.iter().map(|field| keys(&field.path)).collect(),
            layout: Layout { fields: fields.into_iter().map(|field| field.field).collect(), ..layout },
        }
    }
}

impl Schema for JsonSchema {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn extract<'a>(&self, bytes: &'a [u8]) -> Result<Extracted<'a>, String> {
        let row: Value = serde_json::from_slice(bytes).map_err(|error| format!("is not JSON: {error}"))?;
        let time_s = at(&row, &self.time_path).and_then(Value::as_i64);
        let mut extracted = Extracted {
            time_s: time_s.ok_or_else(|| format!("has no time under {:?}", self.time_path.join(".")))?,
            scope: at(&row, &self.scope_path).and_then(text).unwrap_or_default().into(),
            terms: Vec::new(),
        };
        for (field, path) in self.layout.fields.iter().zip(&self.field_paths) {
            let Some(value) = at(&row, path) else {
                continue;
            };
            let values = match value {
                Value::Array(values) if field.many => values.as_slice(),
                one => std::slice::from_ref(one),
            };
            extracted.terms.extend(values.iter().filter_map(text).map(|value| (field.id, value.into())));
        }
        Ok(extracted)
    }
}

fn at<'a>(row: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(row, |value, key| value.get(key))
}

/// Text as it is, numbers and truth values as they are written; nothing for the rest.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
