//! What a search needs from the store: a condition of the store's own search that every matching log has, so that its
//! index does the work and the log decides about few.
//!
//! The store keeps the words of a row by one set of delimiters for all logstores, letters folded, and finds any run of
//! Chinese, Japanese or Korean characters by its pairs. A logstore's index has delimiters of its own. So:
//!
//! * Where each of these cuts in the store, too, a token lies between cuts of the store: its words stand next to each
//!   other.
//! * Otherwise a token may lie inside a word of the store, which is looked for by `*token*`: every row is looked at,
//!   but only its bytes.
//! * Tokens with wildcards become their literal parts.
//! * What compares otherwise than the store folds is left out: dotted I's, and sigmas, whose lower case hangs on their
//!   place.
//! * `not`, and keys whose values have no words, leave every row.
//! * Logs with escapes that the store decodes and the index does not are found by the words beside these (`escapes.rs`).

use std::collections::BTreeSet;

use store::FieldId;
use store::schema::WordRules;
use store::search::{Expr, Pattern, PatternPart};

use super::compile::{Anywhere, Condition, Node, TextTest};
use super::escapes::{IN_LEAVES, IN_VALUES, LISTED_IN_LEAVES, LISTED_IN_VALUES, listed};
use super::fields::Field;
use super::limits::MAX_STORE_CONDITIONS;
use super::tokens::{Tokenizer, Wanted};

/// How the store has the rows of logs. A row is a JSON text in which keys and values of the log are strings.
#[derive(Debug, Clone, Copy)]
pub struct RowRules {
    /// How their text is cut.
    pub words: WordRules,
    /// The field of the marks of [`escape_marks`](super::escape_marks).
    pub escapes: FieldId,
}

/// A condition that every matching log's row has.
pub(crate) fn superset(node: &Node, rules: &RowRules) -> Expr {
    let mut planner =
        Planner { rules, left: MAX_STORE_CONDITIONS, reads_values: false, has_patterns: false, words: BTreeSet::new() };
    match planner.node(node) {
        None => Expr::ALL,
        Some(expr) => Expr::Or(std::iter::once(expr).chain(planner.escaped()).collect()),
    }
}

/// Pieces of a phrase that the store takes; a run of characters may be several.
const MAX_PIECES: usize = store::limits::MAX_PHRASE_WORDS / 2;

struct Planner<'r> {
    rules: &'r RowRules,
    /// Conditions that may still be made.
    left: usize,
    /// Whether a text was looked for in a value as it is written, and not only in leaves of JSON.
    reads_values: bool,
    /// Whether a part is looked for that may begin or end inside a word.
    has_patterns: bool,
    /// The words of all other parts.
    words: BTreeSet<String>,
}

impl Planner<'_> {
    /// The logs in which the store may have read something that is looked for otherwise.
    fn escaped(&self) -> Vec<Expr> {
        let (always, listed_words) =
            if self.reads_values { (IN_VALUES, LISTED_IN_VALUES) } else { (IN_LEAVES, LISTED_IN_LEAVES) };
        let is = |mark: String| Expr::Is(self.rules.escapes, mark);
        let mut marks = vec![is(always.to_owned())];
        if self.has_patterns || self.words.len() > self.left {
            marks.push(is(listed_words.to_owned()));
        } else {
            marks.extend(self.words.iter().map(|word| is(listed(word))));
        }
        marks
    }

    /// Nothing when every row may match.
    fn node(&mut self, node: &Node) -> Option<Expr> {
        match node {
            Node::All | Node::Not(_) => None,
            Node::And(parts) => {
                let parts: Vec<Expr> = parts.iter().filter_map(|part| self.node(part)).collect();
                all_of(parts)
            }
            Node::Or(parts) => {
                let parts: Option<Vec<Expr>> = parts.iter().map(|part| self.node(part)).collect();
                parts.map(Expr::Or)
            }
            Node::Anywhere(anywhere) => self.anywhere(anywhere),
            Node::Field(field, Condition::Text(test)) => self.text(field, test),
            Node::Field(field, _) => self.key(field),
        }
    }

    fn anywhere(&mut self, Anywhere { line, fields }: &Anywhere) -> Option<Expr> {
        self.reads_values = true;
        let mut tests: Vec<&TextTest> = Vec::new();
        for test in line.iter().map(|(_, test)| test).chain(fields.iter().map(|(_, test)| test)) {
            if !tests.contains(&test) {
                tests.push(test);
            }
        }
        let parts: Option<Vec<Expr>> = tests.into_iter().map(|test| self.test(test)).collect();
        parts.map(Expr::Or)
    }

    fn text(&mut self, field: &Field, test: &TextTest) -> Option<Expr> {
        self.reads_values |= !matches!(field, Field::Leaf { .. } | Field::AnyLeaf { .. });
        self.test(test)
    }

    /// The names of a key, when its values say nothing.
    fn key(&mut self, field: &Field) -> Option<Expr> {
        let names: &[&str] = match field {
            Field::Time | Field::Topic | Field::Source => &[],
            Field::Tag(name) | Field::Content(name) | Field::AnyLeaf { content: name, .. } => {
                self.reads_values = true;
                &[name]
            }
            // A dotted path may be several keys or one that has a dot.
            Field::Leaf { content, path, .. } if path.contains('.') => &[content],
            Field::Leaf { content, path, .. } => &[content, path],
        };
        all_of(names.iter().filter_map(|name| self.part(name, false, false)).collect())
    }

    fn test(&mut self, test: &TextTest) -> Option<Expr> {
        let is_open = !self.is_cut_by_store(test.tokenizer());
        match test {
            TextTest::Phrase(phrase) => self.part(&phrase.text, is_open, is_open),
            TextTest::Tokens(_, wanted) => {
                let parts = wanted.iter().flat_map(|wanted| match wanted {
                    Wanted::Token(token) => vec![(token.as_str(), is_open, is_open)],
                    Wanted::Like(pattern) => literals(pattern, is_open),
                });
                all_of(parts.filter_map(|(text, before, behind)| self.part(text, before, behind)).collect())
            }
        }
    }

    /// Whether tokens lie between cuts of the store. Chinese characters that are delimiters end a word of the store,
    /// too, and parts of runs are found.
    fn is_cut_by_store(&self, tokenizer: &Tokenizer) -> bool {
        tokenizer.delimiters().all(|delimiter| self.is_cut(delimiter) || chinese::is_chinese(delimiter))
    }

    fn is_cut(&self, character: char) -> bool {
        !self.rules.words.has_words(character.encode_utf8(&mut [0; 4]))
    }

    /// A text inside a row; where it is open, it may begin or end inside a word.
    fn part(&mut self, text: &str, is_open_before: bool, is_open_behind: bool) -> Option<Expr> {
        if self.left == 0 || text.contains(['σ', 'Σ', 'ς', 'İ', '\u{307}']) {
            return None;
        }
        let begun = text.trim_start_matches(|character| self.is_cut(character));
        let trimmed = begun.trim_end_matches(|character| self.is_cut(character));
        if trimmed.is_empty() {
            return None;
        }
        let is_open_before = is_open_before && begun.len() == text.len();
        let is_open_behind = is_open_behind && trimmed.len() == begun.len();
        let part = if self.pieces(trimmed) > MAX_PIECES {
            self.longest_word(trimmed, is_open_before, is_open_behind)?
        } else {
            (trimmed, is_open_before, is_open_behind)
        };
        self.left -= 1;
        match part {
            (text, false, false) => self.words.extend(self.rules.words.words(text)),
            _ => self.has_patterns = true,
        }
        Some(match part {
            (text, false, false) => Expr::Text(text.to_owned()),
            (text, before, behind) => {
                let star = |is_open: bool| is_open.then_some(PatternPart::Many);
                let literal = PatternPart::Literal(text.to_owned());
                Expr::TextLike(Pattern::new(star(before).into_iter().chain([literal]).chain(star(behind))))
            }
        })
    }

    /// How many words a text has at most.
    fn pieces(&self, text: &str) -> usize {
        text.split(|character| self.is_cut(character)).map(upper_pieces).sum()
    }

    /// The longest word of a long text.
    fn longest_word<'t>(&self, text: &'t str, before: bool, behind: bool) -> Option<(&'t str, bool, bool)> {
        let words = text.split(|character| self.is_cut(character));
        let word = words.filter(|word| upper_pieces(word) <= MAX_PIECES).max_by_key(|word| word.len())?;
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        (!word.is_empty()).then_some((word, before && start == 0, behind && start + word.len() == text.len()))
    }
}

/// ASCII characters between cuts are one word, and Chinese ones are one run; others may each begin something.
fn upper_pieces(word: &str) -> usize {
    let (mut pieces, mut before) = (0, None);
    for character in word.chars() {
        let script = (character.is_ascii() || chinese::is_chinese(character)).then(|| character.is_ascii());
        pieces += usize::from(script.is_none() || script != before);
        before = script;
    }
    pieces
}

fn all_of(mut parts: Vec<Expr>) -> Option<Expr> {
    match parts.len() {
        0 => None,
        1 => parts.pop(),
        _ => Some(Expr::And(parts)),
    }
}

/// The literal parts of a pattern, and on which sides they may be inside a word of the store.
fn literals(pattern: &Pattern, is_open: bool) -> Vec<(&str, bool, bool)> {
    let parts = pattern.parts();
    let literals = parts.iter().enumerate().filter_map(|(number, part)| match part {
        PatternPart::Literal(text) => Some((text.as_str(), is_open || number > 0, is_open || number + 1 < parts.len())),
        PatternPart::One | PatternPart::Many => None,
    });
    literals.collect()
}
