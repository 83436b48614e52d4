//! Checking a whole store, and mending what can be mended.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use super::catalogue::{CatalogueEntry, CatalogueState, parquet_name, sidecar_name};
use super::error::StoreError;
use super::storage::SegmentStorage;
use super::store::{agree, record_position};
use super::view::open_file;
use crate::schema::Schemas;
use crate::segment::{check_segment, rebuild_sidecar};
use bytes::Bytes;

/// What a check found.
#[derive(Debug, Default)]
pub struct CheckReport {
    /// Segments that were read.
    pub segments: usize,
    /// Rows in them.
    pub rows: u64,
    /// What is wrong; each text names the file.
    pub damages: Vec<String>,
    /// Files that no catalogue names: left over by a crash, or newer than a restored catalogue. They are harmless.
    pub unknown_files: Vec<String>,
    /// Files of segments that left: they go when their last reader is done, or at the next start.
    pub doomed_files: Vec<String>,
}

impl CheckReport {
    /// Nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.damages.is_empty()
    }
}

impl fmt::Display for CheckReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for damage in &self.damages {
            writeln!(out, "{damage}")?;
        }
        for file in &self.unknown_files {
            writeln!(out, "{file}: no catalogue names it (left by a crash, or newer than a restored catalogue)")?;
        }
        for file in &self.doomed_files {
            writeln!(out, "{file}: its segment left; the server removes it")?;
        }
        let verdict = if self.is_sound() { "sound" } else { "DAMAGED" };
        write!(out, "{} segments with {} rows: {verdict}", self.segments, self.rows)
    }
}

/// Reads every byte of every segment, compares every checksum, and compares files, catalogue and, where given, the journal:
/// for each stream its first kept and its last position.
pub fn check_store(
    state: &CatalogueState,
    storage: &dyn SegmentStorage,
    schemas: &Schemas,
    journal: Option<&[(String, u64, u64)]>,
) -> Result<CheckReport, StoreError> {
    let mut report = CheckReport::default();
    let mut rows_of_stream: BTreeMap<&str, u64> = BTreeMap::new();
    for entry in &state.segments {
        report.segments += 1;
        report.rows += entry.summary.rows as u64;
        *rows_of_stream.entry(&entry.stream).or_default() += entry.summary.rows as u64;
        check_entry(entry, storage, schemas, &mut report.damages);
    }
    for (stream, covered) in &state.covered {
        let rows = rows_of_stream.get(stream.as_str()).copied().unwrap_or_default();
        let expired = state.expired.get(stream).copied().unwrap_or_default();
        // Where a record is a row, each position has one; where it is several, each record has at least one.
        let records = record_position(schemas, stream, *covered);
        let is_right = if records == *covered { rows + expired == records } else { rows + expired >= records };
        if !is_right {
            report.damages.push(format!(
                "catalogue: stream {stream} has {rows} rows, and {expired} that expired, for {records} covered positions"
            ));
        }
    }
    if let Some(Err(error)) = journal.map(|journal| agree(&state.covered, journal, schemas)) {
        report.damages.push(error.to_string());
    }
    let known: HashSet<String> =
        state.segments.iter().flat_map(|entry| [entry.parquet_name(), entry.sidecar_name()]).collect();
    let files = storage.list().map_err(|cause| StoreError::Storage { name: String::new(), cause })?;
    let doomed: HashSet<String> =
        state.doomed.iter().flat_map(|name| [parquet_name(name), sidecar_name(name)]).collect();
    let not_known = files.into_iter().filter(|file| !known.contains(file));
    (report.doomed_files, report.unknown_files) = not_known.partition(|file| doomed.contains(file));
    report.doomed_files.sort();
    report.unknown_files.sort();
    for both in known.intersection(&doomed) {
        report.damages.push(format!("catalogue: {both} belongs to a segment that is there and has left"));
    }
    Ok(report)
}

fn check_entry(entry: &CatalogueEntry, storage: &dyn SegmentStorage, schemas: &Schemas, damages: &mut Vec<String>) {
    let Some(schema) = schemas.of(&entry.stream) else {
        damages.push(StoreError::UnknownStream(entry.stream.clone()).to_string());
        return;
    };
    let files = open_file(storage, &entry.sidecar_name())
        .and_then(|sidecar| Ok((sidecar, open_file(storage, &entry.parquet_name())?)));
    match files {
        Err(error) => damages.push(error.to_string()),
        Ok((sidecar, parquet)) => {
            let found = check_segment(&sidecar, &parquet, &**schema);
            damages.extend(found.iter().map(ToString::to_string));
            if found.is_empty()
                && let Err(error) = read_parquet(entry, storage)
            {
                damages.push(error.to_string());
            }
        }
    }
}

/// Builds the sidecar of a segment again. A Parquet file that is not the one in the catalogue is refused.
pub fn rebuild_index(
    entry: &CatalogueEntry,
    storage: &dyn SegmentStorage,
    schemas: &Schemas,
) -> Result<(), StoreError> {
    let schema = schemas.of(&entry.stream).ok_or_else(|| StoreError::UnknownStream(entry.stream.clone()))?;
    let parquet = read_parquet(entry, storage)?;
    let sidecar = rebuild_sidecar(&entry.parquet_name(), &parquet, &**schema)?;
    let name = entry.sidecar_name();
    storage.put(&name, &sidecar).map_err(|cause| StoreError::Storage { name, cause })
}

/// The Parquet file, when it is the one that the catalogue names.
pub(crate) fn read_parquet(entry: &CatalogueEntry, storage: &dyn SegmentStorage) -> Result<Bytes, StoreError> {
    let file = open_file(storage, &entry.parquet_name())?;
    let len = entry.summary.parquet_bytes;
    let content = if file.byte_len()? == len { file.read(0, len as usize)? } else { Bytes::new() };
    if crc32c::crc32c(&content) != entry.summary.parquet_crc32c {
        return Err(file.damaged(0, "it is not the file that the catalogue names").into());
    }
    Ok(content)
}
