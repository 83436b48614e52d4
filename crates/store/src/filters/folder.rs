//! The folder of filters: one file each, numbered.

use std::collections::HashSet;
use std::io;
use std::path::Path;

use crate::segment::NamedFile;
use crate::write::{LocalFolder, SegmentStorage, StoreError, UNFINISHED};

use super::filter::SegmentFilter;

const ENDING: &str = ".filter";

/// A folder on a local disk that holds filters and nothing else.
pub(crate) struct FilterFolder {
    files: LocalFolder,
}

impl FilterFolder {
    /// Uses a folder, which comes into being with its first filter.
    pub(crate) fn new(path: &Path) -> FilterFolder {
        FilterFolder { files: LocalFolder::new(path) }
    }

    /// Names of the filters, in the order in which they were made.
    pub(crate) fn names(&self) -> Result<Vec<String>, StoreError> {
        let mut names = self.files.list().map_err(|cause| unusable("", cause))?;
        names.retain(|name| number(name).is_some());
        names.sort();
        Ok(names)
    }

    /// Opens a filter; `None` when it went since it was listed.
    pub(crate) fn open(&self, name: &str) -> Result<Option<SegmentFilter>, StoreError> {
        match self.files.open(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(unusable(name, cause)),
            Ok(file) => Ok(Some(SegmentFilter::open(NamedFile::new(name, file))?)),
        }
    }

    /// Adds a filter and opens it.
    pub(crate) fn add(&self, bytes: &[u8]) -> Result<SegmentFilter, StoreError> {
        let last = self.names()?.iter().filter_map(|name| number(name)).max().unwrap_or_default();
        let name = format!("{:010}{ENDING}", u64::from(last) + 1);
        self.files.put(&name, bytes).map_err(|cause| unusable(&name, cause))?;
        let opened =
            self.open(&name).and_then(|filter| filter.ok_or_else(|| unusable(&name, io::ErrorKind::NotFound.into())));
        // What cannot be read must not stay: the next attempt has another name.
        opened.or_else(|error| {
            self.files.remove(&name).map_err(|cause| unusable(&name, cause))?;
            Err(unusable(&name, io::Error::other(error)))
        })
    }

    /// Removes all filters but these, and what a crash left of one.
    pub(crate) fn keep(&self, names: &HashSet<String>) -> Result<(), StoreError> {
        for name in self.files.list().map_err(|cause| unusable("", cause))? {
            let is_filter = number(name.strip_suffix(UNFINISHED).unwrap_or(&name)).is_some();
            if is_filter && !names.contains(&name) {
                self.files.remove(&name).map_err(|cause| unusable(&name, cause))?;
            }
        }
        Ok(())
    }
}

/// Removes all filters of a folder durably: before indexes are built again, which filters were made from. No server may be
/// running.
///
/// # Errors
/// When one of them cannot be removed.
pub fn forget_filters(folder: &Path) -> Result<(), StoreError> {
    FilterFolder::new(folder).keep(&HashSet::new())
}

/// The number of a filter; nothing for names that none has.
fn number(name: &str) -> Option<u32> {
    name.strip_suffix(ENDING).filter(|digits| digits.len() == 10)?.parse().ok()
}

fn unusable(name: &str, cause: io::Error) -> StoreError {
    let what = if name.is_empty() { "the folder of filters".to_owned() } else { format!("the filter {name}") };
    StoreError::Filters { what, cause }
}
