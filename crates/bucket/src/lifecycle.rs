//! The lifecycle of objects: rules as a client sets them, and what they say of an object today.
//!
//! Public document: Object Storage Service, "PutBucketLifecycle". Storage classes are names here, so a transition changes
//! the name that the object shows.

use serde::{Deserialize, Serialize};

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
}

const MS_OF_A_DAY: i64 = 86_400_000;

/// A date of a rule in Unix milliseconds.
pub(crate) fn created_before_ms(text: &str) -> Option<i64> {
    openapi::clock::parse_utc(text).map(|at_s| at_s * 1_000)
}

impl Rule {
    /// Whether the rule is for this object.
    pub(crate) fn is_for(&self, key: &str, tags: &std::collections::BTreeMap<String, String>) -> bool {
        self.status == "Enabled"
            && key.starts_with(&self.prefix)
            && self.tags.iter().all(|tag| tags.get(&tag.key) == Some(&tag.value))
    }

    /// Whether an object that was last changed then has expired.
    pub(crate) fn expires(&self, modified_ms: i64, now_ms: i64) -> bool {
        self.expiration
            .as_ref()
            .is_some_and(|end| is_over(end.days, end.created_before_date.as_deref(), modified_ms, now_ms))
    }

    /// Whether an upload that was begun then is to be aborted.
    pub(crate) fn aborts(&self, begun_ms: i64, now_ms: i64) -> bool {
        let end = self.abort_multipart_upload.as_ref();
        end.is_some_and(|end| is_over(end.days, end.created_before_date.as_deref(), begun_ms, now_ms))
    }

    /// The storage class that an object should have by now: that of the latest transition.
    pub(crate) fn storage_class(&self, modified_ms: i64, now_ms: i64) -> Option<&str> {
        let is_due = |transition: &&Transition| {
            is_over(transition.days, transition.created_before_date.as_deref(), modified_ms, now_ms)
        };
        let due = self.transitions.iter().filter(is_due).max_by_key(|transition| transition.days);
        due.map(|transition| transition.storage_class.as_str())
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
            expiration: Some(Expiration { days: Some(2), created_before_date: None }),
            transitions: vec![Transition { days: Some(1), created_before_date: None, storage_class: "IA".to_owned() }],
            ..Rule::default()
        };
        let noon = MS_OF_A_DAY / 2;
        assert!(!rule.expires(noon, 3 * MS_OF_A_DAY - 1) && rule.expires(noon, 3 * MS_OF_A_DAY));
        assert_eq!(rule.storage_class(noon, 2 * MS_OF_A_DAY), Some("IA"));
        assert_eq!(rule.storage_class(noon, 2 * MS_OF_A_DAY - 1), None);
        assert!(rule.is_for("trail/x", &Default::default()) && !rule.is_for("other", &Default::default()));
    }

    #[test]
    fn a_date_takes_what_is_older() {
        let end = Expiration { days: None, created_before_date: Some("2026-03-04T00:00:00.000Z".to_owned()) };
        let rule = Rule { status: "Enabled".to_owned(), expiration: Some(end), ..Rule::default() };
        assert!(rule.expires(1_772_582_399_999, i64::MAX) && !rule.expires(1_772_582_400_000, i64::MAX));
    }
}
