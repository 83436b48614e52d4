//! What a condition needs from a segment: for each of its atoms where it may be true, and, for values of packed columns,
//! where it is.

use std::convert::Infallible;
use std::sync::Arc;

use crate::limits::MAX_PATTERN_VALUES;
use crate::query::FieldId;
use crate::row_mask::RowMask;
use crate::search::{Atom, KnownRows, Needed, Search, Whereabouts};

use super::error::SegmentError;
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
    /// Whether the times of rows are compared.
    pub(crate) needs_times: bool,
}

struct AtomPlan {
    /// Where it may be true.
    places: Superset,
    /// What tells, beside the places, without asking a row.
    exactly: Option<Exactly>,
}

enum Exactly {
    /// A number of `columns`, and the codes with which it is true.
    Codes(usize, Codes),
    /// It is true of this time and later ones.
    Since(i64),
}

impl AtomPlan {
    fn somewhere_in(places: Superset) -> AtomPlan {
        AtomPlan { places, exactly: None }
    }
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
        let mut plan = SearchPlan { search, atoms: Vec::new(), columns: Vec::new(), needs_times: false };
        let search = plan.search.clone();
        for atom in search.atoms() {
            let planned = match atom {
                Atom::Is(field, value) => plan.value(sidecar, *field, value)?,
                Atom::Like(field, pattern) => plan.values_where(sidecar, *field, |value| pattern.matches(value))?,
                Atom::Exists(field) => plan.values_where(sidecar, *field, |_| true)?,
                Atom::Text(phrase, _) => {
                    let hashes = phrase.needed().into_iter().flat_map(Needed::hashes);
                    AtomPlan::somewhere_in(Superset::in_all(hashes, |hash| {
                        find_term(sidecar, hash).map(Superset::from)
                    })?)
                }
                Atom::Since(time_s) => plan.since(sidecar, *time_s),
                Atom::Fragment(_) => AtomPlan::somewhere_in(Superset::All),
            };
            plan.atoms.push(planned);
        }
        Ok(plan)
    }

    fn since(&mut self, sidecar: &Sidecar, time_s: i64) -> AtomPlan {
        let (first_s, last_s) = sidecar.time_range_s();
        self.needs_times |= (first_s..=last_s).contains(&time_s);
        let places = if time_s > last_s { Superset::NOWHERE } else { Superset::All };
        AtomPlan { places, exactly: Some(Exactly::Since(time_s)) }
    }

    fn value(&mut self, sidecar: &Sidecar, field: FieldId, value: &str) -> Result<AtomPlan, SegmentError> {
        if !sidecar.has_field(field) {
            return Ok(AtomPlan::somewhere_in(Superset::All));
        }
        let places = find_value(sidecar, field, value)?.into();
        let Some((section, values)) = packed_field(sidecar, field)? else {
            return Ok(AtomPlan::somewhere_in(places));
        };
        let mut codes = Codes::default();
        values.code(value).into_iter().for_each(|code| codes.insert(code));
        let places = if codes.0.is_empty() { Superset::NOWHERE } else { places };
        Ok(AtomPlan { places, exactly: Some(Exactly::Codes(self.column(section), codes)) })
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
            return Ok(AtomPlan::somewhere_in(Superset::All));
        };
        let (mut codes, mut found) = (Codes::default(), Vec::new());
        for (value, code) in values.all().zip(1..) {
            let value = String::from_utf8_lossy(value);
            if test(&value) {
                codes.insert(code);
                found.push(value);
            }
        }
        let mut places = if found.len() > MAX_PATTERN_VALUES { Superset::All } else { Superset::NOWHERE };
        if found.len() <= MAX_PATTERN_VALUES {
            for value in &found {
                places = places.or(find_value(sidecar, field, value)?.into());
            }
        }
        Ok(AtomPlan { places, exactly: Some(Exactly::Codes(self.column(section), codes)) })
    }

    fn column(&mut self, section: Section) -> usize {
        self.columns.push(section);
        self.columns.len() - 1
    }

    /// Rows that may match the whole condition.
    pub(crate) fn superset(&self) -> Superset {
        let of_atom = |atom: u8| Ok::<_, Infallible>(self.atoms[usize::from(atom)].places.clone());
        let Ok(superset) = self.search.root().whereabouts(&of_atom);
        superset
    }

    /// What index, packed columns and times say about so many rows of a granule, atom by atom. `codes` are those of the
    /// columns; times are only needed when they are compared.
    pub(crate) fn known_rows(
        &self,
        granule: usize,
        rows: usize,
        codes: &[Vec<u64>],
        times_s: &[i64],
        range_s: (i64, i64),
    ) -> Vec<KnownRows> {
        let known = |atom: &AtomPlan| match &atom.exactly {
            None => KnownRows { yes: RowMask::NONE, no: RowMask::ALL.without(atom.places.in_granule(granule)) },
            Some(Exactly::Codes(column, wanted)) => {
                KnownRows::exactly(RowMask::of(rows, |row| wanted.has(codes[*column][row])))
            }
            Some(Exactly::Since(time_s)) if *time_s <= range_s.0 => KnownRows::exactly(RowMask::ALL),
            Some(Exactly::Since(time_s)) => {
                KnownRows::exactly(RowMask::of(rows, |row| times_s.get(row).is_some_and(|time| time >= time_s)))
            }
        };
        self.atoms.iter().map(known).collect()
    }
}
