//! Goes through one file group by group and tells a torn tail from damage. The rules are in [`crate::format`].

use std::collections::HashMap;
use std::io;

use crate::Position;
use crate::format::group::{GROUP_HEADER_BYTES, Group, GroupHeader, MAGIC};
use crate::format::header::{FileHeader, HeaderError, PREFIX_BYTES};
use crate::limits::MAX_POSITION;
use crate::stream::StreamName;
use crate::window::{ByteSource, Window};

/// What comes next in a file.
#[derive(Debug)]
pub(crate) enum Step {
    /// A whole group with the right numbers.
    Group(Group),
    /// The last bytes are those of a group that was being written.
    Torn { offset: u64, bytes: u64, what: &'static str },
    /// Something that no crash can leave. The walk goes on behind it when it can.
    Damage { offset: u64, what: String },
    /// Nothing but zeros, if anything, follows.
    End,
}

/// Why a file cannot be walked at all.
#[derive(Debug)]
pub(crate) enum WalkError {
    Io(io::Error),
    Header(HeaderError),
}

impl From<io::Error> for WalkError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The walk through one file.
#[derive(Debug)]
pub(crate) struct Walk<S> {
    window: Window<S>,
    header: FileHeader,
    header_bytes: u64,
    /// Where the next group should begin.
    offset: u64,
    /// Number that the next record should have; unknown behind damage.
    next_sequence: Option<u64>,
    /// Last position of every stream.
    positions: HashMap<StreamName, Position>,
    finished: bool,
}

impl<S: ByteSource> Walk<S> {
    /// Reads the header of a file of `file_bytes` bytes.
    pub(crate) fn start(source: S, file_bytes: u64) -> Result<Self, WalkError> {
        let mut window = Window::new(source, file_bytes);
        let cut_off = || WalkError::Header(HeaderError::Bad("the header is cut off"));
        let prefix = window.bytes(0, PREFIX_BYTES)?.ok_or_else(cut_off)?;
        let header_bytes = FileHeader::length(&prefix).map_err(WalkError::Header)?;
        let bytes = window.bytes(0, header_bytes)?.ok_or_else(cut_off)?;
        let header = FileHeader::decode(&bytes).map_err(WalkError::Header)?;
        Ok(Self {
            window,
            header_bytes: header_bytes as u64,
            offset: header_bytes as u64,
            next_sequence: Some(header.first_sequence),
            positions: header.streams.iter().cloned().collect(),
            header,
            finished: false,
        })
    }

    pub(crate) fn header(&self) -> &FileHeader {
        &self.header
    }

    pub(crate) fn header_bytes(&self) -> u64 {
        self.header_bytes
    }

    /// Last position of every stream as far as the walk has come.
    pub(crate) fn positions(&self) -> &HashMap<StreamName, Position> {
        &self.positions
    }

    /// Number that the next record should have; unknown behind damage.
    pub(crate) fn next_sequence(&self) -> Option<u64> {
        self.next_sequence
    }

    /// The next thing in the file.
    pub(crate) fn step(&mut self) -> io::Result<Step> {
        if self.finished {
            return Ok(Step::End);
        }
        match read_group(&mut self.window, self.offset, self.header.salt)? {
            Read::Group(group) => Ok(self.take(group)),
            Read::End => {
                self.finished = true;
                Ok(Step::End)
            }
            Read::Bad(what) => self.classify(what),
        }
    }

    fn take(&mut self, group: Group) -> Step {
        let offset = self.offset;
        self.offset = group.end();
        let expected = self.next_sequence.replace(group.next_sequence());
        if expected.is_some_and(|expected| expected != group.header.first_sequence) {
            let what = format!(
                "the group begins with record {} where record {} should come",
                group.header.first_sequence,
                expected.unwrap_or_default()
            );
            self.positions.clear();
            return Step::Damage { offset, what };
        }
        if group.next_sequence() > MAX_POSITION + 1 {
            return Step::Damage {
                offset,
                what: format!("the group goes beyond the last record number {MAX_POSITION}"),
            };
        }
        match self.advance_positions(&group, expected.is_some()) {
            None => Step::Group(group),
            Some(what) => Step::Damage { offset, what },
        }
    }

    /// Takes over the positions of a group; the first gap when there is one. Behind damage every first position of a
    /// stream is believed.
    fn advance_positions(&mut self, group: &Group, strict: bool) -> Option<String> {
        let mut gap = None;
        for record in group.records() {
            if record.position > MAX_POSITION && gap.is_none() {
                gap = Some(format!("stream {} goes beyond the last position {MAX_POSITION}", record.stream));
            }
            let Some(last) = self.positions.get_mut(record.stream) else {
                if strict && record.position != 1 && gap.is_none() {
                    gap = Some(gap_text(record.stream, record.position, 1));
                }
                let name = StreamName::from_bytes(record.stream.as_bytes());
                self.positions.extend(name.map(|name| (name, record.position)));
                continue;
            };
            if record.position != last.saturating_add(1) && gap.is_none() {
                gap = Some(gap_text(record.stream, record.position, last.saturating_add(1)));
            }
            *last = record.position;
        }
        gap
    }

    fn classify(&mut self, what: &'static str) -> io::Result<Step> {
        let offset = self.offset;
        match self.find_later_group()? {
            Some(later) => {
                self.offset = later;
                self.next_sequence = None;
                self.positions.clear();
                let what = format!("{what}, and a later group begins at byte {later}, so this one was on disk before");
                Ok(Step::Damage { offset, what })
            }
            None => {
                self.finished = true;
                Ok(Step::Torn { offset, bytes: self.window.limit() - offset, what })
            }
        }
    }

    /// Offset of the next whole group header behind the current one that belongs to this file and comes later.
    fn find_later_group(&mut self) -> io::Result<Option<u64>> {
        let at_least = self.next_sequence.unwrap_or(self.header.first_sequence);
        let mut at = self.offset + 1;
        while let Some(bytes) = self.window.some_bytes(at)? {
            let Some(found) = bytes.windows(MAGIC.len()).position(|candidate| candidate == MAGIC) else {
                // A magic may lie across the edge of the window.
                at += bytes.len().saturating_sub(MAGIC.len() - 1).max(1) as u64;
                continue;
            };
            at += found as u64;
            let header = self.window.bytes(at, GROUP_HEADER_BYTES)?;
            let header = header.and_then(|bytes| GroupHeader::decode(&bytes, self.header.salt));
            if header.is_some_and(|header| header.first_sequence >= at_least) {
                return Ok(Some(at));
            }
            at += 1;
        }
        Ok(None)
    }
}

fn gap_text(stream: &str, found: Position, expected: Position) -> String {
    format!("stream {stream} has position {found} where {expected} should come")
}

/// What stands at one offset of a file.
pub(crate) enum Read {
    Group(Group),
    End,
    Bad(&'static str),
}

/// Reads what stands at `offset` of a file with this salt.
pub(crate) fn read_group<S: ByteSource>(window: &mut Window<S>, offset: u64, salt: u64) -> io::Result<Read> {
    let Some(header_bytes) = window.bytes(offset, GROUP_HEADER_BYTES)? else {
        return Ok(if only_zeros(window, offset)? { Read::End } else { Read::Bad("a group header is cut off") });
    };
    let Some(header) = GroupHeader::decode(&header_bytes, salt) else {
        let end = header_bytes.iter().all(|byte| *byte == 0) && only_zeros(window, offset)?;
        return Ok(if end { Read::End } else { Read::Bad("no valid group header is here") });
    };
    let Some(body) = window.bytes(offset + GROUP_HEADER_BYTES as u64, header.body_bytes)? else {
        return Ok(Read::Bad("the group goes on behind the end of the file"));
    };
    Ok(match Group::checked(offset, header, body) {
        Ok(group) => Read::Group(group),
        Err(what) => Read::Bad(what),
    })
}

fn only_zeros<S: ByteSource>(window: &mut Window<S>, offset: u64) -> io::Result<bool> {
    let mut at = offset;
    while let Some(bytes) = window.some_bytes(at)? {
        if bytes.iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        at += bytes.len() as u64;
    }
    Ok(true)
}
