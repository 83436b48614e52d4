//! What readers see: an unchanging list of parts and segments, replaced as a whole.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use crate::filters::SegmentFilter;
use crate::memory::MemoryPart;
use crate::schema::Schema;
use crate::segment::{NamedFile, Segment};

use super::catalogue::CatalogueEntry;
use super::error::StoreError;
use super::maintenance::Maintenance;
use super::storage::SegmentStorage;

/// All places of rows at one moment. Every row is in exactly one of them.
#[derive(Clone, Default)]
pub(crate) struct View {
    /// Memory parts, oldest first; the last one takes new rows.
    pub(crate) parts: Vec<Arc<MemoryPart>>,
    /// Segments of each stream.
    pub(crate) segments: HashMap<String, Vec<Arc<SegmentHandle>>>,
}

impl View {
    /// Adds a segment to its stream.
    pub(crate) fn add(&mut self, segment: SegmentHandle) {
        self.segments.entry(segment.entry.stream.clone()).or_default().push(Arc::new(segment));
    }

    /// Takes segments out of a stream; their files go with their last reader.
    pub(crate) fn take_out(&mut self, stream: &str, names: &HashSet<&str>) {
        if let Some(segments) = self.segments.get_mut(stream) {
            let gone = segments.extract_if(.., |segment| names.contains(segment.entry.name.as_str()));
            gone.for_each(|segment| segment.doom());
        }
    }
}

/// A segment that is opened when it is first needed: opening thousands at the start would take seconds.
pub(crate) struct SegmentHandle {
    pub(crate) entry: CatalogueEntry,
    schema: Arc<dyn Schema>,
    storage: Arc<dyn SegmentStorage>,
    opened: OnceLock<Segment>,
    filter: OnceLock<(Arc<SegmentFilter>, u32)>,
    is_doomed: AtomicBool,
    maintenance: Arc<Maintenance>,
}

impl SegmentHandle {
    pub(crate) fn new(
        entry: CatalogueEntry,
        schema: Arc<dyn Schema>,
        storage: Arc<dyn SegmentStorage>,
        maintenance: Arc<Maintenance>,
    ) -> SegmentHandle {
        SegmentHandle {
            entry,
            schema,
            storage,
            opened: OnceLock::new(),
            filter: OnceLock::new(),
            is_doomed: AtomicBool::new(false),
            maintenance,
        }
    }

    /// The catalogue does not have the segment any more: its files go when the last reader is done.
    pub(crate) fn doom(&self) {
        self.is_doomed.store(true, Ordering::Release);
    }

    /// The filter that stands for the segment, and its bit there.
    pub(crate) fn filter(&self) -> Option<&(Arc<SegmentFilter>, u32)> {
        self.filter.get()
    }

    /// Says that a filter stands for the segment; the first one stays.
    pub(crate) fn set_filter(&self, filter: &Arc<SegmentFilter>, bit: u32) {
        self.filter.get_or_init(|| (filter.clone(), bit));
    }

    /// The schema by which its rows are read.
    pub(crate) fn schema(&self) -> &dyn Schema {
        &*self.schema
    }

    pub(crate) fn segment(&self) -> Result<&Segment, StoreError> {
        if let Some(segment) = self.opened.get() {
            return Ok(segment);
        }
        let sidecar = open_file(&*self.storage, &self.entry.sidecar_name())?;
        let name = self.entry.parquet_name();
        let parquet = self.storage.open_of_len(&name, self.entry.summary.parquet_bytes);
        let parquet =
            NamedFile::new(&name, parquet.map_err(|cause| StoreError::Storage { name: name.clone(), cause })?);
        let segment = Segment::open(sidecar, parquet, self.schema.clone())?;
        if let Some((filter, bit)) = self.filter() {
            filter.compare(*bit, segment.index_checksum());
        }
        // Two readers may open at once; one of the two is kept.
        Ok(self.opened.get_or_init(|| segment))
    }
}

impl Drop for SegmentHandle {
    fn drop(&mut self) {
        if self.is_doomed.load(Ordering::Acquire) {
            self.maintenance.bury(std::mem::take(&mut self.entry.name));
        }
    }
}

/// Opens a file of a storage under its own name.
pub(crate) fn open_file(storage: &dyn SegmentStorage, name: &str) -> Result<NamedFile, StoreError> {
    let bytes = storage.open(name).map_err(|cause| StoreError::Storage { name: name.to_owned(), cause })?;
    Ok(NamedFile::new(name, bytes))
}
