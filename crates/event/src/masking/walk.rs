//! The walk over JSON text that masks while it copies, so that what is not masked keeps its bytes.

use super::table::{Sensitivity, sensitivity};
use super::{MASKED, Masking, PersonalData, phone, url};
use crate::EventError;
use crate::limits::MAX_DEPTH;
use crate::scan;

/// Appends `json`, the valid compact value of a top-level field, with everything masked that is to be masked.
pub(crate) fn mask_json(json: &str, masking: Masking, out: &mut String) {
    // The event itself is the first level.
    walk(json, Sensitivity::None, MAX_DEPTH - 1, masking, out);
}

/// `sensitivity` comes from the key of this value, or of the list around it; `levels` more may be entered.
fn walk(json: &str, sensitivity: Sensitivity, levels: usize, masking: Masking, out: &mut String) {
    let personal = masking.personal == PersonalData::Mask;
    match (sensitivity, json.as_bytes().first()) {
        (Sensitivity::Secret, _) => push_text(MASKED, out),
        (Sensitivity::Message, _) if personal => push_text(MASKED, out),
        // What cannot be looked into is not shown.
        (_, Some(b'{' | b'[')) if levels == 0 => push_text(MASKED, out),
        (_, Some(b'{')) => walk_object(json, levels - 1, masking, out),
        (_, Some(b'[')) => walk_list(json, sensitivity, levels - 1, masking, out),
        (_, Some(b'"')) => walk_text(json, sensitivity, levels, masking, out),
        (Sensitivity::PhoneNumber, Some(b'0'..=b'9')) if personal => push_text(&phone::mask_phone_numbers(json), out),
        _ => out.push_str(json),
    }
}

fn walk_object(json: &str, levels: usize, masking: Masking, out: &mut String) {
    out.push('{');
    for (index, (key, value)) in scan::fields(json).into_iter().enumerate() {
        out.push_str(if index == 0 { "" } else { "," });
        let (key, value) = (&json[key], &json[value]);
        out.push_str(key);
        out.push(':');
        walk(value, sensitivity(&scan::decode(key).unwrap_or_default()), levels, masking, out);
    }
    out.push('}');
}

fn walk_list(json: &str, sensitivity: Sensitivity, levels: usize, masking: Masking, out: &mut String) {
    out.push('[');
    for (index, element) in scan::elements(json).into_iter().enumerate() {
        out.push_str(if index == 0 { "" } else { "," });
        walk(&json[element], sensitivity, levels, masking, out);
    }
    out.push(']');
}

fn walk_text(json: &str, sensitivity: Sensitivity, levels: usize, masking: Masking, out: &mut String) {
    let text = scan::decode(json).unwrap_or_default();
    match masked_text(&text, sensitivity, levels, masking) {
        Some(masked) => push_text(&masked, out),
        None => out.push_str(json),
    }
}

/// The text with everything masked; nothing when it is to be kept as it was written.
fn masked_text(text: &str, sensitivity: Sensitivity, levels: usize, masking: Masking) -> Option<String> {
    if text.trim_start().starts_with(['{', '[']) {
        // A text may itself be JSON, and that may hold JSON texts again.
        match scan::valid_compact(text, levels) {
            Ok(json) => {
                let mut masked = String::with_capacity(json.len());
                walk(&json, sensitivity, levels, masking, &mut masked);
                return (masked != json).then_some(masked);
            }
            Err(EventError::TooDeep) => return Some(MASKED.to_owned()),
            Err(_) => {}
        }
    }
    if sensitivity == Sensitivity::PhoneNumber && masking.personal == PersonalData::Mask {
        return Some(phone::mask_phone_numbers(text)).filter(|masked| masked != text);
    }
    url::without_signature(text)
}

fn push_text(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}
