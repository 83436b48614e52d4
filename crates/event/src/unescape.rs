//! Decoding the text of a JSON string.

use std::borrow::Cow;

/// The decoded text of a JSON string, given without its quotes.
///
/// JSON can name one half of a surrogate pair alone, which no Rust string can hold: it becomes U+FFFD here. Events with
/// such texts are refused, but a text in an event may be JSON again, and what is secret in it is masked all the same.
pub(crate) fn unescape(inside: &str) -> Cow<'_, str> {
    let Some(first) = inside.find('\\') else {
        return Cow::Borrowed(inside);
    };
    let mut decoded = String::with_capacity(inside.len());
    let mut rest = inside;
    let mut next = Some(first);
    while let Some(at) = next {
        decoded.push_str(&rest[..at]);
        let (character, length) = escape(&rest[at..]);
        decoded.push(character);
        rest = rest.get(at + length..).unwrap_or_default();
        next = rest.find('\\');
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

/// The character of the escape that `text` begins with, and the bytes it takes.
fn escape(text: &str) -> (char, usize) {
    let character = match text.as_bytes().get(1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode_escape(text),
        Some(byte) if byte.is_ascii() => char::from(*byte),
        _ => return (char::REPLACEMENT_CHARACTER, 1),
    };
    (character, 2)
}

fn unicode_escape(text: &str) -> (char, usize) {
    let Some(first) = code_unit(text, 0) else {
        return (char::REPLACEMENT_CHARACTER, 2);
    };
    if let Some(character) = char::from_u32(first) {
        return (character, 6);
    }
    let second = code_unit(text, 6).filter(|unit| (0xDC00..0xE000).contains(unit));
    match second {
        Some(second) if first < 0xDC00 => {
            let code_point = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            (char::from_u32(code_point).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
        }
        _ => (char::REPLACEMENT_CHARACTER, 6),
    }
}

/// The UTF-16 unit that the `\uXXXX` at byte `at` names.
fn code_unit(text: &str, at: usize) -> Option<u32> {
    let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decodes_every_escape() {
        assert_eq!(unescape(r#"a\"\\\/\b\f\n\r\tz"#), "a\"\\/\u{8}\u{c}\n\r\tz");
        assert_eq!(unescape(r"\u4e2d\u6587 \uD83D\ude00"), "中文 😀");
        assert!(matches!(unescape("plain 中"), Cow::Borrowed("plain 中")));
    }

    #[test]
    fn half_a_surrogate_pair_becomes_the_replacement_character() {
        assert_eq!(unescape(r"\ud800"), "\u{FFFD}");
        assert_eq!(unescape(r"\ud800\u0041"), "\u{FFFD}A");
        assert_eq!(unescape(r"\udc00\ud83d\ude00"), "\u{FFFD}😀");
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json(text in any::<String>(), escaped in proptest::collection::vec(any::<char>(), 0..8)) {
            let units: String = escaped.iter().flat_map(|c| c.encode_utf16(&mut [0; 2]).to_vec())
                .map(|unit| format!("\\u{unit:04X}")).collect();
            let quoted = serde_json::to_string(&text).unwrap();
            let inside = format!("{}{units}", &quoted[1..quoted.len() - 1]);
            let expected: String = serde_json::from_str(&format!("\"{inside}\"")).unwrap();
            prop_assert_eq!(unescape(&inside), expected);
        }

        #[test]
        fn never_panics(text in "[\\\\u0-9a-fé\"]{0,24}") {
            unescape(&text);
        }
    }
}
