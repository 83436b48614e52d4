//! What the writer thread, appenders, readers and followers share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{Condvar, Mutex};

use crate::catalog::{Catalog, Span};
use crate::health::Health;
use crate::live::{LiveBuffer, LiveGroup};
use crate::options::Options;
use crate::queue::Queue;
use crate::stats::Counters;
use crate::storage::Storage;

/// The shared state of a journal. Locks are taken one at a time, except `truncation` before `durable`.
pub(crate) struct Shared {
    pub options: Options,
    pub storage: Arc<dyn Storage>,
    pub queue: Arc<Queue>,
    pub health: Health,
    pub counters: Counters,
    /// Only what is on disk. Held briefly: no file is touched under this lock.
    durable: Mutex<Durable>,
    /// Followers wait here for more.
    grown: Condvar,
    /// Number of the last durable record; beside the lock because it is asked for often.
    durable_count: AtomicU64,
    /// Serialises removals; true while a removal is not synced.
    pub truncation: Mutex<bool>,
}

/// What is on disk.
pub(crate) struct Durable {
    pub catalog: Catalog,
    pub live: LiveBuffer,
    /// Number of the next record to become durable.
    pub next_sequence: u64,
    /// No more records will come.
    pub closed: bool,
}

impl Shared {
    pub(crate) fn new(options: Options, storage: Arc<dyn Storage>, catalog: Catalog, next_sequence: u64) -> Self {
        let live = LiveBuffer::new(options.live_buffer_bytes);
        Self {
            queue: Arc::new(Queue::new(options.max_queued_bytes)),
            health: Health::new(options.free_disk_floor_bytes),
            counters: Counters::default(),
            durable: Mutex::new(Durable { catalog, live, next_sequence, closed: false }),
            grown: Condvar::new(),
            durable_count: AtomicU64::new(next_sequence - 1),
            truncation: Mutex::new(false),
            storage,
            options,
        }
    }

    /// Looks at what is on disk, or changes it.
    pub(crate) fn durable<T>(&self, look: impl FnOnce(&mut Durable) -> T) -> T {
        look(&mut self.durable.lock())
    }

    /// Like [`Shared::durable`], but waits while `look` gives nothing, up to `timeout`.
    pub(crate) fn wait_for<T>(
        &self,
        timeout: std::time::Duration,
        mut look: impl FnMut(&mut Durable) -> Option<T>,
    ) -> Option<T> {
        let deadline = std::time::Instant::now().checked_add(timeout);
        let mut durable = self.durable.lock();
        loop {
            if let Some(found) = look(&mut durable) {
                return Some(found);
            }
            let timed_out = match deadline {
                Some(deadline) => self.grown.wait_until(&mut durable, deadline).timed_out(),
                None => {
                    self.grown.wait(&mut durable);
                    false
                }
            };
            if timed_out {
                return look(&mut durable);
            }
        }
    }

    /// Shows a group that is on disk to readers and followers.
    pub(crate) fn publish(&self, spans: &[Span], group: LiveGroup, end: u64) {
        let next_sequence = group.first_sequence + group.records.len() as u64;
        let group = Arc::new(group);
        let evicted = self.durable(|durable| {
            durable.catalog.add_group(spans, next_sequence, end);
            durable.next_sequence = next_sequence;
            self.durable_count.store(next_sequence - 1, Ordering::Release);
            durable.live.push(group)
        });
        self.grown.notify_all();
        drop(evicted);
    }

    /// Wakes all followers: no more records will come.
    pub(crate) fn end_of_records(&self) {
        self.durable(|durable| durable.closed = true);
        self.grown.notify_all();
    }

    pub(crate) fn durable_count(&self) -> u64 {
        self.durable_count.load(Ordering::Acquire)
    }
}
