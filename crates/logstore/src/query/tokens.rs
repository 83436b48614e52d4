//! How a text is cut into tokens, and letters of either case are made one (SLS, "Delimiters").

use std::borrow::Cow;

use store::search::{Pattern, PatternPart};

use super::limits::MAX_WILDCARD_CHARACTERS;

/// How the values of an index are cut. A token is what lies between delimiters; without delimiters it is the whole
/// value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tokenizer {
    /// One bit for each ASCII character that cuts.
    ascii: u128,
    /// Others that cut.
    others: Vec<char>,
    is_case_sensitive: bool,
    /// Runs of Chinese characters are tokens of their own and cut into words.
    is_chinese: bool,
}

/// What a token must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// This one.
    Token(String),
    /// One of this form.
    Like(Pattern),
}

/// Why a word with wildcards cannot be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WildcardProblem {
    /// A token begins with one.
    AtBeginning,
    /// A token is too long.
    TooLong,
}

impl Wanted {
    fn fits(&self, token: &str) -> bool {
        match self {
            Wanted::Token(wanted) => wanted == token,
            Wanted::Like(pattern) => pattern.matches(token),
        }
    }
}

/// Marks the wanted tokens that a value has, one bit each.
pub(crate) fn mark(wanted: &[Wanted], tokenizer: &Tokenizer, value: &str, found: &mut u64) {
    tokenizer.cut_value(value, &mut |token| {
        for (number, wanted) in wanted.iter().enumerate() {
            if *found >> number & 1 == 0 && wanted.fits(token) {
                *found |= 1 << number;
            }
        }
    });
}

/// The marks of all wanted tokens; there are at most [`MAX_CONDITION_TOKENS`](super::limits::MAX_CONDITION_TOKENS).
pub(crate) fn all_marks(wanted: &[Wanted]) -> u64 {
    u64::MAX.checked_shr(64 - wanted.len() as u32).unwrap_or(0)
}

impl Tokenizer {
    /// Delimiters as the index configuration has them: each character of each text cuts.
    pub(crate) fn new(delimiters: &[String], is_case_sensitive: bool, is_chinese: bool) -> Tokenizer {
        let mut tokenizer = Tokenizer { ascii: 0, others: Vec::new(), is_case_sensitive, is_chinese };
        for character in delimiters.iter().flat_map(|text| text.chars()) {
            if character.is_ascii() {
                tokenizer.ascii |= 1 << character as u32;
            } else if !tokenizer.others.contains(&character) {
                tokenizer.others.push(character);
            }
        }
        tokenizer.others.sort_unstable();
        tokenizer
    }

    /// Values that are one token each.
    pub(crate) fn whole() -> Tokenizer {
        Self::new(&[], false, false)
    }

    pub(crate) fn is_delimiter(&self, character: char) -> bool {
        if character.is_ascii() { self.ascii >> (character as u32) & 1 == 1 } else { self.others.contains(&character) }
    }

    /// All delimiters.
    pub(crate) fn delimiters(&self) -> impl Iterator<Item = char> {
        (0..128_u8).map(char::from).filter(|character| self.is_delimiter(*character)).chain(self.others.iter().copied())
    }

    pub(crate) fn is_case_sensitive(&self) -> bool {
        self.is_case_sensitive
    }

    pub(crate) fn is_chinese(&self) -> bool {
        self.is_chinese
    }

    /// A text with its letters as they compare.
    pub(crate) fn fold<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.is_case_sensitive || text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
            return Cow::Borrowed(text);
        }
        if text.is_ascii() {
            return Cow::Owned(text.to_ascii_lowercase());
        }
        Cow::Owned(text.chars().flat_map(fold_character).collect())
    }

    /// The letters of a text as they compare, each with the character that it comes from.
    pub(crate) fn folded_characters<'t>(&self, text: &'t str) -> impl Iterator<Item = char> + use<'t> {
        let is_case_sensitive = self.is_case_sensitive;
        text.chars().flat_map(move |character| {
            let plain = is_case_sensitive.then_some(character);
            let folded = (!is_case_sensitive).then(|| fold_character(character));
            plain.into_iter().chain(folded.into_iter().flatten())
        })
    }

    /// Cuts a value of a log.
    pub(crate) fn cut_value(&self, text: &str, each: &mut dyn FnMut(&str)) {
        self.cut(text, &mut |token, is_words| match is_words {
            true => chinese::words_and_parts(token).for_each(&mut *each),
            false => each(&self.fold(token)),
        });
    }

    /// Cuts a text of a search.
    pub(crate) fn cut_search(&self, text: &str) -> Vec<Wanted> {
        let mut wanted = Vec::new();
        let mut add = |token: &str| {
            let token = Wanted::Token(token.to_owned());
            if !wanted.contains(&token) {
                wanted.push(token);
            }
        };
        self.cut(text, &mut |token, is_words| match is_words {
            true => chinese::words(token).for_each(&mut add),
            false => add(&self.fold(token)),
        });
        wanted
    }

    /// Cuts a word of a search that may have wildcards; these never cut.
    pub(crate) fn cut_wildcards(&self, word: &str) -> Result<Vec<Wanted>, WildcardProblem> {
        let mut wanted = Vec::new();
        for token in word.split(|character| !is_wildcard(character) && self.is_delimiter(character)) {
            for token in self.split_scripts(token, true) {
                if token.contains(is_wildcard) {
                    wanted.push(Wanted::Like(self.pattern(token)?));
                } else {
                    wanted.extend(self.cut_search(token));
                }
            }
        }
        Ok(wanted)
    }

    fn pattern(&self, token: &str) -> Result<Pattern, WildcardProblem> {
        if token.starts_with(is_wildcard) {
            return Err(WildcardProblem::AtBeginning);
        }
        if token.chars().count() > MAX_WILDCARD_CHARACTERS {
            return Err(WildcardProblem::TooLong);
        }
        Ok(Pattern::new(token.chars().map(|character| match character {
            '*' => PatternPart::Many,
            '?' => PatternPart::One,
            other => PatternPart::Literal(self.fold(other.encode_utf8(&mut [0; 4])).into_owned()),
        })))
    }

    /// Calls with each token as it is written, and whether it is a run of Chinese characters to be cut into words.
    fn cut(&self, text: &str, each: &mut dyn FnMut(&str, bool)) {
        for token in text.split(|character| self.is_delimiter(character)) {
            for part in self.split_scripts(token, false) {
                each(part, self.is_chinese && part.starts_with(chinese::is_chinese));
            }
        }
    }

    /// Where Chinese is cut, it and other scripts are tokens of their own. A wildcard belongs to what stands before it.
    fn split_scripts<'t>(&self, token: &'t str, has_wildcards: bool) -> Vec<&'t str> {
        if token.is_empty() {
            return Vec::new();
        }
        if !self.is_chinese || token.is_ascii() {
            return vec![token];
        }
        let (mut parts, mut start, mut before) = (Vec::new(), 0, None);
        for (at, character) in token.char_indices() {
            let is_glue = has_wildcards && is_wildcard(character);
            let script = if is_glue { before } else { Some(chinese::is_chinese(character)) };
            if before.is_some() && script != before {
                parts.push(&token[start..at]);
                start = at;
            }
            before = script;
        }
        parts.push(&token[start..]);
        parts
    }
}

fn is_wildcard(character: char) -> bool {
    matches!(character, '*' | '?')
}

/// Lower case, character by character: the two small sigmas are one letter.
fn fold_character(character: char) -> impl Iterator<Item = char> {
    character.to_lowercase().map(|folded| if folded == 'ς' { 'σ' } else { folded })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(delimiters: &str, is_case_sensitive: bool, is_chinese: bool, text: &str) -> Vec<String> {
        let mut all = Vec::new();
        Tokenizer::new(&[delimiters.to_owned()], is_case_sensitive, is_chinese)
            .cut_value(text, &mut |token| all.push(token.to_owned()));
        all
    }

    #[test]
    fn values_are_cut_at_delimiters_and_nowhere_else() {
        assert_eq!(tokens("/? ", false, false, "/URL//pic?a-b c."), ["url", "pic", "a-b", "c."]);
        assert_eq!(tokens("", true, false, "GET /a b"), ["GET /a b"]);
        assert_eq!(tokens(",", false, false, ",,"), Vec::<String>::new());
        assert_eq!(tokens("，的", false, false, "呼叫，中心的abc"), ["呼叫", "中心", "abc"]);
        assert_eq!(tokens(" ", false, false, "ÄΣ Σς呼叫"), ["äσ", "σσ呼叫"]);
    }

    #[test]
    fn chinese_is_cut_into_words_when_asked_for() {
        assert_eq!(tokens(" ", false, false, "User用户登录失败"), ["user用户登录失败"]);
        assert_eq!(tokens(" ", false, true, "User用户登录失败x"), ["user", "用户", "登录", "失败", "x"]);
    }

    #[test]
    fn wildcards_do_not_cut_and_do_not_begin_a_token() {
        let tokenizer = Tokenizer::new(&["/?*".to_owned()], false, true);
        let like = |text: &str| Wanted::Like(tokenizer.pattern(text).unwrap());
        let token = |text: &str| Wanted::Token(text.to_owned());
        assert_eq!(tokenizer.cut_wildcards("a/W?rd*/b"), Ok(vec![token("a"), like("w?rd*"), token("b")]));
        assert_eq!(tokenizer.cut_wildcards("abc呼叫*"), Ok(vec![token("abc"), like("呼叫*")]));
        assert_eq!(tokenizer.cut_wildcards("a/*b"), Err(WildcardProblem::AtBeginning));
        assert_eq!(tokenizer.cut_wildcards("?"), Err(WildcardProblem::AtBeginning));
        assert_eq!(tokenizer.cut_wildcards(&format!("{}*", "a".repeat(64))), Err(WildcardProblem::TooLong));
    }

    #[test]
    fn marks_are_one_bit_each() {
        let wanted = vec![Wanted::Token("a".to_owned()); 64];
        assert_eq!((all_marks(&[]), all_marks(&wanted[..1]), all_marks(&wanted)), (0, 1, u64::MAX));
    }
}
