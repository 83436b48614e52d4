//! Writing the index from hashes to rows and granules. Layout: see the module above.

use std::borrow::Cow;
use std::iter::Peekable;

use crate::limits::{BUCKET_TERMS, GRANULE_ROWS, INLINE_LIST_BYTES, MIN_HASH_BITS, ROW_LIST_SPARSITY, SPARE_HASH_BITS};

use super::bits::{BitWriter, rice_parameter, width_of};
use super::pairs::CommonTerm;
use super::term_index::{EncodedTerms, MAX_DIRECTORY_BITS, SortedTerms, TermShape};

pub(crate) const KIND_ONE_ROW: u64 = 0;
pub(crate) const KIND_ROWS: u64 = 1;
pub(crate) const KIND_GRANULES: u64 = 2;
pub(crate) const KIND_EVERYWHERE: u64 = 3;

/// Writes everything. `None` when an offset would not fit 32 bits.
pub(crate) fn encode_terms(sorted: &SortedTerms) -> Option<EncodedTerms> {
    let whole_groups = sorted.heaps.iter().flat_map(|heap| heap.chunk_by(|left, right| left >> 32 == right >> 32));
    let shape = shape(whole_groups.count() + sorted.common.len());
    let mut encoder = Encoder::new(sorted.row_count, shape);
    let mut directory = Vec::new();
    let mut merged = merged(sorted, shape.hash_bits);
    let bucket_bits = shape.hash_bits - shape.directory_bits;
    let mut next = merged.next();
    for bucket in 0..1u64 << shape.directory_bits {
        directory.extend_from_slice(&u32::try_from(encoder.terms.byte_len()).ok()?.to_le_bytes());
        let mut lowest = bucket << bucket_bits;
        while let Some(term) = next.take_if(|term| term.hash >> bucket_bits == bucket) {
            encoder.term(term.hash - lowest, &term);
            lowest = term.hash + 1;
            next = merged.next();
        }
        encoder.terms.align();
    }
    directory.extend_from_slice(&u32::try_from(encoder.terms.byte_len()).ok()?.to_le_bytes());
    u32::try_from(encoder.postings.len()).ok()?;
    let (terms, postings) = (encoder.terms.into_bytes(), encoder.postings);
    Some(EncodedTerms { shape, directory, terms, postings, by_word: Vec::new() })
}

fn shape(term_count: usize) -> TermShape {
    let hash_bits = (width_of(term_count as u64) + SPARE_HASH_BITS).clamp(MIN_HASH_BITS, 32);
    TermShape {
        directory_bits: (term_count / BUCKET_TERMS).max(1).ilog2().min(MAX_DIRECTORY_BITS),
        hash_bits,
        hash_parameter: rice_parameter(term_count as u64, 1 << hash_bits),
    }
}

/// Bits of a row number that stands alone.
pub(crate) fn row_bits(row_count: usize) -> u32 {
    width_of(row_count.saturating_sub(1) as u64)
}

/// All that shares the written bits of a hash.
struct Term<'a> {
    hash: u64,
    is_precise: bool,
    places: TermPlaces<'a>,
}

enum TermPlaces<'a> {
    /// Rows, ascending, in the lower halves.
    Rows(Cow<'a, [u64]>),
    /// Granules, ascending.
    Granules(Vec<u64>),
}

fn row_of(pair: &u64) -> u64 {
    pair & 0xFFFF_FFFF
}

/// Terms in the order of the first bits of their hashes; terms that share these become one.
fn merged(sorted: &SortedTerms, hash_bits: u32) -> impl Iterator<Item = Term<'_>> {
    let shift = 32 - hash_bits;
    let same = move |left: &u64, right: &u64| left >> (32 + shift) == right >> (32 + shift);
    let mut groups = sorted.heaps.iter().flat_map(move |heap| heap.chunk_by(same)).peekable();
    let mut common = sorted.common.iter().peekable();
    std::iter::from_fn(move || {
        let of_group = groups.peek().map(|group| group[0] >> 32 >> shift);
        let of_common = common.peek().map(|term| u64::from(term.hash >> shift));
        let hash = of_group.into_iter().chain(of_common).min()?;
        let group = groups.next_if(|group| group[0] >> 32 >> shift == hash).unwrap_or_default();
        let granules = granules(&mut common, shift, hash);
        let is_precise = group.iter().any(|pair| sorted.precise.contains(&((pair >> 32) as u32)));
        let places = if granules.is_empty() { rows(group) } else { joined(group, granules) };
        Some(Term { hash, is_precise, places })
    })
}

/// The granules of the common terms that come next, as far as they have these bits.
fn granules<'a>(common: &mut Peekable<impl Iterator<Item = &'a CommonTerm>>, shift: u32, hash: u64) -> Vec<u64> {
    let mut granules = Vec::new();
    while let Some(term) = common.next_if(|term| u64::from(term.hash >> shift) == hash) {
        granules.extend(term.granules());
    }
    granules
}

fn rows(group: &[u64]) -> TermPlaces<'_> {
    let has_one_hash = group.first().map(|pair| pair >> 32) == group.last().map(|pair| pair >> 32);
    if has_one_hash {
        return TermPlaces::Rows(Cow::Borrowed(group));
    }
    let mut rows: Vec<u64> = group.iter().map(row_of).collect();
    rows.sort_unstable();
    rows.dedup();
    TermPlaces::Rows(Cow::Owned(rows))
}

fn joined<'a>(group: &[u64], mut granules: Vec<u64>) -> TermPlaces<'a> {
    granules.extend(group.iter().map(|pair| row_of(pair) / GRANULE_ROWS as u64));
    granules.sort_unstable();
    granules.dedup();
    TermPlaces::Granules(granules)
}

struct Encoder {
    row_count: usize,
    hash_parameter: u32,
    terms: BitWriter,
    postings: Vec<u8>,
}

impl Encoder {
    fn new(row_count: usize, shape: TermShape) -> Encoder {
        let hash_parameter = shape.hash_parameter;
        Encoder { row_count, hash_parameter, terms: BitWriter::default(), postings: Vec::new() }
    }

    fn term(&mut self, difference: u64, term: &Term<'_>) {
        self.terms.rice(difference, self.hash_parameter);
        let rows = match &term.places {
            TermPlaces::Rows(rows) => rows,
            TermPlaces::Granules(granules) => return self.granules(granules),
        };
        if let [only] = &rows[..] {
            self.terms.unary(KIND_ONE_ROW);
            return self.terms.bits(row_of(only), row_bits(self.row_count));
        }
        let sparsity = if term.is_precise { 2 } else { ROW_LIST_SPARSITY };
        if rows.len() <= 8 || rows.len() * sparsity <= self.row_count {
            self.terms.unary(KIND_ROWS);
            self.terms.gamma(rows.len() as u64 - 2);
            return self.data(list(rows.iter().map(row_of), rows.len(), self.row_count));
        }
        let mut granules: Vec<u64> = rows.iter().map(|pair| row_of(pair) / GRANULE_ROWS as u64).collect();
        granules.dedup();
        self.granules(&granules);
    }

    fn granules(&mut self, granules: &[u64]) {
        let granule_count = self.row_count.div_ceil(GRANULE_ROWS);
        if granules.len() == granule_count {
            return self.terms.unary(KIND_EVERYWHERE);
        }
        self.terms.unary(KIND_GRANULES);
        self.terms.gamma(granules.len() as u64 - 1);
        let list = list(granules.iter().copied(), granules.len(), granule_count);
        let is_bitmap = list.bit_len() > granule_count;
        self.terms.bits(u64::from(is_bitmap), 1);
        self.data(if is_bitmap { bitmap(granules, granule_count) } else { list });
    }

    /// A list beside its term, or in a place of its own.
    fn data(&mut self, list: BitWriter) {
        let is_inline = list.bit_len() <= INLINE_LIST_BYTES * 8;
        self.terms.bits(u64::from(!is_inline), 1);
        if is_inline {
            return self.terms.append(&list);
        }
        let bytes = list.into_bytes();
        self.terms.bits(self.postings.len() as u64, 32);
        self.terms.gamma(bytes.len() as u64);
        self.postings.extend_from_slice(&bytes);
    }
}

fn list(numbers: impl Iterator<Item = u64>, count: usize, bound: usize) -> BitWriter {
    let parameter = rice_parameter(count as u64, bound as u64);
    let mut out = BitWriter::default();
    let mut lowest = 0;
    for number in numbers {
        out.rice(number - lowest, parameter);
        lowest = number + 1;
    }
    out
}

fn bitmap(granules: &[u64], granule_count: usize) -> BitWriter {
    let mut out = BitWriter::default();
    let mut granules = granules.iter().peekable();
    for granule in 0..granule_count as u64 {
        out.bits(u64::from(granules.next_if_eq(&&granule).is_some()), 1);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::pairs::Pairs;

    #[test]
    fn terms_that_share_the_written_bits_become_one() {
        let mut pairs = Pairs::default();
        for row in 0..2048 {
            pairs.begin_row(row);
            pairs.add(0x0100_0003, row);
        }
        for (hash, row) in
            [(0x0100_0001, 7), (0x0200_0001, 1700), (0x0200_0002, 1600), (0x0200_0002, 1700), (0x0201_0000, 4)]
        {
            pairs.add(hash, row);
        }
        let (heaps, common) = pairs.sorted();
        assert_eq!(common.len(), 1);
        let sorted = SortedTerms { heaps, common, precise: [0x0200_0002].into(), row_count: 2048 };
        let merged: Vec<_> = merged(&sorted, 16)
            .map(|term| match term.places {
                TermPlaces::Rows(rows) => (term.hash, term.is_precise, rows.iter().map(row_of).collect::<Vec<_>>()),
                TermPlaces::Granules(granules) => (term.hash, term.is_precise, granules),
            })
            .collect();
        let all: Vec<u64> = (0..8).collect();
        let expected = [(0x100, false, all), (0x200, true, vec![1600, 1700]), (0x201, false, vec![4])];
        assert_eq!(merged, expected);
    }

    #[test]
    fn hashes_have_some_bits_more_than_their_number_needs() {
        assert_eq!(shape(0), TermShape { directory_bits: 0, hash_bits: 16, hash_parameter: 15 });
        assert_eq!(shape(60_000), TermShape { directory_bits: 9, hash_bits: 26, hash_parameter: 9 });
        assert_eq!(shape(20_000_000).hash_bits, 32);
    }
}
