//! How much a search may work, and how it is called off.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Calls a search off from another thread. Clones are one and the same.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Ends all searches that were given this.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether it was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl From<Arc<AtomicBool>> for Cancel {
    /// A flag of somebody else; true ends the searches.
    fn from(flag: Arc<AtomicBool>) -> Cancel {
        Cancel(flag)
    }
}

/// Why a search ended before its page was full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// It examined as many rows as it may.
    Rows,
    /// It read as many bytes as it may.
    Bytes,
    /// Its time was over.
    Deadline,
    /// It was called off.
    Cancelled,
}

/// What one search may cost. It is looked at after each piece of work (a page of 256 rows at first, sixteen later), and a
/// search always comes on by one piece, so that asking again and again reaches the end.
#[derive(Debug, Clone)]
pub struct Budget {
    rows_left: Cell<u64>,
    bytes_left: Cell<u64>,
    deadline: Option<Instant>,
    cancel: Cancel,
}

impl Budget {
    /// No bounds.
    pub fn unlimited() -> Budget {
        Budget {
            rows_left: Cell::new(u64::MAX),
            bytes_left: Cell::new(u64::MAX),
            deadline: None,
            cancel: Cancel::default(),
        }
    }

    /// Rows that may be examined.
    pub fn rows(self, rows: u64) -> Budget {
        Budget { rows_left: Cell::new(rows), ..self }
    }

    /// Bytes of rows that may be read, before compression.
    pub fn bytes(self, bytes: u64) -> Budget {
        Budget { bytes_left: Cell::new(bytes), ..self }
    }

    /// When the time is over.
    pub fn until(self, deadline: Instant) -> Budget {
        Budget { deadline: Some(deadline), ..self }
    }

    /// Who can call it off.
    pub fn cancelled_by(self, cancel: &Cancel) -> Budget {
        Budget { cancel: cancel.clone(), ..self }
    }

    pub(crate) fn rows_left(&self) -> u64 {
        self.rows_left.get()
    }

    pub(crate) fn spend(&self, rows: u64, bytes: u64) {
        self.rows_left.set(self.rows_left.get().saturating_sub(rows));
        self.bytes_left.set(self.bytes_left.get().saturating_sub(bytes));
    }

    /// Why no more may be done; nothing when more may.
    pub(crate) fn stopped(&self) -> Option<Stopped> {
        if self.cancel.is_cancelled() {
            Some(Stopped::Cancelled)
        } else if self.rows_left.get() == 0 {
            Some(Stopped::Rows)
        } else if self.bytes_left.get() == 0 {
            Some(Stopped::Bytes)
        } else if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            Some(Stopped::Deadline)
        } else {
            None
        }
    }
}
