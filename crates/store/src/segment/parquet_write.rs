//! Writing the Parquet file. Columns and encodings: see the module above.

use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{
    Compression, ConvertedType, Encoding, LogicalType, Repetition, TimeUnit, Type as PhysicalType, ZstdLevel,
};
use parquet::column::writer::{ColumnWriter, get_column_writer};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedPageWriter, SerializedRowGroupWriter, TrackedWrite};
use parquet::schema::types::{ColumnDescPtr, ColumnPath, Type, TypePtr};

use crate::limits::{GRANULE_ROWS, PARQUET_BATCH_ROWS};
use crate::schema::{Field, Layout};

use super::build::SourceRow;
use super::columns::SortedColumn;
use super::contents::Contents;
use super::error::SegmentError;
use super::pages::PageEntry;
use super::parquet_read::raw_pages;

/// Keys of the metadata in the file.
pub(crate) const VERSION_KEY: &str = "segment.version";
pub(crate) const STREAM_KEY: &str = "segment.stream";
pub(crate) const SCHEMA_KEY: &str = "segment.schema";
pub(crate) const CONTENT_KEY: &str = "segment.content_crc32c";

/// The content of the file, and where its pages of rows are.
pub(crate) fn write_parquet(
    name: &str,
    stream: &str,
    rows: &[SourceRow],
    layout: &Layout,
    contents: &Contents<'_>,
    zstd_level: i32,
) -> std::result::Result<(Vec<u8>, Vec<PageEntry>), SegmentError> {
    let failed = |source| SegmentError::Parquet { file: name.to_owned(), source };
    let parquet = write(stream, rows, layout, contents, zstd_level).map_err(failed)?;
    let bytes = Bytes::from(parquet);
    let pages = raw_pages(name, &bytes, layout, rows)?;
    // The only other owner was the reader of the pages, so this takes the vector back without a copy.
    Ok((bytes.into(), pages))
}

fn write(
    stream: &str,
    rows: &[SourceRow],
    layout: &Layout,
    contents: &Contents<'_>,
    zstd_level: i32,
) -> Result<Vec<u8>> {
    let is_text = rows.iter().all(|row| simdutf8::basic::from_utf8(&row.bytes).is_ok());
    let schema = schema(layout, is_text)?;
    let properties = Arc::new(properties(stream, rows, layout, contents, zstd_level)?);
    let mut writer = SerializedFileWriter::new(room(rows), schema, properties)?;
    let raw = writer.schema_descr().columns().last().cloned();
    let mut group = writer.next_row_group()?;
    write_numbers(&mut group, rows.iter().map(|row| row.cursor.time_s.saturating_mul(1000)))?;
    write_numbers(&mut group, rows.iter().map(|row| row.cursor.position as i64))?;
    write_values(&mut group, &contents.scopes, Levels::Required)?;
    for (field, column) in layout.fields.iter().zip(&contents.fields) {
        write_values(&mut group, column, if field.many { Levels::Repeated } else { Levels::Optional })?;
    }
    append_raw(&mut group, raw.ok_or_else(|| ParquetError::General("no column".to_owned()))?, rows, zstd_level)?;
    group.close()?;
    writer.into_inner()
}

/// Room for what the rows become, so that it does not move while it grows: a sixth is usual.
fn room(rows: &[SourceRow]) -> Vec<u8> {
    Vec::with_capacity(rows.iter().map(|row| row.bytes.len()).sum::<usize>() / 5)
}

/// The columns, in the order in which they are written.
fn schema(layout: &Layout, is_text: bool) -> Result<TypePtr> {
    let mut columns = vec![time_type(&layout.time_column)?, plain(&layout.position_column, PhysicalType::INT64)?];
    columns.push(text(&layout.scope_column, Repetition::REQUIRED)?);
    for field in &layout.fields {
        columns.push(if field.many { list(field)? } else { text(&field.column, Repetition::OPTIONAL)? });
    }
    columns.push(if is_text {
        text(&layout.raw_column, Repetition::REQUIRED)?
    } else {
        plain(&layout.raw_column, PhysicalType::BYTE_ARRAY)?
    });
    Ok(Arc::new(Type::group_type_builder("schema").with_fields(columns).build()?))
}

fn plain(name: &str, physical: PhysicalType) -> Result<TypePtr> {
    Ok(Arc::new(Type::primitive_type_builder(name, physical).with_repetition(Repetition::REQUIRED).build()?))
}

fn time_type(name: &str) -> Result<TypePtr> {
    let time = LogicalType::timestamp(true, TimeUnit::MILLIS);
    let builder = Type::primitive_type_builder(name, PhysicalType::INT64).with_repetition(Repetition::REQUIRED);
    Ok(Arc::new(builder.with_logical_type(Some(time)).build()?))
}

fn text(name: &str, repetition: Repetition) -> Result<TypePtr> {
    let builder = Type::primitive_type_builder(name, PhysicalType::BYTE_ARRAY).with_repetition(repetition);
    Ok(Arc::new(builder.with_logical_type(Some(LogicalType::String)).with_converted_type(ConvertedType::UTF8).build()?))
}

/// A list as the format's own rules draw it: a group of that kind, a repeated group, the element.
fn list(field: &Field) -> Result<TypePtr> {
    let elements = Type::group_type_builder("list")
        .with_repetition(Repetition::REPEATED)
        .with_fields(vec![text("element", Repetition::REQUIRED)?])
        .build()?;
    let outer = Type::group_type_builder(&field.column)
        .with_repetition(Repetition::REQUIRED)
        .with_logical_type(Some(LogicalType::List))
        .with_converted_type(ConvertedType::LIST)
        .with_fields(vec![Arc::new(elements)])
        .build()?;
    Ok(Arc::new(outer))
}

/// Path of a field's values below the schema.
pub(crate) fn value_path(field: &Field) -> ColumnPath {
    let mut parts = vec![field.column.clone()];
    if field.many {
        parts.extend(["list".to_owned(), "element".to_owned()]);
    }
    ColumnPath::new(parts)
}

fn properties(
    stream: &str,
    rows: &[SourceRow],
    layout: &Layout,
    contents: &Contents<'_>,
    zstd_level: i32,
) -> Result<WriterProperties> {
    let metadata = [
        (VERSION_KEY, "1".to_owned()),
        (STREAM_KEY, stream.to_owned()),
        (SCHEMA_KEY, layout.name.clone()),
        (CONTENT_KEY, format!("{:08x}", content_crc32c(rows))),
    ];
    let metadata = metadata.map(|(key, value)| KeyValue::new(key.to_owned(), value)).to_vec();
    let sorted_by = [0, 1].map(|column_idx| SortingColumn { column_idx, descending: false, nulls_first: false });
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(zstd_level)?))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_sorting_columns(Some(sorted_by.to_vec()))
        .set_key_value_metadata(Some(metadata));
    for name in [&layout.time_column, &layout.position_column] {
        let path = ColumnPath::from(name.as_str());
        builder = builder
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
    }
    for (field, column) in layout.fields.iter().zip(&contents.fields) {
        builder = builder.set_column_dictionary_enabled(value_path(field), !column.is_mostly_distinct());
    }
    Ok(builder.build())
}

/// Checksum of everything that cannot be computed again, so that a rebuild never believes rotten rows.
pub(crate) fn content_crc32c(rows: &[SourceRow]) -> u32 {
    rows.iter().fold(0, |checksum, row| {
        let mut head = [0; 20];
        head[..8].copy_from_slice(&row.cursor.time_s.to_le_bytes());
        head[8..16].copy_from_slice(&row.cursor.position.to_le_bytes());
        head[16..].copy_from_slice(&(row.bytes.len() as u32).to_le_bytes());
        crc32c::crc32c_append(crc32c::crc32c_append(checksum, &head), &row.bytes)
    })
}

type Group<'a> = SerializedRowGroupWriter<'a, Vec<u8>>;

fn missing_column() -> ParquetError {
    ParquetError::General("the schema has fewer columns than were written".to_owned())
}

fn write_numbers(group: &mut Group<'_>, numbers: impl Iterator<Item = i64>) -> Result<()> {
    let numbers: Vec<i64> = numbers.collect();
    let mut column = group.next_column()?.ok_or_else(missing_column)?;
    column.typed::<Int64Type>().write_batch(&numbers, None, None)?;
    column.close()
}

#[derive(Clone, Copy)]
enum Levels {
    Required,
    Optional,
    Repeated,
}

fn write_values(group: &mut Group<'_>, values: &SortedColumn<'_>, levels: Levels) -> Result<()> {
    let texts: Vec<ByteArray> = values.values.iter().map(|value| ByteArray::from(value.as_bytes().to_vec())).collect();
    let mut column = group.next_column()?.ok_or_else(missing_column)?;
    let rows: Vec<&[u32]> = values.rows().collect();
    for batch in rows.chunks(PARQUET_BATCH_ROWS) {
        let numbers = batch.iter().copied().flatten();
        let batch_values: Vec<ByteArray> = numbers.map(|number| texts[*number as usize].clone()).collect();
        let (mut defined, mut repeated) = (Vec::new(), Vec::new());
        for numbers in batch {
            defined.extend(std::iter::repeat_n(i16::from(!numbers.is_empty()), numbers.len().max(1)));
            repeated.extend((0..numbers.len().max(1)).map(|index| i16::from(index > 0)));
        }
        let defined = (!matches!(levels, Levels::Required)).then_some(&defined[..]);
        let repeated = matches!(levels, Levels::Repeated).then_some(&repeated[..]);
        column.typed::<ByteArrayType>().write_batch(&batch_values, defined, repeated)?;
    }
    column.close()
}

/// The rows' bytes, one page per granule. Written beside the file with properties of its own, because the number of rows
/// of a page can only be set for all columns alike, and then copied in.
fn append_raw(group: &mut Group<'_>, column: ColumnDescPtr, rows: &[SourceRow], zstd_level: i32) -> Result<()> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(zstd_level)?))
        .set_statistics_enabled(EnabledStatistics::None)
        .set_dictionary_enabled(false)
        .set_data_page_row_count_limit(GRANULE_ROWS)
        .set_write_batch_size(GRANULE_ROWS)
        .set_data_page_size_limit(usize::MAX)
        .build();
    let mut sink = TrackedWrite::new(room(rows));
    let page_writer = Box::new(SerializedPageWriter::new(&mut sink));
    let ColumnWriter::ByteArrayColumnWriter(mut writer) = get_column_writer(column, Arc::new(properties), page_writer)
    else {
        return Err(ParquetError::General("the column of rows must hold bytes".to_owned()));
    };
    for granule in rows.chunks(GRANULE_ROWS) {
        let values: Vec<ByteArray> = granule.iter().map(|row| ByteArray::from(row.bytes.clone())).collect();
        writer.write_batch(&values, None, None)?;
    }
    let closed = writer.close()?;
    group.append_column(&Bytes::from(sink.into_inner()?), closed)
}
