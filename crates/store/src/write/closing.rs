//! The end of a store.

use std::time::{Duration, Instant};

use super::error::StoreError;
use super::store::Store;
use crate::limits::FINISH_MIN_ROWS;

impl Store {
    /// Writes what is in memory as segments and closes the store, so that the next start has nothing to read again. What
    /// cannot be written within `patience` stays in the journal, as after a crash; so do rows that are hardly worth a file.
    pub fn finish(&self, patience: Duration) {
        if self.shared.progress.lock().is_closing {
            return self.close();
        }
        let until = Instant::now() + patience;
        if let Err(error) = self.flush_until(until) {
            tracing::warn!(%error, "the next start reads from the journal what was not written");
        }
        self.close();
    }

    /// Waits for nobody longer than until then: rows that come in may be holding the open part.
    fn flush_until(&self, until: Instant) -> Result<(), StoreError> {
        let Some(mut inserter) = self.shared.inserter.try_lock_until(until) else {
            return Err(StoreError::Late);
        };
        if inserter.rows >= FINISH_MIN_ROWS {
            self.shared.seal(&mut inserter, Some(until))?;
        }
        drop(inserter);
        self.shared.wait_until_flushed(Some(until))
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
        self.shared.maintenance.close();
        self.shared.storage.close();
        for thread in self.threads.lock().drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread that writes segments panicked");
            }
        }
    }
}
