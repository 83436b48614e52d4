//! The writer thread: forms groups, writes and syncs each once, then answers everyone who waited for it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::oneshot;
use tracing::{debug, info, warn};

use crate::catalog::{FileInfo, Span};
use crate::error::JournalError;
use crate::format::group::{GROUP_HEADER_BYTES, GroupBuilder};
use crate::limits::{
    FILL_AHEAD_BELOW_BYTES, FILL_AHEAD_BYTES, FREE_SPACE_CHECK_BYTES, MAX_GROUP_BYTES, MAX_POSITION, MAX_STREAMS,
};
use crate::live::LiveGroup;
use crate::new_file::create_file;
use crate::options::SyncMode;
use crate::queue::{Pending, Taken};
use crate::recover::ActiveFile;
use crate::shared::Shared;
use crate::storage::write_all_at;
use crate::stream::StreamName;
use crate::{Position, Record};

/// What a file is filled ahead with.
pub(crate) static ZEROS: [u8; FILL_AHEAD_BYTES] = [0; FILL_AHEAD_BYTES];

type Waiter = (oneshot::Sender<Result<Position, JournalError>>, Position);

/// State of the writer thread. Nothing else writes to the folder, except that released files are removed.
pub(crate) struct Writer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) active: ActiveFile,
    pub(crate) streams: HashMap<StreamName, StreamCursor>,
    next_sequence: u64,
    /// Taken from the queue, not yet in a group.
    pub(crate) backlog: VecDeque<Pending>,
    builder: GroupBuilder,
    /// Appends of the group that is being written.
    pub(crate) waiters: Vec<Waiter>,
    groups_formed: u64,
    fill_ahead: bool,
    /// The last group was not written: what lies behind the one before must be cut off.
    pub(crate) has_ragged_end: bool,
    /// Nothing more may be written to the file: a sync of it failed, or the next one may have been made.
    pub(crate) file_is_over: bool,
    pub(crate) checked_disk_at: Instant,
    bytes_since_disk_check: u64,
    finished: bool,
}

/// Where a stream is.
#[derive(Default)]
pub(crate) struct StreamCursor {
    pub(crate) last: Position,
    /// The last group that has a record of the stream, and the index of its span there.
    group: u64,
    span: usize,
}

impl Writer {
    pub(crate) fn new(
        shared: Arc<Shared>,
        active: ActiveFile,
        streams: impl Iterator<Item = (StreamName, Position)>,
        next_sequence: u64,
    ) -> Self {
        let cursor = |last| StreamCursor { last, ..StreamCursor::default() };
        Self {
            shared,
            active,
            streams: streams.map(|(stream, last)| (stream, cursor(last))).collect(),
            next_sequence,
            backlog: VecDeque::new(),
            builder: GroupBuilder::default(),
            waiters: Vec::new(),
            groups_formed: 0,
            fill_ahead: true,
            has_ragged_end: false,
            file_is_over: false,
            checked_disk_at: Instant::now(),
            bytes_since_disk_check: 0,
            finished: false,
        }
    }

    /// Runs until the journal is closed or fails.
    pub(crate) fn run(mut self) {
        if let Err(error) = self.write_until_closed() {
            self.fail(&error.to_string());
        }
        self.finished = true;
    }

    fn write_until_closed(&mut self) -> Result<(), JournalError> {
        loop {
            let taken = self.shared.queue.take(&mut self.backlog, self.shared.options.disk_check_interval);
            while !self.backlog.is_empty() {
                self.watch_disk()?;
                self.commit_group_or_refuse()?;
            }
            self.watch_disk()?;
            if taken == Taken::Drained {
                return self.end();
            }
        }
    }

    /// One group: write, sync, show, answer.
    pub(crate) fn commit_group(&mut self) -> Result<(), JournalError> {
        let (members, body_bytes) = self.measure_group();
        let group_bytes = (GROUP_HEADER_BYTES + body_bytes) as u64;
        let file_has_records = self.next_sequence > self.active.first_sequence;
        if file_has_records && self.active.end + group_bytes > self.shared.options.max_file_bytes {
            self.start_next_file()?;
        }
        let (records, spans) = self.form_group(members);
        if records.is_empty() {
            return Ok(());
        }
        let first_sequence = self.next_sequence;
        if let Err(error) = self.write_group() {
            self.take_back(&spans);
            return Err(error);
        }
        self.next_sequence += records.len() as u64;
        self.shared.publish(&spans, LiveGroup::new(first_sequence, records), self.active.end);
        for (waiter, position) in self.waiters.drain(..) {
            // Nobody may wait any more; the record is kept nevertheless.
            drop(waiter.send(Ok(position)));
        }
        Ok(())
    }

    /// How many of the backlog go into the next group, and the bytes of their records.
    fn measure_group(&self) -> (usize, usize) {
        let mut bytes = 0;
        for (count, pending) in self.backlog.iter().enumerate() {
            let record_bytes = pending.record_bytes();
            if count > 0 && bytes + record_bytes > MAX_GROUP_BYTES {
                return (count, bytes);
            }
            bytes += record_bytes;
        }
        (self.backlog.len(), bytes)
    }

    /// Gives positions to the first `members` of the backlog and lays them out in the buffer.
    fn form_group(&mut self, members: usize) -> (Vec<Record>, Vec<Span>) {
        self.builder.start();
        self.groups_formed += 1;
        let now_ms = unix_ms();
        let mut records = Vec::with_capacity(members);
        let mut spans = Vec::new();
        let mut room = 0;
        for pending in self.backlog.drain(..members) {
            room += pending.room();
            let sequence = self.next_sequence + records.len() as u64;
            if let Err(refusal) = admit(&self.streams, &pending.stream, sequence) {
                pending.answer(Err(refusal));
                continue;
            }
            let cursor = self.streams.entry(pending.stream.clone()).or_default();
            let position = cursor.advance(self.groups_formed, &pending.stream, &mut spans);
            let Pending { stream, payload, done, .. } = pending;
            self.builder.push(&stream, position, now_ms, &payload);
            records.push(Record { stream, position, appended_at_ms: now_ms, payload });
            self.waiters.push((done, position));
        }
        self.shared.queue.release(room);
        (records, spans)
    }

    /// Writes the group in the buffer behind the last one and syncs it.
    fn write_group(&mut self) -> Result<(), JournalError> {
        let group = self.builder.finish(self.active.salt, self.next_sequence);
        let group_bytes = group.len();
        self.has_ragged_end = true;
        write_all_at(&*self.active.file, self.active.end, group)
            .map_err(|error| JournalError::io("write to", &self.active.name, error))?;
        let end = self.active.end + group_bytes as u64;
        self.fill_ahead(end, group_bytes);
        if self.shared.options.sync == SyncMode::Full {
            self.sync()?;
        }
        self.active.end = end;
        self.has_ragged_end = false;
        self.bytes_since_disk_check += group_bytes as u64;
        self.shared.counters.group_written(self.waiters.len() as u64, group_bytes as u64);
        Ok(())
    }

    /// Makes the file longer with zeros, so that the next syncs do not have to change its length.
    fn fill_ahead(&mut self, end: u64, group_bytes: usize) {
        if end <= self.active.filled_end {
            return;
        }
        self.active.filled_end = end;
        let room = self.room_to_fill(end);
        if !self.fill_ahead || group_bytes >= FILL_AHEAD_BELOW_BYTES || room == 0 {
            return;
        }
        match write_all_at(&*self.active.file, end, &ZEROS[..room]) {
            Ok(()) => self.active.filled_end = end + room as u64,
            Err(error) => {
                // Only speed is lost: what comes behind the last group has no meaning but must be zeros or nothing.
                debug!(%error, file = self.active.name, "could not fill ahead, going on without");
                self.fill_ahead = false;
            }
        }
    }

    /// Bytes that may be filled from there on.
    pub(crate) fn room_to_fill(&self, end: u64) -> usize {
        self.shared.options.max_file_bytes.saturating_sub(end).min(FILL_AHEAD_BYTES as u64) as usize
    }

    pub(crate) fn sync(&mut self) -> Result<(), JournalError> {
        let started = Instant::now();
        if let Err(error) = self.active.file.sync_data() {
            self.file_is_over = true;
            return Err(JournalError::io("sync", &self.active.name, error));
        }
        self.shared.counters.synced(started.elapsed());
        Ok(())
    }

    pub(crate) fn start_next_file(&mut self) -> Result<(), JournalError> {
        self.file_is_over = true;
        let streams = self.streams.iter().map(|(stream, cursor)| (stream.clone(), cursor.last)).collect();
        self.active = create_file(&*self.shared.storage, self.next_sequence, unix_ms(), streams)?;
        (self.fill_ahead, self.file_is_over) = (true, false);
        let ActiveFile { name, salt, first_sequence, end, .. } = &self.active;
        info!(file = name, first_record = first_sequence, "started a new journal file");
        let info = FileInfo::new(name.clone(), *salt, *first_sequence, *end);
        self.shared.durable(|durable| durable.catalog.add_file(info));
        Ok(())
    }

    /// Ends the journal in order: the empty group says that everything before it is on disk.
    pub(crate) fn seal(&mut self) -> Result<(), JournalError> {
        if self.shared.options.sync == SyncMode::Off {
            self.sync()?;
        }
        self.builder.start();
        let seal = self.builder.finish(self.active.salt, self.next_sequence);
        write_all_at(&*self.active.file, self.active.end, seal)
            .map_err(|error| JournalError::io("write to", &self.active.name, error))?;
        self.sync()?;
        self.active.end += GROUP_HEADER_BYTES as u64;
        Ok(())
    }

    fn watch_disk(&mut self) -> Result<(), JournalError> {
        let due = self.checked_disk_at.elapsed() >= self.shared.options.disk_check_interval;
        if !due && self.bytes_since_disk_check < FREE_SPACE_CHECK_BYTES {
            return Ok(());
        }
        self.checked_disk_at = Instant::now();
        self.bytes_since_disk_check = 0;
        match self.shared.storage.free_bytes() {
            Ok(free_bytes) => self.shared.health.set_free_bytes(free_bytes),
            Err(error) => warn!(%error, "could not look at the free disk space"),
        }
        self.try_full_disk_again()
    }

    /// Fails the journal for good and answers everyone. After a failed sync nothing is known about what was written, so
    /// it is not tried again; the file is cut back to what was acknowledged where that is possible.
    fn fail(&mut self, cause: &str) {
        let failure = self.shared.health.fail(cause);
        self.cut_back_if_possible();
        self.shared.queue.refuse(&failure);
        for (waiter, _) in self.waiters.drain(..) {
            // Nobody may wait any more.
            drop(waiter.send(Err(failure.clone())));
        }
        for pending in self.backlog.drain(..) {
            pending.answer(Err(failure.clone()));
        }
    }
}

impl StreamCursor {
    /// Takes the next position and notes it in the spans of the group.
    fn advance(&mut self, group: u64, stream: &StreamName, spans: &mut Vec<Span>) -> Position {
        self.last += 1;
        if self.group == group {
            spans[self.span].last = self.last;
        } else {
            self.group = group;
            self.span = spans.len();
            spans.push(Span { stream: stream.clone(), first: self.last, last: self.last });
        }
        self.last
    }
}

/// A panic of the thread must not leave appenders waiting for ever.
impl Drop for Writer {
    fn drop(&mut self) {
        if !self.finished {
            self.fail("the writer thread ended unexpectedly");
        }
    }
}

/// Whether there are numbers left for a record of `stream` that would be number `sequence` in journal order.
fn admit(streams: &HashMap<StreamName, StreamCursor>, stream: &StreamName, sequence: u64) -> Result<(), JournalError> {
    let used_up = |what: String, instead| Err(JournalError::NumbersUsedUp { what, instead });
    if sequence > MAX_POSITION {
        return used_up("the journal".to_owned(), "a new journal folder");
    }
    match streams.get(stream) {
        Some(cursor) if cursor.last >= MAX_POSITION => used_up(format!("stream {stream}"), "another stream"),
        None if streams.len() >= MAX_STREAMS => Err(JournalError::TooManyStreams { limit: MAX_STREAMS }),
        _ => Ok(()),
    }
}

fn unix_ms() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}
