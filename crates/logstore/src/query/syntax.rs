//! What a search says, before the index says what it means.

use super::fault::Place;
use super::lexer::Comparison;

/// A search, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Syntax {
    /// Every log: `*`, or nothing.
    All,
    /// All of these.
    And(Vec<Syntax>),
    /// At least one of these.
    Or(Vec<Syntax>),
    /// Logs of which this is not true.
    Not(Box<Syntax>),
    /// A condition.
    Term(Term),
}

/// A condition on a key, or on the whole log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The key; that of a tag is `__tag__:<name>`. Nothing for a word that may be anywhere.
    pub key: Option<String>,
    /// What it must have.
    pub value: Value,
    /// Where it stands; the same for all conditions that share a key.
    pub place: Place,
}

/// What a key or a log must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A word without quotes: `*` and `?` are wildcards, and `*` alone asks whether the key exists.
    Word(String),
    /// A text, of which every token must be there. Of a key, an empty one asks for an empty value.
    Quoted(String),
    /// A text that must be there as it is.
    Phrase(String),
    /// A number that compares so with this one.
    Compare(Comparison, String),
    /// A number between two.
    Range(Range),
}

/// `[low high]`, each side with or without its bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// Lower bound.
    pub low: String,
    /// Whether the lower bound is in the range.
    pub has_low: bool,
    /// Upper bound.
    pub high: String,
    /// Whether the upper bound is in the range.
    pub has_high: bool,
}
