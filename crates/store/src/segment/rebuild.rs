//! Making a sidecar again out of a Parquet file.

use bytes::Bytes;

use crate::schema::Schema;

use super::build::{check_rows, index_terms, summarize, write_sidecar};
use super::contents::{Contents, ValuesOf};
use super::error::SegmentError;
use super::parquet_read::{raw_pages, read_rows};
use super::sidecar::Version;

/// Builds the sidecar of a Parquet file, byte by byte what was written with it unless the schema or the version of the
/// format has changed since.
/// Rows that do not fit the file's checksum of its content are refused. `name` is the Parquet file's, for errors.
pub fn rebuild_sidecar(name: &str, parquet: &Bytes, schema: &dyn Schema) -> Result<Vec<u8>, SegmentError> {
    rebuild_version(name, parquet, schema, Version::LATEST)
}

/// The same in any version.
pub(crate) fn rebuild_version(
    name: &str,
    parquet: &Bytes,
    schema: &dyn Schema,
    version: Version,
) -> Result<Vec<u8>, SegmentError> {
    let layout = schema.layout();
    let rows = read_rows(name, parquet, layout)?;
    check_rows(name, &rows)?;
    let contents = Contents::read(name, &rows, schema, ValuesOf::Schema)?;
    let pages = raw_pages(name, parquet, layout, &rows)?;
    let summary = summarize(&rows, parquet.len() as u64, crc32c::crc32c(parquet));
    let terms = index_terms(name, &rows, layout, &contents, version)?;
    Ok(write_sidecar(&rows, layout, &contents, &terms, &pages, &summary, version))
}
