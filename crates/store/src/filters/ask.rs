//! Which segments may have what a query asks for, as a filter tells it.

use std::sync::Arc;

use crate::query::{FieldId, Query};
use crate::search::{Atom, Needed, Search, Whereabouts};
use crate::segment::{SegmentError, value_hash, word_hash_of_value};

use super::filter::SegmentFilter;
use super::slots::SegmentBits;

impl SegmentFilter {
    /// The segments that may have rows of a query and a condition, one bit each, in the order of the description. All of them
    /// when the filter turns out to be damaged.
    pub(crate) fn may_match(&self, query: &Query<'_>, search: Option<&Arc<Search>>) -> SegmentBits {
        if self.is_broken() {
            return SegmentBits::EVERYWHERE;
        }
        let asked = self.having_values(query).and_then(|segments| match search {
            Some(search) if !segments.is_nowhere() => Ok(segments & self.matching(search)?),
            _ => Ok(segments),
        });
        asked.unwrap_or_else(|error| {
            // What cannot be searched for the segments say, too, to whoever asks.
            if !matches!(error, SegmentError::Search(_)) {
                self.distrust(&error);
            }
            SegmentBits::EVERYWHERE
        })
    }

    fn having_values(&self, query: &Query<'_>) -> Result<SegmentBits, SegmentError> {
        SegmentBits::in_all(query.all_of, |(field, value)| self.having_value(*field, value))
    }

    fn matching(&self, search: &Arc<Search>) -> Result<SegmentBits, SegmentError> {
        let search = search.for_rules(self.rules())?;
        search.root().whereabouts(&|atom| match &search.atoms()[usize::from(atom)] {
            Atom::Is(field, value) => self.having_value(*field, value),
            Atom::Text(phrase, _) => {
                let hashes = phrase.needed().into_iter().flat_map(Needed::hashes);
                SegmentBits::in_all(hashes, |hash| self.having_hash(hash))
            }
            Atom::Like(..) | Atom::Exists(_) | Atom::Since(_) | Atom::Fragment(_) => Ok(SegmentBits::EVERYWHERE),
        })
    }

    fn having_value(&self, field: FieldId, value: &str) -> Result<SegmentBits, SegmentError> {
        let (by_value, by_word) = self.finding(field);
        // The others were written before the field was known: their rows have to be asked.
        let mut segments = !(by_value | by_word);
        if by_value != 0 {
            segments |= by_value & self.having_hash(value_hash(field, value))?;
        }
        if by_word != 0
            && let Some(hash) = word_hash_of_value(&self.rules().cutter(), value)
        {
            segments |= by_word & self.having_hash(hash)?;
        }
        Ok(segments)
    }
}

impl Whereabouts for SegmentBits {
    const EVERYWHERE: SegmentBits = SegmentBits::MAX;
    const NOWHERE: SegmentBits = 0;

    fn is_nowhere(&self) -> bool {
        *self == 0
    }

    fn and(self, other: SegmentBits) -> SegmentBits {
        self & other
    }

    fn or(self, other: SegmentBits) -> SegmentBits {
        self | other
    }
}
