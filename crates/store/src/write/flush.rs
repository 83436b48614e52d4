//! The threads that turn sealed parts into segments. The order of their steps is explained in the module above.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use time::OffsetDateTime;

use super::catalogue::{CatalogueEntry, Change};
use super::error::StoreError;
use super::priority::give_way;
use super::store::{Shared, record_position};
use crate::limits::{BUILT_AHEAD, MAX_SEGMENT_ROWS, RETRY_PAUSE_MS, ZSTD_LEVEL};
use crate::memory::MemoryPart;
use crate::segment::{BuiltSegment, SourceRow, ValuesOf, build_segment_of};
use crate::stream::Stream;

/// Rows of a UTC day share a folder.
pub(crate) const SECONDS_OF_A_DAY: i64 = 86_400;

/// Writes parts until the store is closed.
pub(crate) fn run(shared: &Shared) {
    give_way();
    while let Some(part) = shared.next_sealed() {
        if !write_at_last(shared, &part) {
            return;
        }
        shared.note_flushed();
        shared.maintenance.wake();
    }
}

/// What fails is done again from its first step: every step may be repeated. False when the store is closing.
fn write_at_last(shared: &Shared, part: &Arc<MemoryPart>) -> bool {
    let (first_pause_ms, longest_pause_ms) = RETRY_PAUSE_MS;
    let mut pause_ms = first_pause_ms;
    while let Err(error) = flush(shared, part) {
        if matches!(error, StoreError::Closed) {
            return false;
        }
        tracing::error!(%error, retry_in_ms = pause_ms, "a memory part could not be written as segments");
        if !shared.pause_after(&error, Duration::from_millis(pause_ms)) {
            return false;
        }
        pause_ms = (pause_ms * 2).min(longest_pause_ms);
    }
    true
}

fn flush(shared: &Shared, part: &Arc<MemoryPart>) -> Result<(), StoreError> {
    let (segments, covered) = write_part(shared, part)?;
    shared.wait_for_turn(part)?;
    let change = Change { add: segments, remove: Vec::new(), covered };
    shared.catalogue.commit(&change).map_err(StoreError::Catalogue)?;
    tracing::info!(segments = change.add.len(), streams = change.covered.len(), "a memory part became segments");
    shared.replace(part, change.add)?;
    for (stream, position) in change.covered {
        // Readers are served already; what is not released now is released after the next part or start.
        let position = record_position(&shared.schemas, &stream, position);
        if let Err(problem) = (shared.release)(&stream, position) {
            tracing::warn!(stream, position, problem, "the journal keeps records that segments hold");
        }
    }
    Ok(())
}

/// A segment whose files are to be put.
struct Built {
    entry: CatalogueEntry,
    parquet: Vec<u8>,
    sidecar: Vec<u8>,
}

/// Segments of all streams, and the last position of each. A segment is built while the one before is being put: who waits
/// for a disk or a network uses no core.
fn write_part(shared: &Shared, part: &MemoryPart) -> Result<(Vec<CatalogueEntry>, BTreeMap<String, u64>), StoreError> {
    std::thread::scope(|scope| {
        let (built, to_put) = sync_channel(BUILT_AHEAD);
        let putting = scope.spawn(move || put_each(shared, to_put));
        let covered = build_each(shared, part, built);
        let segments = putting.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        Ok((segments, covered?))
    })
}

/// Ends early when nobody takes what was built: then putting has failed, and says why.
fn build_each(
    shared: &Shared,
    part: &MemoryPart,
    built: SyncSender<Built>,
) -> Result<BTreeMap<String, u64>, StoreError> {
    let mut covered = BTreeMap::new();
    for name in part.stream_names() {
        let Some(stream) = part.stream(&name) else {
            continue;
        };
        // Held for long, but nobody inserts into a sealed part any more.
        let stream = stream.read();
        build_stream(shared, &name, &stream, &built)?;
        covered.insert(name.to_string(), stream.last_position());
    }
    Ok(covered)
}

/// One segment for each day, or several for a day that is too large for one.
fn build_stream(shared: &Shared, name: &str, stream: &Stream, built: &SyncSender<Built>) -> Result<(), StoreError> {
    let schema = shared.schemas.of(name).ok_or_else(|| StoreError::UnknownStream(name.to_owned()))?;
    let numbers = stream.numbers_in_order();
    let day = |number: &u32| stream.cursor(*number).time_s.div_euclid(SECONDS_OF_A_DAY);
    for numbers in numbers.chunk_by(|left, right| day(left) == day(right)).flat_map(|day| day.chunks(MAX_SEGMENT_ROWS))
    {
        let rows: Vec<SourceRow> = numbers.iter().map(|number| stream.source_row(*number)).collect();
        let segment = segment_name(name, &rows);
        let BuiltSegment { parquet, sidecar, summary, .. } = {
            let _making = shared.making.read();
            build_segment_of(&segment, name, &rows, &**schema, ValuesOf::Kept(stream.values(), numbers), ZSTD_LEVEL)?
        };
        let (sidecar_bytes, zstd_level) = (sidecar.len() as u64, ZSTD_LEVEL);
        let entry = CatalogueEntry { name: segment, stream: name.to_owned(), summary, sidecar_bytes, zstd_level };
        if built.send(Built { entry, parquet, sidecar }).is_err() {
            break;
        }
    }
    Ok(())
}

fn put_each(shared: &Shared, built: Receiver<Built>) -> Result<Vec<CatalogueEntry>, StoreError> {
    let mut entries = Vec::new();
    for Built { entry, parquet, sidecar } in built {
        shared.put(&entry.parquet_name(), &parquet)?;
        shared.put(&entry.sidecar_name(), &sidecar)?;
        entries.push(entry);
    }
    Ok(entries)
}

/// Folders as query engines understand them, then the positions. No two segments of a catalogue have the same lowest
/// position in a stream, so names are unique; writing the same rows again gives the same name.
pub(crate) fn segment_name(stream: &str, rows: &[SourceRow]) -> String {
    let positions = || rows.iter().map(|row| row.cursor.position);
    let (lowest, highest) = (positions().min().unwrap_or_default(), positions().max().unwrap_or_default());
    let time_s = rows.first().map_or(0, |row| row.cursor.time_s);
    let day =
        OffsetDateTime::from_unix_timestamp(time_s).map_or_else(|_| "other".to_owned(), |at| at.date().to_string());
    format!("stream={}/day={day}/{lowest:020}-{highest:020}", stream.replace('/', "%2F"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Cursor;
    use bytes::Bytes;

    #[test]
    fn names_are_folders_that_query_engines_understand() {
        let row = |time_s, position| SourceRow { cursor: Cursor { time_s, position }, bytes: Bytes::new() };
        let name = segment_name("events/1059804828509", &[row(1_772_352_000, 9), row(1_772_352_001, 3)]);
        assert_eq!(name, "stream=events%2F1059804828509/day=2026-03-01/00000000000000000003-00000000000000000009");
        assert!(segment_name("a", &[row(i64::MAX / 1000, 1)]).starts_with("stream=a/day=other/"));
    }
}
