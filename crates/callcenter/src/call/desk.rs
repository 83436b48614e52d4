//! What the calls of this process need beside the database: who dials, the time, chance, and which calls are running.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::sync::watch;

use crate::call::dialler::{AdmittedCall, Dialler, NoTrunk};
use crate::call::progress::{self, CallRecord};
use crate::center::Store;

/// The time of what happens in calls.
pub trait Clock: Send + Sync + 'static {
    /// Now, Unix milliseconds.
    fn now_ms(&self) -> i64;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        openapi::clock::now_ms()
    }
}

/// What makes calls; tests put their own in.
#[derive(Clone)]
pub struct Calling {
    /// Who dials.
    pub dialler: Arc<dyn Dialler>,
    /// The time of what happens in calls.
    pub clock: Arc<dyn Clock>,
    /// Seed of ids and random choices; a fresh one if absent.
    pub seed: Option<u64>,
}

impl Default for Calling {
    fn default() -> Self {
        Self { dialler: Arc::new(NoTrunk), clock: Arc::new(SystemClock), seed: None }
    }
}

/// A running call, by instance and contact.
type Running = Arc<Mutex<HashMap<(String, String), watch::Sender<bool>>>>;

/// See the head of the file.
pub(crate) struct Desk {
    dialler: Arc<dyn Dialler>,
    clock: Arc<dyn Clock>,
    random: Mutex<StdRng>,
    running: Running,
}

impl Desk {
    pub(crate) fn new(calling: Calling) -> Self {
        let Calling { dialler, clock, seed } = calling;
        let random = Mutex::new(StdRng::seed_from_u64(seed.unwrap_or_else(rand::random)));
        Self { dialler, clock, random, running: Running::default() }
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn choose(&self, end: usize) -> usize {
        self.random.lock().random_range(0..end)
    }

    /// A ten-digit contact id. Those that begin with 9 belong to demo data.
    pub(crate) fn draw_contact_id(&self) -> String {
        self.random.lock().random_range(1_000_000_000_u64..9_000_000_000).to_string()
    }

    /// A TaskId: the millisecond, and five digits.
    pub(crate) fn draw_task_id(&self, now_ms: i64) -> String {
        format!("{now_ms:013}{:05}", self.random.lock().random_range(0..100_000_u32))
    }

    /// Hands an admitted and registered call to the dialler and writes what it tells.
    pub(crate) fn start(&self, store: Store, call: AdmittedCall, record: CallRecord) {
        let (progress, receiver, switch) = progress::channel(Arc::clone(&self.clock));
        let key = (record.instance_id.clone(), record.contact_id.clone());
        self.running.lock().insert(key.clone(), switch);
        let (clock, running) = (Arc::clone(&self.clock), Arc::clone(&self.running));
        tokio::spawn(async move {
            progress::follow(&store, &record, clock.as_ref(), receiver).await;
            running.lock().remove(&key);
        });
        self.dialler.dial(call, progress);
    }

    /// Asks the dialler to end a call; `false` if this process does not dial it.
    pub(crate) fn hang_up(&self, instance_id: &str, contact_id: &str) -> bool {
        let running = self.running.lock();
        running.get(&(instance_id.to_owned(), contact_id.to_owned())).is_some_and(|switch| !switch.send_replace(true))
    }
}
