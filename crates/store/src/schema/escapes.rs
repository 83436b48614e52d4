//! Strings of JSON as they are written: finding marks in them, and decoding them.

use std::borrow::Cow;

/// The first of either byte, eight bytes at a time: most strings are too short for anything wider to be worth its call.
pub(super) fn first_of<const ONE: u8, const OTHER: u8>(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let (words, rest) = bytes.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = zeros(word ^ (ONES * u64::from(ONE))) | zeros(word ^ (ONES * u64::from(OTHER)));
        if found != 0 {
            // The lowest mark is always right; those above it may come from a borrow.
            return Some(number * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let in_rest = rest.iter().position(|byte| [ONE, OTHER].contains(byte))?;
    Some(words.len() * 8 + in_rest)
}

/// The first backslash.
fn first_escape(text: &str) -> Option<usize> {
    first_of::<b'\\', b'\\'>(text.as_bytes())
}

/// Decodes the escapes of a JSON string; what is not an escape stays.
pub(super) fn unescape(raw: &str) -> Cow<'_, str> {
    let Some(first) = first_escape(raw) else {
        return Cow::Borrowed(raw);
    };
    let mut decoded = String::with_capacity(raw.len());
    let mut rest = raw;
    let mut next = Some(first);
    while let Some(at) = next {
        decoded.push_str(&rest[..at]);
        let (character, used) = escape(&rest[at..]);
        decoded.push(character);
        rest = &rest[at + used..];
        next = first_escape(rest);
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

/// The character of the escape at the start of `text` and the bytes that it takes.
fn escape(text: &str) -> (char, usize) {
    match text.as_bytes().get(1) {
        Some(b'n') => ('\n', 2),
        Some(b't') => ('\t', 2),
        Some(b'r') => ('\r', 2),
        Some(b'b') => ('\u{8}', 2),
        Some(b'f') => ('\u{c}', 2),
        Some(mark @ (b'"' | b'\\' | b'/')) => (char::from(*mark), 2),
        Some(b'u') => unicode_escape(text).unwrap_or(('\\', 1)),
        _ => ('\\', 1),
    }
}

/// `\uXXXX`, or two of them for a character outside the basic plane; half of a pair becomes U+FFFD.
fn unicode_escape(text: &str) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
    };
    let first = unit(0)?;
    if let (0xD800..=0xDBFF, Some(second @ 0xDC00..=0xDFFF)) = (first, unit(6)) {
        let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        return Some((char::from_u32(code)?, 12));
    }
    Some((char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6))
}
