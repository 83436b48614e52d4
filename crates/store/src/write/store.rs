//! The store: takes rows, answers lookups, and runs the thread that writes segments.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard, RwLock};

use super::catalogue::Catalogue;
use super::error::StoreError;
use super::exchange::handle;
use super::filtering::take_filters;
use super::flush;
use super::keeping::Keeping;
use super::maintenance::{self, Maintenance};
use super::merge;
use super::options::{Release, StoreOptions};
use super::storage::SegmentStorage;
use super::view::View;
use crate::filters::FilterFolder;
use crate::limits::{
    INDEX_BYTES_PER_ROW, MAX_SEALED_PARTS, PRESSING_FILL_S, PRESSING_PART_BYTES, PRESSURE_S, SEGMENT_WRITERS,
    SEGMENTS_PER_FILTER,
};
use crate::memory::MemoryPart;
use crate::query::{Cursor, Page, Query, Row};
use crate::schema::Schemas;
use crate::search::{Budget, Search, SearchPage};
use crate::segment::check_row;

/// Rows of many streams, in memory and in segments. Closing it ends its threads.
pub struct Store {
    pub(super) shared: Arc<Shared>,
    pub(super) threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What the store and its threads share.
pub(crate) struct Shared {
    pub(crate) schemas: Schemas,
    pub(crate) storage: Arc<dyn SegmentStorage>,
    pub(crate) filters: Option<FilterFolder>,
    pub(crate) catalogue: Arc<dyn Catalogue>,
    pub(crate) release: Release,
    pub(crate) keeping: Keeping,
    pub(crate) maintenance: Arc<Maintenance>,
    pub(crate) options: StoreOptions,
    /// When rows came last, Unix seconds: the machine is idle some time after that.
    pub(crate) last_insert_s: AtomicI64,
    /// Replaced as a whole; a reader keeps the one that it began with.
    pub(super) view: RwLock<Arc<View>>,
    /// Held while rows go into the open part and while it is sealed, so that no row comes into a sealed part.
    pub(super) inserter: Mutex<Inserter>,
    /// Counters and the queue, held briefly; both sides wait on `changed` for the other.
    pub(super) progress: Mutex<Progress>,
    pub(super) changed: Condvar,
    /// Held by whoever joins segments while he makes one out of their rows, and shared by those who write memory parts: the
    /// rows and their index are in memory then, and both together are too much. Nothing is read or written meanwhile, so
    /// that a slow storage makes nobody wait for it.
    pub(crate) making: RwLock<()>,
}

pub(super) struct Inserter {
    /// When the first row of the open part came, and what came since: asking the part itself would cost more than a row.
    filled_since: Option<Instant>,
    pub(super) rows: u64,
    bytes: u64,
    /// Positions that segments covered when the store was opened: the journal may still have them.
    covered: BTreeMap<String, u64>,
}

#[derive(Default)]
pub(super) struct Progress {
    pub(super) sealed: VecDeque<Arc<MemoryPart>>,
    /// How many of them, from the oldest on, have a thread that writes them.
    taken: usize,
    pub(super) is_closing: bool,
    /// Until when rows are taken to come fast.
    pressed_until: Option<Instant>,
    pub(super) flushed_parts: u64,
    pub(super) failures: u64,
    pub(super) fault: Option<String>,
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
        if !(1..=22).contains(&options.recompression_level) {
            return Err(StoreError::Level(options.recompression_level));
        }
        if let Some(filters) = options.filters.as_ref().filter(|it| !(1..=SEGMENTS_PER_FILTER).contains(&it.segments)) {
            return Err(StoreError::FilterSegments(filters.segments));
        }
        let state = catalogue.load().map_err(StoreError::Catalogue)?;
        agree(&state.covered, journal, &schemas)?;
        let mut view = View { parts: vec![Arc::new(MemoryPart::new())], segments: HashMap::new() };
        let maintenance = Maintenance::new(state.doomed);
        for entry in state.segments {
            view.add(handle(entry, &schemas, &storage, &maintenance)?);
        }
        for (stream, position) in &state.covered {
            // The journal does not remember this across a restart.
            release(stream, record_position(&schemas, stream, *position)).map_err(|problem| StoreError::Release {
                stream: stream.clone(),
                position: *position,
                problem,
            })?;
        }
        let filters = options.filters.as_ref().map(|filters| FilterFolder::new(&filters.folder));
        if let Some(filters) = &filters {
            take_filters(filters, &view);
        }
        let keeping = Keeping::load(options.retention, &*catalogue)?;
        let shared = Arc::new(Shared {
            keeping,
            schemas,
            storage,
            filters,
            catalogue,
            release,
            maintenance,
            last_insert_s: AtomicI64::new(options.surroundings.unix_s()),
            options,
            view: RwLock::new(Arc::new(view)),
            inserter: Mutex::new(Inserter { filled_since: None, rows: 0, bytes: 0, covered: state.covered }),
            progress: Mutex::new(Progress::default()),
            changed: Condvar::new(),
            making: RwLock::new(()),
        });
        let store = Store { shared: shared.clone(), threads: Mutex::new(Vec::new()) };
        for _ in 0..SEGMENT_WRITERS {
            store.spawn("segment-writer", flush::run)?;
        }
        store.spawn("segment-keeper", |shared| maintenance::run(shared, maintenance::chores()))?;
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
            self.shared.last_insert_s.store(self.shared.options.surroundings.unix_s(), Ordering::Relaxed);
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
            self.shared.seal(&mut inserter, None)?;
        }
        drop(inserter);
        self.shared.wait_until_flushed(None)
    }

    /// How the rows of its streams are read.
    pub fn schemas(&self) -> &Schemas {
        &self.shared.schemas
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
        self.search_rows(stream, query, search, budget, true)
    }

    /// The same without the bytes of rows in segments: where it is only asked which rows match, those of which the index
    /// knows it are not read. Rows in memory come with their bytes, which cost nothing.
    pub fn search_places(
        &self,
        stream: &str,
        query: &Query<'_>,
        search: &Arc<Search>,
        budget: &Budget,
    ) -> Result<SearchPage, StoreError> {
        self.search_rows(stream, query, search, budget, false)
    }

    fn search_rows(
        &self,
        stream: &str,
        query: &Query<'_>,
        search: &Arc<Search>,
        budget: &Budget,
        has_bytes: bool,
    ) -> Result<SearchPage, StoreError> {
        let schema = self.shared.schemas.of(stream).ok_or_else(|| StoreError::UnknownStream(stream.to_owned()))?;
        merge::search(&self.shared.view(), stream, query, search, &**schema, budget, has_bytes)
    }

    fn seal_if_due(&self, inserter: &mut Inserter) -> Result<(), StoreError> {
        let Some(filled_since) = inserter.filled_since else {
            return Ok(());
        };
        let options = &self.shared.options;
        let is_full = inserter.rows >= options.part_rows || inserter.bytes >= options.part_bytes;
        if is_full || filled_since.elapsed() >= options.part_age { self.shared.seal(inserter, None) } else { Ok(()) }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    /// Puts a new part in the place of the open one, once the queue has room; waits for that no longer than until then.
    pub(super) fn seal(&self, inserter: &mut Inserter, until: Option<Instant>) -> Result<(), StoreError> {
        let was_filled_fast = inserter.bytes >= PRESSING_PART_BYTES
            && inserter.filled_since.is_some_and(|since| since.elapsed() < Duration::from_secs(PRESSING_FILL_S));
        let mut progress = self.progress.lock();
        while progress.sealed.len() >= MAX_SEALED_PARTS && !progress.is_closing {
            self.wait(&mut progress, until)?;
        }
        if progress.is_closing {
            return Err(StoreError::Closed);
        }
        if was_filled_fast {
            progress.pressed_until = Some(Instant::now() + Duration::from_secs(PRESSURE_S));
        }
        let mut view = self.view.write();
        let mut next = View::clone(&view);
        progress.sealed.extend(next.parts.last().cloned());
        next.parts.push(Arc::new(MemoryPart::new()));
        *view = Arc::new(next);
        (inserter.filled_since, inserter.rows, inserter.bytes) = (None, 0, 0);
        self.changed.notify_all();
        Ok(())
    }

    /// Waits until all sealed parts are segments; gives up with the reason of the first failed attempt.
    pub(super) fn wait_until_flushed(&self, until: Option<Instant>) -> Result<(), StoreError> {
        let mut progress = self.progress.lock();
        let failures = progress.failures;
        while !progress.sealed.is_empty() && progress.failures == failures {
            if progress.is_closing {
                return Err(StoreError::Closed);
            }
            self.wait(&mut progress, until)?;
        }
        match &progress.fault {
            Some(fault) if progress.failures != failures => Err(StoreError::Flush(fault.clone())),
            _ => Ok(()),
        }
    }

    /// Waits for the other side.
    fn wait(&self, progress: &mut MutexGuard<'_, Progress>, until: Option<Instant>) -> Result<(), StoreError> {
        match until {
            None => self.changed.wait(progress),
            Some(until) if self.changed.wait_until(progress, until).timed_out() => return Err(StoreError::Late),
            Some(_) => {}
        }
        Ok(())
    }

    /// Whether parts wait to be written: whatever else needs memory gives way then.
    pub(crate) fn is_flushing(&self) -> bool {
        !self.progress.lock().sealed.is_empty()
    }

    /// Whether rows come so fast that whatever can wait should.
    pub(crate) fn is_pressed(&self) -> bool {
        self.progress.lock().pressed_until.is_some_and(|until| Instant::now() < until)
    }

    pub(crate) fn view(&self) -> Arc<View> {
        self.view.read().clone()
    }

    /// Waits for a sealed part that nobody writes, the oldest of them; `None` when the store is closing.
    pub(crate) fn next_sealed(&self) -> Option<Arc<MemoryPart>> {
        let mut progress = self.progress.lock();
        loop {
            if progress.is_closing {
                return None;
            }
            if let Some(part) = progress.sealed.get(progress.taken).cloned() {
                progress.taken += 1;
                return Some(part);
            }
            self.changed.wait(&mut progress);
        }
    }

    /// Waits until all older parts are segments: positions are covered in their order.
    pub(crate) fn wait_for_turn(&self, part: &Arc<MemoryPart>) -> Result<(), StoreError> {
        let mut progress = self.progress.lock();
        while !progress.sealed.front().is_some_and(|oldest| Arc::ptr_eq(oldest, part)) {
            if progress.is_closing {
                return Err(StoreError::Closed);
            }
            self.changed.wait(&mut progress);
        }
        Ok(())
    }

    /// Takes the oldest part, which is written now, from the queue, so that inserting goes on.
    pub(crate) fn note_flushed(&self) {
        let mut progress = self.progress.lock();
        progress.sealed.pop_front();
        progress.taken -= 1;
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

/// Journal and catalogue must meet: nothing missing between them, and no position given twice.
pub(crate) fn agree(
    covered: &BTreeMap<String, u64>,
    journal: &[(String, u64, u64)],
    schemas: &Schemas,
) -> Result<(), StoreError> {
    // Streams without a schema are somebody else's.
    for (stream, first, _) in journal.iter().filter(|(stream, ..)| schemas.of(stream).is_some()) {
        let last_covered = record_position(schemas, stream, covered.get(stream).copied().unwrap_or_default());
        if last_covered + 1 < *first {
            return Err(StoreError::Gap { stream: stream.clone(), from: last_covered + 1, to: first - 1 });
        }
    }
    for (stream, position) in covered {
        let last = journal.iter().find(|(name, ..)| name == stream).map_or(0, |(_, _, last)| *last);
        let covered = record_position(schemas, stream, *position);
        if last < covered {
            return Err(StoreError::JournalBehind { stream: stream.clone(), last, covered });
        }
    }
    Ok(())
}

/// The position of the record that a row of a stream came from.
pub(crate) fn record_position(schemas: &Schemas, stream: &str, row_position: u64) -> u64 {
    schemas.of(stream).map_or(row_position, |schema| schema.record_position(row_position))
}
