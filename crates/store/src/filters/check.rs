//! Checking filters against the indexes that they were made from.

use std::path::Path;

use bytes::Bytes;

use crate::segment::{IndexTerms, SegmentError};
use crate::write::{CatalogueEntry, CatalogueState, SegmentStorage, StoreError, open_file};

use super::description::Member;
use super::filter::SegmentFilter;
use super::folder::FilterFolder;
use super::slots::block_of;

/// Reads every filter of a folder, compares every checksum, and asks it for every term of every segment that it stands for
/// and that the catalogue has. Returns all that is wrong. A segment that cannot be read itself is left to the check of
/// segments.
///
/// # Errors
/// When the folder or one of its files cannot be read at all.
pub fn check_filters(
    state: &CatalogueState,
    storage: &dyn SegmentStorage,
    folder: &Path,
) -> Result<Vec<String>, StoreError> {
    let filters = FilterFolder::new(folder);
    let mut damages = Vec::new();
    for name in filters.names()? {
        let damage = match filters.open(&name) {
            Ok(None) => None,
            Ok(Some(filter)) => check(&filter, state, storage),
            Err(StoreError::Segment(error)) => Some(error.to_string()),
            Err(error) => return Err(error),
        };
        damages.extend(
            damage.map(|damage| format!("filters/{damage}; stop the server and remove the filter, it is made again")),
        );
    }
    Ok(damages)
}

fn check(filter: &SegmentFilter, state: &CatalogueState, storage: &dyn SegmentStorage) -> Option<String> {
    let description = filter.description();
    let mut blocks = Vec::with_capacity(description.blocks as usize);
    for number in 0..description.blocks as usize {
        match filter.block(number) {
            Ok(block) => blocks.push(block),
            Err(error) => return Some(error.to_string()),
        }
    }
    for (bit, member) in description.members.iter().enumerate() {
        let Some(entry) = state.segments.iter().find(|entry| member.is(entry)) else {
            continue;
        };
        match compare(filter, &blocks, bit, member, entry, storage) {
            Ok(None) => {}
            Ok(Some(problem)) => return Some(format!("{}: {problem} {}", filter.name(), member.name)),
            Err(StoreError::Segment(error @ SegmentError::Io { .. })) => return Some(error.to_string()),
            // The check of the segment says what is wrong with it.
            Err(_) => {}
        }
    }
    None
}

/// What is wrong with a filter as to one of its segments.
fn compare(
    filter: &SegmentFilter,
    blocks: &[Bytes],
    bit: usize,
    member: &Member,
    entry: &CatalogueEntry,
    storage: &dyn SegmentStorage,
) -> Result<Option<&'static str>, StoreError> {
    let index = IndexTerms::open(open_file(storage, &entry.sidecar_name())?)?;
    if index.rules() != filter.rules() || Member::of(entry, &index).as_ref() != Some(member) {
        return Ok(Some("was made from another index of segment"));
    }
    let mut lacks_any = false;
    index.each_hash(|hash| {
        let block = &blocks[block_of(hash, filter.description().blocks)];
        lacks_any |= filter.having_hash_in(block, hash) >> bit & 1 == 0;
    })?;
    Ok(lacks_any.then_some("does not know all terms of segment"))
}
