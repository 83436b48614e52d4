//! A condition made ready: its atoms numbered, its texts cut, and its truth told from what is known of a row.

use std::sync::Arc;

use crate::limits::{MAX_SEARCH_ATOMS, MAX_SEARCH_DEPTH};
use crate::query::FieldId;
use crate::schema::{Layout, WordRules};

use super::expr::Expr;
use super::literal::Literal;
use super::pattern::Pattern;
use super::phrase::Phrase;

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
}

#[derive(Debug)]
pub(crate) enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Atom(u8),
}

/// A condition without parts.
#[derive(Debug)]
pub(crate) enum Atom {
    Is(FieldId, String),
    Like(FieldId, Pattern),
    Exists(FieldId),
    Text(Phrase, Option<Box<Literal>>),
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

impl Search {
    /// Makes a condition ready for the streams of a layout.
    pub fn new(expr: Expr, layout: &Layout) -> Result<Arc<Search>, SearchError> {
        Self::by_rules(expr, layout.words)
    }

    fn by_rules(expr: Expr, rules: WordRules) -> Result<Arc<Search>, SearchError> {
        let mut atoms = Vec::new();
        let root = compile(&expr, rules, &mut atoms, 0)?;
        Ok(Arc::new(Search { expr, rules, root, atoms }))
    }

    /// The same condition for rows that were cut by other rules.
    pub(crate) fn for_rules(self: &Arc<Self>, rules: WordRules) -> Result<Arc<Search>, SearchError> {
        if self.rules == rules { Ok(self.clone()) } else { Self::by_rules(self.expr.clone(), rules) }
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

fn compile(expr: &Expr, rules: WordRules, atoms: &mut Vec<Atom>, depth: usize) -> Result<Node, SearchError> {
    if depth > MAX_SEARCH_DEPTH {
        return Err(SearchError::TooLarge);
    }
    let atom = match expr {
        Expr::And(parts) => return Ok(Node::And(compile_all(parts, rules, atoms, depth)?)),
        Expr::Or(parts) => return Ok(Node::Or(compile_all(parts, rules, atoms, depth)?)),
        Expr::Not(inner) => return Ok(Node::Not(Box::new(compile(inner, rules, atoms, depth + 1)?))),
        Expr::Is(field, value) => Atom::Is(*field, value.clone()),
        Expr::Like(field, pattern) => Atom::Like(*field, pattern.clone()),
        Expr::Exists(field) => Atom::Exists(*field),
        Expr::Text(text) => text_atom(Phrase::cut(rules, text)?, rules),
        Expr::TextLike(pattern) => text_atom(Phrase::cut_pattern(rules, pattern)?, rules),
    };
    if atoms.len() == MAX_SEARCH_ATOMS {
        return Err(SearchError::TooLarge);
    }
    atoms.push(atom);
    Ok(Node::Atom(atoms.len() as u8 - 1))
}

fn compile_all(
    parts: &[Expr],
    rules: WordRules,
    atoms: &mut Vec<Atom>,
    depth: usize,
) -> Result<Vec<Node>, SearchError> {
    parts.iter().map(|part| compile(part, rules, atoms, depth + 1)).collect()
}

fn text_atom(phrase: Phrase, rules: WordRules) -> Atom {
    let literal = Literal::of(&phrase, rules).map(Box::new);
    Atom::Text(phrase, literal)
}
