//! Whether the client still waits for its answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Tells a handler that the client closed its side: as a rule nobody waits any more. Operations go on to their end all the same, because what was done must be
/// recorded; a handler that only reads and takes long may stop. Clones are one and the same; the default is a client that
/// never hangs up.
#[derive(Debug, Clone, Default)]
pub struct HangUp(Arc<AtomicBool>);

impl HangUp {
    /// The client is gone.
    pub fn hang_up(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// For work on other threads: true once the client is gone.
    pub fn flag(&self) -> Arc<AtomicBool> {
        self.0.clone()
    }
}
