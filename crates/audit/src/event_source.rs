//! Where the events of a stream are read again, by position: from the journal, and from the store what the journal has let
//! go.

use std::sync::Arc;

use bytes::Bytes;
use journal::{Journal, JournalError, StreamName};
use store::Store;

use crate::data_events;
use crate::limits::EVENT_SOURCE_RECORDS;
use crate::recorder::STREAM_PREFIX;

/// Why events could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("events cannot be read: {0}; see the server's log, and `cairn store check`")]
pub struct EventsUnreadable(String);

/// A record as it was journaled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRecord {
    /// Its place in the stream.
    pub position: u64,
    /// When it was journaled, Unix milliseconds. The store does not know it: when the event was, which is a moment before.
    pub appended_ms: i64,
    /// Its bytes.
    pub bytes: Bytes,
}

/// Some records of a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Read {
    /// In order.
    pub records: Vec<SourceRecord>,
    /// The position after them.
    pub next: u64,
    /// Positions before that whose records are not kept any more.
    pub expired: u64,
}

/// Reads event streams.
#[derive(Clone)]
pub struct EventSource {
    journal: Arc<dyn Journal>,
    store: Arc<Store>,
}

impl EventSource {
    /// Over a journal and the store that takes its records.
    pub fn new(journal: Arc<dyn Journal>, store: Arc<Store>) -> EventSource {
        EventSource { journal, store }
    }

    /// Records from a position on, not behind another; none when there are none yet. Blocks on files.
    pub fn read(&self, stream: &str, from: u64, to: u64) -> Result<Read, EventsUnreadable> {
        let name = StreamName::new(stream).map_err(unreadable)?;
        let wanted = usize::try_from(to.saturating_sub(from).saturating_add(1)).unwrap_or(usize::MAX);
        match self.journal.read_from(&name, from, wanted.min(EVENT_SOURCE_RECORDS)) {
            Ok(records) => {
                let records = records.into_iter().map(|record| SourceRecord {
                    position: record.position,
                    appended_ms: i64::try_from(record.appended_at_ms).unwrap_or(i64::MAX),
                    bytes: record.payload,
                });
                let records: Vec<_> = records.collect();
                let next = records.last().map_or(from, |record| record.position + 1);
                Ok(Read { records, next, expired: 0 })
            }
            Err(JournalError::Truncated { first_retained }) => {
                self.read_store(stream, from, to.min(first_retained - 1))
            }
            Err(error) => Err(unreadable(error)),
        }
    }

    fn read_store(&self, stream: &str, from: u64, to: u64) -> Result<Read, EventsUnreadable> {
        let rows = self.store.rows_by_position(stream, from, to, EVENT_SOURCE_RECORDS).map_err(unreadable)?;
        let records: Vec<_> = rows
            .into_iter()
            .map(|row| SourceRecord {
                position: row.cursor.position,
                appended_ms: row.cursor.time_s.saturating_mul(1_000),
                bytes: row.bytes,
            })
            .collect();
        // When fewer came than were asked for, there are no more up to the end.
        let next = if records.len() < EVENT_SOURCE_RECORDS {
            to + 1
        } else {
            records.last().map_or(to + 1, |record| record.position + 1)
        };
        Ok(Read { expired: next - from - records.len() as u64, records, next })
    }

    /// Records that are durable, of all streams; it only grows.
    pub fn durable_count(&self) -> u64 {
        self.journal.durable_count()
    }

    /// The last position of a stream; 0 when it is not there.
    pub fn last_position(&self, stream: &str) -> u64 {
        self.journal.streams().into_iter().find(|(name, ..)| name.as_str() == stream).map_or(0, |(.., last)| last)
    }

    /// The first position of a stream that is kept anywhere.
    pub fn first_position(&self, stream: &str) -> u64 {
        let first = self.journal.streams().into_iter().find(|(name, ..)| name.as_str() == stream);
        let first = first.map_or(1, |(_, first, _)| first);
        self.store.first_position(stream).map_or(first, |stored| stored.min(first))
    }

    /// All streams of events and of data events with their last positions.
    pub fn event_streams(&self) -> Vec<(String, u64)> {
        let streams = self.journal.streams().into_iter();
        let prefixes = [STREAM_PREFIX, data_events::STREAM_PREFIX];
        let events = streams.filter(|(name, ..)| prefixes.iter().any(|prefix| name.as_str().starts_with(prefix)));
        events.map(|(name, _, last)| (name.as_str().to_owned(), last)).collect()
    }
}

fn unreadable(error: impl std::fmt::Display) -> EventsUnreadable {
    EventsUnreadable(error.to_string())
}
