//! The lifecycle of objects: rules as a client sets them, and what they say of an object today.
//!
//! Public document: Object Storage Service, "PutBucketLifecycle". Storage classes are names here, so a transition changes
//! the name that the object shows.

mod check;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(crate) use check::checked;

use crate::operations::attributes::coldness;

/// A rule. Its form is that of the XML.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Rule {
    #[serde(rename = "ID")]
    pub(crate) id: String,
    pub(crate) prefix: String,
    pub(crate) status: String,
    #[serde(rename = "Tag")]
    pub(crate) tags: Vec<Tag>,
    pub(crate) filter: Option<Filter>,
    #[serde(rename = "Transition")]
    pub(crate) transitions: Vec<Transition>,
    pub(crate) expiration: Option<Expiration>,
    pub(crate) abort_multipart_upload: Option<Expiration>,
}

/// A tag that an object must have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Tag {
    pub(crate) key: String,
    pub(crate) value: String,
}

/// What else an object must be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Filter {
    #[serde(rename = "Not")]
    pub(crate) nots: Vec<Not>,
    pub(crate) object_size_greater_than: Option<u64>,
    pub(crate) object_size_less_than: Option<u64>,
}

/// Objects that a rule leaves out: those with this prefix and, if one is given, this tag.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Not {
    pub(crate) prefix: String,
    pub(crate) tag: Option<Tag>,
}

/// A change of storage class.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Transition {
    pub(crate) days: Option<i64>,
    pub(crate) created_before_date: Option<String>,
    pub(crate) storage_class: String,
}

/// When something ends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Expiration {
    pub(crate) days: Option<i64>,
    pub(crate) created_before_date: Option<String>,
    /// From this day on, whatever the age: the older form, which clients still send.
    pub(crate) date: Option<String>,
}

const MS_OF_A_DAY: i64 = 86_400_000;

/// A date of a rule in Unix milliseconds.
pub(crate) fn created_before_ms(text: &str) -> Option<i64> {
    openapi::clock::parse_utc(text).map(|at_s| at_s * 1_000)
}

impl Filter {
    fn takes(&self, key: &str, tags: &BTreeMap<String, String>, size: Option<u64>) -> bool {
        let has = |tag: &Tag| tags.get(&tag.key) == Some(&tag.value);
        let is_out = self.nots.iter().any(|not| key.starts_with(&not.prefix) && not.tag.as_ref().is_none_or(has));
        let is_large = |size| self.object_size_greater_than.is_none_or(|bound| size > bound);
        let is_small = |size| self.object_size_less_than.is_none_or(|bound| size < bound);
        !is_out && size.is_none_or(|size| is_large(size) && is_small(size))
    }
}

impl Rule {
    /// Whether the rule is for this object; an upload has no size yet.
    pub(crate) fn is_for(&self, key: &str, tags: &BTreeMap<String, String>, size: Option<u64>) -> bool {
        self.status == "Enabled"
            && key.starts_with(&self.prefix)
            && self.tags.iter().all(|tag| tags.get(&tag.key) == Some(&tag.value))
            && self.filter.as_ref().is_none_or(|filter| filter.takes(key, tags, size))
    }

    /// Whether an object that was last changed then has expired.
    pub(crate) fn expires(&self, modified_ms: i64, now_ms: i64) -> bool {
        self.expiration.as_ref().is_some_and(|end| end.is_over(modified_ms, now_ms))
    }

    /// Whether an upload that was begun then is to be aborted.
    pub(crate) fn aborts(&self, begun_ms: i64, now_ms: i64) -> bool {
        self.abort_multipart_upload.as_ref().is_some_and(|end| end.is_over(begun_ms, now_ms))
    }

    /// The storage class that an object should have by now: the coldest of those that are due.
    pub(crate) fn storage_class(&self, modified_ms: i64, now_ms: i64) -> Option<&str> {
        let is_due = |transition: &&Transition| {
            is_over(transition.days, transition.created_before_date.as_deref(), modified_ms, now_ms)
        };
        let due = self.transitions.iter().filter(is_due).max_by_key(|transition| coldness(&transition.storage_class));
        due.map(|transition| transition.storage_class.as_str())
    }
}

impl Expiration {
    fn is_over(&self, modified_ms: i64, now_ms: i64) -> bool {
        match self.date.as_deref().and_then(created_before_ms) {
            Some(date_ms) => now_ms >= date_ms,
            None => is_over(self.days, self.created_before_date.as_deref(), modified_ms, now_ms),
        }
    }
}

/// Days count from the midnight (UTC) after the last change.
fn is_over(days: Option<i64>, before: Option<&str>, modified_ms: i64, now_ms: i64) -> bool {
    match (days, before.and_then(created_before_ms)) {
        (Some(days), _) => now_ms >= (modified_ms.div_euclid(MS_OF_A_DAY) + 1 + days) * MS_OF_A_DAY,
        (None, Some(before_ms)) => modified_ms < before_ms,
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_from_the_next_midnight() {
        let rule = Rule {
            prefix: "trail/".to_owned(),
            status: "Enabled".to_owned(),
            expiration: Some(Expiration { days: Some(2), ..Expiration::default() }),
            transitions: vec![Transition { days: Some(1), created_before_date: None, storage_class: "IA".to_owned() }],
            ..Rule::default()
        };
        let noon = MS_OF_A_DAY / 2;
        assert!(!rule.expires(noon, 3 * MS_OF_A_DAY - 1) && rule.expires(noon, 3 * MS_OF_A_DAY));
        assert_eq!(rule.storage_class(noon, 2 * MS_OF_A_DAY), Some("IA"));
        assert_eq!(rule.storage_class(noon, 2 * MS_OF_A_DAY - 1), None);
        assert!(rule.is_for("trail/x", &Default::default(), None) && !rule.is_for("other", &Default::default(), None));
    }

    #[test]
    fn a_date_takes_what_is_older() {
        let midnight = "2026-03-04T00:00:00.000Z".to_owned();
        let end = Expiration { created_before_date: Some(midnight), ..Expiration::default() };
        let rule = Rule { status: "Enabled".to_owned(), expiration: Some(end), ..Rule::default() };
        assert!(rule.expires(1_772_582_399_999, i64::MAX) && !rule.expires(1_772_582_400_000, i64::MAX));
    }

    #[test]
    fn of_transitions_that_are_due_the_coldest_counts() {
        let before = |date: &str, class: &str| Transition {
            days: None,
            created_before_date: Some(format!("{date}T00:00:00.000Z")),
            storage_class: class.to_owned(),
        };
        let transitions = vec![before("2026-01-01", "Archive"), before("2026-03-04", "IA")];
        let rule = Rule { status: "Enabled".to_owned(), transitions, ..Rule::default() };
        assert_eq!(rule.storage_class(0, i64::MAX), Some("Archive"));
        assert_eq!(rule.storage_class(1_772_582_399_999, i64::MAX), Some("IA"));
    }

    #[test]
    fn an_older_date_ends_everything_from_that_day_on() {
        let date = Some("2026-03-04T00:00:00.000Z".to_owned());
        let end = Expiration { date, ..Expiration::default() };
        let rule = Rule { status: "Enabled".to_owned(), expiration: Some(end), ..Rule::default() };
        assert!(!rule.expires(0, 1_772_582_399_999) && rule.expires(1_772_582_400_001, 1_772_582_400_000));
    }

    #[test]
    fn a_filter_leaves_out() {
        let tag = Tag { key: "keep".to_owned(), value: "yes".to_owned() };
        let kept = Not { prefix: "trail/kept".to_owned(), tag: None };
        let tagged = Not { prefix: "trail/".to_owned(), tag: Some(tag) };
        let filter =
            Filter { nots: vec![kept, tagged], object_size_greater_than: Some(10), object_size_less_than: Some(20) };
        let rule =
            Rule { prefix: "trail/".to_owned(), status: "Enabled".to_owned(), filter: Some(filter), ..Rule::default() };
        let tags = |value: &str| BTreeMap::from([("keep".to_owned(), value.to_owned())]);
        assert!(rule.is_for("trail/a", &tags("no"), Some(11)) && rule.is_for("trail/a", &tags("no"), None));
        assert!(!rule.is_for("trail/kept/a", &tags("no"), Some(11)) && !rule.is_for("trail/a", &tags("yes"), Some(11)));
        assert!(!rule.is_for("trail/a", &tags("no"), Some(10)) && !rule.is_for("trail/a", &tags("no"), Some(20)));
    }
}
