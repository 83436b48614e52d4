//! Chinese text cut into words, by jieba's dictionary.
//!
//! It is: the cutting of a run of Chinese characters for an index and for a search in it.
//! It is not: a tokeniser of other scripts, or a place for words of an operator's own.
//!
//! The dictionary is a compressed part of the binary (1.7 MB) and is read when the first text is cut: a process that
//! never cuts one pays nothing, another one a third of a second and 25 MB of memory.
//!
//! What is not in the dictionary is cut into single characters. jieba can also guess such words from their
//! surroundings; that finds names, but a name would be guessed in a text and not in the search for it.

use std::io::BufReader;
use std::sync::LazyLock;

use flate2::read::DeflateDecoder;
use jieba_rs::{Jieba, Token};

static WORDS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/words.deflate"));

static JIEBA: LazyLock<Jieba> = LazyLock::new(|| {
    let mut dictionary = BufReader::new(DeflateDecoder::new(WORDS));
    Jieba::with_dict(&mut dictionary).expect("build.rs compiled the dictionary")
});

/// Whether a character is Chinese: written without spaces between words, and in jieba's dictionary if anywhere.
pub fn is_chinese(character: char) -> bool {
    matches!(character as u32,
        0x3005..=0x3007 | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x323AF)
}

/// The words of a search: each character is in one of them.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    JIEBA.cut(text, false).into_iter().map(word)
}

/// The words of a text that is searched: those of [`words`], and the words that are in long ones.
pub fn words_and_parts(text: &str) -> impl Iterator<Item = &str> {
    JIEBA.cut_for_search(text, false).into_iter().map(word)
}

fn word<'a>(token: Token<'a>) -> &'a str {
    token.word
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn list<'a>(words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
        words.collect()
    }

    #[test]
    fn text_is_cut_by_the_dictionary() {
        assert_eq!(list(words("用户登录失败")), ["用户", "登录", "失败"]);
        assert_eq!(list(words("中华人民共和国")), ["中华人民共和国"]);
        let parts = list(words_and_parts("中华人民共和国"));
        assert!(["中华", "人民", "共和国", "中华人民共和国"].iter().all(|word| parts.contains(word)), "{parts:?}");
        assert_eq!(list(words("")), Vec::<&str>::new());
    }

    proptest! {
        #[test]
        fn every_character_is_in_one_word(text in "[用户登录失败呼叫中心人民共和国張々]{0,20}") {
            prop_assert_eq!(words(&text).collect::<String>(), text.clone());
            let parts = list(words_and_parts(&text));
            prop_assert!(words(&text).all(|word| parts.contains(&word)));
        }
    }
}
