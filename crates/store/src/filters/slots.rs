//! Where the bits of a term stand.

use crate::limits::{MIN_HASH_BITS, SLOTS_PER_TERM};

/// Segments of a filter, one bit each: what a slot holds, and what is answered.
pub(crate) type SegmentBits = u32;
pub(crate) const SLOT_BYTES: usize = size_of::<SegmentBits>();

/// Bytes of a block, and its slots; the last eight bytes are its checksum.
pub(crate) const BLOCK_BYTES: usize = 4096;
pub(crate) const BLOCK_SLOTS: usize = (BLOCK_BYTES - 8) / SLOT_BYTES;

/// Bits of a hash that choose the block: every index has as many.
const BLOCK_BITS: u32 = MIN_HASH_BITS;

/// Blocks beyond which the bits that choose one would not reach all.
pub(crate) const MAX_BLOCKS: u32 = 1 << (BLOCK_BITS - 2);

/// The block of a hash.
pub(crate) fn block_of(hash: u32, blocks: u32) -> usize {
    let first_bits = u64::from(hash >> (u32::BITS - BLOCK_BITS));
    ((first_bits * u64::from(blocks)) >> BLOCK_BITS) as usize
}

/// The slots of a hash of which the first bits are known, in its block.
pub(crate) fn slots_of(hash: u32, hash_bits: u32) -> [usize; SLOTS_PER_TERM] {
    const PART_BITS: usize = 64 / SLOTS_PER_TERM;
    let known = u64::from(hash) >> (u32::BITS - hash_bits);
    let mixed = mix(known | u64::from(hash_bits) << u32::BITS);
    std::array::from_fn(|part| {
        let bits = mixed >> (part * PART_BITS) & ((1 << PART_BITS) - 1);
        ((bits * BLOCK_SLOTS as u64) >> PART_BITS) as usize
    })
}

/// The finishing steps of SplitMix64: every bit of the input changes every bit of the output.
fn mix(mut number: u64) -> u64 {
    number = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    number = (number ^ number >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    number = (number ^ number >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ number >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_spread_over_all_blocks_and_slots() {
        let blocks = 100;
        let (mut of_block, mut of_slot) = (vec![0; blocks], vec![0; BLOCK_SLOTS]);
        for number in 0..100_000_u32 {
            let hash = number.wrapping_mul(0x9E37_79B9);
            of_block[block_of(hash, blocks as u32)] += 1;
            slots_of(hash, 27).into_iter().for_each(|slot| of_slot[slot] += 1);
        }
        assert!(of_block.iter().all(|count| (900..1_100).contains(count)), "{of_block:?}");
        assert!(of_slot.iter().all(|count| (300..490).contains(count)), "{of_slot:?}");
        assert_eq!(block_of(u32::MAX, MAX_BLOCKS), MAX_BLOCKS as usize - 1);
    }

    /// Written into files, so they must never change.
    #[test]
    fn slots_are_fixed() {
        assert_eq!(slots_of(0x1234_5678, 27), slots_of(0x1234_5679, 27), "bits that an index does not have");
        assert_eq!(slots_of(0x1234_5678, 27), [139, 134, 850, 321]);
        assert_eq!(block_of(0x1234_5678, 4_600), 327);
    }
}
