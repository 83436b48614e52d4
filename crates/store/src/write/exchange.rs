//! What readers see of segments changes here, one list for another in one step; the catalogue goes before.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::catalogue::{CatalogueEntry, Change, parquet_name, sidecar_name};
use super::error::StoreError;
use super::maintenance::{Maintenance, Pause};
use super::storage::SegmentStorage;
use super::store::Shared;
use super::view::{SegmentHandle, View};
use crate::memory::MemoryPart;
use crate::schema::Schemas;

impl Shared {
    /// Shows readers the segments instead of the part, in one step.
    pub(crate) fn replace(&self, part: &Arc<MemoryPart>, segments: Vec<CatalogueEntry>) -> Result<(), StoreError> {
        let handles = self.handles(segments)?;
        let mut view = self.view.write();
        let mut next = View::clone(&view);
        next.parts.retain(|other| !Arc::ptr_eq(other, part));
        handles.into_iter().for_each(|handle| next.add(handle));
        *view = Arc::new(next);
        Ok(())
    }

    fn handles(&self, segments: Vec<CatalogueEntry>) -> Result<Vec<SegmentHandle>, StoreError> {
        segments.into_iter().map(|entry| handle(entry, &self.schemas, &self.storage, &self.maintenance)).collect()
    }

    /// Puts segments in the place of others of the same stream: in the catalogue, then for readers. Only the maintenance
    /// thread may do so.
    pub(crate) fn swap(&self, stream: &str, remove: Vec<String>, add: Vec<CatalogueEntry>) -> Result<(), StoreError> {
        let handles = self.handles(add.clone())?;
        let change = Change { add, remove, covered: BTreeMap::new() };
        let mut pause = Pause::default();
        // What failed may have happened all the same: until it is known, nothing else may be done with these segments.
        while let Err(problem) = self.catalogue.commit(&change) {
            tracing::error!(stream, problem, "the catalogue did not exchange segments; it is tried again");
            if !self.maintenance.pause_after(&problem, pause.next()) {
                return Err(StoreError::Closed);
            }
        }
        self.show(stream, &change.remove.iter().map(String::as_str).collect(), handles);
        Ok(())
    }

    /// Shows readers a stream without segments that the catalogue does not have any more.
    pub(crate) fn take_out(&self, stream: &str, gone: &HashSet<&str>) {
        self.show(stream, gone, Vec::new());
    }

    fn show(&self, stream: &str, gone: &HashSet<&str>, added: Vec<SegmentHandle>) {
        let mut view = self.view.write();
        let mut next = View::clone(&view);
        next.take_out(stream, gone);
        added.into_iter().for_each(|handle| next.add(handle));
        *view = Arc::new(next);
    }

    /// Puts a file where it outlives a crash.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.storage.put(name, bytes).map_err(|cause| StoreError::Storage { name: name.to_owned(), cause })
    }

    /// Removes the files of a segment that is in no catalogue.
    pub(crate) fn remove_files(&self, segment: &str) -> Result<(), StoreError> {
        [parquet_name(segment), sidecar_name(segment)]
            .into_iter()
            .try_for_each(|name| self.storage.remove(&name).map_err(|cause| StoreError::Storage { name, cause }))
    }
}

/// A segment of the catalogue that can be read.
pub(crate) fn handle(
    entry: CatalogueEntry,
    schemas: &Schemas,
    storage: &Arc<dyn SegmentStorage>,
    maintenance: &Arc<Maintenance>,
) -> Result<SegmentHandle, StoreError> {
    let schema = schemas.of(&entry.stream).ok_or_else(|| StoreError::UnknownStream(entry.stream.clone()))?.clone();
    Ok(SegmentHandle::new(entry, schema, storage.clone(), maintenance.clone()))
}
