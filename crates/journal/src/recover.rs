//! Opening: checks every file, cuts a torn tail, makes what is taken over durable.

use std::collections::HashMap;

use tracing::{info, warn};

use crate::Position;
use crate::catalog::{Catalog, FileInfo, Span};
use crate::error::JournalError;
use crate::format::group::Group;
use crate::format::header::HeaderError;
use crate::format::{is_new_file_name, sequence_of_file_name};
use crate::storage::{JournalFile, Storage, write_all_at};
use crate::stream::StreamName;
use crate::walk::{Step, Walk, WalkError};

/// What was found in the folder.
pub(crate) struct Recovered {
    pub catalog: Catalog,
    /// Number of the next record, in journal order.
    pub next_sequence: u64,
    /// The file to go on with; none in an empty folder.
    pub active: Option<ActiveFile>,
}

/// The file that is written to.
pub(crate) struct ActiveFile {
    pub file: Box<dyn JournalFile>,
    pub name: String,
    pub salt: u64,
    pub first_sequence: u64,
    /// Offset behind the last durable group.
    pub end: u64,
    /// Bytes up to here are in the file already, behind `end` they are zeros.
    pub filled_end: u64,
}

/// Reads the folder. Refuses everything that a crash cannot have left.
pub(crate) fn recover(storage: &dyn Storage) -> Result<Recovered, JournalError> {
    let names = journal_files(storage)?;
    let mut catalog = Catalog::default();
    let mut state: Option<Scanned> = None;
    let mut active = None;
    for (index, name) in names.iter().enumerate() {
        let is_last = index + 1 == names.len();
        let file = open_file(storage, name, is_last)?;
        let scanned = scan(name, file, state.as_ref(), is_last)?;
        catalog.add_file(scanned.info());
        for (spans, next_sequence, end) in &scanned.groups {
            catalog.add_group(spans, *next_sequence, *end);
        }
        if is_last {
            active = Some(take_over(storage, name, &scanned)?);
        }
        state = Some(scanned);
    }
    let next_sequence = state.as_ref().map_or(1, |scanned| scanned.next_sequence);
    for (stream, last) in state.into_iter().flat_map(|scanned| scanned.positions) {
        catalog.set_last_position(stream, last);
    }
    Ok(Recovered { catalog, next_sequence, active })
}

/// Names of the journal files, oldest first. Removes files whose header never got on disk: nothing is in them.
fn journal_files(storage: &dyn Storage) -> Result<Vec<String>, JournalError> {
    let mut names = Vec::new();
    for name in storage.list().map_err(|error| JournalError::io("list", storage.describe(), error))? {
        if sequence_of_file_name(&name).is_some() {
            names.push(name);
        } else if is_new_file_name(&name) {
            storage.remove(&name).map_err(|error| JournalError::io("remove", &name, error))?;
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn open_file(storage: &dyn Storage, name: &str, for_writing: bool) -> Result<Box<dyn JournalFile>, JournalError> {
    let opened = if for_writing { storage.open(name) } else { storage.open_read(name) };
    opened.map_err(|error| JournalError::io("open", name, error))
}

/// What one file holds.
struct Scanned {
    name: String,
    salt: u64,
    first_sequence: u64,
    header_bytes: u64,
    groups: Vec<(Vec<Span>, u64, u64)>,
    last_group: Option<Group>,
    next_sequence: u64,
    positions: HashMap<StreamName, Position>,
    end: u64,
    file_bytes: u64,
    torn: bool,
}

impl Scanned {
    fn info(&self) -> FileInfo {
        FileInfo::new(self.name.clone(), self.salt, self.first_sequence, self.header_bytes)
    }
}

fn scan(
    name: &str,
    file: Box<dyn JournalFile>,
    before: Option<&Scanned>,
    is_last: bool,
) -> Result<Scanned, JournalError> {
    let damaged = |offset, what| JournalError::Damaged { file: name.to_owned(), offset, what };
    let read_failed = |error| JournalError::io("read", name, error);
    let file_bytes = file.byte_len().map_err(read_failed)?;
    let mut walk = Walk::start(file, file_bytes).map_err(|error| header_refused(name, error))?;
    if let Some(what) = disagreement(name, &walk, before) {
        return Err(damaged(0, what));
    }
    let mut scanned = Scanned {
        name: name.to_owned(),
        salt: walk.header().salt,
        first_sequence: walk.header().first_sequence,
        header_bytes: walk.header_bytes(),
        groups: Vec::new(),
        last_group: None,
        next_sequence: walk.header().first_sequence,
        positions: HashMap::new(),
        end: walk.header_bytes(),
        file_bytes,
        torn: false,
    };
    loop {
        match walk.step().map_err(read_failed)? {
            Step::Group(group) => {
                scanned.end = group.end();
                scanned.next_sequence = group.next_sequence();
                scanned.groups.push((spans_of(&group, walk.positions()), group.next_sequence(), group.end()));
                scanned.last_group = Some(group);
            }
            Step::Torn { offset, bytes, what } if is_last => {
                warn!(file = name, offset, bytes, what, "cutting the torn tail of the journal");
                scanned.torn = true;
            }
            Step::Torn { offset, what, .. } => {
                return Err(damaged(offset, format!("{what}, in a file that was ended")));
            }
            Step::Damage { offset, what } => return Err(damaged(offset, what)),
            Step::End => break,
        }
    }
    scanned.positions = walk.positions().clone();
    Ok(scanned)
}

fn header_refused(name: &str, error: WalkError) -> JournalError {
    let file = name.to_owned();
    match error {
        WalkError::Io(error) => JournalError::io("read", name, error),
        WalkError::Header(HeaderError::Version(found)) => JournalError::UnknownVersion { file, found },
        WalkError::Header(HeaderError::Bad(what)) => JournalError::Damaged { file, offset: 0, what: what.to_owned() },
    }
}

/// What the header of a file says that its name or the file before it contradicts.
fn disagreement(name: &str, walk: &Walk<Box<dyn JournalFile>>, before: Option<&Scanned>) -> Option<String> {
    let header = walk.header();
    if sequence_of_file_name(name) != Some(header.first_sequence) {
        return Some(format!("its name does not fit its first record {}", header.first_sequence));
    }
    let before = before?;
    if before.next_sequence != header.first_sequence {
        let what = "the file before it ends before record";
        return Some(format!("{what} {} and this one begins with {}", before.next_sequence, header.first_sequence));
    }
    let differs = &before.positions != walk.positions();
    differs.then(|| format!("its stream positions are not those at the end of {}", before.name))
}

/// The spans of a group whose positions were found dense.
fn spans_of(group: &Group, names: &HashMap<StreamName, Position>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut index_of: HashMap<&str, usize> = HashMap::new();
    for record in group.records() {
        if let Some(index) = index_of.get(record.stream) {
            spans[*index].last = record.position;
        } else if let Some((stream, _)) = names.get_key_value(record.stream) {
            index_of.insert(record.stream, spans.len());
            spans.push(Span { stream: stream.clone(), first: record.position, last: record.position });
        }
    }
    spans
}

/// Makes what was found durable and gives the file to go on with.
///
/// The last group may be readable without being on disk: when the process was killed before its sync, or when the sync
/// failed and the system forgot that the bytes have to be written. It is shown to readers from now on, so it is written
/// once more and synced.
fn take_over(storage: &dyn Storage, name: &str, scanned: &Scanned) -> Result<ActiveFile, JournalError> {
    let file = open_file(storage, name, true)?;
    let mut filled_end = scanned.file_bytes;
    if scanned.torn {
        file.set_len(scanned.end).map_err(|error| JournalError::io("cut the torn tail of", name, error))?;
        filled_end = scanned.end;
    }
    if let Some(group) = &scanned.last_group {
        write_all_at(&*file, group.offset, &group.encode(scanned.salt))
            .map_err(|error| JournalError::io("write", name, error))?;
    }
    file.sync_data().map_err(|error| JournalError::io("sync", name, error))?;
    storage.sync_dir().map_err(|error| JournalError::io("sync", storage.describe(), error))?;
    info!(file = name, end = scanned.end, next_record = scanned.next_sequence, "opened the journal");
    Ok(ActiveFile {
        file,
        name: name.to_owned(),
        salt: scanned.salt,
        first_sequence: scanned.first_sequence,
        end: scanned.end,
        filled_end,
    })
}
