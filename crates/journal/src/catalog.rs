//! What is on disk, kept in memory: files, where streams begin in them, and what is released.

use std::collections::{BTreeMap, HashMap, VecDeque};

use crate::Position;
use crate::limits::MARK_SPACING_BYTES;
use crate::stream::StreamName;

/// The records of one stream in one group: positions are dense, so two numbers say all.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub stream: StreamName,
    pub first: Position,
    pub last: Position,
}

/// Where the records of one stream are in one file.
#[derive(Debug, Clone)]
struct StreamInFile {
    first: Position,
    last: Position,
    /// Some positions with the offset of their group, in order; the first one is the first of the stream in the file.
    marks: Vec<(Position, u64)>,
}

/// One file.
#[derive(Debug)]
pub(crate) struct FileInfo {
    pub name: String,
    pub salt: u64,
    pub first_sequence: u64,
    /// Number of the record after the last one in the file.
    pub next_sequence: u64,
    /// Offset behind the last durable group.
    pub end: u64,
    streams: HashMap<StreamName, StreamInFile>,
    /// Some groups by the number of their first record.
    marks: Vec<(u64, u64)>,
}

impl FileInfo {
    pub(crate) fn new(name: String, salt: u64, first_sequence: u64, header_bytes: u64) -> Self {
        Self {
            name,
            salt,
            first_sequence,
            next_sequence: first_sequence,
            end: header_bytes,
            streams: HashMap::new(),
            marks: Vec::new(),
        }
    }

    /// Takes note of a group that is on disk from `self.end` to `end`.
    pub(crate) fn add_group(&mut self, spans: &[Span], next_sequence: u64, end: u64) {
        let offset = self.end;
        add_mark(&mut self.marks, self.next_sequence, offset);
        for span in spans {
            match self.streams.get_mut(&span.stream) {
                Some(known) => {
                    known.last = span.last;
                    add_mark(&mut known.marks, span.first, offset);
                }
                None => {
                    let marks = vec![(span.first, offset)];
                    self.streams
                        .insert(span.stream.clone(), StreamInFile { first: span.first, last: span.last, marks });
                }
            }
        }
        self.next_sequence = next_sequence;
        self.end = end;
    }

    /// A place at or before the group of this record from where groups can be read.
    pub(crate) fn offset_of_sequence(&self, sequence: u64) -> Option<u64> {
        mark_before(&self.marks, sequence)
    }

    fn is_released(&self, released: &HashMap<StreamName, Position>) -> bool {
        self.streams.iter().all(|(stream, here)| released.get(stream).is_some_and(|until| *until >= here.last))
    }
}

fn add_mark(marks: &mut Vec<(u64, u64)>, key: u64, offset: u64) {
    if marks.last().is_none_or(|(_, last_offset)| offset >= last_offset + MARK_SPACING_BYTES) {
        marks.push((key, offset));
    }
}

fn mark_before(marks: &[(u64, u64)], key: u64) -> Option<u64> {
    let after = marks.partition_point(|(mark_key, _)| *mark_key <= key);
    after.checked_sub(1).and_then(|index| marks.get(index)).map(|(_, offset)| *offset)
}

/// A piece of a file in which wanted records are.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub file: String,
    pub salt: u64,
    pub offset: u64,
    pub end: u64,
}

/// All files, oldest first, and the state of every stream.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    files: VecDeque<FileInfo>,
    last_positions: BTreeMap<StreamName, Position>,
    released: HashMap<StreamName, Position>,
}

impl Catalog {
    pub(crate) fn set_last_position(&mut self, stream: StreamName, last: Position) {
        self.last_positions.insert(stream, last);
    }

    /// Takes note of a new file. It may take the place of one in which nothing could be written.
    pub(crate) fn add_file(&mut self, file: FileInfo) {
        if self.files.back().is_some_and(|last| last.name == file.name) {
            self.files.pop_back();
        }
        self.files.push_back(file);
    }

    /// Takes note of a group at the end of the newest file.
    pub(crate) fn add_group(&mut self, spans: &[Span], next_sequence: u64, end: u64) {
        if let Some(file) = self.files.back_mut() {
            file.add_group(spans, next_sequence, end);
        }
        for span in spans {
            match self.last_positions.get_mut(&span.stream) {
                Some(last) => *last = span.last,
                None => self.set_last_position(span.stream.clone(), span.last),
            }
        }
    }

    pub(crate) fn last_position(&self, stream: &StreamName) -> Position {
        self.last_positions.get(stream).copied().unwrap_or(0)
    }

    pub(crate) fn last_positions(&self) -> impl Iterator<Item = (&StreamName, Position)> {
        self.last_positions.iter().map(|(stream, last)| (stream, *last))
    }

    /// First position that is kept, or one more than the last when none is.
    pub(crate) fn first_retained(&self, stream: &StreamName) -> Position {
        let kept = self.files.iter().find_map(|file| file.streams.get(stream));
        kept.map_or_else(|| self.last_position(stream) + 1, |here| here.first)
    }

    /// Number of the first record that is kept, or would be.
    pub(crate) fn first_sequence(&self) -> u64 {
        self.files.front().map_or(1, |file| file.first_sequence)
    }

    /// The pieces of files that hold the records of `stream` from position `from` on.
    pub(crate) fn places_of(&self, stream: &StreamName, from: Position) -> Vec<Place> {
        let place = |file: &FileInfo| {
            let here = file.streams.get(stream).filter(|here| here.last >= from)?;
            let offset = mark_before(&here.marks, from.max(here.first))?;
            Some(Place { file: file.name.clone(), salt: file.salt, offset, end: file.end })
        };
        self.files.iter().filter_map(place).collect()
    }

    /// The piece of the file that holds this record, from there to the end.
    pub(crate) fn place_of_sequence(&self, sequence: u64) -> Option<Place> {
        let file = self.files.iter().rev().find(|file| file.first_sequence <= sequence)?;
        let offset = file.offset_of_sequence(sequence).filter(|_| sequence < file.next_sequence)?;
        Some(Place { file: file.name.clone(), salt: file.salt, offset, end: file.end })
    }

    pub(crate) fn has_file(&self, name: &str) -> bool {
        self.files.iter().any(|file| file.name == name)
    }

    pub(crate) fn file_count(&self) -> usize {
        self.files.len()
    }

    pub(crate) fn file_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.end).sum()
    }

    /// Takes note that the records of `stream` up to `position` are not needed any more.
    pub(crate) fn release(&mut self, stream: &StreamName, position: Position) {
        let position = position.min(self.last_position(stream));
        if position == 0 {
            return;
        }
        let known = self.released.entry(stream.clone()).or_default();
        *known = position.max(*known);
    }

    /// Takes out the oldest file when it is not written to any more and everything in it is released.
    pub(crate) fn take_released_file(&mut self) -> Option<FileInfo> {
        let removable = self.files.len() > 1 && self.files.front()?.is_released(&self.released);
        if removable { self.files.pop_front() } else { None }
    }

    /// Puts back a file that could not be removed.
    pub(crate) fn put_back(&mut self, file: FileInfo) {
        self.files.push_front(file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(stream: &str, first: Position, last: Position) -> Span {
        Span { stream: StreamName::new(stream).unwrap(), first, last }
    }

    fn two_files() -> Catalog {
        let mut catalog = Catalog::default();
        catalog.add_file(FileInfo::new("one".into(), 1, 1, 100));
        catalog.add_group(&[span("a", 1, 3), span("b", 1, 1)], 5, 1_000);
        catalog.add_group(&[span("a", 4, 5)], 7, 400_000);
        catalog.add_group(&[span("a", 6, 6)], 8, 400_100);
        catalog.add_file(FileInfo::new("two".into(), 2, 8, 100));
        catalog.add_group(&[span("a", 7, 7)], 9, 200);
        catalog
    }

    #[test]
    fn finds_the_nearest_place_before_a_record() {
        let catalog = two_files();
        let a = StreamName::new("a").unwrap();
        let offsets = |from| catalog.places_of(&a, from).iter().map(|place| place.offset).collect::<Vec<_>>();
        assert_eq!(offsets(1), [100, 100]);
        assert_eq!(offsets(5), [100, 100]);
        assert_eq!(offsets(6), [400_000, 100]);
        assert_eq!(offsets(7), [100]);
        assert_eq!(offsets(8), [0; 0]);
        assert_eq!(catalog.place_of_sequence(7).unwrap().offset, 400_000);
        assert_eq!(catalog.place_of_sequence(8).unwrap().file, "two");
        assert!(catalog.place_of_sequence(9).is_none());
    }

    #[test]
    fn gives_up_a_file_only_when_every_stream_released_it() {
        let mut catalog = two_files();
        let (a, b) = (StreamName::new("a").unwrap(), StreamName::new("b").unwrap());
        catalog.release(&a, 99);
        assert!(catalog.take_released_file().is_none());
        catalog.release(&b, 1);
        assert_eq!(catalog.take_released_file().unwrap().name, "one");
        assert!(catalog.take_released_file().is_none(), "the newest file stays");
        assert_eq!((catalog.first_retained(&a), catalog.first_retained(&b)), (7, 2));
        assert_eq!(catalog.last_position(&b), 1);
    }
}
