//! What a query needs from a segment: which rows can match, and how the rest is told.

use std::sync::Arc;

use crate::query::{FieldId, Query};
use crate::schema::Extracted;
use crate::search::Search;

use super::dictionary::Values;
use super::error::SegmentError;
use super::hash::scope_hash;
use super::places::{Superset, common};
use super::reader::Segment;
use super::search_plan::SearchPlan;
use super::sidecar::{Section, SectionKind, Sidecar};
use super::term_read::{Places, find_term, find_value};

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
    /// The condition beside the values.
    pub(crate) search: Option<SearchPlan>,
}

impl<'a> Plan<'a> {
    /// `None` when nothing can match.
    pub(crate) fn new(
        segment: &Segment,
        query: &Query<'a>,
        search: Option<&Arc<Search>>,
    ) -> Result<Option<Plan<'a>>, SegmentError> {
        let sidecar = &segment.sidecar;
        let (codes, terms, scopes) = (Vec::new(), Vec::new(), Vec::new());
        let mut plan = Plan { rows: None, granules: None, codes, terms, scopes, search: None };
        let can_match =
            plan.add_terms(sidecar, query)? && plan.add_scopes(sidecar, query)? && plan.add_search(sidecar, search)?;
        Ok(can_match.then_some(plan))
    }

    /// Whether codes tell everything that is asked beside the condition, so that no row has to be read for it.
    pub(crate) fn is_told_by_codes(&self) -> bool {
        self.terms.is_empty() && self.scopes.is_empty()
    }

    /// Whether a row has what codes do not tell.
    pub(crate) fn has_values(&self, extracted: &Extracted<'_>) -> bool {
        self.terms.iter().all(|(field, value)| extracted.has(*field, value))
            && (self.scopes.is_empty() || self.scopes.contains(&&*extracted.scope))
    }

    fn add_scopes(&mut self, sidecar: &Sidecar, query: &Query<'a>) -> Result<bool, SegmentError> {
        if let Some((section, values)) = packed(sidecar, SectionKind::Scope, SectionKind::ScopeValues, 0)? {
            let mut codes: Vec<u64> = query.scopes.iter().filter_map(|scope| values.code(scope)).collect();
            codes.sort_unstable();
            codes.dedup();
            let can_match = !codes.is_empty();
            // Every row has a scope: when all are asked for, no row has to be looked at.
            if codes.len() < values.len() {
                self.codes.push((section, codes));
            }
            return Ok(can_match);
        }
        self.scopes = query.scopes.to_vec();
        if let [only] = query.scopes {
            return Ok(self.narrow(find_term(sidecar, scope_hash(only))?.into()));
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
            let places: Option<Places> = find_value(sidecar, *field, value)?;
            if !self.narrow(places.into()) {
                return Ok(false);
            }
            match packed_field(sidecar, *field)? {
                None => self.terms.push((*field, value)),
                Some((section, values)) => match values.code(value) {
                    None => return Ok(false),
                    Some(code) => self.codes.push((section, vec![code])),
                },
            }
        }
        Ok(true)
    }

    fn add_search(&mut self, sidecar: &Sidecar, search: Option<&Arc<Search>>) -> Result<bool, SegmentError> {
        let Some(search) = search else {
            return Ok(true);
        };
        let search = search.for_rules(sidecar.words())?;
        let plan = SearchPlan::new(sidecar, search)?;
        let can_match = self.narrow(plan.superset());
        self.search = Some(plan);
        Ok(can_match)
    }

    /// Keeps what is in this set, too; false when nothing is left.
    fn narrow(&mut self, set: Superset) -> bool {
        let (known, numbers) = match set {
            Superset::All => return true,
            Superset::Rows(rows) => (&mut self.rows, rows),
            Superset::Granules(granules) => (&mut self.granules, granules),
        };
        let both = match known.take() {
            None => numbers,
            Some(known) => common(&known, &numbers),
        };
        let is_left = !both.is_empty();
        *known = Some(both);
        is_left
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

/// The packed column of a field.
pub(crate) fn packed_field(sidecar: &Sidecar, field: FieldId) -> Result<Option<(Section, Values)>, SegmentError> {
    packed(sidecar, SectionKind::Field, SectionKind::FieldValues, field.0)
}
