//! Following all streams: from memory while the follower keeps up, from files while it is behind.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::Record;
use crate::catalog::Place;
use crate::contract::Follower;
use crate::error::JournalError;
use crate::format::group::Group;
use crate::limits::{FOLLOW_BATCH_BYTES, FOLLOW_BATCH_RECORDS, FOLLOW_WINDOW_BYTES, MAX_STREAMS};
use crate::live::LiveGroup;
use crate::shared::{Durable, Shared};
use crate::storage::JournalFile;
use crate::stream::StreamName;
use crate::walk::{Read, read_group};
use crate::window::Window;

/// A follower of a file journal. It always stands between two groups.
pub(crate) struct FileFollower {
    shared: Arc<Shared>,
    /// Number of the record that comes next, in journal order.
    next_sequence: u64,
    cursor: Option<Cursor>,
    /// Names seen in files, so that each is allocated once.
    names: HashSet<StreamName>,
}

/// An open file while the follower is behind.
struct Cursor {
    file: String,
    salt: u64,
    window: Window<Box<dyn JournalFile>>,
    offset: u64,
    /// The record at `offset`.
    sequence: u64,
}

/// Where the next records come from.
enum Supply {
    Memory(Vec<Arc<LiveGroup>>),
    File(Place),
    Gone { first_retained_record: u64 },
    Ended,
}

impl FileFollower {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let next_sequence = shared.durable(|durable| durable.catalog.first_sequence());
        Self { shared, next_sequence, cursor: None, names: HashSet::new() }
    }

    fn read_file(&mut self, place: &Place) -> Result<Vec<Record>, JournalError> {
        let mut cursor = match self.cursor.take() {
            Some(cursor) if cursor.file == place.file && cursor.sequence == self.next_sequence => cursor,
            _ => match self.open(place)? {
                Some(cursor) => cursor,
                None => return Ok(Vec::new()),
            },
        };
        cursor.window.extend(place.end);
        let mut records = Vec::new();
        let mut bytes = 0;
        while cursor.offset < place.end && records.len() < FOLLOW_BATCH_RECORDS && bytes < FOLLOW_BATCH_BYTES {
            let group = cursor.next_group(place)?;
            // The place found may lie some groups before the one that is needed.
            if group.header.first_sequence >= self.next_sequence {
                bytes += group.body.len();
                self.add_records(&group, &mut records);
            }
        }
        self.next_sequence += records.len() as u64;
        // A file that is read to its end is not needed any more; the newest one is opened again when it is.
        if cursor.offset < place.end {
            self.cursor = Some(cursor);
        }
        Ok(records)
    }

    /// Opens the file of `place`; nothing when it was removed in the meantime.
    fn open(&self, place: &Place) -> Result<Option<Cursor>, JournalError> {
        let file = match self.shared.storage.open_read(&place.file) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let should_be_there = self.shared.durable(|durable| durable.catalog.has_file(&place.file));
                return if should_be_there { Err(JournalError::io("open", &place.file, error)) } else { Ok(None) };
            }
            Err(error) => return Err(JournalError::io("open", &place.file, error)),
        };
        Ok(Some(Cursor {
            file: place.file.clone(),
            salt: place.salt,
            window: Window::new(file, place.end).fetching(FOLLOW_WINDOW_BYTES),
            offset: place.offset,
            sequence: 0,
        }))
    }

    fn add_records(&mut self, group: &Group, records: &mut Vec<Record>) {
        for raw in group.records() {
            let Some(stream) = self.name(raw.stream) else { continue };
            records.push(Record {
                stream,
                position: raw.position,
                appended_at_ms: raw.appended_at_ms,
                payload: group.body.slice(raw.payload_start..raw.payload_end),
            });
        }
    }

    fn name(&mut self, text: &str) -> Option<StreamName> {
        if let Some(name) = self.names.get(text) {
            return Some(name.clone());
        }
        let name = StreamName::from_bytes(text.as_bytes())?;
        if self.names.len() < MAX_STREAMS {
            self.names.insert(name.clone());
        }
        Some(name)
    }
}

impl Cursor {
    fn next_group(&mut self, place: &Place) -> Result<Group, JournalError> {
        let damaged =
            |what: &str| JournalError::Damaged { file: self.file.clone(), offset: self.offset, what: what.to_owned() };
        let read = read_group(&mut self.window, self.offset, self.salt)
            .map_err(|error| JournalError::io("read", &place.file, error))?;
        let group = match read {
            Read::Group(group) => group,
            Read::Bad(what) => return Err(damaged(what)),
            Read::End => return Err(damaged("records that were here are gone")),
        };
        if self.sequence != 0 && group.header.first_sequence != self.sequence {
            return Err(damaged("the records are not in journal order"));
        }
        self.offset = group.end();
        self.sequence = group.next_sequence();
        Ok(group)
    }
}

fn supply(durable: &mut Durable, next_sequence: u64) -> Option<Supply> {
    if next_sequence >= durable.next_sequence {
        return durable.closed.then_some(Supply::Ended);
    }
    if let Some(groups) = durable.live.groups_from(next_sequence, FOLLOW_BATCH_RECORDS, FOLLOW_BATCH_BYTES) {
        return Some(Supply::Memory(groups));
    }
    let first_retained_record = durable.catalog.first_sequence();
    let place = durable.catalog.place_of_sequence(next_sequence);
    Some(place.map_or(Supply::Gone { first_retained_record }, Supply::File))
}

impl Follower for FileFollower {
    fn next_batch(&mut self, timeout: Duration) -> Result<Vec<Record>, JournalError> {
        loop {
            let next_record = self.next_sequence;
            let Some(supply) = self.shared.wait_for(timeout, |durable| supply(durable, next_record)) else {
                return Ok(Vec::new());
            };
            match supply {
                Supply::Memory(groups) => {
                    self.cursor = None;
                    let records: Vec<_> = groups.iter().flat_map(|group| &group.records).cloned().collect();
                    self.next_sequence += records.len() as u64;
                    return Ok(records);
                }
                Supply::File(place) => {
                    let records = self.read_file(&place)?;
                    if !records.is_empty() {
                        return Ok(records);
                    }
                }
                Supply::Gone { first_retained_record } => {
                    return Err(JournalError::FollowerBehind { next_record, first_retained_record });
                }
                Supply::Ended => return Err(JournalError::Closed),
            }
        }
    }

    fn seen_count(&self) -> u64 {
        self.next_sequence - 1
    }
}
