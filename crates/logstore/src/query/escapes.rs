//! Logs whose JSON the store reads otherwise than an index of text does.
//!
//! The store opens JSON inside of values and decodes its strings before it cuts words; an index of text sees the value as it
//! is written. Both cut alike, because the escapes of quotes and backslashes are marks that cut, but for the escapes that
//! have a letter: in `x\ny` one finds the words `x` and `y`, the other `x` and `ny`. Such logs carry a mark, by which they
//! are always candidates.

use crate::log::Log;

/// Mark of logs with such escapes in a value that looks like JSON.
pub const IN_VALUES: &str = "value";

/// Mark of logs with such escapes in a text inside such a value that, decoded, looks like JSON itself.
pub const IN_LEAVES: &str = "leaf";

/// The marks of a log: values of the field [`RowRules::escapes`](super::RowRules) by which its row is found.
pub fn escape_marks(log: &Log) -> Vec<&'static str> {
    let pairs = log.tags.iter().chain(&log.contents).flat_map(|(key, value)| [key, value]);
    let (mut in_values, mut in_leaves) = (false, false);
    for text in pairs.chain([&log.topic, &log.source]).filter(|text| is_json_like(text)) {
        let found = find(text);
        in_values |= found.0;
        in_leaves |= found.1;
    }
    let marks = [(in_values, IN_VALUES), (in_leaves, IN_LEAVES)];
    marks.into_iter().filter(|(has_mark, _)| *has_mark).map(|(_, mark)| mark).collect()
}

fn is_json_like(text: &str) -> bool {
    matches!(text.trim_start().as_bytes().first(), Some(b'{' | b'['))
}

/// Whether an escape with a letter is in a text, and whether one can be in a text inside of it: behind two backslashes, or
/// behind one that is written by its number.
fn find(text: &str) -> (bool, bool) {
    let is_letter = |byte: Option<&u8>| matches!(byte, Some(b'n' | b't' | b'r' | b'b' | b'f' | b'u'));
    let bytes = text.as_bytes();
    let (mut in_value, mut in_leaf, mut at) = (false, false, 0);
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        at += found + 1;
        in_value |= is_letter(bytes.get(at));
        let is_number = bytes.get(at..at + 5).is_some_and(|number| number.eq_ignore_ascii_case(b"u005c"));
        in_leaf |= is_number || bytes.get(at) == Some(&b'\\') && is_letter(bytes.get(at + 1));
    }
    (in_value, in_leaf)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(value: &str) -> Vec<&'static str> {
        escape_marks(&Log { contents: vec![("k".to_owned(), value.to_owned())], ..Log::default() })
    }

    #[test]
    fn logs_are_marked_by_the_escapes_of_their_json() {
        assert!(marks(r"C:\new").is_empty() && marks(r#"{"a":"say \"hi\" \\ \/"}"#).is_empty());
        assert_eq!(marks(r#" {"a":"x\ny"}"#), [IN_VALUES]);
        assert_eq!(marks(r#"{"a":"\u547c"}"#), [IN_VALUES]);
        assert_eq!(marks(r#"{"a":"{\"b\":\"x\\ny\"}"}"#), [IN_VALUES, IN_LEAVES]);
        assert_eq!(marks(r#"["{\"b\":\"\u005Cn\"}"]"#), [IN_VALUES, IN_LEAVES]);
        assert!(marks(r"{\").is_empty());
    }
}
