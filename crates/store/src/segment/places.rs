//! Where something may be in a segment: supersets, joined.

use crate::limits::GRANULE_ROWS;
use crate::row_mask::RowMask;
use crate::search::Whereabouts;

use super::term_read::Places;

/// Rows that may match; rows outside certainly do not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Superset {
    /// All rows.
    All,
    /// These rows, ascending.
    Rows(Vec<u32>),
    /// The rows of these granules, ascending.
    Granules(Vec<u32>),
}

impl Superset {
    /// The rows of a granule that are in it.
    pub(crate) fn in_granule(&self, granule: usize) -> RowMask {
        match self {
            Superset::All => RowMask::ALL,
            Superset::Granules(granules) if granules.binary_search(&(granule as u32)).is_ok() => RowMask::ALL,
            Superset::Granules(_) => RowMask::NONE,
            Superset::Rows(rows) => {
                let low = granule * GRANULE_ROWS;
                let before = |end: usize| rows.partition_point(|row| (*row as usize) < end);
                let mut mask = RowMask::NONE;
                rows[before(low)..before(low + GRANULE_ROWS)].iter().for_each(|row| mask.set(*row as usize - low));
                mask
            }
        }
    }

    fn has(&self, row: usize) -> bool {
        let has = |numbers: &[u32], number: usize| numbers.binary_search(&(number as u32)).is_ok();
        match self {
            Superset::All => true,
            Superset::Rows(rows) => has(rows, row),
            Superset::Granules(granules) => has(granules, row / GRANULE_ROWS),
        }
    }

    fn granules(self) -> Vec<u32> {
        match self {
            Superset::All => Vec::new(),
            Superset::Granules(granules) => granules,
            Superset::Rows(mut rows) => {
                rows.iter_mut().for_each(|row| *row /= GRANULE_ROWS as u32);
                rows.dedup();
                rows
            }
        }
    }
}

impl Whereabouts for Superset {
    const EVERYWHERE: Superset = Superset::All;
    const NOWHERE: Superset = Superset::Rows(Vec::new());

    fn is_nowhere(&self) -> bool {
        matches!(self, Superset::Rows(numbers) | Superset::Granules(numbers) if numbers.is_empty())
    }

    fn and(self, other: Superset) -> Superset {
        match (self, other) {
            (Superset::All, set) | (set, Superset::All) => set,
            (Superset::Rows(left), Superset::Rows(right)) => Superset::Rows(common(&left, &right)),
            (Superset::Granules(left), Superset::Granules(right)) => Superset::Granules(common(&left, &right)),
            (Superset::Rows(mut rows), granules @ Superset::Granules(_))
            | (granules @ Superset::Granules(_), Superset::Rows(mut rows)) => {
                rows.retain(|row| granules.has(*row as usize));
                Superset::Rows(rows)
            }
        }
    }

    fn or(self, other: Superset) -> Superset {
        match (self, other) {
            (Superset::All, _) | (_, Superset::All) => Superset::All,
            (Superset::Rows(left), Superset::Rows(right)) => Superset::Rows(either(left, right)),
            (left, right) => Superset::Granules(either(left.granules(), right.granules())),
        }
    }
}

impl From<Option<Places>> for Superset {
    fn from(places: Option<Places>) -> Superset {
        match places {
            None => Superset::NOWHERE,
            Some(Places::Everywhere) => Superset::All,
            Some(Places::Rows(rows)) => Superset::Rows(rows),
            Some(Places::Granules(granules)) => Superset::Granules(granules),
        }
    }
}

/// Numbers in both lists; each number of the shorter one is looked up in what is left of the longer one.
pub(crate) fn common(left: &[u32], right: &[u32]) -> Vec<u32> {
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

/// Numbers in at least one list. Sorting finds the two runs and merges them.
fn either(mut left: Vec<u32>, right: Vec<u32>) -> Vec<u32> {
    left.extend(right);
    left.sort();
    left.dedup();
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const ROWS: usize = GRANULE_ROWS * 3;

    fn superset() -> impl Strategy<Value = Superset> {
        let numbers = |bound: usize| {
            proptest::collection::btree_set(0..bound as u32, 0..40)
                .prop_map(|set: BTreeSet<u32>| set.into_iter().collect())
        };
        prop_oneof![
            1 => Just(Superset::All),
            4 => numbers(ROWS).prop_map(Superset::Rows),
            4 => numbers(3).prop_map(Superset::Granules),
        ]
    }

    proptest! {
        #[test]
        fn joined_sets_lose_no_row(left in superset(), right in superset()) {
            let (both, any) = (left.clone().and(right.clone()), left.clone().or(right.clone()));
            for row in 0..ROWS {
                prop_assert_eq!(left.in_granule(row / GRANULE_ROWS).has(row % GRANULE_ROWS), left.has(row));
                prop_assert_eq!(both.has(row), left.has(row) && right.has(row));
                prop_assert!(any.has(row) || !(left.has(row) || right.has(row)));
            }
            prop_assert!(!both.is_nowhere() || !(0..ROWS).any(|row| both.has(row)));
        }
    }
}
