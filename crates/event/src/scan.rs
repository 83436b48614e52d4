//! Finds spans inside valid compact JSON, without building anything.
//!
//! The text was validated and compacted before, so the scanner may trust its form; it still never indexes past it.

use std::borrow::Cow;
use std::ops::Range;

use serde::de::IgnoredAny;

use crate::error::EventError;
use crate::reserved::RESERVED_KEYS;
use crate::unescape::unescape;

/// Checks that `text` is one JSON value of at most `levels` levels, and removes white space between tokens.
pub(crate) fn valid_compact(text: &str, levels: usize) -> Result<String, EventError> {
    // Reading without building checks the grammar alone and does not recurse.
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| EventError::NotJson(error.to_string()))?;
    if depth(text.as_bytes()) > levels {
        return Err(EventError::TooDeep);
    }
    Ok(compact(text))
}

/// Checks that readers which build values can read `text`, which is valid JSON.
///
/// The grammar allows more than they do: `"\ud800"` names half of a character. Only escapes of that form and the names
/// that `serde_json` keeps for itself can make the difference, and events hardly ever have them, so that nearly all are
/// read without being built.
pub(crate) fn readable(text: &str) -> Result<(), EventError> {
    if !text.contains("\\u") && !text.contains(RESERVED_KEYS) {
        return Ok(());
    }
    serde_json::from_str::<serde_json::Value>(text)
        .map(drop)
        .map_err(|error| EventError::NotReadableEverywhere(error.to_string()))
}

/// Removes white space between tokens. The input is valid JSON.
fn compact(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    for byte in text.bytes() {
        if in_string {
            (in_string, escaped) = (escaped || byte != b'"', !escaped && byte == b'\\');
        } else if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            continue;
        } else {
            in_string = byte == b'"';
        }
        out.push(byte);
    }
    // Only ASCII bytes were left out, so what remains is UTF-8 as before.
    String::from_utf8(out).unwrap_or_default()
}

/// Deepest nesting of objects and arrays.
pub(crate) fn depth(text: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    let (mut in_string, mut escaped) = (false, false);
    for byte in text {
        if in_string {
            (in_string, escaped) = (escaped || *byte != b'"', !escaped && *byte == b'\\');
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Key and value spans of an object, in order; keys with their quotes. Spans are relative to `text`.
pub(crate) fn fields(text: &str) -> Vec<(Range<usize>, Range<usize>)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 1;
    while bytes.get(at) == Some(&b'"') {
        let key = at..value_end(bytes, at);
        let value = key.end + 1..value_end(bytes, key.end + 1);
        at = value.end + 1;
        found.push((key, value));
    }
    found
}

/// Spans of the elements of an array, in order.
pub(crate) fn elements(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 1;
    while bytes.get(at).is_some_and(|byte| *byte != b']') {
        let element = at..value_end(bytes, at);
        at = element.end + 1;
        found.push(element);
    }
    found
}

/// End of the value that begins at `start`.
fn value_end(bytes: &[u8], start: usize) -> usize {
    match bytes.get(start) {
        Some(b'"') => string_end(bytes, start),
        Some(b'{' | b'[') => nested_end(bytes, start),
        _ => bytes[start.min(bytes.len())..]
            .iter()
            .position(|byte| matches!(byte, b',' | b'}' | b']'))
            .map_or(bytes.len(), |length| start + length),
    }
}

fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn nested_end(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = string_end(bytes, at);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 1 => return at + 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// The value at a path below an object. A key that itself has dots is found too: the longest key that begins the path
/// is tried first.
pub(crate) fn find<'a>(object: &'a str, path: &str) -> Option<&'a str> {
    if !object.starts_with('{') {
        return None;
    }
    let mut candidates: Vec<(usize, Range<usize>)> = fields(object)
        .into_iter()
        .filter_map(|(key, value)| {
            let key = decode(&object[key])?;
            let rest = path.strip_prefix(key.as_ref())?;
            (rest.is_empty() || rest.starts_with('.')).then_some((key.len(), value))
        })
        .collect();
    // Stable: of equal keys the last one counts, as JSON readers do.
    candidates.reverse();
    candidates.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
    candidates.into_iter().find_map(|(length, value)| {
        let value = &object[value];
        if length == path.len() { Some(value) } else { find(value, &path[length + 1..]) }
    })
}

/// The text of a JSON string; nothing for other values.
pub(crate) fn decode(json: &str) -> Option<Cow<'_, str>> {
    json.strip_prefix('"')?.strip_suffix('"').map(unescape)
}
