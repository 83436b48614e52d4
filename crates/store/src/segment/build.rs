//! Making a segment out of rows.

use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::limits::{MAX_SEGMENT_ROW_BYTES, MAX_SEGMENT_ROWS, ZSTD_LEVEL};
use crate::query::Cursor;
use crate::schema::{Layout, Schema};

use super::columns::SortedColumn;
use super::contents::{Contents, ValuesOf};
use super::dictionary::write_values;
use super::error::SegmentError;
use super::hash::{scope_hash, value_hash};
use super::packed::{pack, time_to_number};
use super::pages::PageEntry;
use super::parquet_write::write_parquet;
use super::row_words::RowWords;
use super::sidecar::{SectionKind, Version};
use super::sidecar_write::SidecarWriter;
use super::term_index::{EncodedTerms, TermIndex};
use super::values_by_word::ValuesByWord;

/// A row that goes into a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRow {
    /// Its place in the stream.
    pub cursor: Cursor,
    /// Its exact bytes.
    pub bytes: Bytes,
}

/// What a segment holds, for a catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SegmentSummary {
    /// Number of rows.
    pub rows: usize,
    /// Earliest time, seconds.
    pub first_time_s: i64,
    /// Latest time, seconds.
    pub last_time_s: i64,
    /// Lowest position.
    pub lowest_position: u64,
    /// Highest position.
    pub highest_position: u64,
    /// Bytes of the rows.
    pub raw_bytes: u64,
    /// Length of the Parquet file.
    pub parquet_bytes: u64,
    /// CRC32C of the Parquet file.
    pub parquet_crc32c: u32,
}

/// The two files of a segment.
pub struct BuiltSegment {
    /// Content of the Parquet file.
    pub parquet: Vec<u8>,
    /// Content of the sidecar.
    pub sidecar: Vec<u8>,
    /// What they hold.
    pub summary: SegmentSummary,
    /// What the steps took.
    pub times: BuildTimes,
}

/// How long the steps of building a segment took.
#[derive(Debug, Clone, Copy, Default)]
pub struct BuildTimes {
    /// Reading the values of all rows.
    pub values: Duration,
    /// Writing the Parquet file, compression included.
    pub parquet: Duration,
    /// Cutting all rows into words and sorting them.
    pub index: Duration,
}

impl BuildTimes {
    /// The steps with their names.
    pub fn steps(&self) -> [(&'static str, Duration); 3] {
        [("values", self.values), ("Parquet", self.parquet), ("index", self.index)]
    }
}

/// Builds a segment of a stream. The rows must be in the order of their cursors, at least one and at most
/// [`MAX_SEGMENT_ROWS`]. `name` is for errors. Takes two cores: the index and the Parquet file need nothing of each other
/// until both are there.
pub fn build_segment(
    name: &str,
    stream: &str,
    rows: &[SourceRow],
    schema: &dyn Schema,
) -> Result<BuiltSegment, SegmentError> {
    build_segment_of(name, stream, rows, schema, ValuesOf::Schema, ZSTD_LEVEL)
}

/// The same with values that may be known, and another level of compression in the Parquet file.
pub(crate) fn build_segment_of(
    name: &str,
    stream: &str,
    rows: &[SourceRow],
    schema: &dyn Schema,
    values: ValuesOf<'_>,
    zstd_level: i32,
) -> Result<BuiltSegment, SegmentError> {
    check_rows(name, rows)?;
    let layout = schema.layout();
    let (contents, values_took) = timed(|| Contents::read(name, rows, schema, values));
    let contents = contents?;
    let (parquet, index) = std::thread::scope(|scope| {
        let index = scope.spawn(|| timed(|| index_terms(name, rows, layout, &contents, Version::LATEST)));
        let parquet = timed(|| write_parquet(name, stream, rows, layout, &contents, zstd_level));
        (parquet, index.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let times = BuildTimes { values: values_took, parquet: parquet.1, index: index.1 };
    let ((parquet, pages), terms) = (parquet.0?, index.0?);
    let summary = summarize(rows, parquet.len() as u64, crc32c::crc32c(&parquet));
    let sidecar = write_sidecar(rows, layout, &contents, &terms, &pages, &summary, Version::LATEST);
    Ok(BuiltSegment { parquet, sidecar, summary, times })
}

fn timed<T>(step: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    (step(), began.elapsed())
}

pub(crate) fn check_rows(name: &str, rows: &[SourceRow]) -> Result<(), SegmentError> {
    let unwritable = |problem: String| Err(SegmentError::Unwritable { file: name.to_owned(), problem });
    if rows.is_empty() || rows.len() > MAX_SEGMENT_ROWS {
        return unwritable(format!("a segment has 1 to {MAX_SEGMENT_ROWS} rows, not {}", rows.len()));
    }
    if rows.windows(2).any(|pair| pair[0].cursor >= pair[1].cursor) {
        return unwritable("the rows of a segment must be in order and have positions of their own".to_owned());
    }
    rows.iter().try_for_each(|row| check_row(name, row.cursor, row.bytes.len()))
}

/// Whether a row can be written at all: times are written as milliseconds, positions as signed numbers, because that is
/// what other programs read. `name` is for the error.
pub(crate) fn check_row(name: &str, cursor: Cursor, len: usize) -> Result<(), SegmentError> {
    let problem = if len > MAX_SEGMENT_ROW_BYTES {
        format!("the row at position {} has more than {MAX_SEGMENT_ROW_BYTES} bytes", cursor.position)
    } else if cursor.time_s.checked_mul(1000).is_none() || i64::try_from(cursor.position).is_err() {
        format!("the row at position {} has a time or position that Parquet cannot hold", cursor.position)
    } else {
        return Ok(());
    };
    Err(SegmentError::Unwritable { file: name.to_owned(), problem })
}

pub(crate) fn summarize(rows: &[SourceRow], parquet_bytes: u64, parquet_crc32c: u32) -> SegmentSummary {
    let positions = || rows.iter().map(|row| row.cursor.position);
    SegmentSummary {
        rows: rows.len(),
        first_time_s: rows.first().map_or(0, |row| row.cursor.time_s),
        last_time_s: rows.last().map_or(0, |row| row.cursor.time_s),
        lowest_position: positions().min().unwrap_or_default(),
        highest_position: positions().max().unwrap_or_default(),
        raw_bytes: rows.iter().map(|row| row.bytes.len() as u64).sum(),
        parquet_bytes,
        parquet_crc32c,
    }
}

/// The index over the words and values of all rows.
pub(crate) fn index_terms(
    name: &str,
    rows: &[SourceRow],
    layout: &Layout,
    contents: &Contents<'_>,
    version: Version,
) -> Result<EncodedTerms, SegmentError> {
    let (index, by_word) = add_terms(rows, layout, contents, version);
    let encoded = index.encode(rows.len(), version).map(|encoded| EncodedTerms { by_word, ..encoded });
    encoded.ok_or_else(|| SegmentError::Unwritable {
        file: name.to_owned(),
        problem: "the index is larger than 4 GiB; write fewer rows".to_owned(),
    })
}

pub(crate) fn write_sidecar(
    rows: &[SourceRow],
    layout: &Layout,
    contents: &Contents<'_>,
    terms: &EncodedTerms,
    pages: &[PageEntry],
    summary: &SegmentSummary,
    version: Version,
) -> Vec<u8> {
    let mut writer = SidecarWriter::default();
    let pages: Vec<u8> = pages.iter().flat_map(|page| page.to_bytes()).collect();
    writer.section(SectionKind::Pages, 0, &pages);
    writer.section(SectionKind::TermDirectory, 0, &terms.directory);
    writer.section(SectionKind::Terms, 0, &terms.terms);
    writer.section(SectionKind::Postings, 0, &terms.postings);
    let times: Vec<u64> = rows.iter().map(|row| time_to_number(row.cursor.time_s)).collect();
    writer.section(SectionKind::Time, 0, &pack(&times, version));
    let positions: Vec<u64> = rows.iter().map(|row| row.cursor.position).collect();
    writer.section(SectionKind::Position, 0, &pack(&positions, version));
    if contents.scopes.is_packable(version) {
        let kinds = [SectionKind::Scope, SectionKind::ScopeValues];
        write_codes(&mut writer, kinds, 0, &contents.scopes, version);
    }
    for (field, column) in layout.fields.iter().zip(&contents.fields) {
        if !field.many && column.is_packable(version) {
            let kinds = [SectionKind::Field, SectionKind::FieldValues];
            write_codes(&mut writer, kinds, field.id.0, column, version);
        }
    }
    terms.by_word.iter().for_each(|field| writer.section(SectionKind::FieldByWord, *field, &[]));
    writer.finish(summary, layout, terms.shape, version)
}

fn write_codes(
    writer: &mut SidecarWriter,
    [codes, values]: [SectionKind; 2],
    field: u8,
    column: &SortedColumn<'_>,
    version: Version,
) {
    writer.section(codes, field, &pack(&column.codes(), version));
    writer.section(values, field, &write_values(column.values.iter().map(AsRef::as_ref)));
}

/// The index, and the fields whose values are in it as words only.
fn add_terms(rows: &[SourceRow], layout: &Layout, contents: &Contents<'_>, version: Version) -> (TermIndex, Vec<u8>) {
    let mut index = TermIndex::default();
    let cutter = layout.words.cutter();
    let mut by_word = ValuesByWord::new(&cutter, layout, contents, version);
    let mut words = RowWords::new(&mut index, &mut by_word);
    for (number, row) in rows.iter().enumerate() {
        words.begin_row(number);
        cutter.cut_row(&row.bytes, &mut words);
        words.end_row();
    }
    let by_word = by_word.fields();
    index_values(&mut index, &contents.scopes, !contents.scopes.is_packable(version), scope_hash);
    for (field, column) in layout.fields.iter().zip(&contents.fields) {
        if by_word.contains(&field.id.0) {
            continue;
        }
        let is_precise = field.many || !column.is_packable(version);
        index_values(&mut index, column, is_precise, |value| value_hash(field.id, value));
    }
    (index, by_word)
}

fn index_values(index: &mut TermIndex, column: &SortedColumn<'_>, is_precise: bool, hash: impl Fn(&str) -> u32) {
    let hashes: Vec<u32> = column.values.iter().map(|value| hash(value)).collect();
    if is_precise {
        hashes.iter().for_each(|hash| index.mark_precise(*hash));
    }
    for (number, values) in column.rows().enumerate() {
        for value in values {
            index.add(hashes[*value as usize], number);
        }
    }
}
