//! Reading the Parquet file as far as a rebuild needs it: times, positions, rows, and where the pages of rows are.

use bytes::Bytes;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, ByteArrayType, DataType};
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::reader::{FileReader, SerializedFileReader};
use zstd::bulk::Decompressor;

use crate::limits::{GRANULE_ROWS, MAX_RAW_PAGE_BYTES, MAX_SEGMENT_ROWS};
use crate::query::Cursor;
use crate::schema::Layout;

use super::build::SourceRow;
use super::bytes_at::take_varint;
use super::error::SegmentError;
use super::pages::PageEntry;
use super::parquet_write::{CONTENT_KEY, VERSION_KEY, content_crc32c};

/// Longest page header that is looked at; ours have some 30 bytes.
const MAX_PAGE_HEADER_BYTES: usize = 256;

fn damaged(name: &str, what: impl Into<String>) -> SegmentError {
    SegmentError::Damaged { file: name.to_owned(), offset: 0, what: what.into() }
}

/// Where the pages of rows are, one for each granule. Each is decoded as a lookup would do it and compared with the rows,
/// so that no index ever points at bytes that give anything else.
pub(crate) fn raw_pages(
    name: &str,
    file: &Bytes,
    layout: &Layout,
    rows: &[SourceRow],
) -> Result<Vec<PageEntry>, SegmentError> {
    let failed = |source| SegmentError::Parquet { file: name.to_owned(), source };
    let metadata = ParquetMetaDataReader::new()
        .with_offset_index_policy(PageIndexPolicy::Required)
        .parse_and_finish(file)
        .map_err(failed)?;
    let column =
        column_index(&metadata, &layout.raw_column).ok_or_else(|| damaged(name, "it has no column of rows"))?;
    let locations = metadata
        .offset_index()
        .and_then(|groups| groups.first()?.get(column))
        .map(|index| index.page_locations())
        .ok_or_else(|| damaged(name, "it has no index of its pages"))?;
    let is_by_granule = locations.iter().zip(0..).all(|(page, n)| page.first_row_index == n * GRANULE_ROWS as i64);
    if locations.len() != rows.len().div_ceil(GRANULE_ROWS) || !is_by_granule {
        return Err(damaged(name, "its pages of rows do not have 256 rows"));
    }
    let pages = locations.iter().map(|page| page_entry(file, page.offset, page.compressed_page_size));
    let pages: Vec<PageEntry> =
        pages.collect::<Option<_>>().ok_or_else(|| damaged(name, "the header of a page of rows cannot be read"))?;
    let mut unpacker = Unpacker::new().map_err(|source| failed(source.into()))?;
    match pages.iter().zip(rows.chunks(GRANULE_ROWS)).find(|(page, rows)| !unpacker.gives(file, page, rows)) {
        Some((page, _)) => Err(SegmentError::Damaged {
            file: name.to_owned(),
            offset: page.offset,
            what: "a page of rows does not give the rows".to_owned(),
        }),
        None => Ok(pages),
    }
}

/// What unpacking many pages needs.
struct Unpacker {
    decompressor: Decompressor<'static>,
    plain: Vec<u8>,
}

impl Unpacker {
    fn new() -> std::io::Result<Unpacker> {
        Ok(Unpacker { decompressor: Decompressor::new()?, plain: Vec::new() })
    }

    /// Whether a page gives these rows.
    fn gives(&mut self, file: &Bytes, entry: &PageEntry, rows: &[SourceRow]) -> bool {
        let (start, plain_bytes) = (entry.offset as usize, entry.plain_bytes as usize);
        let compressed = &file[start..start + entry.compressed_bytes as usize];
        if plain_bytes > MAX_RAW_PAGE_BYTES {
            return false;
        }
        self.plain.clear();
        self.plain.reserve(plain_bytes);
        if self.decompressor.decompress_to_buffer(compressed, &mut self.plain).ok() != Some(plain_bytes) {
            return false;
        }
        let mut rest = &self.plain[..];
        let all = rows.iter().all(|row| {
            let len = (row.bytes.len() as u32).to_le_bytes();
            let after = rest.strip_prefix(&len).and_then(|rest| rest.strip_prefix(&row.bytes[..]));
            after.map(|after| rest = after).is_some()
        });
        all && rest.is_empty()
    }
}

/// Looks behind the header of a data page.
fn page_entry(file: &Bytes, offset: i64, len: i32) -> Option<PageEntry> {
    let (offset, len) = (usize::try_from(offset).ok()?, usize::try_from(len).ok()?);
    let page = file.get(offset..offset.checked_add(len)?)?;
    let (plain_bytes, compressed_bytes) = page_sizes(&page[..len.min(MAX_PAGE_HEADER_BYTES)])?;
    let start = len.checked_sub(compressed_bytes)?;
    Some(PageEntry {
        offset: (offset + start) as u64,
        compressed_bytes: compressed_bytes as u32,
        plain_bytes: u32::try_from(plain_bytes).ok()?,
        crc32c: crc32c::crc32c(&page[start..]),
    })
}

/// The first three fields of a page header, in Thrift's compact form: type (0, a data page), length before compression,
/// length after it. Each is a byte that says "next field, 32-bit number" and a zigzag varint.
fn page_sizes(mut header: &[u8]) -> Option<(usize, usize)> {
    const NEXT_NUMBER: u8 = 0x15;
    let mut field = || {
        let (mark, rest) = header.split_first().filter(|(mark, _)| **mark == NEXT_NUMBER)?;
        let _ = mark;
        header = rest;
        let zigzag = take_varint(&mut header)?;
        (zigzag & 1 == 0).then_some((zigzag >> 1) as usize)
    };
    let page_type = field()?;
    let sizes = (field()?, field()?);
    (page_type == 0 && sizes.0 <= MAX_RAW_PAGE_BYTES).then_some(sizes)
}

pub(crate) fn column_index(metadata: &ParquetMetaData, name: &str) -> Option<usize> {
    let schema = metadata.file_metadata().schema_descr();
    schema.columns().iter().position(|column| column.path().string() == name)
}

/// All rows of a file, proven by the checksum of their content.
pub(crate) fn read_rows(name: &str, file: &Bytes, layout: &Layout) -> Result<Vec<SourceRow>, SegmentError> {
    let failed = |source| SegmentError::Parquet { file: name.to_owned(), source };
    let reader = SerializedFileReader::new(file.clone()).map_err(failed)?;
    let metadata = reader.metadata();
    check_version(name, metadata)?;
    let row_count = metadata.file_metadata().num_rows();
    let count = usize::try_from(row_count).ok().filter(|count| (1..=MAX_SEGMENT_ROWS).contains(count));
    let count = count.filter(|_| metadata.num_row_groups() == 1);
    let count = count.ok_or_else(|| damaged(name, format!("it has {row_count} rows or not one row group")))?;
    let group = reader.get_row_group(0).map_err(failed)?;
    let column = |column: &str| {
        let index =
            column_index(metadata, column).ok_or_else(|| damaged(name, format!("it has no column {column}")))?;
        group.get_column_reader(index).map_err(failed)
    };
    let wrong_type = || damaged(name, "a column has another type");
    let ColumnReader::Int64ColumnReader(times) = column(&layout.time_column)? else { return Err(wrong_type()) };
    let ColumnReader::Int64ColumnReader(positions) = column(&layout.position_column)? else { return Err(wrong_type()) };
    let ColumnReader::ByteArrayColumnReader(raw) = column(&layout.raw_column)? else { return Err(wrong_type()) };
    let times = read_column(times, count).map_err(failed)?;
    let positions = read_column(positions, count).map_err(failed)?;
    let raw = read_raw(raw, count).map_err(failed)?;
    if [times.len(), positions.len(), raw.len()] != [count; 3] {
        return Err(damaged(name, "its columns have different lengths"));
    }
    let rows: Vec<SourceRow> = times.iter().zip(&positions).zip(raw).map(source_row).collect();
    check_content(name, metadata, &rows)?;
    Ok(rows)
}

fn source_row(((time_ms, position), bytes): ((&i64, &i64), Bytes)) -> SourceRow {
    SourceRow { cursor: Cursor { time_s: time_ms.div_euclid(1000), position: *position as u64 }, bytes }
}

/// The bytes of the rows. Each is copied out of its page, so that only a few pages are in memory beside the rows.
fn read_raw(mut reader: ColumnReaderImpl<ByteArrayType>, count: usize) -> parquet::errors::Result<Vec<Bytes>> {
    let mut rows = Vec::with_capacity(count);
    let mut few: Vec<ByteArray> = Vec::new();
    while rows.len() < count {
        few.clear();
        if reader.read_records(GRANULE_ROWS.min(count - rows.len()), None, None, &mut few)?.0 == 0 {
            break;
        }
        rows.extend(few.iter().map(|row| Bytes::copy_from_slice(row.data())));
    }
    Ok(rows)
}

fn read_column<T: DataType>(mut reader: ColumnReaderImpl<T>, count: usize) -> parquet::errors::Result<Vec<T::T>> {
    let mut values = Vec::new();
    while values.len() < count {
        if reader.read_records(count - values.len(), None, None, &mut values)?.0 == 0 {
            break;
        }
    }
    Ok(values)
}

fn value<'a>(metadata: &'a ParquetMetaData, key: &str) -> Option<&'a str> {
    let all = metadata.file_metadata().key_value_metadata()?;
    all.iter().find(|pair| pair.key == key)?.value.as_deref()
}

fn check_version(name: &str, metadata: &ParquetMetaData) -> Result<(), SegmentError> {
    let version =
        value(metadata, VERSION_KEY).ok_or_else(|| damaged(name, "it is not a segment: it names no version"))?;
    match version {
        "1" => Ok(()),
        other => match other.parse() {
            Ok(version) => Err(SegmentError::UnknownVersion { file: name.to_owned(), version }),
            Err(_) => Err(damaged(name, "it names no version that can be read")),
        },
    }
}

fn check_content(name: &str, metadata: &ParquetMetaData, rows: &[SourceRow]) -> Result<(), SegmentError> {
    let expected = value(metadata, CONTENT_KEY).and_then(|text| u32::from_str_radix(text, 16).ok());
    if expected == Some(content_crc32c(rows)) {
        return Ok(());
    }
    Err(damaged(name, "its rows do not fit their checksum"))
}
