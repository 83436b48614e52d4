//! Looking up a hash in an index of version 1.

use std::borrow::Cow;

use crate::limits::INLINE_LIST_BYTES;

use super::super::bytes_at::{take_varint, u32_at};
use super::super::error::SegmentError;
use super::super::sidecar::{Section, SectionKind, Sidecar};
use super::super::term_read::Places;
use super::term_write::{KIND_EVERYWHERE, KIND_GRANULES, KIND_ONE_ROW, row_bytes};

/// Finds the places of a hash; `None` when no row has the term.
pub(crate) fn find_term(sidecar: &Sidecar, hash: u32) -> Result<Option<Places>, SegmentError> {
    let directory = sidecar.section(SectionKind::TermDirectory)?;
    let terms = sidecar.section(SectionKind::Terms)?;
    let bits = sidecar.term_shape().directory_bits;
    let bucket = u64::from(hash) >> (32 - bits);
    let entry = sidecar.read(directory, bucket * 4, 8)?;
    let range = u32_at(&entry, 0).zip(u32_at(&entry, 4)).filter(|(start, end)| start <= end);
    let (start, end) = range.ok_or_else(|| sidecar.damaged(directory, bucket * 4, "a bucket ends before it begins"))?;
    let bucket_bytes = sidecar.read(terms, u64::from(start), (end - start) as usize)?;
    let mut bucket_reader = Bucket { sidecar, terms, start: u64::from(start), rest: &bucket_bytes };
    let mut current = bucket << (32 - bits);
    while !bucket_reader.rest.is_empty() {
        let head = bucket_reader.number()?;
        current = current.checked_add(head >> 2).ok_or_else(|| bucket_reader.damaged())?;
        let places = bucket_reader.places(head & 3, current == u64::from(hash))?;
        if current >= u64::from(hash) {
            return Ok(places);
        }
    }
    Ok(None)
}

/// The rest of a bucket.
struct Bucket<'a> {
    sidecar: &'a Sidecar,
    terms: Section,
    start: u64,
    rest: &'a [u8],
}

impl<'a> Bucket<'a> {
    fn number(&mut self) -> Result<u64, SegmentError> {
        take_varint(&mut self.rest).ok_or_else(|| self.damaged())
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], SegmentError> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or_else(|| self.damaged())?;
        self.rest = rest;
        Ok(taken)
    }

    fn damaged(&self) -> SegmentError {
        self.sidecar.damaged(self.terms, self.start, "a bucket of terms cannot be read")
    }

    /// Reads a term to its end; its places only when they are wanted.
    fn places(&mut self, kind: u64, is_wanted: bool) -> Result<Option<Places>, SegmentError> {
        if kind == KIND_EVERYWHERE {
            return Ok(is_wanted.then_some(Places::Everywhere));
        }
        if kind == KIND_ONE_ROW {
            let mut row = [0; 4];
            let bytes = self.take(row_bytes(self.sidecar.row_count()))?;
            row[..bytes.len()].copy_from_slice(bytes);
            let row = u32::from_le_bytes(row);
            if row as usize >= self.sidecar.row_count() {
                return Err(self.damaged());
            }
            return Ok(is_wanted.then(|| Places::Rows(vec![row])));
        }
        let count = self.number()?;
        let len = self.number()?;
        let offset = if len > INLINE_LIST_BYTES as u64 { Some(self.number()?) } else { None };
        let inline = if offset.is_none() { self.take(len as usize)? } else { &[] };
        if !is_wanted {
            return Ok(None);
        }
        let bytes = match offset {
            None => Cow::Borrowed(inline),
            Some(offset) => self.posting(offset, len)?,
        };
        let places = if kind != KIND_GRANULES {
            list(&bytes, count, self.sidecar.row_count()).map(Places::Rows)
        } else if count & 1 == 1 {
            bitmap(&bytes, count >> 1, self.sidecar.granule_count()).map(Places::Granules)
        } else {
            list(&bytes, count >> 1, self.sidecar.granule_count()).map(Places::Granules)
        };
        places.map(Some).ok_or_else(|| self.damaged())
    }

    fn posting(&self, offset: u64, len: u64) -> Result<Cow<'a, [u8]>, SegmentError> {
        let postings = self.sidecar.section(SectionKind::Postings)?;
        let len = usize::try_from(len).map_err(|_| self.damaged())?;
        Ok(Cow::Owned(self.sidecar.read(postings, offset, len)?.to_vec()))
    }
}

/// Ascending numbers below `bound`; `None` when they are anything else.
fn list(mut bytes: &[u8], count: u64, bound: usize) -> Option<Vec<u32>> {
    if count > bytes.len() as u64 {
        return None;
    }
    let mut numbers = Vec::with_capacity(count as usize);
    let mut current = 0u64;
    for index in 0..count {
        let difference = take_varint(&mut bytes)?;
        if index > 0 && difference == 0 {
            return None;
        }
        current = current.checked_add(difference).filter(|number| *number < bound as u64)?;
        numbers.push(current as u32);
    }
    bytes.is_empty().then_some(numbers)
}

fn bitmap(bytes: &[u8], count: u64, bound: usize) -> Option<Vec<u32>> {
    let granules: Vec<u32> =
        (0..bytes.len() * 8).filter(|bit| bytes[bit / 8] >> (bit % 8) & 1 == 1).map(|bit| bit as u32).collect();
    let is_sound = granules.len() as u64 == count && granules.last().is_none_or(|last| (*last as usize) < bound);
    is_sound.then_some(granules)
}
