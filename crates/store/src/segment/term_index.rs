//! Collecting the index from hashes to rows and granules.

use std::collections::HashSet;

use super::pairs::{CommonTerm, Pairs};
use super::sidecar::Version;
use super::{term_write, v1};

/// Most bits of a directory: a million buckets.
pub(crate) const MAX_DIRECTORY_BITS: u32 = 20;

/// Hashes of terms with the rows that have them.
#[derive(Default)]
pub(crate) struct TermIndex {
    pairs: Pairs,
    /// Hashes that get lists of rows even when they are common, because nothing but the row itself could tell.
    precise: HashSet<u32>,
}

/// All terms of a segment in order.
pub(crate) struct SortedTerms {
    /// Pairs of a hash in the upper half and a row, heap after heap.
    pub(crate) heaps: Vec<Vec<u64>>,
    /// Hashes that are in no heap.
    pub(crate) common: Vec<CommonTerm>,
    pub(crate) precise: HashSet<u32>,
    pub(crate) row_count: usize,
}

/// What a reader must know of the index before it reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TermShape {
    /// Bits of a hash that choose its bucket.
    pub(crate) directory_bits: u32,
    /// Bits of a hash that are written at all.
    pub(crate) hash_bits: u32,
    /// Rice parameter of the differences of hashes.
    pub(crate) hash_parameter: u32,
}

/// The three sections of the index.
pub(crate) struct EncodedTerms {
    pub(crate) shape: TermShape,
    pub(crate) directory: Vec<u8>,
    pub(crate) terms: Vec<u8>,
    pub(crate) postings: Vec<u8>,
    /// Fields whose values are found as words.
    pub(crate) by_word: Vec<u8>,
}

impl TermIndex {
    /// Notes that a row has a term; doing so twice is harmless. Whether only the granule was noted, so that another row of it
    /// would change nothing.
    pub(crate) fn add(&mut self, hash: u32, row: usize) -> bool {
        self.pairs.add(hash, row)
    }

    /// Says that the words of a row come next. Rows come in order.
    pub(crate) fn begin_row(&mut self, row: usize) {
        self.pairs.begin_row(row);
    }

    /// Says that a hash gets a list of rows even when it is common.
    pub(crate) fn mark_precise(&mut self, hash: u32) {
        self.precise.insert(hash);
    }

    /// Writes everything. `None` when an offset would not fit 32 bits.
    pub(crate) fn encode(self, row_count: usize, version: Version) -> Option<EncodedTerms> {
        let (heaps, common) = self.pairs.sorted();
        let sorted = SortedTerms { heaps, common, precise: self.precise, row_count };
        match version {
            Version::One => v1::encode_terms(&sorted),
            Version::Two => term_write::encode_terms(&sorted),
        }
    }
}
