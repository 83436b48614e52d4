//! Building the index from hashes to rows and granules. Layout: see the module above.

use std::collections::HashSet;

use crate::limits::{BUCKET_TERMS, GRANULE_ROWS, INLINE_LIST_BYTES, ROW_LIST_SPARSITY};

use super::bytes_at::put_varint;

/// Most bits of a directory: a million buckets, as a segment of 16 million words needs.
pub(crate) const MAX_DIRECTORY_BITS: u32 = 20;

pub(crate) const KIND_ONE_ROW: u64 = 0;
pub(crate) const KIND_ROWS: u64 = 1;
pub(crate) const KIND_GRANULES: u64 = 2;
pub(crate) const KIND_EVERYWHERE: u64 = 3;

/// Hashes of terms with the rows that have them.
///
/// All pairs in one vector that is sorted once: 8 bytes for each word of each row, and much faster than a list per word.
#[derive(Default)]
pub(crate) struct TermIndex {
    pairs: Vec<u64>,
    /// Hashes that get lists of rows even when they are common, because nothing but the row itself could tell.
    precise: HashSet<u32>,
}

/// The three sections of the index.
pub(crate) struct EncodedTerms {
    pub(crate) directory_bits: u32,
    pub(crate) directory: Vec<u8>,
    pub(crate) terms: Vec<u8>,
    pub(crate) postings: Vec<u8>,
}

impl TermIndex {
    /// Notes that a row has a term; doing so twice is harmless.
    pub(crate) fn add(&mut self, hash: u32, row: usize) {
        self.pairs.push(u64::from(hash) << 32 | row as u64);
    }

    pub(crate) fn add_precise(&mut self, hash: u32, row: usize) {
        self.precise.insert(hash);
        self.add(hash, row);
    }

    /// Writes everything. `None` when an offset would not fit 32 bits.
    pub(crate) fn encode(mut self, row_count: usize) -> Option<EncodedTerms> {
        self.pairs.sort_unstable();
        self.pairs.dedup();
        let term_count = self.pairs.chunk_by(|left, right| left >> 32 == right >> 32).count();
        let directory_bits = (term_count / BUCKET_TERMS).max(1).ilog2().min(MAX_DIRECTORY_BITS);
        let mut encoder =
            Encoder { row_count, row_bytes: row_bytes(row_count), terms: Vec::new(), postings: Vec::new() };
        let mut directory = Vec::new();
        let mut groups = self.pairs.chunk_by(|left, right| left >> 32 == right >> 32).peekable();
        for bucket in 0..1u64 << directory_bits {
            directory.extend_from_slice(&u32::try_from(encoder.terms.len()).ok()?.to_le_bytes());
            let bucket_end = (bucket + 1) << (32 - directory_bits);
            let mut before = bucket << (32 - directory_bits);
            while let Some(group) = groups.next_if(|group| group[0] >> 32 < bucket_end) {
                let hash = group[0] >> 32;
                encoder.term(hash - before, group, self.precise.contains(&(hash as u32)));
                before = hash;
            }
        }
        directory.extend_from_slice(&u32::try_from(encoder.terms.len()).ok()?.to_le_bytes());
        u32::try_from(encoder.postings.len()).ok()?;
        Some(EncodedTerms { directory_bits, directory, terms: encoder.terms, postings: encoder.postings })
    }
}

/// Bytes of a row number that stands alone.
pub(crate) fn row_bytes(row_count: usize) -> usize {
    match row_count.saturating_sub(1) {
        0..=0xFF => 1,
        0x100..=0xFFFF => 2,
        0x1_0000..=0xFF_FFFF => 3,
        _ => 4,
    }
}

struct Encoder {
    row_count: usize,
    row_bytes: usize,
    terms: Vec<u8>,
    postings: Vec<u8>,
}

impl Encoder {
    /// One term with its rows, ascending.
    fn term(&mut self, difference: u64, group: &[u64], is_precise: bool) {
        let rows = group.iter().map(|pair| pair & 0xFFFF_FFFF);
        if let [only] = group {
            put_varint(&mut self.terms, difference << 2 | KIND_ONE_ROW);
            self.terms.extend_from_slice(&only.to_le_bytes()[..self.row_bytes]);
            return;
        }
        let sparsity = if is_precise { 2 } else { ROW_LIST_SPARSITY };
        if group.len() <= 8 || group.len() * sparsity <= self.row_count {
            put_varint(&mut self.terms, difference << 2 | KIND_ROWS);
            put_varint(&mut self.terms, group.len() as u64);
            self.data(&differences(rows));
            return;
        }
        let mut granules: Vec<u64> = rows.map(|row| row / GRANULE_ROWS as u64).collect();
        granules.dedup();
        let granule_count = self.row_count.div_ceil(GRANULE_ROWS);
        if granules.len() == granule_count {
            put_varint(&mut self.terms, difference << 2 | KIND_EVERYWHERE);
            return;
        }
        put_varint(&mut self.terms, difference << 2 | KIND_GRANULES);
        let list = differences(granules.iter().copied());
        let is_bitmap = list.len() > granule_count.div_ceil(8);
        put_varint(&mut self.terms, (granules.len() as u64) << 1 | u64::from(is_bitmap));
        self.data(&if is_bitmap { bitmap(&granules, granule_count) } else { list });
    }

    /// A list beside its term, or in a place of its own.
    fn data(&mut self, bytes: &[u8]) {
        put_varint(&mut self.terms, bytes.len() as u64);
        if bytes.len() <= INLINE_LIST_BYTES {
            self.terms.extend_from_slice(bytes);
        } else {
            put_varint(&mut self.terms, self.postings.len() as u64);
            self.postings.extend_from_slice(bytes);
        }
    }
}

fn differences(numbers: impl Iterator<Item = u64>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut before = 0;
    for number in numbers {
        put_varint(&mut out, number - before);
        before = number;
    }
    out
}

fn bitmap(granules: &[u64], granule_count: usize) -> Vec<u8> {
    let mut bits = vec![0u8; granule_count.div_ceil(8)];
    for granule in granules {
        bits[*granule as usize / 8] |= 1 << (granule % 8);
    }
    bits
}
