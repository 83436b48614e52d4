//! Functions on JSON texts.
//!
//! `json_get_str(json, 'a.b.0')` walks keys and, in arrays, numbers; a value that is no string comes as its JSON text.
//! `json_get_int` gives whole numbers, also those that stand in strings. Where there is nothing, the answer is NULL.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, Int64Array, StringArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::cast::as_string_array;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf};
use serde_json::Value;

/// All functions.
pub(crate) fn functions() -> [ScalarUDF; 2] {
    let arguments = || vec![DataType::Utf8, DataType::Utf8];
    [
        create_udf(
            "json_get_str",
            arguments(),
            DataType::Utf8,
            Volatility::Immutable,
            Arc::new(|values: &[ColumnarValue]| {
                map(values, |found| Arc::new(found.map(|value| value.and_then(text)).collect::<StringArray>()))
            }),
        ),
        create_udf(
            "json_get_int",
            arguments(),
            DataType::Int64,
            Volatility::Immutable,
            Arc::new(|values: &[ColumnarValue]| {
                map(values, |found| Arc::new(found.map(|value| value.and_then(whole)).collect::<Int64Array>()))
            }),
        ),
    ]
}

type Found<'a> = dyn Iterator<Item = Option<Value>> + 'a;

fn map(values: &[ColumnarValue], collect: impl Fn(&mut Found<'_>) -> ArrayRef) -> Result<ColumnarValue> {
    let arrays = ColumnarValue::values_to_arrays(values)?;
    let [texts, paths] = &arrays[..] else {
        return datafusion::common::exec_err!("a JSON function takes a text and a path");
    };
    let (texts, paths) = (as_string_array(texts)?, as_string_array(paths)?);
    let mut found = texts.iter().zip(paths).map(|(text, path)| get(text?, path?));
    let array = collect(&mut found);
    let is_scalar = values.iter().all(|value| matches!(value, ColumnarValue::Scalar(_)));
    if is_scalar && array.len() == 1 {
        return Ok(ColumnarValue::Scalar(datafusion::scalar::ScalarValue::try_from_array(&array, 0)?));
    }
    Ok(ColumnarValue::Array(array))
}

fn get(text: &str, path: &str) -> Option<Value> {
    let mut value: Value = serde_json::from_str(text).ok()?;
    for step in path.split('.') {
        value = match value {
            Value::Object(mut members) => members.swap_remove(step)?,
            Value::Array(mut items) => {
                let index = step.parse::<usize>().ok().filter(|index| *index < items.len())?;
                items.swap_remove(index)
            }
            _ => return None,
        };
    }
    Some(value)
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

fn whole(value: Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_walk_objects_and_lists() {
        let json = r#"{"a":{"b":[{"c":"呼叫"},7,null,true]},"n":"42","big":12345678901234567890}"#;
        for (path, as_text, as_whole) in [
            ("a.b.0.c", Some("呼叫"), None),
            ("a.b.1", Some("7"), Some(7)),
            ("a.b.2", None, None),
            ("a.b.3", Some("true"), None),
            ("a.b.4", None, None),
            ("a.b.x", None, None),
            ("a.b.0", Some(r#"{"c":"呼叫"}"#), None),
            ("n", Some("42"), Some(42)),
            ("n.x", None, None),
            ("big", Some("12345678901234567890"), None),
            ("", None, None),
        ] {
            assert_eq!(get(json, path).and_then(text).as_deref(), as_text, "{path}");
            assert_eq!(get(json, path).and_then(whole), as_whole, "{path}");
        }
        assert_eq!(get("{", "a"), None);
    }
}
