//! The store: takes rows, answers lookups, and runs the thread that writes segments.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, RwLock};

use super::catalogue::{Catalogue, CatalogueEntry, Change, parquet_name, sidecar_name};
use super::error::StoreError;
use super::flush;
use super::keeping::{Expire, Keeping};
use super::maintenance::{self, Maintenance, MaintenanceCounters, Pause, RemoveFiles};
use super::merge;
use super::options::{Release, StoreOptions};
use super::storage::SegmentStorage;
use super::view::{SegmentHandle, View};
use crate::limits::{INDEX_BYTES_PER_ROW, MAX_SEALED_PARTS};
use crate::memory::{MemoryPart, MemoryStats};
use crate::query::{Cursor, Page, Query, Row};
use crate::schema::Schemas;
use crate::search::{Budget, Search, SearchPage};
use crate::segment::check_row;

/// Rows of many streams, in memory and in segments. Closing it ends its threads.
pub struct Store {
    pub(crate) shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What the store and its threads share.
pub(crate) struct Shared {
    pub(crate) schemas: Schemas,
    pub(crate) storage: Arc<dyn SegmentStorage>,
    pub(crate) catalogue: Arc<dyn Catalogue>,
    pub(crate) release: Release,
    pub(crate) keeping: Keeping,
    pub(crate) maintenance: Arc<Maintenance>,
    options: StoreOptions,
    /// Replaced as a whole; a reader keeps the one that it began with.
    view: RwLock<Arc<View>>,
    /// Held while rows go into the open part and while it is sealed, so that no row comes into a sealed part.
    inserter: Mutex<Inserter>,
    /// Counters and the queue, held briefly; both sides wait on `changed` for the other.
    progress: Mutex<Progress>,
    changed: Condvar,
}

struct Inserter {
    /// When the first row of the open part came, and what came since: asking the part itself would cost more than a row.
    filled_since: Option<Instant>,
    rows: u64,
    bytes: u64,
    /// Positions that segments covered when the store was opened: the journal may still have them.
    covered: BTreeMap<String, u64>,
}

#[derive(Default)]
struct Progress {
    sealed: VecDeque<Arc<MemoryPart>>,
    is_closing: bool,
    flushed_parts: u64,
    failures: u64,
    fault: Option<String>,
}

/// What a store holds now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoreStats {
    /// All memory parts together.
    pub memory: MemoryStats,
    /// Parts that wait to be written or are being written.
    pub sealed_parts: u64,
    /// Number of segments.
    pub segments: u64,
    /// Rows in segments.
    pub segment_rows: u64,
    /// Bytes of the rows in segments, as they came.
    pub segment_raw_bytes: u64,
    /// Bytes of all files of segments.
    pub segment_file_bytes: u64,
    /// Parts that became segments since the store was opened.
    pub flushed_parts: u64,
    /// Attempts at writing a part that failed since the store was opened.
    pub flush_failures: u64,
    /// Why the last attempt failed; nothing when it did not.
    pub flush_fault: Option<String>,
    /// What was done to segments since the store was opened.
    pub maintenance: MaintenanceCounters,
}

impl Store {
    /// Opens a store. `journal` says for each stream of the journal the first position that it keeps and the last one; what
    /// segments do not cover must be inserted again from there. Blocks.
    pub fn open(
        schemas: Schemas,
        storage: Arc<dyn SegmentStorage>,
        catalogue: Arc<dyn Catalogue>,
        journal: &[(String, u64, u64)],
        release: Release,
        options: StoreOptions,
    ) -> Result<Store, StoreError> {
        let state = catalogue.load().map_err(StoreError::Catalogue)?;
        agree(&state.covered, journal, &schemas)?;
        let mut view = View { parts: vec![Arc::new(MemoryPart::new())], segments: HashMap::new() };
        let maintenance = Maintenance::new(state.doomed);
        for entry in state.segments {
            view.add(handle(entry, &schemas, &storage, &maintenance)?);
        }
        for (stream, position) in &state.covered {
            // The journal does not remember this across a restart.
            release(stream, *position).map_err(|problem| StoreError::Release {
                stream: stream.clone(),
                position: *position,
                problem,
            })?;
        }
        let keeping = Keeping::load(options.retention, &*catalogue)?;
        let shared = Arc::new(Shared {
            keeping,
            schemas,
            storage,
            catalogue,
            release,
            maintenance,
            options,
            view: RwLock::new(Arc::new(view)),
            inserter: Mutex::new(Inserter { filled_since: None, rows: 0, bytes: 0, covered: state.covered }),
            progress: Mutex::new(Progress::default()),
            changed: Condvar::new(),
        });
        let store = Store { shared: shared.clone(), threads: Mutex::new(Vec::new()) };
        store.spawn("segment-writer", flush::run)?;
        store.spawn("segment-keeper", |shared| maintenance::run(shared, vec![Box::<Expire>::default(), Box::new(RemoveFiles)]))?;
        Ok(store)
    }

    fn spawn(&self, name: &str, work: impl FnOnce(&Shared) + Send + 'static) -> Result<(), StoreError> {
        let shared = self.shared.clone();
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || work(&shared));
        self.threads.lock().push(thread.map_err(StoreError::Thread)?);
        Ok(())
    }

    /// Inserts a batch into a stream, all of it or, for readers, not yet; rows that are there already are left out. Rows of
    /// a stream come in the order of their positions. Waits while as many parts as may wait to be written.
    pub fn insert(&self, stream: &str, rows: &[Row<'_>]) -> Result<(), StoreError> {
        if self.shared.schemas.of(stream).is_none() {
            return Err(StoreError::UnknownStream(stream.to_owned()));
        }
        for row in rows {
            check_row(stream, Cursor { time_s: row.time_s, position: row.position }, row.bytes.len())?;
        }
        let mut inserter = self.shared.inserter.lock();
        let covered = inserter.covered.get(stream).copied().unwrap_or_default();
        let new = rows.partition_point(|row| row.position <= covered);
        if let Some(part) = self.shared.view().parts.last()
            && new < rows.len()
        {
            part.insert(stream, &rows[new..]);
            inserter.filled_since.get_or_insert_with(Instant::now);
            inserter.rows += (rows.len() - new) as u64;
            inserter.bytes += rows[new..].iter().map(|row| row.bytes.len() as u64 + INDEX_BYTES_PER_ROW).sum::<u64>();
        }
        self.seal_if_due(&mut inserter)
    }

    /// Seals the open part when it is old enough. To be called now and then while no rows come.
    pub fn tick(&self) -> Result<(), StoreError> {
        self.seal_if_due(&mut self.shared.inserter.lock())
    }

    /// Seals the open part now and waits until all that was inserted before is in segments; gives up with the reason of the
    /// first failed attempt.
    pub fn flush(&self) -> Result<(), StoreError> {
        let mut inserter = self.shared.inserter.lock();
        if inserter.filled_since.is_some() {
            self.seal(&mut inserter)?;
        }
        drop(inserter);
        let mut progress = self.shared.progress.lock();
        let failures = progress.failures;
        while !progress.sealed.is_empty() && progress.failures == failures {
            if progress.is_closing {
                return Err(StoreError::Closed);
            }
            self.shared.changed.wait(&mut progress);
        }
        match &progress.fault {
            Some(fault) if progress.failures != failures => Err(StoreError::Flush(fault.clone())),
            _ => Ok(()),
        }
    }

    /// One page of a stream over memory and segments. Blocks on files.
    pub fn lookup(&self, stream: &str, query: &Query<'_>) -> Result<Page, StoreError> {
        merge::lookup(&self.shared.view(), stream, query)
    }

    /// One page of the rows that match a condition, too, within a budget. What is inserted meanwhile may be in it or not.
    /// Blocks on files.
    pub fn search(
        &self,
        stream: &str,
        query: &Query<'_>,
        search: &Arc<Search>,
        budget: &Budget,
    ) -> Result<SearchPage, StoreError> {
        let schema = self.shared.schemas.of(stream).ok_or_else(|| StoreError::UnknownStream(stream.to_owned()))?;
        merge::search(&self.shared.view(), stream, query, search, &**schema, budget)
    }

    /// What the store holds now.
    pub fn stats(&self) -> StoreStats {
        let view = self.shared.view();
        let mut stats = StoreStats { maintenance: self.shared.maintenance.counters(), ..StoreStats::default() };
        for part in view.parts.iter().map(|part| part.stats()) {
            stats.memory.rows += part.rows;
            stats.memory.payload_bytes += part.payload_bytes;
            stats.memory.index_bytes += part.index_bytes;
            stats.memory.streams = stats.memory.streams.max(part.streams);
        }
        for segment in view.segments.values().flatten() {
            let summary = &segment.entry.summary;
            stats.segments += 1;
            stats.segment_rows += summary.rows as u64;
            stats.segment_raw_bytes += summary.raw_bytes;
            stats.segment_file_bytes += summary.parquet_bytes + segment.entry.sidecar_bytes;
        }
        let progress = self.shared.progress.lock();
        stats.sealed_parts = progress.sealed.len() as u64;
        stats.flushed_parts = progress.flushed_parts;
        stats.flush_failures = progress.failures;
        stats.flush_fault.clone_from(&progress.fault);
        stats
    }

    /// Does now what is to be done to segments, and waits until nothing is left; gives up with the reason of the first failed
    /// attempt.
    pub fn maintain(&self) -> Result<(), StoreError> {
        self.shared.maintenance.finish_round()
    }

    /// Ends the threads after the step that they are in. What is not in segments yet is in the journal.
    pub fn close(&self) {
        self.shared.progress.lock().is_closing = true;
        self.shared.changed.notify_all();
        self.shared.storage.close();
        self.shared.maintenance.close();
        for thread in self.threads.lock().drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread that writes segments panicked");
            }
        }
    }

    fn seal_if_due(&self, inserter: &mut Inserter) -> Result<(), StoreError> {
        let Some(filled_since) = inserter.filled_since else {
            return Ok(());
        };
        let options = &self.shared.options;
        let is_full = inserter.rows >= options.part_rows || inserter.bytes >= options.part_bytes;
        if is_full || filled_since.elapsed() >= options.part_age { self.seal(inserter) } else { Ok(()) }
    }

    /// Puts a new part in the place of the open one, once the queue has room.
    fn seal(&self, inserter: &mut Inserter) -> Result<(), StoreError> {
        let mut progress = self.shared.progress.lock();
        while progress.sealed.len() >= MAX_SEALED_PARTS && !progress.is_closing {
            self.shared.changed.wait(&mut progress);
        }
        if progress.is_closing {
            return Err(StoreError::Closed);
        }
        let mut view = self.shared.view.write();
        let mut next = View::clone(&view);
        progress.sealed.extend(next.parts.last().cloned());
        next.parts.push(Arc::new(MemoryPart::new()));
        *view = Arc::new(next);
        (inserter.filled_since, inserter.rows, inserter.bytes) = (None, 0, 0);
        self.shared.changed.notify_all();
        Ok(())
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    pub(crate) fn view(&self) -> Arc<View> {
        self.view.read().clone()
    }

    /// Waits for a sealed part; `None` when the store is closing.
    pub(crate) fn next_sealed(&self) -> Option<Arc<MemoryPart>> {
        let mut progress = self.progress.lock();
        loop {
            if progress.is_closing {
                return None;
            }
            if let Some(part) = progress.sealed.front() {
                return Some(part.clone());
            }
            self.changed.wait(&mut progress);
        }
    }

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

    /// Takes the part from the queue, so that inserting goes on.
    pub(crate) fn note_flushed(&self) {
        let mut progress = self.progress.lock();
        progress.sealed.pop_front();
        progress.flushed_parts += 1;
        progress.fault = None;
        self.changed.notify_all();
    }

    /// Takes note of a failed attempt and waits a while; false when the store is closing.
    pub(crate) fn pause_after(&self, fault: &StoreError, pause: Duration) -> bool {
        let mut progress = self.progress.lock();
        progress.failures += 1;
        progress.fault = Some(fault.to_string());
        self.changed.notify_all();
        let until = Instant::now() + pause;
        while !progress.is_closing && !self.changed.wait_until(&mut progress, until).timed_out() {}
        !progress.is_closing
    }
}

fn handle(
    entry: CatalogueEntry,
    schemas: &Schemas,
    storage: &Arc<dyn SegmentStorage>,
    maintenance: &Arc<Maintenance>,
) -> Result<SegmentHandle, StoreError> {
    let schema = schemas.of(&entry.stream).ok_or_else(|| StoreError::UnknownStream(entry.stream.clone()))?.clone();
    Ok(SegmentHandle::new(entry, schema, storage.clone(), maintenance.clone()))
}

/// Journal and catalogue must meet: nothing missing between them, and no position given twice.
pub(crate) fn agree(
    covered: &BTreeMap<String, u64>,
    journal: &[(String, u64, u64)],
    schemas: &Schemas,
) -> Result<(), StoreError> {
    // Streams without a schema are somebody else's.
    for (stream, first, _) in journal.iter().filter(|(stream, ..)| schemas.of(stream).is_some()) {
        let last_covered = covered.get(stream).copied().unwrap_or_default();
        if last_covered + 1 < *first {
            return Err(StoreError::Gap { stream: stream.clone(), from: last_covered + 1, to: first - 1 });
        }
    }
    for (stream, position) in covered {
        let last = journal.iter().find(|(name, ..)| name == stream).map_or(0, |(_, _, last)| *last);
        if last < *position {
            return Err(StoreError::JournalBehind { stream: stream.clone(), last, covered: *position });
        }
    }
    Ok(())
}
