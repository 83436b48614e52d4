//! Logs whose JSON the store reads otherwise than an index of text does.
//!
//! The store opens JSON inside of values and decodes its strings before it cuts words; an index of text sees the value
//! as it is written. Both cut alike, because the escapes of quotes and backslashes are marks that cut, but for the
//! escapes that have a letter: in `x\ny` one finds the words `x` and `y`, the other `x` and `ny`. Such logs carry a
//! mark, by which they are always candidates.
//!
//! The marks are told from the bytes of a row, in which a backslash of a value is two. Some rows are marked without
//! need.

use memchr::memmem;

/// Mark of logs with such escapes in a value that looks like JSON.
pub(crate) const IN_VALUES: &str = "value";

/// Mark of logs with such escapes in a text inside such a value that, decoded, looks like JSON itself.
pub(crate) const IN_LEAVES: &str = "leaf";

/// The marks of a row, which is a JSON object with the log's keys and values as strings in objects: values of the field
/// [`RowRules::escapes`](super::RowRules) by which it is found.
pub fn escape_marks(row: &[u8]) -> impl Iterator<Item = &'static str> {
    let (in_values, in_leaves) = if may_have_json(row) { find(row) } else { (false, false) };
    let marks = [(in_values, IN_VALUES), (in_leaves, IN_LEAVES)];
    marks.into_iter().filter(|(has_mark, _)| *has_mark).map(|(_, mark)| mark)
}

/// Whether a string can begin with a bracket or a brace: those of the row's own objects stand behind a colon.
fn may_have_json(row: &[u8]) -> bool {
    memchr::memchr2_iter(b'{', b'[', row).any(|at| at > 0 && row[at - 1] != b':')
}

/// Whether an escape with a letter is in a value, and whether one can be in a text inside of it: behind two backslashes
/// of the value, or behind one that is written by its number.
fn find(row: &[u8]) -> (bool, bool) {
    let is_letter = |byte: Option<&u8>| matches!(byte, Some(b'n' | b't' | b'r' | b'b' | b'f' | b'u'));
    let (mut in_values, mut in_leaves) = (false, false);
    // A backslash of a value begins an escape of the row, so pairs of them are met at their beginning.
    for at in memmem::find_iter(row, br"\\") {
        let behind = row.get(at + 2..).unwrap_or_default();
        in_values |= is_letter(behind.first());
        let is_number = behind.get(..5).is_some_and(|number| number.eq_ignore_ascii_case(b"u005c"));
        let is_doubled = behind.strip_prefix(br"\\").is_some_and(|behind| is_letter(behind.first()));
        in_leaves |= is_number || is_doubled;
    }
    (in_values, in_leaves)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn marks(value: &str) -> Vec<&'static str> {
        escape_marks(json!({"tags": {}, "contents": {"k": value}}).to_string().as_bytes()).collect()
    }

    #[test]
    fn logs_are_marked_by_the_escapes_of_their_json() {
        assert!(marks(r"one\new").is_empty() && marks("{\"a\":\n\"say \\\"hi\\\" \\\\ \\/\"}").is_empty());
        assert_eq!(marks(r#" {"a":"x\ny"}"#), [IN_VALUES]);
        assert_eq!(marks(r#"{"a":"\u547c"}"#), [IN_VALUES]);
        assert_eq!(marks(r#"{"a":"{\"b\":\"x\\ny\"}"}"#), [IN_VALUES, IN_LEAVES]);
        assert_eq!(marks(r#"["{\"b\":\"\u005Cn\"}"]"#), [IN_VALUES, IN_LEAVES]);
        assert_eq!(marks("{\"a\":\"\n\\\\\\n\"}"), [IN_VALUES, IN_LEAVES]);
        assert!(marks(r"{\").is_empty());
    }
}
