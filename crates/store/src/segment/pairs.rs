//! Pairs of a hash and a row, sorted by hash: some tens of millions for a segment.
//!
//! Two things keep that cheap. Pairs go into 256 heaps by the first byte of their hash, so that each heap is sorted within
//! the processor's cache, by counting. And most words of a row are names of fields, which nearly every row has: those that
//! the first rows show to be common are noted per granule and never become pairs.

use crate::limits::{COMMON_SPARSITY, GRANULE_ROWS, LEARNING_ROWS};

const HEAPS: usize = 256;
/// Places in the table of common hashes; a power of two, and more than twice as many as there can be: a row has some 130
/// words, so that at most about a thousand can be in one of eight rows.
const COMMON_PLACES: usize = 4096;
/// Common hashes at most.
const MAX_COMMON: usize = 1024;

/// Pairs, hash in the upper half, row in the lower.
pub(crate) struct Pairs {
    heaps: Vec<Vec<u64>>,
    common: Option<Common>,
}

/// Hashes that many rows have.
struct Common {
    /// Number of a hash in `terms` plus one, found by its lowest bits and the places behind.
    places: Box<[u16; COMMON_PLACES]>,
    terms: Vec<CommonTerm>,
}

/// A hash that many rows have, with the granules of those rows.
pub(crate) struct CommonTerm {
    pub(crate) hash: u32,
    /// The granule that was noted last: most words of a row were in the row before, too.
    last_granule: Option<u32>,
    bits: Vec<u64>,
}

impl CommonTerm {
    /// Its granules, ascending.
    pub(crate) fn granules(&self) -> Vec<u64> {
        (0..self.bits.len() * 64)
            .filter(|bit| self.bits[bit / 64] >> (bit % 64) & 1 == 1)
            .map(|bit| bit as u64)
            .collect()
    }

    fn set(&mut self, row: usize) {
        let granule = row / GRANULE_ROWS;
        if self.last_granule == Some(granule as u32) {
            return;
        }
        self.last_granule = Some(granule as u32);
        if self.bits.len() <= granule / 64 {
            self.bits.resize(granule / 64 + 1, 0);
        }
        self.bits[granule / 64] |= 1 << (granule % 64);
    }
}

impl Default for Pairs {
    fn default() -> Pairs {
        Pairs { heaps: vec![Vec::new(); HEAPS], common: None }
    }
}

impl Pairs {
    /// Adds a pair; twice is harmless. Whether the hash is a common one.
    pub(crate) fn add(&mut self, hash: u32, row: usize) -> bool {
        if let Some(common) = &mut self.common
            && let Some(term) = common.find(hash)
        {
            term.set(row);
            return true;
        }
        self.heaps[(hash >> 24) as usize].push(u64::from(hash) << 32 | row as u64);
        false
    }

    /// Adds pairs of the next row, which must come in order; the first rows decide which hashes are common.
    pub(crate) fn begin_row(&mut self, row: usize) {
        if row == LEARNING_ROWS {
            self.learn();
        }
    }

    fn learn(&mut self) {
        let mut common = Common { places: Box::new([0; COMMON_PLACES]), terms: Vec::new() };
        for heap in &mut self.heaps {
            sort(heap, &mut Vec::new());
            for group in heap.chunk_by(|left, right| left >> 32 == right >> 32) {
                if group.len() * COMMON_SPARSITY >= LEARNING_ROWS {
                    common.add((group[0] >> 32) as u32);
                }
            }
            heap.retain(|pair| match common.find((pair >> 32) as u32) {
                Some(term) => {
                    term.set(*pair as u32 as usize);
                    false
                }
                None => true,
            });
        }
        self.common = Some(common);
    }

    /// All pairs in order, heap after heap, each once, and the common hashes in order. No hash is in both.
    pub(crate) fn sorted(mut self) -> (Vec<Vec<u64>>, Vec<CommonTerm>) {
        let mut terms = self.common.take().map(|common| common.terms).unwrap_or_default();
        terms.sort_unstable_by_key(|term| term.hash);
        let mut scratch = Vec::new();
        self.heaps.iter_mut().for_each(|heap| sort(heap, &mut scratch));
        (self.heaps, terms)
    }
}

impl Common {
    fn find(&mut self, hash: u32) -> Option<&mut CommonTerm> {
        let mut place = hash as usize % COMMON_PLACES;
        loop {
            let number = usize::from(self.places[place]).checked_sub(1)?;
            if self.terms[number].hash == hash {
                return self.terms.get_mut(number);
            }
            place = (place + 1) % COMMON_PLACES;
        }
    }

    fn add(&mut self, hash: u32) {
        if self.terms.len() == MAX_COMMON {
            return;
        }
        let mut place = hash as usize % COMMON_PLACES;
        while self.places[place] != 0 {
            place = (place + 1) % COMMON_PLACES;
        }
        self.terms.push(CommonTerm { hash, last_granule: None, bits: Vec::new() });
        self.places[place] = self.terms.len() as u16;
    }
}

/// Sorts pairs whose first byte is the same and takes out doubles.
fn sort(pairs: &mut Vec<u64>, scratch: &mut Vec<u64>) {
    // Counting costs the same for few pairs as for many.
    const FEW: usize = 1024;
    if pairs.len() < FEW {
        pairs.sort_unstable();
    } else {
        for shift in [32, 40, 48] {
            let mut starts = [0usize; 256];
            pairs.iter().for_each(|pair| starts[(pair >> shift) as usize & 0xFF] += 1);
            let mut start = 0;
            for count in &mut starts {
                start += std::mem::replace(count, start);
            }
            scratch.resize(pairs.len(), 0);
            for pair in pairs.iter() {
                let place = &mut starts[(pair >> shift) as usize & 0xFF];
                scratch[*place] = *pair;
                *place += 1;
            }
            std::mem::swap(pairs, scratch);
        }
        // Rows were added in order for each kind of term; two terms that share a hash are mixed.
        for group in pairs.chunk_by_mut(|left, right| left >> 32 == right >> 32) {
            if !group.is_sorted() {
                group.sort_unstable();
            }
        }
    }
    pairs.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn hashes() -> impl Strategy<Value = Vec<Vec<u32>>> {
        let hash = prop_oneof![3 => 0u32..6, 2 => (0u32..4).prop_map(|n| n * 4096), 4 => any::<u32>()];
        proptest::collection::vec(proptest::collection::vec(hash, 0..8), 0..3 * LEARNING_ROWS)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn pairs_come_back_sorted_and_common_hashes_by_granule(rows in hashes(), late in proptest::collection::vec((0u32..9, 0usize..900), 0..9)) {
            let mut pairs = Pairs::default();
            let mut model: BTreeMap<u32, BTreeSet<u64>> = BTreeMap::new();
            let mut add = |pairs: &mut Pairs, hash: u32, row: usize| {
                pairs.add(hash, row);
                model.entry(hash).or_default().insert(row as u64);
            };
            for (row, hashes) in rows.iter().enumerate() {
                pairs.begin_row(row);
                hashes.iter().for_each(|hash| add(&mut pairs, *hash, row));
            }
            late.iter().for_each(|(hash, row)| add(&mut pairs, *hash, *row));
            let (heaps, common) = pairs.sorted();
            let all: Vec<u64> = heaps.concat();
            prop_assert!(all.is_sorted_by(|left, right| left < right));
            for term in common {
                let rows = model.remove(&term.hash).unwrap();
                let granules: BTreeSet<u64> = rows.iter().map(|row| row / GRANULE_ROWS as u64).collect();
                prop_assert_eq!(term.granules(), granules.into_iter().collect::<Vec<_>>());
            }
            let rest: Vec<u64> = model.iter().flat_map(|(hash, rows)| rows.iter().map(|row| u64::from(*hash) << 32 | row)).collect();
            prop_assert_eq!(all, rest);
        }
    }

    #[test]
    fn many_pairs_are_sorted_by_counting() {
        let mut state = 7u64;
        let mut pairs: Vec<u64> = (0..5000u64)
            .map(|row| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (0xAB << 56) | ((state >> 50) << 32) | (row % 3000)
            })
            .collect();
        let mut expected = pairs.clone();
        expected.sort_unstable();
        expected.dedup();
        sort(&mut pairs, &mut Vec::new());
        assert_eq!(pairs, expected);
    }
}
