//! Where events are read: from the journal, and from the store what the journal has let go.

use std::sync::Arc;

use bytes::Bytes;
use journal::{Journal, JournalError, StreamName};
use store::Store;
use tokio::sync::watch;

use crate::failure::Failure;
use crate::limits::{READ_RECORDS, WATCH_EVERY};

/// A record as it was journaled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRecord {
    /// Its place in the stream.
    pub position: u64,
    /// When it was journaled, Unix milliseconds; 0 when only the store has it.
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
pub struct Source {
    journal: Arc<dyn Journal>,
    store: Arc<Store>,
}

impl Source {
    /// Over a journal and the store that takes its records.
    pub fn new(journal: Arc<dyn Journal>, store: Arc<Store>) -> Source {
        Source { journal, store }
    }

    /// Records from a position on, not behind another; none when there are none yet. Blocks on files.
    pub fn read(&self, stream: &str, from: u64, to: u64) -> Result<Read, Failure> {
        let name = StreamName::new(stream).map_err(unreadable)?;
        let wanted = usize::try_from(to.saturating_sub(from).saturating_add(1)).unwrap_or(usize::MAX);
        match self.journal.read_from(&name, from, wanted.min(READ_RECORDS)) {
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

    fn read_store(&self, stream: &str, from: u64, to: u64) -> Result<Read, Failure> {
        let rows = self.store.rows_by_position(stream, from, to, READ_RECORDS).map_err(unreadable)?;
        let records: Vec<_> = rows
            .into_iter()
            .map(|row| SourceRecord { position: row.cursor.position, appended_ms: 0, bytes: row.bytes })
            .collect();
        // When fewer came than were asked for, there are no more up to the end.
        let next = if records.len() < READ_RECORDS {
            to + 1
        } else {
            records.last().map_or(to + 1, |record| record.position + 1)
        };
        Ok(Read { expired: next - from - records.len() as u64, records, next })
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
        let prefixes = [audit::STREAM_PREFIX, audit::DATA_STREAM_PREFIX];
        let events = streams.filter(|(name, ..)| prefixes.iter().any(|prefix| name.as_str().starts_with(prefix)));
        events.map(|(name, _, last)| (name.as_str().to_owned(), last)).collect()
    }

    /// Says whenever event streams have grown, until nobody listens. Only a number is looked at while nothing happens.
    pub(crate) async fn watch(self, heads: watch::Sender<Vec<(String, u64)>>) {
        let mut known = 0;
        let mut ticks = tokio::time::interval(WATCH_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while !heads.is_closed() {
            ticks.tick().await;
            let count = self.journal.durable_count();
            if count != known {
                known = count;
                let streams = self.event_streams();
                heads.send_if_modified(|heads| {
                    let is_new = *heads != streams;
                    *heads = streams;
                    is_new
                });
            }
        }
    }
}

fn unreadable(error: impl std::fmt::Display) -> Failure {
    Failure::new(format!("events cannot be read: {error}; see the server's log, and `cairn store check`"))
}
