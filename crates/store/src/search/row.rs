//! The row decides: what the index leaves open is told by the row's own bytes, the cheapest questions first.

use std::fmt;

use crate::schema::{Extracted, Piece, Schema};

use super::compile::{Atom, Known, Search};
use super::literal::RowBytes;
use super::phrase::Matcher;

/// Says which rows are meant of those that a condition leaves open: the only judge of what the store cannot know.
pub trait RowTest: fmt::Debug + Send + Sync {
    /// Whether a row is meant. The error says what is wrong with the row.
    fn is_meant(&self, row: &[u8]) -> Result<bool, String>;
}

/// Tells whether rows match. Keeps room that is used again from row to row.
#[derive(Default)]
pub(crate) struct RowJudge {
    scratch: Vec<u8>,
}

impl RowJudge {
    /// Whether a row matches, of which something is known already. The error says what is wrong with the row.
    pub(crate) fn matches(
        &mut self,
        search: &Search,
        mut known: Known,
        row: &[u8],
        schema: &dyn Schema,
    ) -> Result<bool, String> {
        if let Some(truth) = search.truth(known) {
            return Ok(truth);
        }
        self.rule_out_texts(search, &mut known, row);
        if let Some(truth) = search.truth(known) {
            return Ok(truth);
        }
        Self::matches_by_parts(search, known, row, schema)
    }

    /// The same for a row that has the bytes of all texts that are open.
    pub(crate) fn matches_by_parts(
        search: &Search,
        mut known: Known,
        row: &[u8],
        schema: &dyn Schema,
    ) -> Result<bool, String> {
        find_texts(search, &mut known, row);
        if let Some(truth) = search.truth(known) {
            return Ok(truth);
        }
        let is_open = |number: usize| search.is_decisive(number) && !known.has(number);
        if (0..search.atoms().len()).any(is_open) {
            find_values(search, &mut known, &schema.extract(row)?);
        }
        search.truth(known).map_or_else(|| search.is_meant(row), Ok)
    }

    /// Texts whose letters are not in the bytes.
    fn rule_out_texts(&mut self, search: &Search, known: &mut Known, row: &[u8]) {
        let mut bytes = RowBytes::new(row, &mut self.scratch);
        for (number, atom) in search.atoms().iter().enumerate() {
            if let Some(literal) = atom.literal()
                && !known.has(number)
                && !literal.may_be_in(&mut bytes)
            {
                known.set(number, false);
            }
        }
    }
}

/// Cuts the row once for all texts that are still open.
fn find_texts(search: &Search, known: &mut Known, row: &[u8]) {
    let open = |(number, atom): (usize, &'_ Atom)| match atom {
        Atom::Text(..) if search.is_decisive(number) && !known.has(number) => Some(number),
        _ => None,
    };
    let open: Vec<usize> = search.atoms().iter().enumerate().filter_map(open).collect();
    let mut matchers: Vec<(usize, Matcher<'_>)> = open
        .into_iter()
        .filter_map(|number| match &search.atoms()[number] {
            Atom::Text(phrase, _) => Some((number, phrase.matcher())),
            _ => None,
        })
        .collect();
    if matchers.is_empty() {
        return;
    }
    search.rules().cut_row(row, &mut |piece: Piece<'_>| {
        matchers.iter_mut().for_each(|(_, matcher)| matcher.piece(piece));
    });
    matchers.iter().for_each(|(number, matcher)| known.set(*number, matcher.is_found()));
}

fn find_values(search: &Search, known: &mut Known, extracted: &Extracted<'_>) {
    for (number, atom) in search.atoms().iter().enumerate() {
        let has = |wanted, test: &dyn Fn(&str) -> bool| {
            extracted.terms.iter().any(|(field, value)| *field == wanted && test(value))
        };
        let is_true = match atom {
            Atom::Is(field, value) => has(*field, &|found| found == value),
            Atom::Like(field, pattern) => has(*field, &|found| pattern.matches(found)),
            Atom::Exists(field) => has(*field, &|_| true),
            Atom::Text(..) | Atom::Since(_) | Atom::Fragment(_) => continue,
        };
        if !known.has(number) {
            known.set(number, is_true);
        }
    }
}
