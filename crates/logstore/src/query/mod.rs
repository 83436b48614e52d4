//! The search language of the log service (SLS, "Search syntax"), and what it means for a logstore's index.
//!
//! ```text
//! statement = search [ "|" what is made of the logs ]
//! search    = nothing (every log) | or
//! or        = and { "or" and }
//! and       = not { [ "and" ] not }                 neighbours are joined by and
//! not       = "not" not | "(" or ")" | [ key ] value
//! key       = word ":" | quoted ":" | "__tag__" ":" name ":" | word comparison | word "in"
//! value     = "*" | word | quoted | "#" quoted | "(" or ")" of one key's values | number | range
//! range     = ( "[" | "(" ) number number ( "]" | ")" )
//! ```
//!
//! `and`, `or` and `not` are written in either case, `in` in small letters; quoted they are texts. In a word `*` is any
//! characters and `?` is one. `a not b or c` is `(a and not b) or c`.
//!
//! | Written | A log has |
//! |---|---|
//! | `word` | every token of it in names or values of fields, by the full-text index; or all in one field, by its own index |
//! | `"some text"` | the same for all of its tokens, in any order |
//! | `#"some text"` | a name or a value in which that stands as it is, from the beginning of a token to the end of one |
//! | `key:value` | every token of it in one value of the key |
//! | `key:*`, `key:""` | the key; the key with an empty value |
//! | `key > 5`, `key in [1 5)`, `key:5` | a number there |
//!
//! A key is one of the index configuration, a leaf below a JSON key (`event.userIdentity.userName`), `__topic__`,
//! `__source__` or `source`, `__time__`, or `__tag__:name`. Any other is refused, and so is a comparison on a text: the
//! cloud would quietly look for its pieces anywhere.
//!
//! The way of a search: [`split`] and [`parse`] once, [`Query::to_store_search`] for the store's index, and
//! [`Query::matches`] for each log of which the store knows too little. The log decides: wildcards and phrases are exact.

mod compile;
mod escapes;
mod evaluate;
mod fault;
mod fields;
pub(crate) mod leaves;
mod lexer;
pub mod limits;
mod number;
mod parser;
mod phrase;
mod prefilter;
mod print;
mod statement;
mod syntax;
#[cfg(test)]
mod tests;
mod tokens;

pub use escapes::escape_marks;
pub use fault::{Fault, Place};
pub(crate) use fields::TAG_PREFIX;
pub use lexer::Comparison;
pub use parser::read;
pub use prefilter::RowRules;
pub use print::print;
pub use statement::{Statement, split};
pub use syntax::{Range, Syntax, Term, Value};

use crate::data::row::LogRow;
use crate::index::IndexConfig;
use crate::log::Log;

/// A search that is ready.
#[derive(Debug)]
pub struct Query {
    root: compile::Node,
    terms: Vec<SearchTerm>,
    has_phrase: bool,
}

/// A text that a search looks for, as answers list them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchTerm {
    /// Its key; empty for a text that may be anywhere.
    pub key: String,
    /// The text.
    pub term: String,
}

/// Reads the search part of a statement for a logstore.
pub fn parse(text: &str, config: &IndexConfig) -> Result<Query, Fault> {
    let syntax = read(text)?;
    let mut query = Query { root: compile::compile(&syntax, config)?, terms: Vec::new(), has_phrase: false };
    query.collect_terms(&syntax, false);
    Ok(query)
}

impl Query {
    /// Whether a log matches: exactly.
    pub fn matches(&self, log: &Log) -> bool {
        evaluate::matches(&self.root, log)
    }

    /// Whether every log matches.
    pub fn is_all(&self) -> bool {
        matches!(self.root, compile::Node::All)
    }

    /// The same for a row of the store.
    pub(crate) fn matches_row(&self, row: &LogRow<'_>) -> bool {
        evaluate::row_matches(&self.root, row)
    }

    /// A condition for the store, which leaves open what only a log can tell.
    pub fn to_store_search(&self, rules: &RowRules) -> store::search::Expr {
        prefilter::store_search(&self.root, rules)
    }

    /// What is looked for, without what is behind a `not`.
    pub fn terms(&self) -> &[SearchTerm] {
        &self.terms
    }

    /// Whether a phrase is looked for, which answers tell.
    pub fn has_phrase(&self) -> bool {
        self.has_phrase
    }

    fn collect_terms(&mut self, syntax: &Syntax, is_negated: bool) {
        match syntax {
            Syntax::All => {}
            Syntax::And(parts) | Syntax::Or(parts) => {
                parts.iter().for_each(|part| self.collect_terms(part, is_negated))
            }
            Syntax::Not(inner) => self.collect_terms(inner, !is_negated),
            Syntax::Term(term) => {
                self.has_phrase |= matches!(term.value, Value::Phrase(_));
                if let Value::Word(text) | Value::Quoted(text) | Value::Phrase(text) = &term.value
                    && !is_negated
                {
                    let key = term.key.clone().unwrap_or_default();
                    self.terms.push(SearchTerm { key, term: text.clone() });
                }
            }
        }
    }
}
