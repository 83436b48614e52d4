//! The journal on local files.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use parking_lot::Mutex;

use crate::catalog::FileInfo;
use crate::contract::{AppendFuture, Follower, Journal, Record};
use crate::error::JournalError;
use crate::follow::FileFollower;
use crate::limits::{LOCK_ATTEMPTS, LOCK_PAUSE};
use crate::new_file::create_file;
use crate::options::Options;
use crate::pause::pause;
use crate::recover::{ActiveFile, Recovered, recover};
use crate::shared::Shared;
use crate::stats::JournalStats;
use crate::storage::{LocalStorage, Storage, StorageLock};
use crate::stream::StreamName;
use crate::writer::Writer;
use crate::{Position, read, truncate};

/// The journal on local files: see [`crate::format`] for what is in them.
pub struct FileJournal {
    shared: Arc<Shared>,
    running: Mutex<Option<Running>>,
}

/// What ends with the journal.
struct Running {
    writer: JoinHandle<()>,
    /// Let go only after the writer has ended.
    lock: StorageLock,
}

impl FileJournal {
    /// Opens the journal in `dir`, making the folder when there is none.
    ///
    /// Every file is checked. An incomplete last group, as a crash leaves it, is cut with a warning; anything else that
    /// is not as it was written is refused. Blocks while the files are read.
    pub fn open(dir: impl AsRef<Path>, options: Options) -> Result<Self, JournalError> {
        let dir = dir.as_ref();
        let storage = LocalStorage::create(dir)
            .map_err(|error| JournalError::io("open the journal folder", dir.display().to_string(), error))?;
        Self::open_storage(Arc::new(storage), options)
    }

    /// Opens the journal in any storage that keeps the contract of [`Storage`].
    pub fn open_storage(storage: Arc<dyn Storage>, options: Options) -> Result<Self, JournalError> {
        options.validate()?;
        let lock = take_lock(&*storage)?;
        let Recovered { mut catalog, next_sequence, active } = recover(&*storage)?;
        let active = match active {
            Some(active) => active,
            None => first_file(&*storage)?,
        };
        if !catalog.has_file(&active.name) {
            catalog.add_file(FileInfo::new(active.name.clone(), active.salt, active.first_sequence, active.end));
        }
        let streams: Vec<_> = catalog.last_positions().map(|(stream, last)| (stream.clone(), last)).collect();
        let shared = Arc::new(Shared::new(options, storage, catalog, next_sequence));
        let free_bytes = shared.storage.free_bytes();
        let folder = || shared.storage.describe();
        shared.health.set_free_bytes(free_bytes.map_err(|error| JournalError::io("look at", folder(), error))?);
        let writer = Writer::new(shared.clone(), active, streams.into_iter(), next_sequence);
        let thread = std::thread::Builder::new().name("journal-writer".to_owned());
        let writer = thread.spawn(move || writer.run());
        let writer = writer.map_err(|error| JournalError::io("start the writer thread of", folder(), error))?;
        Ok(Self { shared, running: Mutex::new(Some(Running { writer, lock })) })
    }

    /// Ends the journal: takes no more records, writes and syncs what is queued, and lets the folder go. Blocks.
    ///
    /// Fails when the journal had failed or fails in doing so. A second call does nothing.
    pub fn close(&self) -> Result<(), JournalError> {
        let mut running = self.running.lock();
        let Some(Running { writer, lock }) = running.take() else {
            return Ok(());
        };
        self.shared.health.close();
        self.shared.queue.close();
        // A panic of the thread has failed the journal, which is told below.
        let ended = writer.join();
        self.shared.end_of_records();
        drop(lock);
        match (self.shared.health.failure(), ended) {
            (Some(failure), _) => Err(failure),
            (None, Err(_)) => Err(self.shared.health.fail("the writer thread ended unexpectedly")),
            (None, Ok(())) => Ok(()),
        }
    }

    /// Figures since the journal was opened.
    pub fn stats(&self) -> JournalStats {
        let (files, file_bytes) =
            self.shared.durable(|durable| (durable.catalog.file_count(), durable.catalog.file_bytes()));
        JournalStats {
            files,
            file_bytes,
            queued_bytes: self.shared.queue.queued_bytes(),
            free_disk_bytes: self.shared.health.free_bytes(),
            ..self.shared.counters.totals()
        }
    }
}

/// Takes the lock of the folder. Tried for a moment, because `check` holds it while it looks whether it is taken.
fn take_lock(storage: &dyn Storage) -> Result<StorageLock, JournalError> {
    for attempt in 1..=LOCK_ATTEMPTS {
        let lock = storage.lock().map_err(|error| JournalError::io("lock", storage.describe(), error))?;
        if let Some(lock) = lock {
            return Ok(lock);
        }
        if attempt < LOCK_ATTEMPTS {
            pause(LOCK_PAUSE);
        }
    }
    Err(JournalError::InUse { dir: storage.describe() })
}

fn first_file(storage: &dyn Storage) -> Result<ActiveFile, JournalError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    create_file(storage, 1, u64::try_from(now.as_millis()).unwrap_or(u64::MAX), Vec::new())
}

impl Journal for FileJournal {
    fn append(&self, stream: &StreamName, payload: Bytes) -> AppendFuture {
        let limit_bytes = self.shared.options.max_record_bytes;
        if payload.len() > limit_bytes {
            return AppendFuture::known(Err(JournalError::RecordTooLarge { bytes: payload.len(), limit_bytes }));
        }
        match self.ready() {
            Ok(()) => self.shared.queue.append(stream.clone(), payload),
            Err(refusal) => AppendFuture::known(Err(refusal)),
        }
    }

    fn ready(&self) -> Result<(), JournalError> {
        self.shared.health.ready()
    }

    fn read_from(&self, stream: &StreamName, from: Position, max_records: usize) -> Result<Vec<Record>, JournalError> {
        read::read_from(&self.shared, stream, from, max_records)
    }

    fn follow(&self) -> Box<dyn Follower> {
        Box::new(FileFollower::new(self.shared.clone()))
    }

    fn truncate_until(&self, stream: &StreamName, position: Position) -> Result<(), JournalError> {
        truncate::truncate_until(&self.shared, stream, position)
    }

    fn durable_count(&self) -> u64 {
        self.shared.durable_count()
    }

    fn streams(&self) -> Vec<(StreamName, Position, Position)> {
        self.shared.durable(|durable| {
            let catalog = &durable.catalog;
            let row = |(stream, last): (&StreamName, _)| (stream.clone(), catalog.first_retained(stream), last);
            catalog.last_positions().map(row).collect()
        })
    }
}

impl Drop for FileJournal {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::warn!(%error, "the journal could not be closed in order");
        }
    }
}

impl fmt::Debug for FileJournal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "FileJournal({})", self.shared.storage.describe())
    }
}
