//! What of a logstore can be searched: the index configuration as the wire has it (SLS, "CreateIndex").

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The index configuration of a logstore. Unknown members are left out here; what a client sent is kept beside this.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct IndexConfig {
    /// Full-text index: words without a key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<LineIndex>,
    /// Field index, by key. The key of a tag is `__tag__:<name>`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, KeyIndex>,
    /// Bytes of a text value that analytics keeps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_text_len: Option<u32>,
    /// Whether similar logs are grouped.
    pub log_reduce: bool,
    /// Keys whose values are grouped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_reduce_white_list: Option<Vec<String>>,
    /// Keys whose values are not grouped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_reduce_black_list: Option<Vec<String>>,
}

/// Full-text index.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LineIndex {
    /// Delimiters, one character each. None: a value is one token.
    pub token: Vec<String>,
    /// Whether letters of either case differ.
    pub case_sensitive: bool,
    /// Whether Chinese text is cut into words.
    pub chn: bool,
    /// Only these keys, when given.
    #[serde(rename = "include_keys", skip_serializing_if = "Option::is_none")]
    pub include_keys: Option<Vec<String>>,
    /// All keys but these, when given.
    #[serde(rename = "exclude_keys", skip_serializing_if = "Option::is_none")]
    pub exclude_keys: Option<Vec<String>>,
}

/// Index of one key. Which members have a meaning depends on the kind.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct KeyIndex {
    /// What the values are.
    #[serde(rename = "type")]
    pub kind: KeyKind,
    /// Delimiters of text and of JSON leaves. None: a value is one token.
    pub token: Vec<String>,
    /// Whether letters of either case differ.
    #[serde(rename = "caseSensitive")]
    pub case_sensitive: bool,
    /// Whether Chinese text is cut into words.
    pub chn: bool,
    /// Whether the key is a column of analytics.
    pub doc_value: bool,
    /// Its name as a column; empty for the key itself.
    pub alias: String,
    /// JSON: every text and boolean leaf is searchable. Left out means yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index_all: Option<bool>,
    /// JSON: how deep leaves are searchable; -1 and left out mean without limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_depth: Option<i64>,
    /// JSON: leaves by their dotted path below the key, with kinds of their own.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub json_keys: BTreeMap<String, JsonKeyIndex>,
}

/// Index of one leaf of a JSON key. It has its key's delimiters.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct JsonKeyIndex {
    /// What the values are; never JSON.
    #[serde(rename = "type")]
    pub kind: KeyKind,
    /// Whether the leaf is a column of analytics.
    pub doc_value: bool,
    /// Its name as a column; empty for the path itself.
    pub alias: String,
}

/// What the values of a key are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyKind {
    /// Text, cut into tokens.
    #[default]
    Text,
    /// Whole numbers.
    Long,
    /// Numbers.
    Double,
    /// A JSON document with leaves.
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_clients_send() {
        let text = r#"{"line":{"token":[","," "],"caseSensitive":true,"chn":true,"exclude_keys":["b"]},
            "keys":{"owner_id":{"type":"text","token":[","],"caseSensitive":false,"alias":"","doc_value":true,"chn":false},
              "latency":{"type":"long","alias":"ms","doc_value":true},
              "event":{"type":"json","token":[" "],"index_all":true,"max_depth":-1,"json_keys":
                {"eventName":{"type":"text","doc_value":true,"alias":""},"code":{"type":"double"}}}},
            "max_text_len":2048,"log_reduce":false,"all_keys":false,"ttl":7}"#;
        let config: IndexConfig = serde_json::from_str(text).unwrap();
        let line = config.line.as_ref().unwrap();
        assert!(line.case_sensitive && line.chn && line.include_keys.is_none());
        assert_eq!(line.exclude_keys.as_deref(), Some(&["b".to_owned()][..]));
        assert_eq!((config.keys["latency"].kind, config.keys["latency"].alias.as_str()), (KeyKind::Long, "ms"));
        assert_eq!(config.keys["event"].json_keys["code"].kind, KeyKind::Double);
        assert_eq!((config.keys["event"].max_depth, config.max_text_len), (Some(-1), Some(2048)));
        let again: IndexConfig = serde_json::from_str(&serde_json::to_string(&config).unwrap()).unwrap();
        assert_eq!(again, config);
        assert!(serde_json::from_str::<IndexConfig>(r#"{"keys":{"a":{"type":"blob"}}}"#).is_err());
    }
}
