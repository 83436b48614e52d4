//! The words of a statement as they are written, by which names are shown and faults find their place.

use std::collections::HashMap;

use datafusion::sql::sqlparser::ast::Ident;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan};

use super::names::{fold, unfold};

/// The words of a statement.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    start: Option<Location>,
    /// By their place.
    written: HashMap<(u64, u64), String>,
    /// The first place of each, folded.
    places: HashMap<String, (Location, String)>,
}

impl Words {
    /// Of the tokens as they are written.
    pub(super) fn of(tokens: &[TokenWithSpan]) -> Words {
        let mut words = Words::default();
        for token in tokens.iter().filter(|token| !matches!(token.token, Token::Whitespace(_))) {
            words.start.get_or_insert(token.span.start);
            if let Token::Word(word) = &token.token {
                words.add(&word.value, token.span.start);
            }
        }
        words
    }

    /// Adds a name that several tokens make.
    pub(super) fn add(&mut self, written: &str, place: Location) {
        self.written.insert((place.line, place.column), written.to_owned());
        self.places.entry(fold(written)).or_insert_with(|| (place, written.to_owned()));
    }

    /// A name of the statement as it is written there.
    pub(crate) fn written(&self, name: &Ident) -> String {
        let start = name.span.start;
        let written =
            self.written.get(&(start.line, start.column)).filter(|written| fold(written) == fold(&name.value));
        written.cloned().unwrap_or_else(|| unfold(&name.value))
    }

    /// Where a name is first.
    pub(crate) fn find(&self, name: &str) -> Option<Location> {
        self.places.get(&fold(name)).map(|(place, _)| *place)
    }

    /// Where a name is first, or where the statement begins.
    pub(crate) fn place(&self, name: &str) -> Location {
        self.find(name).unwrap_or_else(|| self.start())
    }

    /// A folded name as it is written.
    pub(crate) fn spelled(&self, name: &str) -> String {
        self.places.get(&fold(name)).map_or_else(|| unfold(name), |(_, written)| written.clone())
    }

    /// Where the statement begins.
    pub(crate) fn start(&self) -> Location {
        self.start.unwrap_or(Location::new(1, 1))
    }
}
