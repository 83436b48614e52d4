//! Which words a block of rows in memory may have: made by searches, for searches.
//!
//! Inserting pays nothing for it. A search that had to read many rows leaves a filter for some of the blocks that it read,
//! so that the next one passes over them. A filter is two bits for each word, 32 bytes a row; a word that is nowhere
//! passes about one block in a hundred.

use std::sync::OnceLock;

use parking_lot::{RwLock, RwLockReadGuard};

use crate::limits::{FILTER_BLOCK_ROWS, FILTER_WORDS};
use crate::schema::{Piece, WordRules};
use crate::segment::piece_hashes;

use super::compile::{Atom, Known, Search};
use super::phrase::Needed;

type Bits = [u64; FILTER_WORDS];

/// Filters of the full blocks of a stream, by block; those that were made.
#[derive(Default)]
pub(crate) struct WordFilters {
    /// The rules by which all of them were made.
    rules: OnceLock<WordRules>,
    blocks: RwLock<Vec<Option<Box<Bits>>>>,
}

/// For each text of a search that is indexed, the hashes that a row with it has.
pub(crate) struct TextHashes(Vec<(usize, Vec<u32>)>);

impl TextHashes {
    pub(crate) fn of(search: &Search) -> TextHashes {
        let mut texts = Vec::new();
        for (number, atom) in search.atoms().iter().enumerate() {
            let Atom::Text(phrase, _) = atom else {
                continue;
            };
            let hashes: Vec<u32> = phrase.needed().into_iter().flat_map(Needed::hashes).collect();
            if !hashes.is_empty() {
                texts.push((number, hashes));
            }
        }
        TextHashes(texts)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl WordFilters {
    /// The filters for a search; nothing when they were made by other rules.
    pub(crate) fn view<'a>(&'a self, search: &Search, texts: &'a TextHashes) -> Option<FilterView<'a>> {
        let fits = !texts.is_empty() && self.rules.get() == Some(&search.rules());
        fits.then(|| FilterView { blocks: self.blocks.read(), texts, last: None })
    }

    /// Whether a block has a filter.
    pub(crate) fn has(&self, block: usize) -> bool {
        self.blocks.read().get(block).is_some_and(Option::is_some)
    }

    /// Makes the filter of a block out of all of its rows.
    pub(crate) fn make<'a>(&self, block: usize, rules: WordRules, rows: impl Iterator<Item = &'a [u8]>) {
        if *self.rules.get_or_init(|| rules) != rules {
            return;
        }
        let mut bits: Box<Bits> = Box::new([0; FILTER_WORDS]);
        for row in rows {
            rules.cut_row(row, &mut |piece: Piece<'_>| {
                piece_hashes(piece, |hash| {
                    for (word, mask) in places(hash) {
                        bits[word] |= mask;
                    }
                });
            });
        }
        let mut blocks = self.blocks.write();
        if blocks.len() <= block {
            blocks.resize_with(block + 1, || None);
        }
        blocks[block] = Some(bits);
    }

    /// Bytes that the filters take.
    pub(crate) fn bytes(&self) -> u64 {
        let blocks = self.blocks.read();
        let made = blocks.iter().flatten().count() * size_of::<Bits>();
        (made + blocks.capacity() * size_of::<Option<Box<Bits>>>()) as u64
    }
}

/// Two bits of a hash.
fn places(hash: u32) -> [(usize, u64); 2] {
    [hash, hash >> 16].map(|half| {
        let bit = half as usize % (FILTER_WORDS * 64);
        (bit / 64, 1 << (bit % 64))
    })
}

/// Filters while a chunk of rows is picked.
pub(crate) struct FilterView<'a> {
    blocks: RwLockReadGuard<'a, Vec<Option<Box<Bits>>>>,
    texts: &'a TextHashes,
    /// The block that was asked about last, and its answer.
    last: Option<(usize, Known)>,
}

impl FilterView<'_> {
    /// Texts that a row certainly does not have.
    pub(crate) fn known(&mut self, row: u32) -> Known {
        let block = row as usize / FILTER_BLOCK_ROWS;
        if let Some((last, known)) = self.last
            && last == block
        {
            return known;
        }
        let mut known = Known::default();
        if let Some(Some(bits)) = self.blocks.get(block) {
            let has = |hash: &u32| places(*hash).into_iter().all(|(word, mask)| bits[word] & mask != 0);
            for (number, hashes) in &self.texts.0 {
                if !hashes.iter().all(has) {
                    known.set(*number, false);
                }
            }
        }
        self.last = Some((block, known));
        known
    }
}
