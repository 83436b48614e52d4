//! One segment in the place of others with the same rows.

use std::io;
use std::sync::Arc;

use bytes::Bytes;

use super::catalogue::CatalogueEntry;
use super::error::StoreError;
use super::flush::segment_name;
use super::store::Shared;
use super::verify::read_parquet;
use super::view::SegmentHandle;
use crate::segment::{SegmentError, SegmentSummary, SourceRow, ValuesOf, build_segment_of, read_rows};

/// Replaces segments of one stream and day by one. What cannot be read or written as a segment is set aside until the next
/// start and gives nothing: it stays as it is. All rows are in memory meanwhile.
pub(crate) fn rewrite(
    shared: &Shared,
    inputs: Vec<Arc<SegmentHandle>>,
    zstd_level: i32,
) -> Result<Option<CatalogueEntry>, StoreError> {
    let [first, ..] = &inputs[..] else {
        return Ok(None);
    };
    let stream = first.entry.stream.clone();
    let Some(contents) = read_all(shared, &inputs)? else {
        return Ok(None);
    };
    let making = shared.making.write();
    let Some(rows) = rows(shared, &inputs, contents)? else {
        return Ok(None);
    };
    let name = name(&stream, &rows, &inputs);
    let built = match build_segment_of(&name, &stream, &rows, first.schema(), ValuesOf::Schema, zstd_level) {
        Ok(built) => built,
        Err(error) => {
            set_aside(shared, &inputs, &error.into());
            return Ok(None);
        }
    };
    drop((rows, making));
    if !has_same_rows(&built.summary, &inputs) {
        let problem = "it would not have the rows of those that it replaces".to_owned();
        set_aside(shared, &inputs, &SegmentError::Unwritable { file: name, problem }.into());
        return Ok(None);
    }
    if shared.maintenance.is_closing() {
        return Err(StoreError::Closed);
    }
    let sidecar_bytes = built.sidecar.len() as u64;
    let entry = CatalogueEntry { name, stream, summary: built.summary, sidecar_bytes, zstd_level };
    let written = shared
        .put(&entry.parquet_name(), &built.parquet)
        .and_then(|()| shared.put(&entry.sidecar_name(), &built.sidecar));
    if let Err(error) = written {
        // The next attempt may have another name. What cannot be removed now is reported by a check.
        if let Err(error) = shared.remove_files(&entry.name) {
            tracing::warn!(%error, "an unfinished segment could not be removed");
        }
        return Err(error);
    }
    let names = inputs.iter().map(|input| input.entry.name.clone()).collect();
    // This thread is a reader, too: its own handles go before the files do.
    drop(inputs);
    shared.swap(&entry.stream, names, vec![entry.clone()])?;
    Ok(Some(entry))
}

/// The Parquet files of all; nothing when one of them cannot be read.
fn read_all(shared: &Shared, inputs: &[Arc<SegmentHandle>]) -> Result<Option<Vec<Bytes>>, StoreError> {
    each(shared, inputs, |input, _| read_parquet(&input.entry, &*shared.storage))
}

/// The rows of all, in order; nothing when one of them cannot be read.
fn rows(
    shared: &Shared,
    inputs: &[Arc<SegmentHandle>],
    contents: Vec<Bytes>,
) -> Result<Option<Vec<SourceRow>>, StoreError> {
    let mut rows = Vec::with_capacity(inputs.iter().map(|input| input.entry.summary.rows).sum());
    let decoded = each(shared, inputs, |input, number| {
        let name = input.entry.parquet_name();
        rows.extend(read_rows(&name, &contents[number], input.schema().layout())?);
        Ok(())
    });
    // Segments are in order, so this joins runs.
    rows.sort_by_key(|row| row.cursor);
    Ok(decoded?.map(|_| rows))
}

/// Does something with each; nothing when it will never succeed with one of them, which is set aside.
fn each<T>(
    shared: &Shared,
    inputs: &[Arc<SegmentHandle>],
    mut step: impl FnMut(&SegmentHandle, usize) -> Result<T, StoreError>,
) -> Result<Option<Vec<T>>, StoreError> {
    let mut done = Vec::with_capacity(inputs.len());
    for (number, input) in inputs.iter().enumerate() {
        if shared.maintenance.is_closing() {
            return Err(StoreError::Closed);
        }
        match step(input, number) {
            Ok(result) => done.push(result),
            Err(error) if is_lasting(&error) => {
                set_aside(shared, std::slice::from_ref(input), &error);
                return Ok(None);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Some(done))
}

/// Whether another attempt would find the same.
pub(super) fn is_lasting(error: &StoreError) -> bool {
    match error {
        StoreError::Storage { cause, .. } => cause.kind() == io::ErrorKind::NotFound,
        StoreError::Segment(error) => !matches!(error, SegmentError::Io { .. }),
        _ => false,
    }
}

fn set_aside(shared: &Shared, inputs: &[Arc<SegmentHandle>], error: &StoreError) {
    let names = inputs.iter().map(|input| input.entry.name.clone()).collect::<Vec<_>>();
    tracing::error!(%error, segments = names.join(", "), "segments stay as they are; run `cairn store check`");
    shared.maintenance.set_aside(names);
}

/// Positions, and how many times the rows have been written again. The row of the lowest position has been in each segment
/// that ever had that position as its lowest, with a lower number of times; so no two have the same name.
fn name(stream: &str, rows: &[SourceRow], inputs: &[Arc<SegmentHandle>]) -> String {
    let times = inputs.iter().map(|input| times_rewritten(&input.entry.name)).max().unwrap_or_default() + 1;
    format!("{}.{times}", segment_name(stream, rows))
}

fn times_rewritten(name: &str) -> u32 {
    let file = name.rsplit('/').next().unwrap_or_default();
    file.split_once('.').and_then(|(_, times)| times.parse().ok()).unwrap_or_default()
}

/// A last look before anything is replaced.
fn has_same_rows(new: &SegmentSummary, inputs: &[Arc<SegmentHandle>]) -> bool {
    let old = || inputs.iter().map(|input| &input.entry.summary);
    let rows: usize = old().map(|summary| summary.rows).sum();
    let raw_bytes: u64 = old().map(|summary| summary.raw_bytes).sum();
    let times = (old().map(|summary| summary.first_time_s).min(), old().map(|summary| summary.last_time_s).max());
    let positions =
        (old().map(|summary| summary.lowest_position).min(), old().map(|summary| summary.highest_position).max());
    (new.rows, new.raw_bytes) == (rows, raw_bytes)
        && (Some(new.first_time_s), Some(new.last_time_s)) == times
        && (Some(new.lowest_position), Some(new.highest_position)) == positions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_count_how_often_rows_were_written() {
        assert_eq!(times_rewritten("stream=a.b/day=2026-03-01/00000000000000000003-00000000000000000009"), 0);
        assert_eq!(times_rewritten("stream=a.b/day=2026-03-01/00000000000000000003-00000000000000000009.12"), 12);
    }
}
