//! What a condition needs from a segment: for each of its atoms where it may be true, and, for values of packed columns,
//! where it is.

use std::sync::Arc;

use crate::limits::MAX_PATTERN_VALUES;
use crate::query::FieldId;
use crate::schema::Piece;
use crate::search::{Atom, Known, Needed, Node, Search};

use super::error::SegmentError;
use super::hash::needed_hashes;
use super::places::Superset;
use super::plan::packed_field;
use super::sidecar::{Section, Sidecar};
use super::term_read::{find_term, find_value};

/// A condition in a segment.
pub(crate) struct SearchPlan {
    pub(crate) search: Arc<Search>,
    /// By the numbers of the atoms.
    atoms: Vec<AtomPlan>,
    /// Packed columns of which codes are compared.
    pub(crate) columns: Vec<Section>,
}

struct AtomPlan {
    /// Where it may be true.
    places: Superset,
    /// A number of `columns`, and the codes with which it is true: no row has to be asked.
    codes: Option<(usize, Codes)>,
}

/// Codes of values, one bit each.
#[derive(Default)]
struct Codes(Vec<u64>);

impl Codes {
    fn insert(&mut self, code: u64) {
        let word = (code / 64) as usize;
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (code % 64);
    }

    fn has(&self, code: u64) -> bool {
        usize::try_from(code / 64)
            .ok()
            .and_then(|word| self.0.get(word))
            .is_some_and(|bits| bits >> (code % 64) & 1 == 1)
    }
}

impl SearchPlan {
    pub(crate) fn new(sidecar: &Sidecar, search: Arc<Search>) -> Result<SearchPlan, SegmentError> {
        let mut plan = SearchPlan { search, atoms: Vec::new(), columns: Vec::new() };
        let search = plan.search.clone();
        for atom in search.atoms() {
            let planned = match atom {
                Atom::Is(field, value) => plan.value(sidecar, *field, value)?,
                Atom::Like(field, pattern) => plan.values_where(sidecar, *field, |value| pattern.matches(value))?,
                Atom::Exists(field) => plan.values_where(sidecar, *field, |_| true)?,
                Atom::Text(phrase, _) => {
                    let mut places = Superset::All;
                    for needed in phrase.needed() {
                        places = places.and(needed_places(sidecar, needed)?);
                    }
                    AtomPlan { places, codes: None }
                }
            };
            plan.atoms.push(planned);
        }
        Ok(plan)
    }

    fn value(&mut self, sidecar: &Sidecar, field: FieldId, value: &str) -> Result<AtomPlan, SegmentError> {
        if !sidecar.has_field(field) {
            return Ok(AtomPlan { places: Superset::All, codes: None });
        }
        let places = find_value(sidecar, field, value)?.into();
        let Some((section, values)) = packed_field(sidecar, field)? else {
            return Ok(AtomPlan { places, codes: None });
        };
        let mut codes = Codes::default();
        values.code(value).into_iter().for_each(|code| codes.insert(code));
        let places = if codes.0.is_empty() { Superset::NOTHING } else { places };
        Ok(AtomPlan { places, codes: Some((self.column(section), codes)) })
    }

    /// Values that pass a test. Few of them are looked up, so that a rare value is found without walking.
    fn values_where(
        &mut self,
        sidecar: &Sidecar,
        field: FieldId,
        test: impl Fn(&str) -> bool,
    ) -> Result<AtomPlan, SegmentError> {
        let packed = if sidecar.has_field(field) { packed_field(sidecar, field)? } else { None };
        let Some((section, values)) = packed else {
            return Ok(AtomPlan { places: Superset::All, codes: None });
        };
        let (mut codes, mut found) = (Codes::default(), Vec::new());
        for (value, code) in values.all().zip(1..) {
            let value = String::from_utf8_lossy(value);
            if test(&value) {
                codes.insert(code);
                found.push(value);
            }
        }
        let mut places = if found.len() > MAX_PATTERN_VALUES { Superset::All } else { Superset::NOTHING };
        if found.len() <= MAX_PATTERN_VALUES {
            for value in &found {
                places = places.or(find_value(sidecar, field, value)?.into());
            }
        }
        Ok(AtomPlan { places, codes: Some((self.column(section), codes)) })
    }

    fn column(&mut self, section: Section) -> usize {
        self.columns.push(section);
        self.columns.len() - 1
    }

    /// Rows that may match the whole condition.
    pub(crate) fn superset(&self) -> Superset {
        self.superset_of(self.search.root())
    }

    fn superset_of(&self, node: &Node) -> Superset {
        match node {
            Node::Atom(atom) => self.atoms[usize::from(*atom)].places.clone(),
            // Where something may be says nothing about where it is not.
            Node::Not(_) => Superset::All,
            Node::And(parts) => parts.iter().fold(Superset::All, |set, part| set.and(self.superset_of(part))),
            Node::Or(parts) => parts.iter().fold(Superset::NOTHING, |set, part| set.or(self.superset_of(part))),
        }
    }

    /// What index and packed columns say about a row. `code` gives the row's code in one of the columns.
    pub(crate) fn known(&self, row: usize, code: impl Fn(usize) -> u64) -> Known {
        let mut known = Known::default();
        for (number, atom) in self.atoms.iter().enumerate() {
            match &atom.codes {
                Some((column, codes)) => known.set(number, codes.has(code(*column))),
                None if !atom.places.has(row) => known.set(number, false),
                None => {}
            }
        }
        known
    }
}

/// Where something may be that a phrase needs. A part of a word may be anywhere: the index has only whole ones.
fn needed_places(sidecar: &Sidecar, needed: Needed<'_>) -> Result<Superset, SegmentError> {
    let piece = match needed {
        Needed::Word(word) => Piece::Word(word),
        Needed::Run(run) => Piece::Run(run),
        Needed::PartOfWord(_) => return Ok(Superset::All),
    };
    let mut hashes = Vec::new();
    needed_hashes(piece, |hash| hashes.push(hash));
    let mut places = Superset::All;
    for hash in hashes {
        places = places.and(find_term(sidecar, hash)?.into());
        if places.is_nothing() {
            break;
        }
    }
    Ok(places)
}
