//! The rules of `LookupAttribute`.

use openapi::{ApiError, Call};

use crate::keys::LookupKey;

/// Reads the attributes that count. By the public rule the first two do, the same key twice counts as its second, and
/// only certain pairs may be combined; `any` lifts the number and the pairs.
pub(super) fn read(call: &Call, any: bool) -> Result<Vec<(LookupKey, String)>, ApiError> {
    let sent = call.structures("LookupAttribute");
    let used = if any { sent.len() } else { sent.len().min(2) };
    let mut attributes: Vec<(LookupKey, String)> = Vec::new();
    for fields in &sent[..used] {
        let field = |name: &str| fields.get(name).copied().filter(|text| !text.is_empty());
        let (key, value) = match (field("Key"), field("Value")) {
            (Some(key), Some(value)) => (key, value),
            (Some(_), None) => return Err(parameter_error("has a Key and no Value")),
            (None, _) => return Err(parameter_error("has no Key")),
        };
        let key = LookupKey::from_name(key).ok_or_else(|| unknown_key(key))?;
        attributes.retain(|(known, _)| *known != key);
        attributes.push((key, value.to_owned()));
    }
    match attributes.as_slice() {
        [(first, _), (second, _)] if !any && !first.pairs_with(*second) => Err(pair_not_allowed(*first, *second)),
        _ => Ok(attributes),
    }
}

fn parameter_error(what: &str) -> ApiError {
    ApiError::bad_request("LookupEventsParameterError", format!("A LookupAttribute {what}: give both."))
}

fn unknown_key(key: &str) -> ApiError {
    let known: Vec<&str> = LookupKey::all().map(LookupKey::name).collect();
    let key: String = key.chars().filter(|c| !c.is_control()).take(64).collect();
    ApiError::bad_request(
        "InvalidLookupAttributesException",
        format!("The lookup attribute \"{key}\" is not supported: use one of {}.", known.join(", ")),
    )
}

fn pair_not_allowed(first: LookupKey, second: LookupKey) -> ApiError {
    ApiError::bad_request(
        "InvalidLookupAttributesException",
        format!(
            "The lookup attributes {} and {} cannot be combined: look up by one of them, or combine ServiceName with another.",
            first.name(),
            second.name()
        ),
    )
}
