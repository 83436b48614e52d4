//! Which blocks are there, how large they are, and which was used last.

use std::collections::BTreeMap;

/// A block of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct BlockId {
    pub(crate) object: u128,
    pub(crate) number: u32,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    bytes: u64,
    /// Its place in the order of use.
    used: u64,
}

/// Blocks in the order of their last use, bounded by the sum of their sizes.
#[derive(Debug)]
pub(crate) struct Recency {
    limit_bytes: u64,
    bytes: u64,
    next: u64,
    slots: BTreeMap<BlockId, Slot>,
    by_use: BTreeMap<u64, BlockId>,
}

impl Recency {
    pub(crate) fn new(limit_bytes: u64) -> Recency {
        Recency { limit_bytes, bytes: 0, next: 0, slots: BTreeMap::new(), by_use: BTreeMap::new() }
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn limit_bytes(&self) -> u64 {
        self.limit_bytes
    }

    pub(crate) fn contains(&self, block: BlockId) -> bool {
        self.slots.contains_key(&block)
    }

    /// Notes a use; false when the block is not there.
    pub(crate) fn touch(&mut self, block: BlockId) -> bool {
        let Some(slot) = self.slots.get_mut(&block) else {
            return false;
        };
        self.by_use.remove(&slot.used);
        slot.used = self.next;
        self.by_use.insert(slot.used, block);
        self.next += 1;
        true
    }

    /// Makes room for a block of a size and names what has to go for it; `None` when it is larger than everything. A block
    /// of the same name goes without being named: its file is about to be replaced. Where the disk is nearly full, a block
    /// comes in the place of others only.
    pub(crate) fn make_room(&mut self, block: BlockId, bytes: u64, may_grow: bool) -> Option<Vec<BlockId>> {
        let limit_bytes = if may_grow { self.limit_bytes } else { self.bytes };
        if bytes > limit_bytes {
            return None;
        }
        self.remove(block);
        let mut gone = Vec::new();
        while self.bytes + bytes > limit_bytes {
            let (_, oldest) = self.by_use.first_key_value()?;
            let oldest = *oldest;
            self.remove(oldest);
            gone.push(oldest);
        }
        Some(gone)
    }

    /// Adds a block that there is room for, as the one that was used last.
    pub(crate) fn add(&mut self, block: BlockId, bytes: u64) {
        self.remove(block);
        self.slots.insert(block, Slot { bytes, used: self.next });
        self.by_use.insert(self.next, block);
        self.next += 1;
        self.bytes += bytes;
    }

    /// Forgets a block; false when it is not there.
    pub(crate) fn remove(&mut self, block: BlockId) -> bool {
        let Some(slot) = self.slots.remove(&block) else {
            return false;
        };
        self.by_use.remove(&slot.used);
        self.bytes -= slot.bytes;
        true
    }

    /// All blocks of an object.
    pub(crate) fn blocks_of(&self, object: u128) -> Vec<BlockId> {
        let all = BlockId { object, number: 0 }..=BlockId { object, number: u32::MAX };
        self.slots.range(all).map(|(block, _)| *block).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMIT: u64 = 100;

    #[derive(Debug, Clone)]
    enum Step {
        Add(u32, u64),
        Touch(u32),
        Remove(u32),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (0u32..12, 1u64..120).prop_map(|(number, bytes)| Step::Add(number, bytes)),
            3 => (0u32..12).prop_map(Step::Touch),
            1 => (0u32..12).prop_map(Step::Remove),
        ]
    }

    /// The plain model: a list, least recently used first.
    #[derive(Default)]
    struct Plain(Vec<(u32, u64)>);

    impl Plain {
        fn take(&mut self, number: u32) -> Option<(u32, u64)> {
            let at = self.0.iter().position(|(other, _)| *other == number)?;
            Some(self.0.remove(at))
        }

        fn bytes(&self) -> u64 {
            self.0.iter().map(|(_, bytes)| bytes).sum()
        }
    }

    proptest! {
        #[test]
        fn behaves_as_a_plain_list(steps in proptest::collection::vec(step(), 0..200)) {
            let (mut recency, mut plain) = (Recency::new(LIMIT), Plain::default());
            for step in steps {
                match step {
                    Step::Add(number, bytes) => {
                        let block = BlockId { object: 7, number };
                        let gone = recency.make_room(block, bytes, true);
                        if bytes > LIMIT {
                            prop_assert_eq!(gone, None);
                            continue;
                        }
                        recency.add(block, bytes);
                        plain.take(number);
                        let mut expected = Vec::new();
                        while plain.bytes() + bytes > LIMIT {
                            expected.push(plain.0.remove(0).0);
                        }
                        plain.0.push((number, bytes));
                        let gone: Vec<u32> = gone.unwrap().iter().map(|block| block.number).collect();
                        prop_assert_eq!(gone, expected);
                    }
                    Step::Touch(number) => {
                        let found = plain.take(number);
                        plain.0.extend(found);
                        prop_assert_eq!(recency.touch(BlockId { object: 7, number }), found.is_some());
                    }
                    Step::Remove(number) => {
                        let found = plain.take(number).is_some();
                        prop_assert_eq!(recency.remove(BlockId { object: 7, number }), found);
                    }
                }
                prop_assert_eq!(recency.bytes(), plain.bytes());
                let mut numbers: Vec<u32> = plain.0.iter().map(|(number, _)| *number).collect();
                numbers.sort_unstable();
                let blocks: Vec<u32> = recency.blocks_of(7).iter().map(|block| block.number).collect();
                prop_assert_eq!(blocks, numbers);
                prop_assert_eq!(recency.blocks_of(6).len(), 0);
            }
        }
    }
}
