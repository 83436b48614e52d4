//! Reading one stream from a position.

use std::io;

use bytes::Bytes;

use crate::catalog::Place;
use crate::error::JournalError;
use crate::limits::MAX_READ_BYTES;
use crate::shared::Shared;
use crate::stream::StreamName;
use crate::walk::{Read, read_group};
use crate::window::Window;
use crate::{Position, Record};

/// See [`crate::Journal::read_from`].
pub(crate) fn read_from(
    shared: &Shared,
    stream: &StreamName,
    from: Position,
    max_records: usize,
) -> Result<Vec<Record>, JournalError> {
    loop {
        let (places, last) = plan(shared, stream, from)?;
        let mut reading = Reading { stream, next: from, last, max_records, records: Vec::new(), bytes: 0 };
        match reading.read_places(shared, &places) {
            Ok(()) => return Ok(reading.records),
            Err(Trouble::Gone { file, error }) => {
                // Truncated between the plan and the reading: plan again. A file that should be there is an error.
                if shared.durable(|durable| durable.catalog.has_file(&file)) {
                    return Err(JournalError::io("open", file, error));
                }
            }
            Err(Trouble::Error(error)) => return Err(error),
        }
    }
}

fn plan(shared: &Shared, stream: &StreamName, from: Position) -> Result<(Vec<Place>, Position), JournalError> {
    shared.durable(|durable| {
        let first_retained = durable.catalog.first_retained(stream);
        if from < first_retained {
            return Err(JournalError::Truncated { first_retained });
        }
        Ok((durable.catalog.places_of(stream, from), durable.catalog.last_position(stream)))
    })
}

enum Trouble {
    Gone { file: String, error: io::Error },
    Error(JournalError),
}

/// A reading under way.
struct Reading<'a> {
    stream: &'a StreamName,
    next: Position,
    last: Position,
    max_records: usize,
    records: Vec<Record>,
    bytes: usize,
}

impl Reading<'_> {
    fn is_done(&self) -> bool {
        self.next > self.last || self.records.len() >= self.max_records || self.bytes >= MAX_READ_BYTES
    }

    fn read_places(&mut self, shared: &Shared, places: &[Place]) -> Result<(), Trouble> {
        for place in places {
            if self.is_done() {
                break;
            }
            let file = shared.storage.open_read(&place.file).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => Trouble::Gone { file: place.file.clone(), error },
                _ => Trouble::Error(JournalError::io("open", &place.file, error)),
            })?;
            self.read_place(&mut Window::new(file, place.end), place).map_err(Trouble::Error)?;
        }
        Ok(())
    }

    fn read_place(
        &mut self,
        window: &mut Window<Box<dyn crate::storage::JournalFile>>,
        place: &Place,
    ) -> Result<(), JournalError> {
        let mut offset = place.offset;
        while offset < place.end && !self.is_done() {
            let start = offset;
            let damaged = |what: String| JournalError::Damaged { file: place.file.clone(), offset: start, what };
            let read =
                read_group(window, start, place.salt).map_err(|error| JournalError::io("read", &place.file, error))?;
            let group = match read {
                Read::Group(group) => group,
                Read::Bad(what) => return Err(damaged(what.to_owned())),
                Read::End => return Err(damaged("records that were here are gone".to_owned())),
            };
            offset = group.end();
            for raw in group.records() {
                if raw.stream != self.stream.as_str() || raw.position < self.next || self.is_done() {
                    continue;
                }
                if raw.position != self.next {
                    let what = format!("stream {} goes from {} to {}", self.stream, self.next - 1, raw.position);
                    return Err(damaged(what));
                }
                // Copied, so that one record does not keep a whole window of the file in memory.
                let payload = Bytes::copy_from_slice(&group.body[raw.payload_start..raw.payload_end]);
                self.bytes += payload.len();
                self.next += 1;
                self.records.push(Record {
                    stream: self.stream.clone(),
                    position: raw.position,
                    appended_at_ms: raw.appended_at_ms,
                    payload,
                });
            }
        }
        Ok(())
    }
}
