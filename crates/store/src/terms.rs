//! From a term to its posting list.
//!
//! A term is (scope, field, value). Only a 128-bit hash of it is kept: two outputs of keyed SipHash for differently
//! marked inputs. The key is random and new for every stream of every process, so nobody can prepare collisions. With a
//! billion terms the odds that any two of them share a hash are about 10⁻²¹ (n²/2¹²⁹), so what is found under a hash is
//! not compared with the value again.

use std::collections::HashMap;
use std::collections::hash_map::{DefaultHasher, Entry, RandomState};
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};

use crate::limits::TABLES;
use crate::postings::PostingList;
use crate::query::FieldId;
use crate::rows::Rows;

/// All terms of a stream.
pub(crate) struct Terms {
    random: RandomState,
    /// Many small hash tables instead of a large one, see [`TABLES`].
    tables: Vec<Table>,
    /// Bytes inside posting lists, kept up to date because counting them would walk every list.
    posting_bytes: usize,
}

/// The rows of a term.
#[derive(Clone, Copy)]
pub(crate) enum Postings<'a> {
    /// One row.
    One(u32),
    /// A list of rows.
    Many(&'a PostingList),
}

/// Where the list of a term is, for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ListPlace {
    table: u16,
    list: u32,
}

/// Hash of a term, as words so that table entries need no padding: 20 bytes with their slot.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct TermKey([u32; 4]);

/// The state of both hashes behind a scope, from which the keys of its terms go on.
pub(crate) struct ScopeHash(DefaultHasher, DefaultHasher);

#[derive(Default)]
struct Table {
    slots: HashMap<TermKey, Slot, BuildHasherDefault<AlreadyHashed>>,
    lists: Vec<PostingList>,
}

/// The only row of a term or, with [`LIST_BIT`], the index of its posting list in the same table.
#[derive(Clone, Copy)]
struct Slot(u32);

const LIST_BIT: u32 = 1 << 31;

impl Default for Terms {
    fn default() -> Terms {
        let tables = std::iter::repeat_with(Table::default).take(TABLES).collect();
        Terms { random: RandomState::new(), tables, posting_bytes: 0 }
    }
}

impl Terms {
    /// Begins the keys of a scope.
    pub(crate) fn scope(&self, scope: &str) -> ScopeHash {
        let begin = |mark: u8| {
            let mut hasher = self.random.build_hasher();
            hasher.write_u8(mark);
            scope.hash(&mut hasher);
            hasher
        };
        ScopeHash(begin(1), begin(2))
    }

    /// Notes that a row has a term. Whether it is the newest row of all is known to the caller, so that not every list has
    /// to find out. Answers where the list of the term is, when it has more than this row.
    pub(crate) fn insert(&mut self, key: TermKey, row: u32, is_newest: bool, rows: &Rows) -> Option<ListPlace> {
        let Table { slots, lists } = &mut self.tables[key.table()];
        let slot = match slots.entry(key) {
            Entry::Vacant(vacant) => {
                vacant.insert(Slot(row));
                return None;
            }
            Entry::Occupied(occupied) => occupied.into_mut(),
        };
        if slot.0 == row {
            return None;
        }
        if slot.0 & LIST_BIT == 0 {
            let list = PostingList::starting_with(slot.0);
            self.posting_bytes += list.block(0).len() * 2 * size_of::<u32>();
            *slot = Slot(LIST_BIT | lists.len() as u32);
            lists.push(list);
        }
        let place = ListPlace { table: key.table() as u16, list: slot.0 & !LIST_BIT };
        self.insert_at(place, row, is_newest, rows);
        Some(place)
    }

    /// The same for a term whose list was found before.
    pub(crate) fn insert_at(&mut self, place: ListPlace, row: u32, is_newest: bool, rows: &Rows) {
        let list = &mut self.tables[usize::from(place.table)].lists[place.list as usize];
        self.posting_bytes += if is_newest { list.append(row, rows) } else { list.insert(row, rows) };
    }

    /// The rows of a term; `None` when no row has it.
    pub(crate) fn get(&self, key: TermKey) -> Option<Postings<'_>> {
        let table = &self.tables[key.table()];
        let slot = table.slots.get(&key)?.0;
        if slot & LIST_BIT == 0 {
            return Some(Postings::One(slot));
        }
        Some(Postings::Many(&table.lists[(slot & !LIST_BIT) as usize]))
    }

    /// Bytes of tables and lists, by capacity.
    pub(crate) fn bytes(&self) -> u64 {
        let table_bytes = |table: &Table| {
            let entry = size_of::<(TermKey, Slot)>() + CONTROL_BYTES;
            buckets(table.slots.capacity()) * entry + table.lists.capacity() * size_of::<PostingList>()
        };
        let tables: usize = self.tables.iter().map(table_bytes).sum();
        (tables + self.tables.capacity() * size_of::<Table>() + self.posting_bytes) as u64
    }
}

/// The standard hash map keeps one byte beside each bucket...
const CONTROL_BYTES: usize = 1;

/// ...and fills at most seven of eight buckets.
fn buckets(capacity: usize) -> usize {
    match capacity {
        0 => 0,
        1..=3 => 4,
        _ => (capacity * 8).div_ceil(7).next_power_of_two(),
    }
}

impl ScopeHash {
    /// Key of the list of all rows of the scope.
    pub(crate) fn all_rows(&self) -> TermKey {
        self.key(|hasher| hasher.write_u8(0))
    }

    /// Key of a value of a field.
    pub(crate) fn term(&self, field: FieldId, value: &str) -> TermKey {
        self.key(|hasher| {
            hasher.write_u8(1);
            hasher.write_u8(field.0);
            hasher.write(value.as_bytes());
        })
    }

    fn key(&self, write: impl Fn(&mut DefaultHasher)) -> TermKey {
        let finish = |hasher: &DefaultHasher| {
            let mut hasher = hasher.clone();
            write(&mut hasher);
            hasher.finish()
        };
        let (first, second) = (finish(&self.0), finish(&self.1));
        TermKey([(first >> 32) as u32, first as u32, (second >> 32) as u32, second as u32])
    }
}

impl TermKey {
    /// The second half picks the table, the first half the bucket in it.
    fn table(self) -> usize {
        self.0[3] as usize % TABLES
    }
}

impl Hash for TermKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(u64::from(self.0[0]) << 32 | u64::from(self.0[1]));
    }
}

/// Takes the number it is given as the hash.
#[derive(Default)]
struct AlreadyHashed(u64);

impl Hasher for AlreadyHashed {
    fn write(&mut self, bytes: &[u8]) {
        // Not used by `TermKey`; correct for any other key all the same.
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_that_join_to_the_same_text_differ() {
        let terms = Terms::default();
        let keys = [
            terms.scope("a").term(FieldId(1), "bc"),
            terms.scope("ab").term(FieldId(1), "c"),
            terms.scope("a").term(FieldId(2), "bc"),
            terms.scope("a").all_rows(),
            terms.scope("a").term(FieldId(0), ""),
            terms.scope("").all_rows(),
        ];
        for (index, key) in keys.iter().enumerate() {
            assert!(keys[..index].iter().all(|other| other != key), "{index}");
            assert_ne!(key.0[..2], key.0[2..], "the halves must be independent");
        }
    }

    #[test]
    fn buckets_follow_the_capacity_of_the_standard_map() {
        for (capacity, expected) in [(0, 0), (3, 4), (7, 8), (14, 16), (28, 32), (56, 64), (114_688, 131_072)] {
            assert_eq!(buckets(capacity), expected);
        }
        let mut map: HashMap<u32, u32> = HashMap::new();
        for number in 0..10_000 {
            map.insert(number, number);
            let found = buckets(map.capacity());
            assert!(found >= map.capacity() && found.is_power_of_two(), "{}", map.capacity());
        }
    }
}
