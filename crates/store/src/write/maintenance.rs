//! The thread that keeps segments in order: one chore after the other, so that no two change the same segments.
//!
//! Everything that takes segments out of the catalogue runs here; writing new ones does not wait for it. A chore is done in
//! steps, each of which leaves the store whole. When every chore has said that nothing is left, the thread waits until it is
//! woken or some time has gone by.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::compaction::Compaction;
use super::error::StoreError;
use super::filtering::Filtering;
use super::keeping::Expire;
use super::priority::give_way;
use super::recompression::Recompression;
use super::store::Shared;
use crate::limits::{MAINTENANCE_INTERVAL_MS, RETRY_PAUSE_MS};

/// Something that the thread does now and then.
pub(crate) trait Chore: Send {
    /// For the log.
    fn name(&self) -> &'static str;

    /// Does one step; whether there may be more to do. What fails is tried again after a pause.
    fn step(&mut self, shared: &Shared) -> Result<bool, StoreError>;
}

/// What the thread and those who wait for it share.
#[derive(Default)]
pub(crate) struct Maintenance {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    is_closing: bool,
    /// Names of doomed segments that nobody reads any more.
    buried: Vec<String>,
    /// Names of segments that are left alone.
    set_aside: HashSet<String>,
    /// Rounds that were asked for, and the last of them that ended with nothing left to do.
    wanted_round: u64,
    finished_round: u64,
    counters: MaintenanceCounters,
}

/// What the thread has done since the store was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MaintenanceCounters {
    /// Times that segments were joined.
    pub compactions: u64,
    /// Segments that were joined.
    pub compacted_segments: u64,
    /// Rows in them.
    pub compacted_rows: u64,
    /// Segments that were compressed again.
    pub recompressed_segments: u64,
    /// Bytes by which they became smaller.
    pub recompression_saved_bytes: u64,
    /// Filters that were made.
    pub filters: u64,
    /// Segments that cannot be read or written again and stay as they are.
    pub set_aside_segments: u64,
    /// Segments whose files were removed.
    pub removed_segments: u64,
    /// Attempts that failed and are repeated.
    pub failures: u64,
    /// Why the last attempt failed; nothing when it did not.
    pub fault: Option<String>,
}

impl Maintenance {
    /// Begins with the doomed segments of the catalogue, which nobody reads yet.
    pub(crate) fn new(doomed: Vec<String>) -> Arc<Maintenance> {
        let state = State { buried: doomed, wanted_round: 1, ..State::default() };
        Arc::new(Maintenance { state: Mutex::new(state), changed: Condvar::new() })
    }

    /// The files of a doomed segment may go.
    pub(crate) fn bury(&self, name: String) {
        let mut state = self.state.lock();
        state.buried.push(name);
        state.wanted_round += 1;
        self.changed.notify_all();
    }

    /// These segments are left alone until the store is opened again.
    pub(crate) fn set_aside(&self, names: Vec<String>) {
        let mut state = self.state.lock();
        state.set_aside.extend(names);
        state.counters.set_aside_segments = state.set_aside.len() as u64;
    }

    pub(crate) fn is_set_aside(&self, name: &str) -> bool {
        self.state.lock().set_aside.contains(name)
    }

    /// There may be something to do.
    pub(crate) fn wake(&self) {
        self.state.lock().wanted_round += 1;
        self.changed.notify_all();
    }

    pub(crate) fn close(&self) {
        self.state.lock().is_closing = true;
        self.changed.notify_all();
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.state.lock().is_closing
    }

    pub(crate) fn counters(&self) -> MaintenanceCounters {
        self.state.lock().counters.clone()
    }

    /// Changes the counters.
    pub(crate) fn count(&self, change: impl FnOnce(&mut MaintenanceCounters)) {
        change(&mut self.state.lock().counters);
    }

    /// Wakes the thread and waits until nothing is left to do; gives up with the reason of the first failed attempt.
    pub(crate) fn finish_round(&self) -> Result<(), StoreError> {
        let mut state = self.state.lock();
        state.wanted_round += 1;
        let (round, failures) = (state.wanted_round, state.counters.failures);
        self.changed.notify_all();
        while state.finished_round < round {
            if state.is_closing {
                return Err(StoreError::Closed);
            }
            if let Some(fault) = state.counters.fault.clone().filter(|_| state.counters.failures != failures) {
                return Err(StoreError::Maintenance(fault));
            }
            self.changed.wait(&mut state);
        }
        Ok(())
    }

    /// Waits for a round that is wanted, or for the usual time; `None` when the store is closing.
    fn next_round(&self) -> Option<u64> {
        let until = Instant::now() + Duration::from_millis(MAINTENANCE_INTERVAL_MS);
        let mut state = self.state.lock();
        while !state.is_closing && state.finished_round >= state.wanted_round {
            if self.changed.wait_until(&mut state, until).timed_out() {
                break;
            }
        }
        (!state.is_closing).then_some(state.wanted_round)
    }

    fn note_finished(&self, round: u64) {
        let mut state = self.state.lock();
        state.finished_round = round;
        state.counters.fault = None;
        self.changed.notify_all();
    }

    /// Takes note of a failed attempt and waits a while; false when the store is closing.
    pub(crate) fn pause_after(&self, fault: &str, pause: Duration) -> bool {
        let mut state = self.state.lock();
        state.counters.failures += 1;
        state.counters.fault = Some(fault.to_owned());
        self.changed.notify_all();
        let until = Instant::now() + pause;
        while !state.is_closing && !self.changed.wait_until(&mut state, until).timed_out() {}
        !state.is_closing
    }
}

/// All chores, in the order in which they are done.
pub(crate) fn chores() -> Vec<Box<dyn Chore>> {
    vec![
        Box::new(Expire::default()),
        Box::new(Compaction::default()),
        Box::new(Recompression),
        Box::new(Filtering::default()),
        Box::new(RemoveFiles),
    ]
}

/// Does the chores until the store is closed.
pub(crate) fn run(shared: &Shared, mut chores: Vec<Box<dyn Chore>>) {
    give_way();
    let mut pause = Pause::default();
    while let Some(round) = shared.maintenance.next_round() {
        match do_all(shared, &mut chores) {
            Ok(()) => {
                shared.maintenance.note_finished(round);
                pause = Pause::default();
            }
            Err(error) => {
                if !shared.maintenance.pause_after(&error.to_string(), pause.next()) {
                    return;
                }
            }
        }
    }
}

/// Does every chore to its end; one that fails does not keep the others from being done. The last error.
fn do_all(shared: &Shared, chores: &mut [Box<dyn Chore>]) -> Result<(), StoreError> {
    let mut outcome = Ok(());
    for chore in chores {
        while !shared.maintenance.is_closing() {
            match chore.step(shared) {
                Ok(true) => {}
                Ok(false) => break,
                // Nothing is wrong when a step was called off.
                Err(_) if shared.maintenance.is_closing() => break,
                Err(error) => {
                    tracing::error!(chore = chore.name(), %error, "a chore of the store failed and is tried again");
                    outcome = Err(error);
                    break;
                }
            }
        }
    }
    if shared.maintenance.is_closing() { Err(StoreError::Closed) } else { outcome }
}

/// Pauses between attempts, longer each time.
pub(crate) struct Pause {
    next_ms: u64,
}

impl Default for Pause {
    fn default() -> Self {
        Pause { next_ms: RETRY_PAUSE_MS.0 }
    }
}

impl Pause {
    pub(crate) fn next(&mut self) -> Duration {
        let pause = Duration::from_millis(self.next_ms);
        self.next_ms = (self.next_ms * 2).min(RETRY_PAUSE_MS.1);
        pause
    }
}

/// Removes the files of doomed segments that nobody reads any more.
pub(crate) struct RemoveFiles;

impl Chore for RemoveFiles {
    fn name(&self) -> &'static str {
        "remove files"
    }

    fn step(&mut self, shared: &Shared) -> Result<bool, StoreError> {
        let names = shared.maintenance.state.lock().buried.clone();
        if names.is_empty() {
            return Ok(false);
        }
        for name in &names {
            shared.remove_files(name)?;
        }
        shared.catalogue.forget_doomed(&names).map_err(StoreError::Catalogue)?;
        let mut state = shared.maintenance.state.lock();
        // Others may have been added behind them.
        state.buried.drain(..names.len());
        state.counters.removed_segments += names.len() as u64;
        drop(state);
        tracing::info!(segments = names.len(), "files of segments that left were removed");
        Ok(true)
    }
}
