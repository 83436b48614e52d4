//! A condition made ready: its atoms numbered, its texts cut, and its truth told from what is known of a row.

use std::sync::Arc;

use crate::limits::{MAX_SEARCH_ATOMS, MAX_SEARCH_DEPTH};
use crate::query::FieldId;
use crate::row_mask::RowMask;
use crate::schema::{Layout, WordRules};

use super::expr::{Expr, Fragment};
use super::literal::Literal;
use super::pattern::Pattern;
use super::phrase::Phrase;
use super::row::RowTest;

/// Why a condition cannot be looked for. Each text says what to change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// A text without words was asked for.
    #[error("{text:?} has no word to look for; give at least one letter or digit")]
    NoWord {
        /// What was asked for.
        text: String,
    },
    /// A phrase is too long.
    #[error("a phrase has more than {MAX_PHRASE_WORDS} words; look for parts of it joined by AND", MAX_PHRASE_WORDS = crate::limits::MAX_PHRASE_WORDS)]
    LongPhrase,
    /// The condition has too many parts.
    #[error(
        "the search has more than {MAX_SEARCH_ATOMS} conditions or is nested deeper than {MAX_SEARCH_DEPTH}; search in parts"
    )]
    TooLarge,
}

/// A condition that is ready to be searched for. It can be used for any number of pages.
#[derive(Debug)]
pub struct Search {
    expr: Expr,
    rules: WordRules,
    root: Node,
    atoms: Vec<Atom>,
    /// Says which rows are meant that the condition leaves open.
    test: Option<Arc<dyn RowTest>>,
    /// The atoms, one bit each, that have to be known of a row: those outside of what is left to the test.
    decisive: u64,
}

#[derive(Debug)]
pub(crate) enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Atom(u8),
    /// Never true: a test of the row decides where neither is false.
    AtMost(Box<Node>, Option<u8>),
}

/// A condition without parts.
#[derive(Debug)]
pub(crate) enum Atom {
    Is(FieldId, String),
    Like(FieldId, Pattern),
    Exists(FieldId),
    Text(Phrase, Option<Box<Literal>>),
    Since(i64),
    Fragment(Box<Literal>),
}

impl Atom {
    /// The bytes without which it is not true of a row.
    pub(crate) fn literal(&self) -> Option<&Literal> {
        match self {
            Atom::Text(_, literal) => literal.as_deref(),
            Atom::Fragment(literal) => Some(literal),
            Atom::Is(..) | Atom::Like(..) | Atom::Exists(_) | Atom::Since(_) => None,
        }
    }
}

/// What is known of the atoms of a row: one bit each. An atom in neither is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) yes: u64,
    pub(crate) no: u64,
}

impl Known {
    pub(crate) fn set(&mut self, atom: usize, is_true: bool) {
        let bits = if is_true { &mut self.yes } else { &mut self.no };
        *bits |= 1 << atom;
    }

    /// What both know together.
    pub(crate) fn and(self, other: Known) -> Known {
        Known { yes: self.yes | other.yes, no: self.no | other.no }
    }

    pub(crate) fn has(self, atom: usize) -> bool {
        (self.yes | self.no) >> atom & 1 == 1
    }
}

/// Of the rows of a granule those of which something is known to be true, and those of which it is known to be false.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct KnownRows {
    pub(crate) yes: RowMask,
    pub(crate) no: RowMask,
}

impl KnownRows {
    const ALL: KnownRows = KnownRows { yes: RowMask::ALL, no: RowMask::NONE };

    /// Something that is true of these rows and of no others.
    pub(crate) fn exactly(yes: RowMask) -> KnownRows {
        KnownRows { yes, no: RowMask::ALL.without(yes) }
    }

    fn negated(self) -> KnownRows {
        KnownRows { yes: self.no, no: self.yes }
    }

    fn and(self, other: KnownRows) -> KnownRows {
        KnownRows { yes: self.yes.and(other.yes), no: self.no.or(other.no) }
    }
}

impl Search {
    /// Makes a condition ready for the streams of a layout.
    pub fn new(expr: Expr, layout: &Layout) -> Result<Arc<Search>, SearchError> {
        Self::by_rules(expr, layout.words, None)
    }

    /// The same with a test for the rows that the condition leaves open.
    pub fn tested(expr: Expr, layout: &Layout, test: Arc<dyn RowTest>) -> Result<Arc<Search>, SearchError> {
        Self::by_rules(expr, layout.words, Some(test))
    }

    fn by_rules(expr: Expr, rules: WordRules, test: Option<Arc<dyn RowTest>>) -> Result<Arc<Search>, SearchError> {
        let mut compiler = Compiler { rules, atoms: Vec::new() };
        let root = compiler.node(&expr, 0, true)?;
        let decisive = root.decisive();
        Ok(Arc::new(Search { expr, rules, root, atoms: compiler.atoms, test, decisive }))
    }

    /// The same condition for rows that were cut by other rules.
    pub(crate) fn for_rules(self: &Arc<Self>, rules: WordRules) -> Result<Arc<Search>, SearchError> {
        if self.rules == rules { Ok(self.clone()) } else { Self::by_rules(self.expr.clone(), rules, self.test.clone()) }
    }

    pub(crate) fn rules(&self) -> WordRules {
        self.rules
    }

    pub(crate) fn root(&self) -> &Node {
        &self.root
    }

    pub(crate) fn atoms(&self) -> &[Atom] {
        &self.atoms
    }

    /// Values that every matching row has.
    pub(crate) fn required_values(&self) -> Vec<(FieldId, &str)> {
        let all = std::slice::from_ref(&self.root);
        let parts = if let Node::And(parts) = &self.root { parts.as_slice() } else { all };
        let atoms = parts.iter().filter_map(|part| if let Node::Atom(atom) = part { Some(*atom) } else { None });
        let values = atoms.filter_map(|atom| match &self.atoms[usize::from(atom)] {
            Atom::Is(field, value) => Some((*field, value.as_str())),
            _ => None,
        });
        values.collect()
    }

    /// Whether a row matches, as far as that follows from what is known of it.
    pub(crate) fn truth(&self, known: Known) -> Option<bool> {
        self.root.truth(known)
    }

    /// The same for the rows of a granule; what is known comes atom by atom.
    pub(crate) fn truth_of_rows(&self, known: &[KnownRows]) -> KnownRows {
        self.root.truth_of_rows(known)
    }

    /// Whether the row itself has to tell about an atom, and not a test of it.
    pub(crate) fn is_decisive(&self, atom: usize) -> bool {
        self.decisive >> atom & 1 == 1
    }

    /// Whether a row is meant of which the condition knows all that it can.
    pub(crate) fn is_meant(&self, row: &[u8]) -> Result<bool, String> {
        self.test.as_ref().map_or(Ok(true), |test| test.is_meant(row))
    }

    /// What the time of a row says.
    pub(crate) fn known_by_time(&self, time_s: i64) -> Known {
        let mut known = Known::default();
        for (number, atom) in self.atoms.iter().enumerate() {
            if let Atom::Since(since_s) = atom {
                known.set(number, time_s >= *since_s);
            }
        }
        known
    }
}

impl Node {
    fn truth(&self, known: Known) -> Option<bool> {
        match self {
            Node::Atom(atom) if known.yes >> atom & 1 == 1 => Some(true),
            Node::Atom(atom) if known.no >> atom & 1 == 1 => Some(false),
            Node::Atom(_) => None,
            Node::Not(inner) => inner.truth(known).map(|truth| !truth),
            Node::And(parts) => Self::joined(parts, known, false),
            Node::Or(parts) => Self::joined(parts, known, true),
            Node::AtMost(inner, fragment) => {
                let lacks_fragment = fragment.is_some_and(|atom| known.no >> atom & 1 == 1);
                (lacks_fragment || inner.truth(known) == Some(false)).then_some(false)
            }
        }
    }

    fn truth_of_rows(&self, known: &[KnownRows]) -> KnownRows {
        let of_atom = |atom: u8| known.get(usize::from(atom)).copied().unwrap_or_default();
        match self {
            Node::Atom(atom) => of_atom(*atom),
            Node::Not(inner) => inner.truth_of_rows(known).negated(),
            Node::And(parts) => parts.iter().fold(KnownRows::ALL, |all, part| all.and(part.truth_of_rows(known))),
            // One of them is true where not all of them are false.
            Node::Or(parts) => {
                let none = |all: KnownRows, part: &Node| all.and(part.truth_of_rows(known).negated());
                parts.iter().fold(KnownRows::ALL, none).negated()
            }
            Node::AtMost(inner, fragment) => {
                let lack_fragment = fragment.map_or(RowMask::NONE, |atom| of_atom(atom).no);
                KnownRows { yes: RowMask::NONE, no: inner.truth_of_rows(known).no.or(lack_fragment) }
            }
        }
    }

    /// The atoms outside of what is left to a test, one bit each.
    fn decisive(&self) -> u64 {
        match self {
            Node::Atom(atom) => 1 << atom,
            Node::Not(inner) => inner.decisive(),
            Node::And(parts) | Node::Or(parts) => parts.iter().fold(0, |all, part| all | part.decisive()),
            Node::AtMost(..) => 0,
        }
    }

    /// One part that is `decisive` decides; otherwise all must be known.
    fn joined(parts: &[Node], known: Known, decisive: bool) -> Option<bool> {
        let mut joined = Some(!decisive);
        for part in parts {
            match part.truth(known) {
                Some(truth) if truth == decisive => return Some(decisive),
                Some(_) => {}
                None => joined = None,
            }
        }
        joined
    }
}

/// Numbers the atoms of a condition.
struct Compiler {
    rules: WordRules,
    atoms: Vec<Atom>,
}

impl Compiler {
    /// `needs_literals` is false where another text tells more about the same rows.
    fn node(&mut self, expr: &Expr, depth: usize, needs_literals: bool) -> Result<Node, SearchError> {
        if depth > MAX_SEARCH_DEPTH {
            return Err(SearchError::TooLarge);
        }
        let mut part = |part: &Expr| self.node(part, depth + 1, needs_literals);
        let atom = match expr {
            Expr::And(parts) => return Ok(Node::And(parts.iter().map(part).collect::<Result<_, _>>()?)),
            Expr::Or(parts) => return Ok(Node::Or(parts.iter().map(part).collect::<Result<_, _>>()?)),
            Expr::Not(inner) => return Ok(Node::Not(Box::new(part(inner)?))),
            Expr::AtMost(inner, fragment) => return self.at_most(inner, fragment.as_ref(), depth),
            Expr::Is(field, value) => Atom::Is(*field, value.clone()),
            Expr::Like(field, pattern) => Atom::Like(*field, pattern.clone()),
            Expr::Exists(field) => Atom::Exists(*field),
            Expr::Since(time_s) => Atom::Since(*time_s),
            Expr::Text(text) => self.text(Phrase::cut(self.rules, text)?, needs_literals),
            Expr::TextLike(pattern) => self.text(Phrase::cut_pattern(self.rules, pattern)?, needs_literals),
        };
        self.add(atom).map(Node::Atom)
    }

    fn at_most(&mut self, inner: &Expr, fragment: Option<&Fragment>, depth: usize) -> Result<Node, SearchError> {
        let literal = fragment.and_then(Literal::of_fragment);
        let inner = self.node(inner, depth + 1, literal.is_none())?;
        let fragment = literal.map(|literal| self.add(Atom::Fragment(Box::new(literal)))).transpose()?;
        Ok(Node::AtMost(Box::new(inner), fragment))
    }

    fn text(&self, phrase: Phrase, needs_literal: bool) -> Atom {
        let literal = if needs_literal { Literal::of(&phrase, self.rules) } else { None };
        Atom::Text(phrase, literal.map(Box::new))
    }

    fn add(&mut self, atom: Atom) -> Result<u8, SearchError> {
        let is_same = |known: &Atom| matches!((known, &atom), (Atom::Is(a, b), Atom::Is(c, d)) if a == c && b == d);
        if let Some(known) = self.atoms.iter().position(is_same) {
            return Ok(known as u8);
        }
        if self.atoms.len() == MAX_SEARCH_ATOMS {
            return Err(SearchError::TooLarge);
        }
        self.atoms.push(atom);
        Ok(self.atoms.len() as u8 - 1)
    }
}
