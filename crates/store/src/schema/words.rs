//! Cutting rows into words.
//!
//! * In JSON, escapes are decoded before words are cut, so a word is found whatever way it was written. A string that
//!   holds JSON itself is opened, too, to a small depth.
//! * A word is what lies between delimiters. Characters outside ASCII that are neither letters nor digits cut as well.
//! * A run of Chinese, Japanese or Korean characters has no spaces. It is a piece of its own, indexed by its characters
//!   and by its pairs of neighbours, so that any part of it is found.

use std::borrow::Cow;

use super::escapes::{first_of, unescape};
use crate::limits::MAX_NESTED_JSON;

/// How text is cut into words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WordRules {
    /// One bit for each ASCII character that cuts.
    delimiters: u128,
    folds_case: bool,
}

/// A part of a text, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// What lies between delimiters, folded.
    Word(&'a str),
    /// Neighbouring Chinese, Japanese or Korean characters.
    Run(&'a str),
}

/// Where the pieces of a text go.
pub(crate) trait Pieces {
    /// The next piece.
    fn piece(&mut self, piece: Piece<'_>);

    /// The next word, all ASCII, with letters to be folded.
    fn word_to_fold(&mut self, word: &str) {
        with_lower_ascii(word, |word| self.piece(Piece::Word(word)));
    }

    /// Whether the pieces of a string of JSON, as it is written, need not be told.
    fn knows(&mut self, _string: &str) -> bool {
        false
    }

    /// All pieces of a string of JSON were told.
    fn told(&mut self, _string: &str) {}
}

impl<F: FnMut(Piece<'_>)> Pieces for F {
    fn piece(&mut self, piece: Piece<'_>) {
        self(piece);
    }
}

/// ASCII characters that always cut: controls, space and delete.
const ALWAYS: u128 = ((1 << 33) - 1) | (1 << 127);

impl WordRules {
    /// Rules with these ASCII delimiters beside control characters and spaces.
    pub const fn new(delimiters: &str, folds_case: bool) -> WordRules {
        let bytes = delimiters.as_bytes();
        let mut bits = ALWAYS;
        let mut index = 0;
        while index < bytes.len() {
            assert!(bytes[index].is_ascii(), "delimiters are ASCII characters");
            bits |= 1 << bytes[index];
            index += 1;
        }
        WordRules { delimiters: bits, folds_case }
    }

    pub(crate) fn from_parts(delimiters: u128, folds_case: bool) -> WordRules {
        WordRules { delimiters: delimiters | ALWAYS, folds_case }
    }

    pub(crate) fn delimiters(&self) -> u128 {
        self.delimiters
    }

    pub(crate) fn folds_case(&self) -> bool {
        self.folds_case
    }

    /// Whether a text has any word, so that it can be looked for.
    pub fn has_words(&self, text: &str) -> bool {
        let mut any = false;
        self.cut_text(text, &mut |_: Piece<'_>| any = true);
        any
    }

    /// The words of a text, folded, in order; runs of Chinese, Japanese or Korean characters are not among them.
    pub fn words(&self, text: &str) -> Vec<String> {
        let mut words = Vec::new();
        self.cut_text(text, &mut |piece: Piece<'_>| {
            if let Piece::Word(word) = piece {
                words.push(word.to_owned());
            }
        });
        words
    }

    /// Cuts a row: the strings of JSON, or the whole of anything else.
    pub(crate) fn cut_row(&self, bytes: &[u8], pieces: &mut impl Pieces) {
        self.cutter().cut_row(bytes, pieces);
    }

    /// Cuts plain text.
    pub(crate) fn cut_text(&self, text: &str, pieces: &mut impl Pieces) {
        self.cutter().cut_text(text, pieces);
    }

    /// What cuts by these rules. Made once for many rows.
    pub(crate) fn cutter(&self) -> Cutter {
        let kind = |byte: usize| match byte {
            0x80.. => NOT_ASCII,
            _ if self.delimiters >> byte & 1 == 1 => DELIMITER,
            _ if self.folds_case && (byte as u8).is_ascii_uppercase() => UPPER,
            _ => WORD,
        };
        Cutter { rules: *self, bytes: std::array::from_fn(kind) }
    }

    /// Cuts a text character by character.
    fn cut_characters(&self, text: &str, pieces: &mut impl Pieces) {
        let mut start = 0;
        let mut current = Kind::Delimiter;
        for (at, character) in text.char_indices() {
            let kind = self.kind(character);
            if kind != current {
                self.emit(current, &text[start..at], pieces);
                (start, current) = (at, kind);
            }
        }
        self.emit(current, &text[start..], pieces);
    }

    fn emit(&self, kind: Kind, text: &str, pieces: &mut impl Pieces) {
        match kind {
            Kind::Delimiter => {}
            Kind::Run => pieces.piece(Piece::Run(text)),
            Kind::Word => pieces.piece(Piece::Word(&self.fold(text))),
        }
    }

    fn fold<'a>(&self, word: &'a str) -> Cow<'a, str> {
        let is_folded = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase();
        if !self.folds_case || word.bytes().all(is_folded) { Cow::Borrowed(word) } else { word.to_lowercase().into() }
    }

    fn kind(&self, character: char) -> Kind {
        if character.is_ascii() {
            return if self.delimiters >> (character as u32) & 1 == 1 { Kind::Delimiter } else { Kind::Word };
        }
        if is_cjk(character) {
            Kind::Run
        } else if character.is_alphanumeric() {
            Kind::Word
        } else {
            Kind::Delimiter
        }
    }
}

/// Word rules with what each byte means to them.
pub(crate) struct Cutter {
    rules: WordRules,
    bytes: [u8; 256],
}

/// Kinds of bytes. All but the first are bits, so that the kinds in a word are joined without asking.
const DELIMITER: u8 = 0;
const WORD: u8 = 1;
/// A letter to be folded.
const UPPER: u8 = 2;
/// Part of a character that takes several bytes.
const NOT_ASCII: u8 = 4;

impl Cutter {
    /// See [`WordRules::cut_row`].
    pub(crate) fn cut_row(&self, bytes: &[u8], pieces: &mut impl Pieces) {
        // Looking whether it is text is several times quicker than mending what is not.
        let text = simdutf8::basic::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
        if is_json_like(&text) { self.cut_json(&text, 0, pieces) } else { self.cut_text(&text, pieces) }
    }

    /// Cuts the strings and the numbers of JSON. Never fails: what is not JSON is cut as it comes.
    fn cut_json(&self, text: &str, depth: usize, pieces: &mut impl Pieces) {
        let mut rest = text;
        while let Some(quote) = self.cut_until_quote(rest, pieces) {
            let inside = &rest[quote + 1..];
            let end = string_end(inside);
            let string = &inside[..end];
            if !pieces.knows(string) {
                self.cut_string(string, depth, pieces);
                pieces.told(string);
            }
            rest = inside.get(end + 1..).unwrap_or_default();
        }
    }

    /// Cuts what stands before the next string; nothing when there is no other.
    fn cut_until_quote(&self, text: &str, pieces: &mut impl Pieces) -> Option<usize> {
        let bytes = text.as_bytes();
        // Usually only a few marks stand between strings.
        let marks = bytes.iter().position(|byte| !is_mark(*byte)).unwrap_or(bytes.len());
        if bytes.get(marks) == Some(&b'"') {
            return Some(marks);
        }
        let quote = memchr::memchr(b'"', &bytes[marks..]).map(|at| marks + at);
        self.cut_outside(&text[marks..quote.unwrap_or(text.len())], pieces);
        quote
    }

    fn cut_string(&self, raw: &str, depth: usize, pieces: &mut impl Pieces) {
        let decoded = unescape(raw);
        if depth < MAX_NESTED_JSON && is_json_like(&decoded) {
            self.cut_json(&decoded, depth + 1, pieces);
        } else {
            self.cut_text(&decoded, pieces);
        }
    }

    /// Numbers and literals between the marks of JSON.
    fn cut_outside(&self, text: &str, pieces: &mut impl Pieces) {
        for part in text.split(|character: char| character.is_ascii() && is_mark(character as u8)) {
            self.cut_text(part, pieces);
        }
    }

    /// Cuts plain text. ASCII delimiters end every piece, so only what lies between them and is not all ASCII is looked at
    /// character by character.
    pub(crate) fn cut_text(&self, text: &str, pieces: &mut impl Pieces) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            if self.bytes[usize::from(bytes[at])] == DELIMITER {
                at += 1;
                continue;
            }
            let start = at;
            let mut kinds = 0;
            while let Some(byte) = bytes.get(at) {
                let kind = self.bytes[usize::from(*byte)];
                if kind == DELIMITER {
                    break;
                }
                kinds |= kind;
                at += 1;
            }
            let stretch = &text[start..at];
            if kinds & NOT_ASCII != 0 {
                self.rules.cut_characters(stretch, pieces);
            } else if kinds & UPPER == 0 {
                pieces.piece(Piece::Word(stretch));
            } else {
                pieces.word_to_fold(stretch);
            }
        }
    }
}

/// Marks between the values of JSON.
fn is_mark(byte: u8) -> bool {
    matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':')
}

/// Calls with the folded word, which is on the stack when it is not unusually long.
pub(crate) fn with_lower_ascii(word: &str, call: impl FnOnce(&str)) {
    let mut buffer = [0; 64];
    if let Some(buffer) = buffer.get_mut(..word.len()) {
        buffer.copy_from_slice(word.as_bytes());
        buffer.make_ascii_lowercase();
        if let Ok(lower) = std::str::from_utf8(buffer) {
            return call(lower);
        }
    }
    call(&word.to_ascii_lowercase());
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Delimiter,
    Word,
    Run,
}

/// Characters of scripts that are written without spaces between words, and Hangul, whose endings stick to words.
pub(crate) fn is_cjk(character: char) -> bool {
    matches!(character as u32,
        0x1100..=0x11FF | 0x3005..=0x3007 | 0x3040..=0x30FF | 0x3130..=0x318F | 0x31F0..=0x31FF | 0x3400..=0x4DBF
        | 0x4E00..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0xFF66..=0xFF9D | 0x20000..=0x323AF)
}

fn is_json_like(text: &str) -> bool {
    matches!(text.trim_start().as_bytes().first(), Some(b'{' | b'['))
}

/// Where a JSON string ends, from behind its opening quote; the end of the text when it does not.
fn string_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(first_of::<b'"', b'\\'>) {
        at += found;
        if bytes[at] == b'"' {
            return at;
        }
        at += 2;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: WordRules = WordRules::new(",'\";=()[]{}?@&<>/:\\", true);

    fn pieces(bytes: &[u8]) -> Vec<String> {
        let mut all = Vec::new();
        RULES.cut_row(bytes, &mut |piece: Piece<'_>| {
            all.push(match piece {
                Piece::Word(word) => word.to_owned(),
                Piece::Run(run) => format!("<{run}>"),
            });
        });
        all
    }

    #[test]
    fn json_is_decoded_before_it_is_cut() {
        assert_eq!(
            pieces(br#"{"Name":"a\u0062c\/D","n":12.5,"t":true}"#),
            ["name", "abc", "d", "n", "12.5", "t", "true"]
        );
        assert_eq!(pieces(br#"{"k":"\u547c\u53eb\n\ud83d\ude00x"}"#), ["k", "<呼叫>", "x"]);
        assert_eq!(pieces(br#"{"p":"{\"Id\":\"say \\\"\\u547c\\\"\"}"}"#), ["p", "id", "say", "<呼>"]);
    }

    #[test]
    fn what_is_not_json_is_cut_as_it_comes() {
        assert_eq!(pieces(b"GET /a?b=C 200"), ["get", "a", "b", "c", "200"]);
        assert_eq!(pieces("{\"open 呼叫abc中心，ok".as_bytes()), ["open", "<呼叫>", "abc", "<中心>", "ok"]);
        assert_eq!(pieces(b"{\"a\\"), ["a"]);
        assert_eq!(pieces(b"[\"\\u12\\ud800\\ud800\"]"), ["u12"]);
        assert_eq!(pieces(b"\xff\xfe a"), ["a"]);
        assert_eq!(pieces(b""), Vec::<String>::new());
    }

    #[test]
    fn case_folds_beyond_ascii() {
        assert_eq!(pieces("ÄRGER Straße".as_bytes()), ["ärger", "straße"]);
        assert!(!RULES.has_words(" ,;") && RULES.has_words("呼"));
    }

    /// A way to cut, which hands each piece on.
    type Cut<'a> = &'a dyn Fn(&mut dyn FnMut(Piece<'_>));

    fn all_of(cut: Cut<'_>) -> Vec<String> {
        let mut all = Vec::new();
        cut(&mut |piece: Piece<'_>| all.push(format!("{piece:?}")));
        all
    }

    proptest::proptest! {
        /// What is quick for ASCII cuts as the rules for characters say.
        #[test]
        fn text_is_cut_as_its_characters_are(text in "[a-zA-Z0-9 ,;.\"\\\\{éÄſK呼叫심，😀\u{1}-]{0,40}") {
            for rules in [RULES, WordRules::new(" ", false)] {
                let quick = all_of(&|each| rules.cut_text(&text, &mut |piece: Piece<'_>| each(piece)));
                let slow = all_of(&|each| rules.cut_characters(&text, &mut |piece: Piece<'_>| each(piece)));
                proptest::prop_assert_eq!(quick, slow);
            }
        }
    }
}
