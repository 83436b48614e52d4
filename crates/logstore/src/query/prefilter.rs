//! What the store can tell about a search: a condition of its own search that is false of no log that matches, and true
//! only of logs that do. What it leaves open the log decides.
//!
//! A word that is looked for becomes "at most these rows": rows that its index does not name, or whose bytes do not have
//! the word, certainly do not match. What `not` is said of is turned around, so it is true of all other rows, and the rest
//! is asked.
//!
//! The store keeps the words of a row by one set of delimiters for all logstores, letters folded, and finds any run of
//! Chinese, Japanese or Korean characters by its pairs. A logstore's index has delimiters of its own. So:
//!
//! * Where each of these cuts in the store, too, a token lies between cuts of the store: its words stand next to each
//!   other.
//! * Otherwise a token may lie inside a word of the store, which is looked for by `*token*`.
//! * Tokens with wildcards become their literal parts.
//! * What compares otherwise than the store folds is left out: dotted I's, and sigmas, whose lower case hangs on their
//!   place.
//! * Logs with escapes that the store decodes and the index does not are found by the words beside these (`escapes.rs`).
//!
//! The bytes of a row are looked at for one text of each condition in one piece, whatever cuts it (a [`Fragment`]): of
//! `10.0.*` it is `10.0.`, while its words, 10 and 0, are in nearly every row.

use std::collections::BTreeSet;

use store::FieldId;
use store::schema::WordRules;
use store::search::{Expr, Fragment, Pattern, PatternPart};

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

/// What the store can tell about a search.
pub(crate) fn store_search(node: &Node, rules: &RowRules) -> Expr {
    let mut planner =
        Planner { rules, left: MAX_STORE_CONDITIONS, reads_values: false, has_patterns: false, words: BTreeSet::new() };
    planner.node(node)
}

/// Pieces of a phrase that the store takes; a run of characters may be several.
const MAX_PIECES: usize = store::limits::MAX_PHRASE_WORDS / 2;

struct Planner<'r> {
    rules: &'r RowRules,
    /// Conditions that may still be made.
    left: usize,
    // Of the condition of the search that is being planned:
    /// Whether a text was looked for in a value as it is written, and not only in leaves of JSON.
    reads_values: bool,
    /// Whether a part is looked for that may begin or end inside a word.
    has_patterns: bool,
    /// The words of all other parts.
    words: BTreeSet<String>,
}

impl Planner<'_> {
    /// The logs in which the store may have read something that is looked for otherwise.
    fn escaped(&mut self) -> Vec<Expr> {
        let (always, listed_words) =
            if self.reads_values { (IN_VALUES, LISTED_IN_VALUES) } else { (IN_LEAVES, LISTED_IN_LEAVES) };
        let is = |mark: String| Expr::Is(self.rules.escapes, mark);
        let mut marks = vec![is(always.to_owned())];
        if self.has_patterns || self.words.len() > self.left {
            marks.push(is(listed_words.to_owned()));
        } else {
            self.left -= self.words.len();
            marks.extend(self.words.iter().map(|word| is(listed(word))));
        }
        marks
    }

    fn node(&mut self, node: &Node) -> Expr {
        match node {
            Node::All => Expr::ALL,
            Node::Not(inner) => Expr::Not(Box::new(self.node(inner))),
            Node::And(parts) => Expr::And(parts.iter().map(|part| self.node(part)).collect()),
            Node::Or(parts) => Expr::Or(parts.iter().map(|part| self.node(part)).collect()),
            Node::Anywhere(anywhere) => self.anywhere(anywhere),
            Node::Field(field, Condition::Text(test)) => {
                let reads_values = !matches!(field, Field::Leaf { .. } | Field::AnyLeaf { .. });
                self.at_most(reads_values, |planner| planner.test(test), fragment(test))
            }
            Node::Field(field, _) => self.key(field),
        }
    }

    fn anywhere(&mut self, Anywhere { line, fields }: &Anywhere) -> Expr {
        let mut tests: Vec<&TextTest> = Vec::new();
        for test in line.iter().map(|(_, test)| test).chain(fields.iter().map(|(_, test)| test)) {
            if !tests.contains(&test) {
                tests.push(test);
            }
        }
        let part = |test| self.at_most(true, |planner| planner.test(test), fragment(test));
        Expr::Or(tests.into_iter().map(part).collect())
    }

    /// Rows that may have a condition of the search; every row when nothing is planned.
    fn at_most(
        &mut self,
        reads_values: bool,
        plan: impl FnOnce(&mut Self) -> Option<Expr>,
        fragment: Option<Fragment>,
    ) -> Expr {
        (self.reads_values, self.has_patterns, self.words) = (reads_values, false, BTreeSet::new());
        let fragment = fragment.filter(|_| self.left > 0);
        self.left -= usize::from(fragment.is_some());
        let rows = match plan(self) {
            None => Expr::ALL,
            Some(expr) => Expr::Or(std::iter::once(expr).chain(self.escaped()).collect()),
        };
        Expr::AtMost(Box::new(rows), fragment)
    }

    /// The names of a key, when its values say nothing.
    fn key(&mut self, field: &Field) -> Expr {
        let names: &[&str] = match field {
            Field::Time | Field::Topic | Field::Source => &[],
            Field::Tag(name) | Field::Content(name) | Field::AnyLeaf { content: name, .. } => &[name],
            // A dotted path may be several keys or one that has a dot.
            Field::Leaf { content, path, .. } if path.contains('.') => &[content],
            Field::Leaf { content, path, .. } => &[content, path],
        };
        // The last part of a path is in its last key, whatever cuts it.
        let last = match field {
            Field::Leaf { path, .. } => path.rsplit('.').next(),
            _ => names.last().copied(),
        };
        let fragment = last.filter(|name| !name.is_empty()).map(|name| fragment_of(name, true));
        let reads_values = !matches!(field, Field::Time | Field::Topic | Field::Source | Field::Leaf { .. });
        let parts =
            |planner: &mut Self| all_of(names.iter().filter_map(|name| planner.part(name, false, false)).collect());
        self.at_most(reads_values, parts, fragment)
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

/// The text of a test that says most where it is looked for in one piece.
fn fragment(test: &TextTest) -> Option<Fragment> {
    let folds_case = !test.tokenizer().is_case_sensitive();
    let texts = match test {
        TextTest::Phrase(phrase) => vec![phrase.text.as_str()],
        TextTest::Tokens(_, wanted) => {
            let texts = wanted.iter().flat_map(|wanted| match wanted {
                Wanted::Token(token) => vec![token.as_str()],
                Wanted::Like(pattern) => literals(pattern, false).into_iter().map(|(text, ..)| text).collect(),
            });
            texts.collect()
        }
    };
    let fragments = texts.into_iter().map(|text| fragment_of(text, folds_case));
    fragments.max_by_key(|fragment| fragment.part().len()).filter(|fragment| !fragment.part().is_empty())
}

fn fragment_of(text: &str, folds_case: bool) -> Fragment {
    Fragment { text: text.to_owned(), folds_case }
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
