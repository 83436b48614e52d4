//! Which positions a stream holds, as ranges: a dense stream is one range however long it is.

use std::collections::BTreeMap;

/// A set of positions.
#[derive(Default)]
pub(crate) struct Positions {
    /// First to last position of each range, inclusive; ranges neither touch nor overlap.
    ranges: BTreeMap<u64, u64>,
}

impl Positions {
    /// Adds a position; false when it was there already.
    pub(crate) fn insert(&mut self, position: u64) -> bool {
        let before = self.ranges.range_mut(..=position).next_back();
        let mut start = position;
        if let Some((first, last)) = before {
            if *last >= position {
                return false;
            }
            if *last + 1 == position {
                *last = position;
                start = *first;
            }
        }
        // The range behind may now touch this one.
        let behind = position.checked_add(1).and_then(|next| self.ranges.remove(&next));
        if start == position || behind.is_some() {
            self.ranges.insert(start, behind.unwrap_or(position));
        }
        true
    }

    /// Highest position; zero when there is none.
    pub(crate) fn last(&self) -> u64 {
        self.ranges.last_key_value().map_or(0, |(_, last)| *last)
    }

    /// Bytes of the ranges; a tree node is at least half full.
    pub(crate) fn bytes(&self) -> u64 {
        self.ranges.len() as u64 * 32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn behaves_as_a_set(inserts in proptest::collection::vec(prop_oneof![0u64..40, u64::MAX - 3..=u64::MAX], 0..80)) {
            let mut positions = Positions::default();
            let mut model = BTreeSet::new();
            for position in inserts {
                prop_assert_eq!(positions.insert(position), model.insert(position));
                prop_assert_eq!(positions.last(), *model.last().unwrap());
                let runs = model.iter().filter(|p| p.checked_sub(1).is_none_or(|before| !model.contains(&before))).count();
                prop_assert_eq!(positions.ranges.len(), runs);
            }
        }
    }
}
