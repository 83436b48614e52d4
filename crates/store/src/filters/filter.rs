//! The file of a filter, and what it says of one term.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;

use crate::limits::{MIN_HASH_BITS, SEGMENTS_PER_FILTER};
use crate::query::FieldId;
use crate::schema::WordRules;
use crate::segment::{NamedFile, SegmentError};

use super::build::block_crc32c;
use super::description::{Description, Member};
use super::slots::{BLOCK_BYTES, BLOCK_SLOTS, SLOT_BYTES, SegmentBits, block_of, slots_of};

pub(super) const MAGIC: &[u8; 8] = b"SEGFLT\r\n";
pub(super) const VERSION: u32 = 1;
/// Blocks begin at a multiple of this, so that one is in one page of the system's cache.
pub(super) const BLOCKS_ALIGN: usize = 4096;
pub(super) const FIXED_BYTES: usize = 16;
/// Bytes of a description at most: names of its segments and their fields.
const MAX_DESCRIPTION_BYTES: usize = 1024 * 1024;

/// A filter that can be asked; its blocks stay on the disk.
pub(crate) struct SegmentFilter {
    file: NamedFile,
    description: Description,
    rules: WordRules,
    blocks_at: u64,
    /// Numbers of bits of hashes, and the segments that have so many.
    by_hash_bits: Vec<(u32, SegmentBits)>,
    /// Fields, the segments that find them by terms of their own, and those that find them by words.
    by_field: BTreeMap<u8, (SegmentBits, SegmentBits)>,
    /// A block was damaged, or an index is another one: nothing is believed any more.
    is_broken: AtomicBool,
}

impl SegmentFilter {
    pub(crate) fn open(file: NamedFile) -> Result<SegmentFilter, SegmentError> {
        let fixed = file.read(0, FIXED_BYTES)?;
        let number_32 = |at: usize| u32::from_le_bytes([fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]]);
        if &fixed[..8] != MAGIC {
            return Err(unusable(&file, 0, "it does not begin as a filter of segments"));
        }
        if number_32(8) != VERSION {
            return Err(unusable(&file, 8, format!("this program does not know version {}", number_32(8))));
        }
        let description_len = number_32(12) as usize;
        if description_len > MAX_DESCRIPTION_BYTES {
            return Err(unusable(&file, 12, "the description has an impossible length"));
        }
        let checked_len = FIXED_BYTES + description_len;
        let head = file.read(0, checked_len + 4)?;
        if head[checked_len..] != crc32c::crc32c(&head[..checked_len]).to_le_bytes() {
            return Err(unusable(&file, 0, "the header does not fit its checksum"));
        }
        let unreadable = |what: String| unusable(&file, FIXED_BYTES as u64, what);
        let description: Description =
            serde_json::from_slice(&head[FIXED_BYTES..checked_len]).map_err(|error| unreadable(error.to_string()))?;
        let rules = description.rules().ok_or_else(|| unreadable("the delimiters cannot be read".to_owned()))?;
        let members = &description.members;
        let is_possible = |member: &Member| (MIN_HASH_BITS..=u32::BITS).contains(&member.hash_bits);
        if members.len() > SEGMENTS_PER_FILTER || !members.iter().all(is_possible) {
            return Err(unreadable("the description names impossible segments".to_owned()));
        }
        let blocks_at = (checked_len + 4).next_multiple_of(BLOCKS_ALIGN) as u64;
        let expected_len = blocks_at + u64::from(description.blocks) * BLOCK_BYTES as u64;
        if description.blocks == 0 || file.byte_len()? != expected_len {
            return Err(unusable(&file, FIXED_BYTES as u64, "the file does not have as many blocks as it names"));
        }
        let (by_hash_bits, by_field) = (by_hash_bits(&description), by_field(&description));
        let is_broken = AtomicBool::new(false);
        Ok(SegmentFilter { file, description, rules, blocks_at, by_hash_bits, by_field, is_broken })
    }

    /// Name of its file.
    pub(crate) fn name(&self) -> &str {
        self.file.name()
    }

    /// The rules by which the words of its segments were cut.
    pub(super) fn rules(&self) -> WordRules {
        self.rules
    }

    /// The segments that find a field by terms of its own, and those that find it by words.
    pub(super) fn finding(&self, field: FieldId) -> (SegmentBits, SegmentBits) {
        self.by_field.get(&field.0).copied().unwrap_or_default()
    }

    pub(crate) fn description(&self) -> &Description {
        &self.description
    }

    /// Believes the filter no more when the index of one of its segments is not the one that it was made from.
    pub(crate) fn compare(&self, bit: u32, index_crc32c: u32) {
        let is_same = |member: &Member| member.index_crc32c == index_crc32c;
        if !self.description.members.get(bit as usize).is_some_and(is_same) {
            let other = unusable(&self.file, FIXED_BYTES as u64, "it was made from another index of a segment");
            self.distrust(&other);
        }
    }

    pub(super) fn distrust(&self, error: &SegmentError) {
        if !self.is_broken.swap(true, Ordering::Relaxed) {
            tracing::warn!(%error, "a filter is not used any more; its segments are asked one by one until the next start makes it again");
        }
    }

    /// Whether it is not used any more.
    pub(crate) fn is_broken(&self) -> bool {
        self.is_broken.load(Ordering::Relaxed)
    }

    /// The segments that may have a term.
    pub(super) fn having_hash(&self, hash: u32) -> Result<SegmentBits, SegmentError> {
        let block = self.block(block_of(hash, self.description.blocks))?;
        Ok(self.having_hash_in(&block, hash))
    }

    /// The same, as the block of the term says.
    pub(super) fn having_hash_in(&self, block: &[u8], hash: u32) -> SegmentBits {
        let slot = |slot: usize| {
            block[slot * SLOT_BYTES..].first_chunk().map_or(0, |bytes| SegmentBits::from_le_bytes(*bytes))
        };
        let of_bits = |(hash_bits, segments): &(u32, SegmentBits)| {
            slots_of(hash, *hash_bits).into_iter().fold(*segments, |segments, number| segments & slot(number))
        };
        self.by_hash_bits.iter().map(of_bits).fold(0, |all, some| all | some)
    }

    /// A block, with its checksum.
    pub(super) fn block(&self, number: usize) -> Result<Bytes, SegmentError> {
        let at = self.blocks_at + (number * BLOCK_BYTES) as u64;
        let block = self.file.read(at, BLOCK_BYTES)?;
        let (slots, rest) = block.split_at(BLOCK_SLOTS * SLOT_BYTES);
        if rest[..4] != block_crc32c(number as u32, slots).to_le_bytes() || rest[4..] != [0; 4] {
            return Err(unusable(&self.file, at, "a block does not fit its checksum"));
        }
        Ok(block)
    }
}

fn unusable(file: &NamedFile, offset: u64, what: impl Into<String>) -> SegmentError {
    SegmentError::Filter { file: file.name().to_owned(), offset, what: what.into() }
}

fn by_hash_bits(description: &Description) -> Vec<(u32, SegmentBits)> {
    let mut segments: BTreeMap<u32, SegmentBits> = BTreeMap::new();
    for (member, bit) in description.members.iter().zip(0..SegmentBits::BITS) {
        *segments.entry(member.hash_bits).or_default() |= 1 << bit;
    }
    segments.into_iter().collect()
}

fn by_field(description: &Description) -> BTreeMap<u8, (SegmentBits, SegmentBits)> {
    let mut segments: BTreeMap<u8, (SegmentBits, SegmentBits)> = BTreeMap::new();
    for (member, bit) in description.members.iter().zip(0..SegmentBits::BITS) {
        member.fields_by_value.iter().for_each(|field| segments.entry(*field).or_default().0 |= 1 << bit);
        member.fields_by_word.iter().for_each(|field| segments.entry(*field).or_default().1 |= 1 << bit);
    }
    segments
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::filters::FilterBuilder;
    use proptest::prelude::*;
    use serde_json::json;

    const RULES: WordRules = WordRules::new(",", true);

    /// Segments with these numbers of bits of a hash.
    fn members(hash_bits: &[u32]) -> Vec<Member> {
        let member = |(number, hash_bits): (usize, &u32)| {
            json!({
                "name": format!("segment {number}"), "parquet_crc32c": 1, "parquet_bytes": 2, "index_crc32c": 3, "hash_bits": hash_bits,
                "fields_by_value": [1], "fields_by_word": [2],
            })
        };
        let members = hash_bits.iter().enumerate().map(member);
        members.map(|member| serde_json::from_value(member).unwrap()).collect()
    }

    fn file(hash_bits: &[u32], terms: &[(u32, u32)]) -> Vec<u8> {
        let mut builder = FilterBuilder::new("s", RULES, members(hash_bits), terms.len() as u64);
        for (bit, hash) in terms {
            let missing_bits = 32 - hash_bits[*bit as usize];
            builder.note(*bit, hash >> missing_bits << missing_bits);
        }
        builder.finish().unwrap()
    }

    fn open(bytes: Vec<u8>) -> Result<SegmentFilter, SegmentError> {
        SegmentFilter::open(NamedFile::new("a.filter", Arc::new(Bytes::from(bytes))))
    }

    #[test]
    fn hardly_any_segment_seems_to_have_what_it_has_not() {
        let spread = |number: u32| number.wrapping_mul(0x9E37_79B9);
        let terms: Vec<(u32, u32)> = (0..32_000).map(|number| (number % 32, spread(number))).collect();
        let filter = open(file(&[28; 32], &terms)).unwrap();
        let false_ones: u32 =
            (100_000..110_000).map(|number| filter.having_hash(spread(number)).unwrap().count_ones()).sum();
        let share = f64::from(false_ones) / (10_000.0 * 32.0);
        assert!((0.004..0.012).contains(&share), "{share}");
    }

    proptest! {
        #[test]
        fn what_was_noted_is_found(
            hash_bits in prop::collection::vec(16u32..=32, 1..=32),
            terms in prop::collection::vec((any::<u32>(), any::<u32>()), 0..3000),
        ) {
            let terms: Vec<(u32, u32)> =
                terms.into_iter().map(|(bit, hash)| (bit % hash_bits.len() as u32, hash)).collect();
            let filter = open(file(&hash_bits, &terms)).unwrap();
            for (bit, hash) in terms {
                prop_assert_eq!(filter.having_hash(hash).unwrap() >> bit & 1, 1);
            }
        }

        #[test]
        fn a_changed_byte_is_refused(at in any::<prop::sample::Index>(), change in 1u8.., hash in any::<u32>()) {
            let mut bytes = file(&[20, 20], &[(1, hash)]);
            let at = at.index(bytes.len());
            bytes[at] ^= change;
            // Between header and blocks nothing is read.
            let is_read = at >= 4096 || bytes[at] != change;
            let outcome = open(bytes).and_then(|filter| filter.having_hash(hash));
            prop_assert!(outcome.is_err() || !is_read, "byte {at}: {outcome:?}");
        }

        #[test]
        fn anything_is_read_without_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..5000), has_magic: bool) {
            if has_magic && bytes.len() > 12 {
                bytes[..8].copy_from_slice(MAGIC);
                bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
            }
            prop_assert!(open(bytes).is_err());
        }
    }

    /// A file with any description under the right checksum.
    fn described(blocks: u64, hash_bits: &[u32], delimiters: &str) -> Vec<u8> {
        let description = json!({
            "stream": "s", "delimiters": delimiters, "folds_case": true, "blocks": blocks, "members": members(hash_bits),
        });
        let description = description.to_string();
        let mut file = [&MAGIC[..], &VERSION.to_le_bytes(), &(description.len() as u32).to_le_bytes()].concat();
        file.extend_from_slice(description.as_bytes());
        file.extend_from_slice(&crc32c::crc32c(&file).to_le_bytes());
        file.resize(file.len().next_multiple_of(BLOCKS_ALIGN) + BLOCK_BYTES, 0);
        file
    }

    #[test]
    fn impossible_descriptions_are_refused() {
        assert!(open(described(1, &[16, 32], "ff")).is_ok());
        for (blocks, hash_bits, delimiters) in [
            (0, &[20][..], "ff"),
            (2, &[20], "ff"),
            (u64::from(u32::MAX), &[20], "ff"),
            (u64::MAX, &[20], "ff"),
            (1, &[0], "ff"),
            (1, &[15], "ff"),
            (1, &[33], "ff"),
            (1, &[20; 33], "ff"),
            (1, &[20], "no number"),
        ] {
            let error = open(described(blocks, hash_bits, delimiters)).map(|_| ()).unwrap_err();
            assert!(matches!(error, SegmentError::Filter { .. }), "{blocks}, {hash_bits:?}, {delimiters}: {error}");
        }
    }
}
