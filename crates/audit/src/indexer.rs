//! Follows the journal into the store, so that every acknowledged event is found by the next lookup.
//!
//! One thread reads the journal in its order, parses events and inserts them in batches; records of other streams that the
//! store has a schema for as well. A lookup first waits until
//! the thread has seen what was durable when the lookup began; appends never wait for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use journal::{Follower, Journal, Record};
use parking_lot::Mutex;
use store::limits::FINISH_PATIENCE_S;
use store::{Extracted, Row, Store};
use tokio::sync::watch;

use crate::limits::MAX_INDEX_WAIT_MS;

/// Why lookups cannot be answered completely, and so are not answered.
#[derive(Debug, Clone, thiserror::Error)]
pub enum IndexerFault {
    /// The thread stopped.
    #[error("the event index stopped: {0}; restart the server")]
    Stopped(String),
    /// The thread is too far behind.
    #[error("the index is {behind} records behind{}; try again in a moment", because(cause))]
    Behind {
        /// Events that are acknowledged and not indexed yet.
        behind: u64,
        /// Why memory parts do not become segments, when that is so: then no more rows fit into memory.
        cause: Option<String>,
    },
}

fn because(cause: &Option<String>) -> String {
    cause.as_ref().map(|cause| format!(", because memory cannot be written as segments: {cause}")).unwrap_or_default()
}

/// How far the thread is.
#[derive(Debug, Clone, Default)]
struct Progress {
    seen_count: u64,
    fault: Option<String>,
}

/// The indexing thread. Dropping it ends the thread.
pub struct Indexer {
    journal: Arc<dyn Journal>,
    store: Arc<Store>,
    progress: watch::Receiver<Progress>,
    stop: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Indexer {
    /// Starts following. The store fills while the server already takes calls; lookups wait for it.
    pub fn start(journal: Arc<dyn Journal>, store: Arc<Store>) -> std::io::Result<Self> {
        let (sender, progress) = watch::channel(Progress::default());
        let stop = Arc::new(AtomicBool::new(false));
        let follower = journal.follow();
        let thread = std::thread::Builder::new().name("event-indexer".to_owned()).spawn({
            let (store, stop) = (store.clone(), stop.clone());
            move || run(follower, &store, &sender, &stop)
        })?;
        Ok(Self { journal, store, progress, stop, thread: Mutex::new(Some(thread)) })
    }

    /// Resolves when everything that is durable now can be found.
    pub async fn catch_up(&self) -> Result<(), IndexerFault> {
        self.catch_up_within(Duration::from_millis(MAX_INDEX_WAIT_MS)).await
    }

    /// Like [`Indexer::catch_up`] with a patience of its own: for the start on a long journal.
    pub async fn catch_up_within(&self, patience: Duration) -> Result<(), IndexerFault> {
        let target = self.journal.durable_count();
        let mut progress = self.progress.clone();
        let waited = tokio::time::timeout(
            patience,
            progress.wait_for(|progress| progress.fault.is_some() || progress.seen_count >= target),
        )
        .await;
        match waited {
            Ok(Ok(progress)) => match &progress.fault {
                Some(fault) => Err(IndexerFault::Stopped(fault.clone())),
                None => Ok(()),
            },
            Ok(Err(_)) => Err(IndexerFault::Stopped("its thread ended".to_owned())),
            Err(_) => Err(IndexerFault::Behind { behind: self.behind(), cause: self.store.stats().flush_fault }),
        }
    }

    /// Events that are acknowledged and not indexed yet.
    pub fn behind(&self) -> u64 {
        self.journal.durable_count().saturating_sub(self.progress.borrow().seen_count)
    }

    /// Ends the thread, and with it the store, which the thread may be waiting for: what is in memory becomes segments if
    /// that does not take long. Blocks.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Release);
        self.store.finish(Duration::from_secs(FINISH_PATIENCE_S));
        if let Some(thread) = self.thread.lock().take()
            && thread.join().is_err()
        {
            tracing::error!("the event indexer panicked");
        }
    }
}

impl Drop for Indexer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn run(mut follower: Box<dyn Follower>, store: &Store, progress: &watch::Sender<Progress>, stop: &AtomicBool) {
    while !stop.load(Ordering::Acquire) {
        let indexed = follower
            .next_batch(Duration::from_millis(100))
            .map_err(|error| error.to_string())
            .and_then(|records| index(&records, store))
            .and_then(|()| store.tick().map_err(|error| error.to_string()));
        if let Err(fault) = indexed {
            // A store that is closed because the server ends is not a fault; the journal has the rest.
            if !stop.load(Ordering::Acquire) {
                tracing::error!(%fault, "the event index stopped");
            }
            progress.send_modify(|progress| progress.fault = Some(fault));
            return;
        }
        let seen_count = follower.seen_count();
        progress.send_if_modified(|progress| std::mem::replace(&mut progress.seen_count, seen_count) != seen_count);
    }
}

/// Inserts a batch, one insert for each run of records of one stream.
fn index(records: &[Record], store: &Store) -> Result<(), String> {
    for run in records.chunk_by(|left, right| left.stream == right.stream) {
        let stream = run[0].stream.as_str();
        let Some(schema) = store.schemas().of(stream) else {
            continue;
        };
        let mut found = Vec::with_capacity(run.len());
        for record in run {
            let rows = schema.rows(record.position, &record.payload);
            found.extend(rows.map_err(|problem| at(stream, record.position, &problem))?);
        }
        let extracted = found
            .iter()
            .map(|(position, bytes)| schema.extract(bytes).map_err(|problem| at(stream, *position, &problem)));
        let extracted: Vec<Extracted<'_>> = extracted.collect::<Result<_, _>>()?;
        let terms: Vec<Vec<_>> = extracted
            .iter()
            .map(|event| event.terms.iter().map(|(field, value)| (*field, &**value)).collect())
            .collect();
        let rows: Vec<Row<'_>> = (0..found.len())
            .map(|n| Row {
                position: found[n].0,
                time_s: extracted[n].time_s,
                scope: &extracted[n].scope,
                terms: &terms[n],
                bytes: found[n].1.clone(),
            })
            .collect();
        store.insert(stream, &rows).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn at(stream: &str, position: u64, problem: &str) -> String {
    format!("stream {stream} position {position} {problem}")
}
