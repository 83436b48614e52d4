//! Checking a segment whole.

use bytes::Bytes;

use super::error::SegmentError;
use super::file::NamedFile;
use super::lazy_page::LazyPage;
use super::rebuild::rebuild_version;
use super::sidecar::Sidecar;
use crate::schema::Schema;

/// Bytes of a file that are read at once.
const READ_BYTES: u64 = 1024 * 1024;

/// Reads every byte of both files and compares every checksum. If all fit, the index is built again from the rows and
/// compared, so that it is known to tell the truth about them. Returns all that is wrong, with places as near as the
/// checksums tell.
///
/// An index that was built by a schema with other fields is not compared; it answers all the same.
pub fn check_segment(sidecar: &NamedFile, parquet: &NamedFile, schema: &dyn Schema) -> Vec<SegmentError> {
    let opened = match Sidecar::open(sidecar.clone()) {
        Ok(opened) => opened,
        Err(error) => return vec![error],
    };
    let blocks = 0..opened.block_count();
    let mut damages: Vec<SegmentError> = blocks.filter_map(|block| opened.verify_block(block).err()).collect();
    match read_parquet(&opened, parquet) {
        Err(error) => {
            damages.push(error);
            let verify = |page| LazyPage::read(&opened, parquet, page).and_then(|mut rows| rows.verify());
            damages.extend((0..opened.granule_count()).filter_map(|page| verify(page).err()));
        }
        Ok(content) if damages.is_empty() => damages.extend(compare(&opened, parquet.name(), &content, schema).err()),
        Ok(_) => {}
    }
    damages
}

/// The whole file, when it is the one that the sidecar names.
fn read_parquet(sidecar: &Sidecar, parquet: &NamedFile) -> Result<Bytes, SegmentError> {
    let (expected_len, expected_crc32c) = sidecar.parquet_identity();
    let len = parquet.byte_len()?;
    if len != expected_len {
        return Err(parquet.damaged(len, format!("it has {len} bytes, its index names {expected_len}")));
    }
    let mut content = Vec::new();
    for start in (0..len).step_by(READ_BYTES as usize) {
        content.extend_from_slice(&parquet.read(start, (len - start).min(READ_BYTES) as usize)?);
    }
    if crc32c::crc32c(&content) != expected_crc32c {
        return Err(parquet.damaged(0, "it does not fit the checksum that its index names"));
    }
    Ok(content.into())
}

fn compare(sidecar: &Sidecar, name: &str, content: &Bytes, schema: &dyn Schema) -> Result<(), SegmentError> {
    let layout = schema.layout();
    let mut fields: Vec<u8> = layout.fields.iter().map(|field| field.id.0).collect();
    fields.sort_unstable();
    if fields != sidecar.fields() || layout.words != sidecar.words() {
        return Ok(());
    }
    let rebuilt = rebuild_version(name, content, schema, sidecar.version())?;
    let file = sidecar.file();
    let same_len = file.byte_len()? == rebuilt.len() as u64;
    for (chunk, start) in rebuilt.chunks(READ_BYTES as usize).zip((0..).step_by(READ_BYTES as usize)) {
        if !same_len || file.read(start, chunk.len())? != chunk {
            return Err(file.damaged(start, "the index does not agree with the rows"));
        }
    }
    Ok(())
}
