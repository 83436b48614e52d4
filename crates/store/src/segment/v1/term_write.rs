//! Writing the index from hashes to rows and granules as version 1 had it. A check needs it, to compare old files with
//! their rows.

use crate::limits::{GRANULE_ROWS, INLINE_LIST_BYTES, ROW_LIST_SPARSITY};

use super::super::bytes_at::put_varint;
use super::super::term_index::{EncodedTerms, MAX_DIRECTORY_BITS, SortedTerms, TermShape};

/// Terms of version 1 that share a bucket on average.
const BUCKET_TERMS: usize = 16;

pub(super) const KIND_ONE_ROW: u64 = 0;
pub(super) const KIND_ROWS: u64 = 1;
pub(super) const KIND_GRANULES: u64 = 2;
pub(super) const KIND_EVERYWHERE: u64 = 3;

/// Writes everything. `None` when an offset would not fit 32 bits.
pub(crate) fn encode_terms(sorted: &SortedTerms) -> Option<EncodedTerms> {
    let groups = || sorted.heaps.iter().flat_map(|heap| heap.chunk_by(|left, right| left >> 32 == right >> 32));
    let (row_count, common) = (sorted.row_count, &sorted.common);
    let term_count = groups().count() + common.len();
    let directory_bits = (term_count / BUCKET_TERMS).max(1).ilog2().min(MAX_DIRECTORY_BITS);
    let mut encoder = Encoder { row_count, row_bytes: row_bytes(row_count), terms: Vec::new(), postings: Vec::new() };
    let mut directory = Vec::new();
    let mut groups = groups().peekable();
    let mut common = common.iter().peekable();
    for bucket in 0..1u64 << directory_bits {
        directory.extend_from_slice(&u32::try_from(encoder.terms.len()).ok()?.to_le_bytes());
        let bucket_end = (bucket + 1) << (32 - directory_bits);
        let mut before = bucket << (32 - directory_bits);
        loop {
            let next_hash = groups.peek().map_or(bucket_end, |group| group[0] >> 32).min(bucket_end);
            let hash = if let Some(term) = common.next_if(|term| u64::from(term.hash) < next_hash) {
                encoder.granules(u64::from(term.hash) - before, &term.granules());
                u64::from(term.hash)
            } else if let Some(group) = groups.next_if(|group| group[0] >> 32 < bucket_end) {
                encoder.term(next_hash - before, group, sorted.precise.contains(&(next_hash as u32)));
                next_hash
            } else {
                break;
            };
            before = hash;
        }
    }
    directory.extend_from_slice(&u32::try_from(encoder.terms.len()).ok()?.to_le_bytes());
    u32::try_from(encoder.postings.len()).ok()?;
    let shape = TermShape { directory_bits, hash_bits: 0, hash_parameter: 0 };
    Some(EncodedTerms { shape, directory, terms: encoder.terms, postings: encoder.postings, by_word: Vec::new() })
}

/// Bytes of a row number that stands alone.
pub(super) fn row_bytes(row_count: usize) -> usize {
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
        self.granules(difference, &granules);
    }

    /// One term with its granules, ascending.
    fn granules(&mut self, difference: u64, granules: &[u64]) {
        let granule_count = self.row_count.div_ceil(GRANULE_ROWS);
        if granules.len() == granule_count {
            put_varint(&mut self.terms, difference << 2 | KIND_EVERYWHERE);
            return;
        }
        put_varint(&mut self.terms, difference << 2 | KIND_GRANULES);
        let list = differences(granules.iter().copied());
        let is_bitmap = list.len() > granule_count.div_ceil(8);
        put_varint(&mut self.terms, (granules.len() as u64) << 1 | u64::from(is_bitmap));
        self.data(&if is_bitmap { bitmap(granules, granule_count) } else { list });
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
