//! Pages of lists: `MaxItems` entries behind the name in `Marker`.

use openapi::{Answer, Call};
use serde_json::Value;

/// Entries on a page when the caller names no number.
const DEFAULT_ITEMS: i64 = 100;

/// Sorts by name, cuts the page out, and answers it as `{"<list>": {"<element>": […]}, "IsTruncated", "Marker"}`.
pub(super) fn answer(call: &Call, list: &str, element: &str, mut entries: Vec<(String, Value)>) -> Answer {
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    let after = call.text("Marker").unwrap_or_default();
    let mut rest = entries.into_iter().filter(|(name, _)| name.as_str() > after).peekable();
    let most = usize::try_from(call.integer("MaxItems").unwrap_or(DEFAULT_ITEMS)).unwrap_or(usize::MAX);
    let page: Vec<(String, Value)> = rest.by_ref().take(most).collect();
    let marker = page.last().map(|(name, _)| name.clone()).filter(|_| rest.peek().is_some());
    Answer::empty()
        .with_wrapped_list(list, element, page.into_iter().map(|(_, value)| value).collect())
        .with("IsTruncated", marker.is_some())
        .with_optional("Marker", marker)
}
