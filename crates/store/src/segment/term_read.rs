//! Looking up a term in the index. Layout: see the module above.

use super::bits::{BitReader, rice_parameter};
use super::bytes_at::u32_at;
use super::error::SegmentError;
use super::hash::{value_hash, word_hash_of_value};
use super::sidecar::{Section, SectionKind, Sidecar, Version};
use super::term_write::{KIND_EVERYWHERE, KIND_GRANULES, KIND_ONE_ROW, KIND_ROWS, row_bits};
use super::v1;
use crate::query::FieldId;

/// Where a term may be: always a superset of where it is, because hashes may be shared.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Places {
    /// Rows, ascending.
    Rows(Vec<u32>),
    /// Granules, ascending.
    Granules(Vec<u32>),
    /// Every granule.
    Everywhere,
}

/// Finds the places of a value of a field that is indexed; `None` when no row has it.
pub(crate) fn find_value(sidecar: &Sidecar, field: FieldId, value: &str) -> Result<Option<Places>, SegmentError> {
    if sidecar.find(SectionKind::FieldByWord, field.0).is_none() {
        return find_term(sidecar, value_hash(field, value));
    }
    // All values of the field are single words; what is none is not among them.
    match word_hash_of_value(&sidecar.words().cutter(), value) {
        Some(hash) => find_term(sidecar, hash),
        None => Ok(None),
    }
}

/// Finds the places of a hash; `None` when no row has the term.
pub(crate) fn find_term(sidecar: &Sidecar, hash: u32) -> Result<Option<Places>, SegmentError> {
    if sidecar.version() == Version::One {
        return v1::find_term(sidecar, hash);
    }
    let shape = sidecar.term_shape();
    let (bucket_bits, wanted) = (shape.hash_bits - shape.directory_bits, u64::from(hash) >> (32 - shape.hash_bits));
    let bucket = wanted >> bucket_bits;
    let directory = sidecar.section(SectionKind::TermDirectory)?;
    let terms = sidecar.section(SectionKind::Terms)?;
    let entry = sidecar.read(directory, bucket * 4, 8)?;
    let range = u32_at(&entry, 0).zip(u32_at(&entry, 4)).filter(|(start, end)| start <= end);
    let (start, end) = range.ok_or_else(|| sidecar.damaged(directory, bucket * 4, "a bucket ends before it begins"))?;
    let bucket_bytes = sidecar.read(terms, u64::from(start), (end - start) as usize)?;
    let damaged = || sidecar.damaged(terms, u64::from(start), "a bucket of terms cannot be read");
    let mut reader = TermReader { sidecar, bits: BitReader::new(&bucket_bytes) };
    let mut lowest = bucket << bucket_bits;
    while !reader.bits.is_at_end() {
        let difference = reader.bits.rice(shape.hash_parameter);
        let current = difference.and_then(|difference| lowest.checked_add(difference)).ok_or_else(damaged)?;
        let found = reader.places(current == wanted).ok_or_else(damaged)?;
        if current >= wanted {
            return found.map(|found| found.read(sidecar, terms, start)).transpose();
        }
        lowest = current + 1;
    }
    Ok(None)
}

/// Calls with the hash of every term, ascending; bits that are not written are zero. Reads all terms at once.
pub(crate) fn each_hash(sidecar: &Sidecar, mut each: impl FnMut(u32)) -> Result<(), SegmentError> {
    if sidecar.version() == Version::One {
        return Err(sidecar.file().damaged(8, "the terms of this version are not read as a whole"));
    }
    let shape = sidecar.term_shape();
    let (bucket_bits, shift) = (shape.hash_bits - shape.directory_bits, 32 - shape.hash_bits);
    let (directory, terms) = (sidecar.section(SectionKind::TermDirectory)?, sidecar.section(SectionKind::Terms)?);
    let (starts, content) = (sidecar.read_all(directory)?, sidecar.read_all(terms)?);
    for bucket in 0..1u64 << shape.directory_bits {
        let at = bucket as usize * 4;
        let range = u32_at(&starts, at).zip(u32_at(&starts, at + 4));
        let bytes = range.and_then(|(start, end)| content.get(start as usize..end as usize));
        let damaged = || sidecar.damaged(directory, at as u64, "a bucket of terms cannot be read");
        let mut reader = TermReader { sidecar, bits: BitReader::new(bytes.ok_or_else(damaged)?) };
        let mut lowest = bucket << bucket_bits;
        while !reader.bits.is_at_end() {
            let difference = reader.bits.rice(shape.hash_parameter);
            let hash = difference.and_then(|difference| lowest.checked_add(difference));
            let hash = hash.filter(|hash| hash >> bucket_bits == bucket).ok_or_else(damaged)?;
            reader.places(false).ok_or_else(damaged)?;
            each(u32::try_from(hash << shift).map_err(|_| damaged())?);
            lowest = hash + 1;
        }
    }
    Ok(())
}

/// What stands behind a hash.
enum Found {
    Places(Places),
    /// A list that stands in a place of its own.
    Posting {
        offset: u64,
        len: usize,
        list: List,
    },
}

#[derive(Clone, Copy)]
struct List {
    count: u64,
    is_of_rows: bool,
    is_bitmap: bool,
}

impl Found {
    fn read(self, sidecar: &Sidecar, terms: Section, start: u32) -> Result<Places, SegmentError> {
        match self {
            Found::Places(places) => Ok(places),
            Found::Posting { offset, len, list } => {
                let postings = sidecar.section(SectionKind::Postings)?;
                let bytes = sidecar.read(postings, offset, len)?;
                let places = list.places(&mut BitReader::new(&bytes), sidecar);
                places.ok_or_else(|| sidecar.damaged(terms, u64::from(start), "a list of a term cannot be read"))
            }
        }
    }
}

/// The rest of a bucket.
struct TermReader<'a> {
    sidecar: &'a Sidecar,
    bits: BitReader<'a>,
}

impl TermReader<'_> {
    /// Reads a term to its end; its places only when they are wanted. `None` when it cannot be read.
    fn places(&mut self, is_wanted: bool) -> Option<Option<Found>> {
        let row_count = self.sidecar.row_count();
        let list = match self.bits.unary()? {
            KIND_ONE_ROW => {
                let row = self.bits.bits(row_bits(row_count)).filter(|row| *row < row_count as u64)?;
                return Some(is_wanted.then(|| Found::Places(Places::Rows(vec![row as u32]))));
            }
            KIND_EVERYWHERE => return Some(is_wanted.then_some(Found::Places(Places::Everywhere))),
            KIND_ROWS => List { count: self.bits.gamma()?.checked_add(2)?, is_of_rows: true, is_bitmap: false },
            KIND_GRANULES => {
                let count = self.bits.gamma()?.checked_add(1)?;
                List { count, is_of_rows: false, is_bitmap: self.bits.bits(1)? == 1 }
            }
            _ => return None,
        };
        if self.bits.bits(1)? == 1 {
            let (offset, len) = (self.bits.bits(32)?, usize::try_from(self.bits.gamma()?).ok()?);
            return Some(is_wanted.then_some(Found::Posting { offset, len, list }));
        }
        if is_wanted {
            return list.places(&mut self.bits, self.sidecar).map(|places| Some(Found::Places(places)));
        }
        list.skip(&mut self.bits, self.sidecar).map(|()| None)
    }
}

impl List {
    fn bound(self, sidecar: &Sidecar) -> u64 {
        (if self.is_of_rows { sidecar.row_count() } else { sidecar.granule_count() }) as u64
    }

    fn places(self, bits: &mut BitReader<'_>, sidecar: &Sidecar) -> Option<Places> {
        let bound = self.bound(sidecar);
        if self.count > bound {
            return None;
        }
        let mut numbers = Vec::with_capacity(self.count as usize);
        if self.is_bitmap {
            for number in 0..bound {
                if bits.bits(1)? == 1 {
                    numbers.push(number as u32);
                }
            }
        } else {
            let parameter = rice_parameter(self.count, bound);
            let mut lowest = 0u64;
            for _ in 0..self.count {
                let number = lowest.checked_add(bits.rice(parameter)?).filter(|number| *number < bound)?;
                numbers.push(number as u32);
                lowest = number + 1;
            }
        }
        let places = if self.is_of_rows { Places::Rows } else { Places::Granules };
        (numbers.len() as u64 == self.count).then(|| places(numbers))
    }

    fn skip(self, bits: &mut BitReader<'_>, sidecar: &Sidecar) -> Option<()> {
        let bound = self.bound(sidecar);
        if self.is_bitmap {
            return bits.skip(bound as usize);
        }
        let parameter = rice_parameter(self.count, bound);
        (0..self.count).try_for_each(|_| bits.rice(parameter).map(drop))
    }
}
