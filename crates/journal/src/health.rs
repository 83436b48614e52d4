//! Whether the journal takes records, and why not.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use tracing::{error, info, warn};

use crate::error::JournalError;

/// Read by every append without a lock; written by the writer thread.
#[derive(Debug)]
pub(crate) struct Health {
    floor_bytes: u64,
    free_bytes: AtomicU64,
    below_floor: AtomicBool,
    is_full: AtomicBool,
    /// What the system said when it had no room.
    full_cause: Mutex<Arc<str>>,
    closed: AtomicBool,
    failure: OnceLock<Arc<str>>,
}

impl Health {
    pub(crate) fn new(floor_bytes: u64) -> Self {
        Self {
            floor_bytes,
            free_bytes: AtomicU64::new(u64::MAX),
            below_floor: AtomicBool::new(false),
            is_full: AtomicBool::new(false),
            full_cause: Mutex::new(Arc::from("")),
            closed: AtomicBool::new(false),
            failure: OnceLock::new(),
        }
    }

    /// Whether an append would be taken now.
    pub(crate) fn ready(&self) -> Result<(), JournalError> {
        if let Some(failed) = self.failure() {
            return Err(failed);
        }
        if self.closed.load(Ordering::Acquire) {
            return Err(JournalError::Closed);
        }
        if let Some(full) = self.full() {
            return Err(full);
        }
        if self.below_floor.load(Ordering::Acquire) {
            return Err(JournalError::DiskBelowFloor { free_bytes: self.free_bytes(), floor_bytes: self.floor_bytes });
        }
        Ok(())
    }

    /// The failure, when there was one.
    pub(crate) fn failure(&self) -> Option<JournalError> {
        self.failure.get().map(|cause| JournalError::Failed { cause: cause.clone() })
    }

    /// Fails the journal for good. The first cause stands.
    pub(crate) fn fail(&self, cause: &str) -> JournalError {
        let cause = self.failure.get_or_init(|| {
            error!(cause, "the journal stopped, no record is taken until it is opened again");
            Arc::from(cause)
        });
        JournalError::Failed { cause: cause.clone() }
    }

    /// The disk has no room; what to tell those who wait.
    pub(crate) fn set_full(&self, cause: &str) -> JournalError {
        let cause: Arc<str> = Arc::from(cause);
        *self.full_cause.lock() = cause.clone();
        if !self.is_full.swap(true, Ordering::AcqRel) {
            error!(%cause, "the disk of the journal is full, records are refused until there is space");
        }
        JournalError::DiskFull { cause }
    }

    /// The disk has room again.
    pub(crate) fn set_roomy(&self) {
        self.is_full.store(false, Ordering::Release);
        info!("the disk of the journal has room again, records are taken");
    }

    /// What to tell appenders while the disk is full.
    pub(crate) fn full(&self) -> Option<JournalError> {
        let is_full = self.is_full.load(Ordering::Acquire);
        is_full.then(|| JournalError::DiskFull { cause: self.full_cause.lock().clone() })
    }

    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    /// Takes note of the free space.
    pub(crate) fn set_free_bytes(&self, free_bytes: u64) {
        self.free_bytes.store(free_bytes, Ordering::Release);
        let below = free_bytes < self.floor_bytes;
        let was_below = self.below_floor.swap(below, Ordering::AcqRel);
        if below && !was_below {
            warn!(free_bytes, floor_bytes = self.floor_bytes, "too little free disk space, records are refused");
        } else if was_below && !below {
            info!(free_bytes, floor_bytes = self.floor_bytes, "enough free disk space again, records are taken");
        }
    }

    /// Free bytes at the last look.
    pub(crate) fn free_bytes(&self) -> u64 {
        self.free_bytes.load(Ordering::Acquire)
    }
}
