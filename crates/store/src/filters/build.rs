//! Making a filter: the terms of all segments are counted, then noted.

use crate::limits::SLOTS_FOR_TERM;
use crate::schema::WordRules;

use super::description::{Description, Member};
use super::filter::{BLOCKS_ALIGN, FIXED_BYTES, MAGIC, VERSION};
use super::slots::{BLOCK_BYTES, BLOCK_SLOTS, MAX_BLOCKS, SegmentBits, block_of, slots_of};

/// A filter that is being made. Needs its size in memory, twice at last: four bytes for each row of
/// an audit stream. A segment that is much larger than the others fills nearly all slots: it is asked as if there were no filter.
pub(crate) struct FilterBuilder {
    description: Description,
    slots: Vec<SegmentBits>,
}

impl FilterBuilder {
    /// A filter for segments that have so many terms together.
    pub(crate) fn new(stream: &str, rules: WordRules, members: Vec<Member>, terms: u64) -> FilterBuilder {
        let terms_per_segment = terms / members.len().max(1) as u64;
        let blocks = (terms_per_segment * SLOTS_FOR_TERM).div_ceil(BLOCK_SLOTS as u64);
        let blocks = blocks.clamp(1, u64::from(MAX_BLOCKS)) as u32;
        FilterBuilder {
            description: Description::new(stream, rules, blocks, members),
            slots: vec![0; blocks as usize * BLOCK_SLOTS],
        }
    }

    /// Notes a term of a segment, which is given by its bit.
    pub(crate) fn note(&mut self, bit: u32, hash: u32) {
        let hash_bits = self.description.members[bit as usize].hash_bits;
        let start = block_of(hash, self.description.blocks) * BLOCK_SLOTS;
        slots_of(hash, hash_bits).into_iter().for_each(|slot| self.slots[start + slot] |= 1 << bit);
    }

    /// The bytes of the file. Layout: see the module above.
    pub(crate) fn finish(self) -> Result<Vec<u8>, serde_json::Error> {
        let description = serde_json::to_vec(&self.description)?;
        let blocks_at = (FIXED_BYTES + description.len() + 4).next_multiple_of(BLOCKS_ALIGN);
        let mut file = Vec::with_capacity(blocks_at + self.description.blocks as usize * BLOCK_BYTES);
        file.extend_from_slice(MAGIC);
        file.extend_from_slice(&VERSION.to_le_bytes());
        file.extend_from_slice(&(description.len() as u32).to_le_bytes());
        file.extend_from_slice(&description);
        file.extend_from_slice(&crc32c::crc32c(&file).to_le_bytes());
        file.resize(blocks_at, 0);
        for (slots, number) in self.slots.chunks_exact(BLOCK_SLOTS).zip(0..) {
            let start = file.len();
            slots.iter().for_each(|slot| file.extend_from_slice(&slot.to_le_bytes()));
            file.extend_from_slice(&block_crc32c(number, &file[start..]).to_le_bytes());
            file.extend_from_slice(&[0; 4]);
        }
        Ok(file)
    }
}

/// Checksum of a block: with its number, so that no block is taken for another.
pub(super) fn block_crc32c(number: u32, slots: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&number.to_le_bytes()), slots)
}
