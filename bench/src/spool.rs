//! The events of a history, made before a measurement begins: compressed batches in a file, so that taking one costs
//! the measured programs less than making it would.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use demo_data::History;
use event::Masking;
use parking_lot::Mutex;
use zstd::bulk::Decompressor;

use crate::Failure;

/// Events of a batch: what one writer of the ingest measurement appends together.
pub const BATCH_EVENTS: u64 = 100;
/// The fastest level that still halves twice.
const ZSTD_LEVEL: i32 = 1;
/// Batches that a thread makes before it writes them.
const CHUNK_BATCHES: u64 = 64;

/// Where a batch is.
#[derive(Clone, Copy, Default)]
struct Place {
    offset: u64,
    compressed_bytes: usize,
    plain_bytes: usize,
}

thread_local! {
    /// Making one costs more than a batch does.
    static DECOMPRESSOR: RefCell<Decompressor<'static>> = RefCell::new(Decompressor::new().unwrap_or_default());
}

/// Batches in the order of the history.
pub struct Spool {
    file: File,
    batches: Vec<Place>,
    events: u64,
    bytes: u64,
}

impl Spool {
    /// Makes all events of a history, with as many threads as are asked for.
    pub fn create(path: &Path, history: &History, threads: usize) -> Result<Spool, Failure> {
        let file = File::options().create(true).truncate(true).read(true).write(true).open(path)?;
        let count = history.len().div_ceil(BATCH_EVENTS);
        let writer =
            Mutex::new(Writing { file: file.try_clone()?, end: 0, batches: vec![Place::default(); count as usize] });
        let (next, bytes) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            let workers: Vec<_> =
                (0..threads).map(|_| scope.spawn(|| make_chunks(history, count, &next, &bytes, &writer))).collect();
            workers.into_iter().try_for_each(|worker| worker.join().unwrap_or_else(|_| Err("a thread panicked".into())))
        })
        .map_err(|failure: ThreadFailure| -> Failure { failure })?;
        let batches = writer.into_inner().batches;
        Ok(Spool { file, batches, events: history.len(), bytes: bytes.into_inner() })
    }

    /// Number of batches.
    pub fn batches(&self) -> u64 {
        self.batches.len() as u64
    }

    /// Number of events.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Bytes of all events.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// All events, in the order of the history.
    pub fn all(&self) -> impl Iterator<Item = Result<Bytes, Failure>> + '_ {
        (0..self.batches()).flat_map(|batch| match self.batch(batch) {
            Ok(events) => events.into_iter().map(Ok).collect::<Vec<_>>(),
            Err(error) => vec![Err(error.into())],
        })
    }

    /// One batch; each event has memory of its own, as if it had just come.
    pub fn batch(&self, number: u64) -> io::Result<Vec<Bytes>> {
        let Place { offset, compressed_bytes, plain_bytes } = self.batches[number as usize];
        let mut compressed = vec![0; compressed_bytes];
        self.file.read_exact_at(&mut compressed, offset)?;
        let lines = DECOMPRESSOR.with_borrow_mut(|decompressor| decompressor.decompress(&compressed, plain_bytes))?;
        Ok(lines
            .split_inclusive(|byte| *byte == b'\n')
            .map(|line| Bytes::copy_from_slice(&line[..line.len() - 1]))
            .collect())
    }
}

struct Writing {
    file: File,
    end: u64,
    batches: Vec<Place>,
}

type ThreadFailure = Box<dyn std::error::Error + Send + Sync>;

fn make_chunks(
    history: &History,
    count: u64,
    next: &AtomicU64,
    bytes: &AtomicU64,
    writer: &Mutex<Writing>,
) -> Result<(), ThreadFailure> {
    loop {
        let first = next.fetch_add(CHUNK_BATCHES, Ordering::Relaxed);
        if first >= count {
            return Ok(());
        }
        for batch in first..(first + CHUNK_BATCHES).min(count) {
            let lines = lines(history, batch * BATCH_EVENTS..((batch + 1) * BATCH_EVENTS).min(history.len()))?;
            bytes.fetch_add(lines.iter().filter(|byte| **byte != b'\n').count() as u64, Ordering::Relaxed);
            let compressed = zstd::encode_all(&lines[..], ZSTD_LEVEL)?;
            let mut writing = writer.lock();
            writing.file.write_all(&compressed)?;
            let place = Place { offset: writing.end, compressed_bytes: compressed.len(), plain_bytes: lines.len() };
            writing.batches[batch as usize] = place;
            writing.end += compressed.len() as u64;
        }
    }
}

fn lines(history: &History, numbers: std::ops::Range<u64>) -> Result<Vec<u8>, ThreadFailure> {
    let mut lines = Vec::new();
    for number in numbers {
        let event = audit::to_event(history.call(number), &Masking::default())?;
        lines.extend_from_slice(event.into_json().as_bytes());
        lines.push(b'\n');
    }
    Ok(lines)
}

/// Gives out the numbers of batches to several writers, each once.
#[derive(Clone, Default)]
pub struct Turn(Arc<AtomicU64>);

impl Turn {
    /// The next number, while there is one below `end`.
    pub fn take(&self, end: u64) -> Option<u64> {
        Some(self.0.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < end)
    }
}
