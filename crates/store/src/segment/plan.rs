//! What a query needs from a segment: which rows can match, and how the rest is told.

use crate::query::{FieldId, Query};

use super::dictionary::Values;
use super::error::SegmentError;
use super::hash::{field_hash, scope_hash};
use super::phrase::Phrase;
use super::reader::Segment;
use super::sidecar::{Section, SectionKind, Sidecar};
use super::term_read::{Places, find_term};

/// How a query is answered. Every condition is in it once more than the index needs: what the index says is a superset.
pub(crate) struct Plan<'a> {
    /// The only rows that can match, ascending; `None` when the index names no rows.
    pub(crate) rows: Option<Vec<u32>>,
    /// The only granules that can match, ascending; `None` when all can.
    pub(crate) granules: Option<Vec<u32>>,
    /// Packed columns whose code must be one of these.
    pub(crate) codes: Vec<(Section, Vec<u64>)>,
    /// Values that only the row itself can tell.
    pub(crate) terms: Vec<(FieldId, &'a str)>,
    /// Scopes, when only the row itself can tell.
    pub(crate) scopes: Vec<&'a str>,
    pub(crate) phrases: Vec<Phrase>,
}

impl<'a> Plan<'a> {
    /// `None` when nothing can match.
    pub(crate) fn new(segment: &Segment, query: &Query<'a>, texts: &[&str]) -> Result<Option<Plan<'a>>, SegmentError> {
        let words = segment.sidecar.words();
        let phrases = texts.iter().map(|text| Phrase::cut(words, text)).collect::<Result<_, _>>()?;
        let mut plan =
            Plan { rows: None, granules: None, codes: Vec::new(), terms: Vec::new(), scopes: Vec::new(), phrases };
        let can_match = plan.add_scopes(&segment.sidecar, query)?
            && plan.add_terms(&segment.sidecar, query)?
            && plan.add_phrases(&segment.sidecar)?;
        Ok(can_match.then_some(plan))
    }

    /// The row itself must be read to know whether it matches.
    pub(crate) fn needs_row(&self) -> bool {
        !(self.terms.is_empty() && self.scopes.is_empty() && self.phrases.is_empty())
    }

    fn add_scopes(&mut self, sidecar: &Sidecar, query: &Query<'a>) -> Result<bool, SegmentError> {
        if let Some((section, values)) = packed(sidecar, SectionKind::Scope, SectionKind::ScopeValues, 0)? {
            let codes: Vec<u64> = query.scopes.iter().filter_map(|scope| values.code(scope)).collect();
            let can_match = !codes.is_empty();
            self.codes.push((section, codes));
            return Ok(can_match);
        }
        self.scopes = query.scopes.to_vec();
        if let [only] = query.scopes {
            return self.narrow(find_term(sidecar, scope_hash(only))?);
        }
        Ok(!query.scopes.is_empty())
    }

    fn add_terms(&mut self, sidecar: &Sidecar, query: &Query<'a>) -> Result<bool, SegmentError> {
        for (field, value) in query.all_of {
            if !sidecar.has_field(*field) {
                // Written before the field was known: every row is asked.
                self.terms.push((*field, value));
                continue;
            }
            if !self.narrow(find_term(sidecar, field_hash(*field, value))?)? {
                return Ok(false);
            }
            match packed(sidecar, SectionKind::Field, SectionKind::FieldValues, field.0)? {
                None => self.terms.push((*field, value)),
                Some((section, values)) => match values.code(value) {
                    None => return Ok(false),
                    Some(code) => self.codes.push((section, vec![code])),
                },
            }
        }
        Ok(true)
    }

    fn add_phrases(&mut self, sidecar: &Sidecar) -> Result<bool, SegmentError> {
        for hash in self.phrases.iter().flat_map(Phrase::hashes).collect::<Vec<_>>() {
            if !self.narrow(find_term(sidecar, hash)?)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Keeps what is in these places, too; false when nothing is left.
    fn narrow(&mut self, places: Option<Places>) -> Result<bool, SegmentError> {
        let (known, places) = match places {
            None => return Ok(false),
            Some(Places::Everywhere) => return Ok(true),
            Some(Places::Rows(rows)) => (&mut self.rows, rows),
            Some(Places::Granules(granules)) => (&mut self.granules, granules),
        };
        let both = match known.take() {
            None => places,
            Some(known) => common(&known, &places),
        };
        let is_left = !both.is_empty();
        *known = Some(both);
        Ok(is_left)
    }
}

/// A packed column with its values; `None` when the column was not packed.
fn packed(
    sidecar: &Sidecar,
    codes: SectionKind,
    values: SectionKind,
    field: u8,
) -> Result<Option<(Section, Values)>, SegmentError> {
    match (sidecar.find(codes, field), sidecar.find(values, field)) {
        (Some(codes), Some(values)) => Ok(Some((codes, Values::read(sidecar, values)?))),
        _ => Ok(None),
    }
}

/// Numbers in both lists; each number of the shorter one is looked up in what is left of the longer one.
fn common(left: &[u32], right: &[u32]) -> Vec<u32> {
    let (short, mut long) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    let mut both = Vec::with_capacity(short.len());
    for number in short {
        long = &long[long.partition_point(|other| other < number)..];
        if long.first() == Some(number) {
            both.push(*number);
        }
    }
    both
}
