//! Logs whose JSON the store reads otherwise than an index of text does.
//!
//! The store opens JSON inside of values and decodes its strings before it cuts words; an index of text sees the value
//! as it is written. Both cut alike, because the escapes of quotes and backslashes are marks that cut, but for the
//! escapes that have a letter: in `x\ny` one finds the words `x` and `y`, the other `x` and `ny`. Such words are marks
//! of their logs, by which these are candidates; and logs with very many such words have one mark, by which they always
//! are.
//!
//! The marks are told from the bytes of a row, in which a backslash of a value is two. Some rows are marked without
//! need.

use std::borrow::Cow;
use std::collections::BTreeSet;

use memchr::memmem;
use store::schema::WordRules;

use super::leaves::leaves;
use super::limits::MAX_LISTED_WORDS;

/// The letters of escapes: what they stand for cuts, or is a character by its number.
const LETTERS: [char; 6] = ['n', 't', 'r', 'b', 'f', 'u'];

/// Mark of logs with such escapes in a value that looks like JSON, whose words are too many to be listed.
pub(crate) const IN_VALUES: &str = "value";
/// Mark of logs with such escapes in a text inside such a value that, decoded, looks like JSON itself; too many as well.
pub(crate) const IN_LEAVES: &str = "leaf";
/// Like [`IN_VALUES`], of logs whose words beside the escapes are listed.
pub(crate) const LISTED_IN_VALUES: &str = "value, listed";
/// Like [`IN_LEAVES`], of logs whose words beside the escapes are listed.
pub(crate) const LISTED_IN_LEAVES: &str = "leaf, listed";

/// The mark of a listed word.
pub(crate) fn listed(word: &str) -> String {
    format!("={word}")
}

/// The marks of a row, which is a JSON object with the log's keys and values as strings in objects: values of the field
/// [`RowRules::escapes`](super::RowRules) by which it is found. The words beside escapes, which the store reads otherwise,
/// are marks themselves.
pub fn escape_marks(row: &[u8], rules: &WordRules) -> Vec<Cow<'static, str>> {
    let (in_values, in_leaves) = if may_have_json(row) { find(row) } else { (false, false) };
    if !in_values && !in_leaves {
        return Vec::new();
    }
    let words = words_beside_escapes(row, rules);
    let marks = match &words {
        Some(_) => [(in_values, LISTED_IN_VALUES), (in_leaves, LISTED_IN_LEAVES)],
        None => [(in_values, IN_VALUES), (in_leaves, IN_LEAVES)],
    };
    let marks = marks.into_iter().filter(|(has_mark, _)| *has_mark).map(|(_, mark)| Cow::Borrowed(mark));
    let words = words.unwrap_or_default();
    marks.chain(words.iter().map(|word| Cow::Owned(listed(word)))).collect()
}

/// The words beside escapes in values and in texts inside of them, as an index of text sees them; nothing when they are
/// too many.
fn words_beside_escapes(row: &[u8], rules: &WordRules) -> Option<BTreeSet<String>> {
    let mut words = BTreeSet::new();
    for value in strings(std::str::from_utf8(row).ok()?) {
        let value = value?;
        if !is_json_like(&value) {
            continue;
        }
        add_words(&value, rules, &mut words)?;
        for leaf in leaves(&value).iter().filter(|leaf| is_json_like(&leaf.text)) {
            add_words(&leaf.text, rules, &mut words)?;
        }
    }
    Some(words)
}

fn is_json_like(text: &str) -> bool {
    matches!(text.trim_start().as_bytes().first(), Some(b'{' | b'['))
}

/// Adds the word that the letter of each escape begins, and, where the escape is a number and so may be a letter to the
/// store, the one that ends before it.
fn add_words(text: &str, rules: &WordRules, words: &mut BTreeSet<String>) -> Option<()> {
    let mut before = None;
    for part in text.split('\\') {
        // Two backslashes have nothing between them, and do not end the part before.
        if part.is_empty() && before.is_some() {
            continue;
        }
        if let Some(before) = before
            && part.starts_with(LETTERS)
        {
            let of_number = part.starts_with('u').then(|| rules.words(before).pop()).flatten();
            words.extend(rules.words(part).into_iter().take(1).chain(of_number));
            if words.len() > MAX_LISTED_WORDS {
                return None;
            }
        }
        before = Some(part);
    }
    Some(())
}

/// The strings of JSON, keys and values, decoded; nothing for one that cannot be.
fn strings(mut json: &str) -> impl Iterator<Item = Option<Cow<'_, str>>> {
    std::iter::from_fn(move || {
        let start = memchr::memchr(b'"', json.as_bytes())?;
        let bytes = json.as_bytes();
        let mut at = start + 1;
        while let Some(byte) = bytes.get(at).filter(|byte| **byte != b'"') {
            at += if *byte == b'\\' { 2 } else { 1 };
        }
        let string = json.get(start..=at);
        json = json.get(at + 1..).unwrap_or_default();
        Some(string.and_then(|string| serde_json::from_str::<String>(string).ok()).map(Cow::Owned))
    })
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

    const RULES: WordRules = WordRules::new("\\\"{}:,", true);

    fn marks(value: &str) -> Vec<Cow<'static, str>> {
        escape_marks(json!({"tags": {}, "contents": {"k": value}}).to_string().as_bytes(), &RULES)
    }

    #[test]
    fn logs_are_marked_by_the_escapes_of_their_json() {
        assert!(marks(r"one\new").is_empty() && marks("{\"a\":\n\"say \\\"hi\\\" \\\\ \\/\"}").is_empty());
        assert_eq!(marks(r#" {"a":"x\nY"}"#), [LISTED_IN_VALUES, "=ny"]);
        assert_eq!(marks(r#"{"a":"o x\u547cz\tb"}"#), [LISTED_IN_VALUES, "=tb", "=u547cz", "=x"]);
        assert_eq!(marks(r#"{"a":"{\"b\":\"x\\ny\"}"}"#), [LISTED_IN_VALUES, LISTED_IN_LEAVES, "=ny"]);
        assert_eq!(
            marks(r#"{"a":"{\"b\":\"\u005Cn\u0041\"}"}"#),
            [LISTED_IN_VALUES, LISTED_IN_LEAVES, "=na", "=u0041", "=u005cn"]
        );
        assert_eq!(marks("{\"a\":\"\n\\\\\\n\"}"), [LISTED_IN_VALUES, LISTED_IN_LEAVES, "=n"]);
        assert!(marks(r"{\").is_empty());
    }

    #[test]
    fn logs_with_very_many_such_words_have_a_mark_alone() {
        let many: String = (0..=MAX_LISTED_WORDS).map(|number| format!("\\n{number}")).collect();
        assert_eq!(marks(&format!("{{\"a\":\"{many}\"}}")), [IN_VALUES]);
    }
}
