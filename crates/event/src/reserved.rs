//! Names that `serde_json` keeps for itself.
//!
//! With the features that keep number text and raw values, it takes an object whose first name is one of them for a
//! number or a raw value. Parameters are named by callers: without care one call would make its event, and every page of
//! a lookup that it is on, unreadable.

use serde_json::{Map, Value};

/// How they all begin.
pub(crate) const RESERVED_KEYS: &str = "$serde_json::private::";

/// Puts an underscore in front of reserved names, at any depth.
pub(crate) fn rename_reserved(value: &mut Value) {
    match value {
        Value::Object(members) => rename_in(members),
        Value::Array(list) => list.iter_mut().for_each(rename_reserved),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn rename_in(members: &mut Map<String, Value>) {
    if members.keys().any(|name| name.starts_with(RESERVED_KEYS)) {
        let renamed = |name: String| if name.starts_with(RESERVED_KEYS) { format!("_{name}") } else { name };
        *members = std::mem::take(members).into_iter().map(|(name, value)| (renamed(name), value)).collect();
    }
    members.values_mut().for_each(rename_reserved);
}
