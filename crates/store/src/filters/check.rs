//! Checking filters against the indexes that they were made from.

use std::path::Path;

use crate::segment::each_hash_of;
use crate::write::{CatalogueState, SegmentStorage, StoreError, open_file};

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
        damages.extend(damage.map(|damage| format!("filters/{damage} (remove the file: the server makes it again)")));
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
        let mut lacks_any = false;
        let read = open_file(storage, &entry.sidecar_name()).and_then(|sidecar| {
            let note = |hash: u32| {
                let block = &blocks[block_of(hash, description.blocks)];
                lacks_any |= filter.having_hash_in(block, hash) >> bit & 1 == 0;
            };
            Ok(each_hash_of(sidecar, note)?)
        });
        if read.is_ok() && lacks_any {
            return Some(format!("{}: does not know all terms of segment {}", filter.name(), member.name));
        }
    }
    None
}
