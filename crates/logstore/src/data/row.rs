//! A log as a row of the store: one JSON document, so that whoever reads the Parquet files understands it.
//!
//! ```json
//! {"group":7,"received_ms":1795334400123,"time":1795334400,"ns":123456789,"topic":"t","source":"s",
//!  "tags":{"host":"a"},"contents":{"event":"…"}}
//! ```
//!
//! A key may come twice in `tags` and `contents`, and order is kept.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::limits::GROUP_LOGS_BITS;
use crate::wire::{Content, LogGroup, PutLog};

/// What a content key begins with that is a tag of its log alone.
pub(crate) const TAG_PREFIX: &str = "__tag__:";

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LogRow<'a> {
    /// Number of the group in its shard.
    pub(crate) group: u64,
    /// When the group was received, Unix milliseconds.
    pub(crate) received_ms: i64,
    /// Unix seconds.
    pub(crate) time: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ns: Option<u32>,
    #[serde(borrow, default, skip_serializing_if = "is_absent")]
    pub(crate) topic: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "is_absent")]
    pub(crate) source: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "is_absent")]
    pub(crate) reserved: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "is_absent")]
    pub(crate) machine: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Pairs::is_empty")]
    pub(crate) tags: Pairs<'a>,
    #[serde(borrow, default)]
    pub(crate) contents: Pairs<'a>,
}

/// What a row is found by, read without its contents.
#[derive(Debug, Deserialize)]
pub(crate) struct RowKeys<'a> {
    pub(crate) group: u64,
    pub(crate) received_ms: i64,
    pub(crate) time: u32,
    #[serde(borrow, default)]
    pub(crate) topic: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) source: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) tags: Pairs<'a>,
    #[serde(default, rename = "contents")]
    _contents: IgnoredAny,
}

fn is_absent(text: &Option<Cow<'_, str>>) -> bool {
    text.is_none()
}

/// Keys and values in order, as the members of an object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Pairs<'a>(pub(crate) Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl Pairs<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == key).map(|(_, value)| &**value)
    }
}

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Pairs<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some((Text(key), Text(value))) = members.next_entry()? {
                    pairs.push((key, value));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// A text, borrowed where nothing has to be decoded.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> LogRow<'a> {
    /// The row of a log of a group.
    pub(crate) fn new(number: u64, received_ms: i64, group: &'a LogGroup, log: &'a PutLog) -> LogRow<'a> {
        let text = |text: &'a Option<String>| text.as_deref().map(Cow::Borrowed);
        let or_empty = |text: &'a Option<String>| Cow::Borrowed(text.as_deref().unwrap_or_default());
        let tags = group.log_tags.iter().map(|tag| (or_empty(&tag.key), or_empty(&tag.value)));
        let contents = log.contents.iter().map(|content| (or_empty(&content.key), or_empty(&content.value)));
        LogRow {
            group: number,
            received_ms,
            time: log.time.unwrap_or_default(),
            ns: log.time_ns,
            topic: text(&group.topic),
            source: text(&group.source),
            reserved: text(&group.reserved),
            machine: text(&group.machine_uuid),
            tags: Pairs(tags.collect()),
            contents: Pairs(contents.collect()),
        }
    }

    /// Reads a row.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<LogRow<'a>, String> {
        serde_json::from_slice(bytes).map_err(|error| format!("does not hold a log: {error}"))
    }

    /// The bytes of the row.
    pub(crate) fn to_bytes(&self) -> Result<Bytes, String> {
        serde_json::to_vec(self).map(Bytes::from).map_err(|error| error.to_string())
    }

    /// The log of the row as it was put.
    pub(crate) fn to_put_log(&self) -> PutLog {
        let contents = self
            .contents
            .0
            .iter()
            .map(|(key, value)| Content { key: Some(key.to_string()), value: Some(value.to_string()) });
        PutLog { time: Some(self.time), contents: contents.collect(), time_ns: self.ns }
    }
}

/// The position of a row.
pub(crate) fn position(group: u64, place: usize) -> u64 {
    (group << GROUP_LOGS_BITS) | place as u64
}

/// The group of a row.
pub(crate) fn group_of(position: u64) -> u64 {
    position >> GROUP_LOGS_BITS
}

/// The place of a row in its group.
pub(crate) fn place_of(position: u64) -> u64 {
    position & ((1 << GROUP_LOGS_BITS) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::MAX_GROUP_LOGS;
    use crate::wire::LogTag;

    fn content(key: &str, value: &str) -> Content {
        Content { key: Some(key.to_owned()), value: Some(value.to_owned()) }
    }

    #[test]
    fn a_row_keeps_order_repetition_and_every_character() {
        let contents =
            vec![content("b", "1\n\"\u{1}"), content("a", "日志"), content("b", "2"), content("__tag__:x", "y")];
        let log = PutLog { time: Some(7), contents, time_ns: Some(9) };
        let group = LogGroup {
            logs: vec![log.clone()],
            topic: Some(String::new()),
            log_tags: vec![LogTag { key: Some("k".to_owned()), value: Some("v".to_owned()) }],
            ..LogGroup::default()
        };
        let bytes = LogRow::new(3, 11, &group, &log).to_bytes().unwrap();
        let row = LogRow::read(&bytes).unwrap();
        assert_eq!(row, LogRow::new(3, 11, &group, &log));
        assert_eq!(row.to_put_log(), log);
        let keys: RowKeys<'_> = serde_json::from_slice(&bytes).unwrap();
        assert_eq!((keys.group, keys.received_ms, keys.time, keys.topic.as_deref()), (3, 11, 7, Some("")));
        assert!(LogRow::read(b"{}").is_err());
    }

    #[test]
    fn positions_hold_group_and_place() {
        let at = position(5, MAX_GROUP_LOGS - 1);
        assert_eq!((group_of(at), place_of(at)), (5, MAX_GROUP_LOGS as u64 - 1));
        assert!(position(6, 0) > at && MAX_GROUP_LOGS <= 1 << GROUP_LOGS_BITS);
    }
}
