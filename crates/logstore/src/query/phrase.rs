//! Phrase search: a text that stands in a value as it is, from the beginning of a token to the end of one.
//!
//! The cloud takes candidates that have all of the tokens, at most 10,000 a call, and compares their text. Here every
//! log is compared, so a phrase can also be negated, and its pages and histograms are those of the phrase.

use std::sync::Arc;

use super::tokens::Tokenizer;

/// A text with how it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Phrase {
    pub(crate) tokenizer: Arc<Tokenizer>,
    /// As it is written.
    pub(crate) text: String,
    folded: Vec<char>,
    /// Its first and last character.
    ends: (char, char),
}

impl Phrase {
    /// Nothing for a text without tokens.
    pub(crate) fn new(tokenizer: Arc<Tokenizer>, text: &str) -> Option<Phrase> {
        if text.chars().all(|character| tokenizer.is_delimiter(character)) {
            return None;
        }
        let ends = (text.chars().next()?, text.chars().next_back()?);
        let folded = tokenizer.folded_characters(text).collect();
        Some(Phrase { tokenizer, text: text.to_owned(), folded, ends })
    }

    pub(crate) fn is_in(&self, value: &str) -> bool {
        let mut before = None;
        for (at, character) in value.char_indices() {
            if self.is_cut(before, self.ends.0) && self.stands_at(&value[at..]) {
                return true;
            }
            before = Some(character);
        }
        false
    }

    fn stands_at(&self, rest: &str) -> bool {
        let mut wanted = self.folded.iter();
        for character in rest.chars() {
            if wanted.as_slice().is_empty() {
                return self.is_cut(Some(character), self.ends.1);
            }
            let mut buffer = [0; 4];
            let mut found = self.tokenizer.folded_characters(character.encode_utf8(&mut buffer));
            if !found.all(|character| wanted.next() == Some(&character)) {
                return false;
            }
        }
        wanted.as_slice().is_empty()
    }

    /// Whether a token may begin or end between a character of the value, which may be missing, and an end of the
    /// phrase.
    fn is_cut(&self, outside: Option<char>, end: char) -> bool {
        let is_chinese = |character| self.tokenizer.is_chinese() && chinese::is_chinese(character);
        match outside {
            None => true,
            Some(outside) => {
                let is_delimiter = |character| self.tokenizer.is_delimiter(character);
                is_delimiter(outside) || is_delimiter(end) || is_chinese(outside) || is_chinese(end)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(phrase: &str, value: &str) -> bool {
        let tokenizer = Arc::new(Tokenizer::new(&[" ,".to_owned()], false, true));
        Phrase::new(tokenizer, phrase).unwrap().is_in(value)
    }

    #[test]
    fn a_phrase_stands_as_it_is_between_tokens() {
        for (phrase, value) in [
            ("abc def", "abc def"),
            ("Abc def", "x,aBC DEF,y"),
            ("abc def", "abc abc def"),
            ("abc, ", "abc, x"),
            (" def", "abc def"),
            ("登录 失", "用户登录 失败"),
            ("user", "user登录"),
            ("i\u{307}b", "İb"),
        ] {
            assert!(is_in(phrase, value), "{phrase} {value}");
        }
        for (phrase, value) in
            [("abc def", "abc  def"), ("abc def", "xabc def"), ("abc def", "abc defy"), ("abc", ""), ("i", "İ")]
        {
            assert!(!is_in(phrase, value), "{phrase} {value}");
        }
        let whole = Arc::new(Tokenizer::new(&[], true, false));
        let phrase = Phrase::new(whole, "abc def").unwrap();
        assert!(phrase.is_in("abc def") && !phrase.is_in("abc def g") && !phrase.is_in("Abc def"));
        assert!(Phrase::new(Arc::new(Tokenizer::new(&[" ".to_owned()], true, false)), "  ").is_none());
    }
}
