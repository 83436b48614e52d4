//! Checking a segment whole.

use bytes::Bytes;

use super::error::SegmentError;
use super::file::NamedFile;
use super::lazy_page::LazyPage;
use super::rebuild::rebuild_version;
use super::sidecar::Sidecar;
use super::whole::whole_parquet;
use crate::schema::Schema;

/// Bytes of an index that are read at once.
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
    match whole_parquet(&opened, parquet) {
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
