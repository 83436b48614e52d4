//! Read-only verification of a journal folder, and of one file in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;

use crate::Position;
use crate::error::JournalError;
use crate::format::header::HeaderError;
use crate::format::{FORMAT_VERSION, sequence_of_file_name};
use crate::limits::{CHECK_ATTEMPTS, CHECK_PAUSE};
use crate::pause::pause;
use crate::storage::{LocalStorage, Storage};
use crate::stream::StreamName;
use crate::walk::{Step, Walk, WalkError};
use crate::window::ByteSource;

/// What [`check`] found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// The folder.
    pub dir: String,
    /// Whether a server had the folder open. Its newest group may then be on the way and is not counted as torn.
    pub in_use: bool,
    /// Every file, oldest first.
    pub files: Vec<FileReport>,
    /// Every stream with the first position kept and the last one; the first is one more than the last when no record
    /// of it is kept.
    pub streams: BTreeMap<StreamName, (Position, Position)>,
    /// Contradictions between files, beside the damage within each.
    pub damages: Vec<Damage>,
}

/// What was found in one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileReport {
    /// Its name; empty when it was checked in memory.
    pub file: String,
    /// Its length.
    pub bytes: u64,
    /// Number, in journal order, of its first record; 0 when the header cannot be read.
    pub first_sequence: u64,
    /// Number of the record after its last one.
    pub next_sequence: u64,
    /// Whole groups, seals included.
    pub groups: u64,
    /// Records in whole groups.
    pub records: u64,
    /// Payload bytes of those records.
    pub payload_bytes: u64,
    /// Streams with records in the file, with their first and last position.
    pub streams: BTreeMap<StreamName, (Position, Position)>,
    /// Last position of every stream before the file, and after it.
    positions_before: BTreeMap<StreamName, Position>,
    positions_after: BTreeMap<StreamName, Position>,
    /// An incomplete group at the end: in the last file what a crash leaves, cut at the next start.
    pub torn_tail: Option<TornTail>,
    /// Everything that no crash can have left.
    pub damages: Vec<Damage>,
}

/// An incomplete group at the end of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TornTail {
    /// Where it begins.
    pub offset: u64,
    /// Bytes from there to the end of the file.
    pub bytes: u64,
    /// What is wrong with it.
    pub what: String,
}

/// One damaged place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The file; empty when it was checked in memory.
    pub file: String,
    /// Offset of the group, or 0 for the header.
    pub offset: u64,
    /// What is wrong.
    pub what: String,
}

impl CheckReport {
    /// Whether the journal can be opened: nothing but a torn tail is wrong.
    pub fn is_sound(&self) -> bool {
        self.damages.is_empty() && self.files.iter().all(|file| file.damages.is_empty())
    }

    /// Records in all files.
    pub fn records(&self) -> u64 {
        self.files.iter().map(|file| file.records).sum()
    }

    /// The incomplete group at the end of the last file, if any.
    pub fn torn_tail(&self) -> Option<&TornTail> {
        self.files.last().and_then(|file| file.torn_tail.as_ref())
    }

    /// Every damage in the order of the files.
    pub fn all_damages(&self) -> impl Iterator<Item = &Damage> {
        self.files.iter().flat_map(|file| &file.damages).chain(&self.damages)
    }
}

/// Verifies the journal in `dir` without changing anything.
///
/// It also works while a server has the journal open: what the server adds or removes meanwhile may or may not be in the
/// report, and a newest group that is still being written is waited for. Fails only when the folder cannot be read.
pub fn check(dir: &Path) -> Result<CheckReport, JournalError> {
    let name = dir.display().to_string();
    let failed = |error| JournalError::io("read", &name, error);
    let storage = LocalStorage::existing(dir).map_err(failed)?;
    let in_use = storage.is_locked().map_err(failed)?;
    let mut report = check_storage(&storage)?;
    // A group that is being written can look damaged until its sync is over; damage that is real stays.
    for _ in 1..CHECK_ATTEMPTS {
        if !in_use || report.is_sound() {
            break;
        }
        pause(CHECK_PAUSE);
        let again = check_storage(&storage)?;
        let same = report.all_damages().eq(again.all_damages());
        report = again;
        if same {
            break;
        }
    }
    if in_use && let Some(newest) = report.files.last_mut() {
        newest.torn_tail = None;
    }
    Ok(CheckReport { in_use, ..report })
}

/// Verifies the journal in any storage, as if nothing wrote to it.
pub fn check_storage(storage: &dyn Storage) -> Result<CheckReport, JournalError> {
    let mut names = storage.list().map_err(|error| JournalError::io("list", storage.describe(), error))?;
    names.retain(|name| sequence_of_file_name(name).is_some());
    names.sort_unstable();
    let mut report = CheckReport { dir: storage.describe(), ..CheckReport::default() };
    for name in &names {
        let file = match storage.open_read(name) {
            Ok(file) => file,
            // A running server removed it meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(JournalError::io("open", name, error)),
        };
        let bytes = file.byte_len().map_err(|error| JournalError::io("read", name, error))?;
        report.files.push(check_file(name, file, bytes)?);
    }
    end_files(&mut report.files);
    report.damages = contradictions(&report.files);
    report.streams = streams_of(&report.files);
    Ok(report)
}

/// Verifies the bytes of one journal file. Never fails and never panics, whatever the bytes are.
pub fn check_bytes(file_bytes: &[u8]) -> FileReport {
    // Reading from memory has no errors; if it had, the file would count as damaged.
    check_file("", file_bytes, file_bytes.len() as u64).unwrap_or_else(|error| FileReport {
        damages: vec![Damage { file: String::new(), offset: 0, what: error.to_string() }],
        ..FileReport::default()
    })
}

fn check_file<S: ByteSource>(name: &str, source: S, bytes: u64) -> Result<FileReport, JournalError> {
    let mut report = FileReport { file: name.to_owned(), bytes, ..FileReport::default() };
    let damage = |offset, what| Damage { file: name.to_owned(), offset, what };
    let mut walk = match Walk::start(source, bytes) {
        Ok(walk) => walk,
        Err(WalkError::Io(error)) => return Err(JournalError::io("read", name, error)),
        Err(WalkError::Header(HeaderError::Bad(what))) => {
            report.damages.push(damage(0, what.to_owned()));
            return Ok(report);
        }
        Err(WalkError::Header(HeaderError::Version(found))) => {
            let what = format!("format version {found} is unknown, this program knows {FORMAT_VERSION}");
            report.damages.push(damage(0, what));
            return Ok(report);
        }
    };
    report.first_sequence = walk.header().first_sequence;
    report.positions_before = walk.positions().clone().into_iter().collect();
    if !name.is_empty() && sequence_of_file_name(name) != Some(report.first_sequence) {
        report.damages.push(damage(0, format!("its name does not fit its first record {}", report.first_sequence)));
    }
    loop {
        match walk.step().map_err(|error| JournalError::io("read", name, error))? {
            Step::Group(group) => report.add_group(&group),
            Step::Torn { offset, bytes, what } => {
                report.torn_tail = Some(TornTail { offset, bytes, what: what.to_owned() });
            }
            Step::Damage { offset, what } => report.damages.push(damage(offset, what)),
            Step::End => break,
        }
    }
    report.next_sequence = walk.next_sequence().unwrap_or(0);
    report.positions_after = walk.positions().clone().into_iter().collect();
    Ok(report)
}

impl FileReport {
    fn add_group(&mut self, group: &crate::format::group::Group) {
        self.groups += 1;
        for record in group.records() {
            self.records += 1;
            self.payload_bytes += (record.payload_end - record.payload_start) as u64;
            if let Some((_, last)) = self.streams.get_mut(record.stream) {
                *last = record.position;
            } else if let Some(stream) = StreamName::from_bytes(record.stream.as_bytes()) {
                self.streams.insert(stream, (record.position, record.position));
            }
        }
    }
}

/// In a file that was ended, an incomplete group is damage.
fn end_files(files: &mut [FileReport]) {
    let Some((_, ended)) = files.split_last_mut() else { return };
    for report in ended {
        if let Some(torn) = report.torn_tail.take() {
            let what = format!("{}, in a file that was ended", torn.what);
            report.damages.push(Damage { file: report.file.clone(), offset: torn.offset, what });
        }
    }
}

fn contradictions(files: &[FileReport]) -> Vec<Damage> {
    let mut damages = Vec::new();
    for (before, after) in files.iter().zip(files.iter().skip(1)) {
        // Where one of them is damaged the contradiction follows from it.
        if !before.damages.is_empty() || !after.damages.is_empty() {
            continue;
        }
        let mut found = |what: String| damages.push(Damage { file: after.file.clone(), offset: 0, what });
        if before.next_sequence != after.first_sequence {
            let what = "the file before it ends before record";
            found(format!("{what} {} and this one begins with {}", before.next_sequence, after.first_sequence));
        } else if before.positions_after != after.positions_before {
            found(format!("its stream positions are not those at the end of {}", before.file));
        }
    }
    damages
}

fn streams_of(files: &[FileReport]) -> BTreeMap<StreamName, (Position, Position)> {
    let mut streams = BTreeMap::new();
    if let Some(newest) = files.last() {
        let nothing_kept = |(stream, last): (&StreamName, &Position)| (stream.clone(), (last.saturating_add(1), *last));
        streams.extend(newest.positions_after.iter().map(nothing_kept));
    }
    for report in files.iter().rev() {
        for (stream, (first, last)) in &report.streams {
            streams.entry(stream.clone()).or_insert((*first, *last)).0 = *first;
        }
    }
    streams
}

impl fmt::Display for CheckReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let in_use = if self.in_use { " (open in a running server)" } else { "" };
        writeln!(out, "journal {}{in_use}", self.dir)?;
        for report in &self.files {
            writeln!(out, "  {report}")?;
        }
        for (stream, (first, last)) in &self.streams {
            if first > last {
                writeln!(out, "  stream {stream}: nothing kept, last position {last}")?;
            } else {
                writeln!(out, "  stream {stream}: positions {first} to {last}")?;
            }
        }
        if let Some(torn) = self.torn_tail() {
            let TornTail { offset, bytes, what } = torn;
            writeln!(out, "  torn tail at byte {offset}, {bytes} bytes ({what}): cut at the next start")?;
        }
        for Damage { file, offset, what } in self.all_damages() {
            writeln!(out, "  DAMAGED {file} at byte {offset}: {what}")?;
        }
        let verdict = if self.is_sound() { "sound" } else { "DAMAGED" };
        write!(out, "{} files, {} records: {verdict}", self.files.len(), self.records())
    }
}

impl fmt::Display for FileReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, bytes, records, groups, payload_bytes, .. } = self;
        write!(out, "{file}: {bytes} bytes, {records} records in {groups} groups, {payload_bytes} payload bytes")
    }
}
