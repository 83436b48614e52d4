//! JSON texts: `json_extract` and `json_parse` raise on what is no JSON; the others give NULL for it.

use serde_json::Value as Json;

use datafusion::error::Result;

use crate::cast::{parse, shortened};
use crate::scalar::{Row, row};
use crate::session::Call;
use crate::types::Type;
use crate::value::{Value, invalid};

pub(crate) const ROWS: &[Row] = &[
    row(&["json_extract(json, varchar) -> json"], extract),
    row(&["json_extract_scalar(json, varchar) -> varchar"], extract_scalar),
    row(&["json_parse(varchar) -> json"], |_, args| {
        let mut json = parse(args[0].text()?)?;
        json.sort_all_objects();
        Ok(Value::owned(json.to_string()))
    }),
    row(&["json_format(json) -> varchar"], |call, args| match call.types[0] {
        Type::Json => Ok(args[0].clone()),
        _ => Ok(Value::owned(parse(args[0].text()?)?.to_string())),
    }),
    row(&["json_size(json, varchar) -> bigint"], size),
    row(&["json_array_length(json) -> bigint"], |_, args| {
        Ok(array(&args[0])?.map_or(Value::Null, |items| Value::count(items.len())))
    }),
    row(&["json_array_get(json, bigint) -> json"], array_get),
    row(
        &[
            "json_array_contains(json, varchar) -> boolean",
            "json_array_contains(json, boolean) -> boolean",
            "json_array_contains(json, bigint) -> boolean",
            "json_array_contains(json, double) -> boolean",
        ],
        array_contains,
    ),
    row(&["is_json_scalar(json) -> boolean"], |_, args| {
        Ok(Value::Boolean(!matches!(parse(args[0].text()?)?, Json::Array(_) | Json::Object(_))))
    }),
];

fn extract<'a>(call: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let (text, path) = (args[0].text()?, call.path(args[1].text()?)?);
    let (found, read) = path.find(text);
    read.map_err(|error| {
        invalid(format!(
            "json_extract got '{}', which is no JSON: {}; json_extract_scalar gives NULL for that",
            shortened(text),
            error.message()
        ))
    })?;
    match found {
        None => Ok(Value::Null),
        // Without spaces and needless escapes.
        Some(raw) if raw.starts_with(['{', '[', '"']) => Ok(Value::owned(parse(raw)?.to_string())),
        Some(raw) => Ok(Value::owned(raw)),
    }
}

fn extract_scalar<'a>(call: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    // A text that was cut behind the value still has it.
    let (found, _) = call.path(args[1].text()?)?.find(args[0].text()?);
    Ok(found.map_or(Value::Null, scalar))
}

fn scalar<'a>(raw: &str) -> Value<'a> {
    match raw.as_bytes().first() {
        Some(b'{' | b'[' | b'n') | None => Value::Null,
        Some(b'"') => Value::optional(serde_json::from_str::<String>(raw).ok()),
        Some(_) => Value::owned(raw),
    }
}

fn size<'a>(call: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let (found, read) = call.path(args[1].text()?)?.find(args[0].text()?);
    let (Some(raw), Ok(())) = (found, read) else { return Ok(Value::Null) };
    Ok(Value::count(match parse(raw)? {
        Json::Array(items) => items.len(),
        Json::Object(members) => members.len(),
        _ => 0,
    }))
}

fn array(value: &Value<'_>) -> Result<Option<Vec<Json>>> {
    Ok(match serde_json::from_str(value.text()?) {
        Ok(Json::Array(items)) => Some(items),
        _ => None,
    })
}

/// A text comes without its quotes, which is how Presto has it.
fn array_get<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let (Some(items), index) = (array(&args[0])?, args[1].whole()?) else { return Ok(Value::Null) };
    let place = if index < 0 { index + items.len() as i64 } else { index };
    let found = usize::try_from(place).ok().and_then(|place| items.get(place));
    Ok(match found {
        None | Some(Json::Null) => Value::Null,
        Some(Json::String(text)) => Value::owned(text.clone()),
        Some(other) => Value::owned(other.to_string()),
    })
}

fn array_contains<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let Some(items) = array(&args[0])? else { return Ok(Value::Null) };
    let is_it = |item: &Json| match (&args[1], item) {
        (Value::Boolean(wanted), Json::Bool(found)) => wanted == found,
        (Value::Varchar(wanted), Json::String(found)) => wanted == found,
        (Value::Bigint(wanted), Json::Number(found)) => found.as_i64() == Some(*wanted),
        (Value::Double(wanted), Json::Number(found)) => found.as_f64() == Some(*wanted),
        _ => false,
    };
    Ok(Value::Boolean(items.iter().any(is_it)))
}
