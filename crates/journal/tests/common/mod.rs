//! What the tests share: a disk in memory that fails and forgets, and small helpers.
#![allow(dead_code, reason = "every test program uses a part of it")]

pub mod disk;

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use bytes::Bytes;
use journal::{FileJournal, Journal, JournalError, Options, Position, Record, StreamName};

/// Waits for a future without a runtime.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}

pub fn stream(name: &str) -> StreamName {
    StreamName::new(name).unwrap()
}

pub fn append(journal: &FileJournal, name: &str, payload: &[u8]) -> Result<Position, JournalError> {
    wait(journal.append(&stream(name), Bytes::copy_from_slice(payload)))
}

/// Options under which small tests already use several files and fall out of the live buffer.
pub fn small() -> Options {
    Options {
        max_record_bytes: 20_000,
        max_file_bytes: 3_000,
        free_disk_floor_bytes: 0,
        disk_check_interval: std::time::Duration::from_millis(1),
        max_queued_bytes: 64_000,
        live_buffer_bytes: 600,
        ..Options::default()
    }
}

/// Waits until records are taken again.
pub fn wait_until_ready(journal: &FileJournal, context: &str) {
    let waited = std::time::Instant::now();
    while let Err(refusal) = journal.ready() {
        assert!(waited.elapsed().as_secs() < 60, "{context}: {refusal}");
        std::thread::yield_now();
    }
}

/// Everything that is kept of every stream, by reading streams.
pub fn read_all(journal: &FileJournal) -> Vec<Record> {
    let mut all = Vec::new();
    for (name, first, last) in journal.streams() {
        let mut next = first;
        while next <= last {
            let records = journal.read_from(&name, next, 7).unwrap();
            assert!(!records.is_empty(), "position {next} of {name} exists");
            next += records.len() as u64;
            all.extend(records);
        }
        assert_eq!(journal.read_from(&name, last + 1, 7).unwrap(), []);
    }
    all
}

/// Everything that is kept, by following.
pub fn follow_all(journal: &FileJournal) -> Vec<Record> {
    let mut follower = journal.follow();
    let mut all = Vec::new();
    while follower.seen_count() < journal.durable_count() {
        all.extend(follower.next_batch(std::time::Duration::from_secs(10)).unwrap());
    }
    all
}

/// Numbers that look random and are the same for the same seed.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    pub fn coin(&mut self) -> bool {
        self.below(2) == 0
    }
}
