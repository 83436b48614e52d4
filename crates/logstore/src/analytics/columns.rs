//! The columns of a logstore: what its index lets analytics see, and what every log has.

use crate::data::row::LogRow;
use crate::index::{IndexConfig, KeyKind};
use crate::query::TAG_PREFIX;

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogColumn {
    /// Its name as the index writes it.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    pub(super) place: Place,
    /// Bytes after which a text is cut.
    pub(super) max_bytes: usize,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text: Presto's varchar.
    Text,
    /// Whole numbers: bigint.
    Long,
    /// Numbers: double.
    Double,
    /// `__time__`: bigint, Unix seconds, never missing.
    Time,
    /// `__date__`: the same as a timestamp.
    Date,
}

/// Where in a log a column's value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Time,
    Topic,
    Source,
    Tag(String),
    Content(String),
    Leaf { content: String, path: String },
}

/// The columns by an index. Names that differ by letter case alone would be one name to SQL: the first one stays.
pub(super) fn columns(index: &IndexConfig, has_date: bool) -> Vec<LogColumn> {
    let max_bytes = index.max_text_len.map_or(usize::MAX, |bytes| bytes as usize);
    let mut all = Vec::new();
    for (key, of_key) in &index.keys {
        let place = || match (key.as_str(), key.strip_prefix(TAG_PREFIX)) {
            (_, Some(tag)) => Place::Tag(tag.to_owned()),
            _ => Place::Content(key.clone()),
        };
        let is_own = matches!(key.as_str(), "__topic__" | "__source__" | "__time__");
        if of_key.doc_value && !is_own {
            let name = named(&of_key.alias, || key.clone());
            let is_json = of_key.kind == KeyKind::Json;
            // A JSON text that is cut is none.
            let max_bytes = if is_json { usize::MAX } else { max_bytes };
            all.push(LogColumn { name, kind: kind(of_key.kind), place: place(), max_bytes });
        }
        for (path, leaf) in of_key.json_keys.iter().filter(|(_, leaf)| leaf.doc_value && of_key.kind == KeyKind::Json) {
            let name = named(&leaf.alias, || format!("{key}.{path}"));
            let place = Place::Leaf { content: key.clone(), path: path.clone() };
            all.push(LogColumn { name, kind: kind(leaf.kind), place, max_bytes });
        }
    }
    let own = |name: &str, kind, place| LogColumn { name: name.to_owned(), kind, place, max_bytes: usize::MAX };
    all.push(own("__time__", ColumnKind::Time, Place::Time));
    all.push(own("__source__", ColumnKind::Text, Place::Source));
    all.push(own("__topic__", ColumnKind::Text, Place::Topic));
    if has_date {
        all.push(own("__date__", ColumnKind::Date, Place::Time));
    }
    let mut names = std::collections::HashSet::new();
    all.retain(|column| names.insert(column.name.to_ascii_lowercase()));
    all
}

fn named(alias: &str, otherwise: impl FnOnce() -> String) -> String {
    if alias.is_empty() { otherwise() } else { alias.to_owned() }
}

fn kind(kind: KeyKind) -> ColumnKind {
    match kind {
        KeyKind::Text | KeyKind::Json => ColumnKind::Text,
        KeyKind::Long => ColumnKind::Long,
        KeyKind::Double => ColumnKind::Double,
    }
}

/// The value of a tag, also of one that a log has for itself.
pub(super) fn tag<'r>(row: &'r LogRow<'_>, name: &str) -> Option<&'r str> {
    let of_log = |(key, value): &'r (_, _)| {
        let key: &std::borrow::Cow<'_, str> = key;
        let value: &'r std::borrow::Cow<'_, str> = value;
        (key.strip_prefix(TAG_PREFIX) == Some(name)).then_some(&**value)
    };
    row.tags.get(name).or_else(|| row.contents.0.iter().find_map(of_log))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_decides_which_columns_there_are() {
        let text = r#"{"max_text_len":100,"keys":{
            "a":{"type":"text","doc_value":true}, "A":{"type":"long","doc_value":true},
            "hidden":{"type":"text","doc_value":false}, "ms":{"type":"long","doc_value":true,"alias":"latency"},
            "__tag__:host":{"type":"text","doc_value":true}, "__topic__":{"type":"text","doc_value":true},
            "e":{"type":"json","doc_value":true,"json_keys":{
                "b.c":{"type":"double","doc_value":true}, "d":{"type":"text","doc_value":false}}}}}"#;
        let index: IndexConfig = serde_json::from_str(text).unwrap();
        let found = columns(&index, true);
        let shown: Vec<_> = found.iter().map(|column| (column.name.as_str(), column.kind)).collect();
        let expected = [
            ("A", ColumnKind::Long),
            ("__tag__:host", ColumnKind::Text),
            ("e", ColumnKind::Text),
            ("e.b.c", ColumnKind::Double),
            ("latency", ColumnKind::Long),
            ("__time__", ColumnKind::Time),
            ("__source__", ColumnKind::Text),
            ("__topic__", ColumnKind::Text),
            ("__date__", ColumnKind::Date),
        ];
        assert_eq!(shown, expected);
        assert_eq!((found[1].max_bytes, found[2].max_bytes), (100, usize::MAX));
        assert_eq!(found[1].place, Place::Tag("host".to_owned()));
        assert_eq!(columns(&index, false).len(), expected.len() - 1);
    }
}
