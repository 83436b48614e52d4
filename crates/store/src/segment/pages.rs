//! Single pages of the column `raw`, read without the Parquet footer. Layout of the entries: see the module above.

use bytes::Bytes;

use super::bytes_at::{u32_at, u64_at};
use super::error::SegmentError;
use super::file::NamedFile;
use super::sidecar::{SectionKind, Sidecar};

/// Bytes of a page's entry.
const ENTRY_BYTES: usize = 20;

/// Where the compressed bytes of a page are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageEntry {
    pub(crate) offset: u64,
    pub(crate) compressed_bytes: u32,
    pub(crate) plain_bytes: u32,
    pub(crate) crc32c: u32,
}

impl PageEntry {
    pub(crate) fn to_bytes(self) -> [u8; ENTRY_BYTES] {
        let mut out = [0; ENTRY_BYTES];
        out[..8].copy_from_slice(&self.offset.to_le_bytes());
        out[8..12].copy_from_slice(&self.compressed_bytes.to_le_bytes());
        out[12..16].copy_from_slice(&self.plain_bytes.to_le_bytes());
        out[16..].copy_from_slice(&self.crc32c.to_le_bytes());
        out
    }

    fn from_bytes(bytes: &[u8]) -> Option<PageEntry> {
        Some(PageEntry {
            offset: u64_at(bytes, 0)?,
            compressed_bytes: u32_at(bytes, 8)?,
            plain_bytes: u32_at(bytes, 12)?,
            crc32c: u32_at(bytes, 16)?,
        })
    }
}

/// Where the page of a granule is.
pub(crate) fn page_entry(sidecar: &Sidecar, granule: usize) -> Result<PageEntry, SegmentError> {
    let section = sidecar.section(SectionKind::Pages)?;
    let at = (granule * ENTRY_BYTES) as u64;
    PageEntry::from_bytes(&sidecar.read(section, at, ENTRY_BYTES)?)
        .ok_or_else(|| sidecar.damaged(section, at, "the entry of a page is cut short"))
}

/// The compressed bytes of the page of a granule, checked.
pub(crate) fn read_compressed(
    sidecar: &Sidecar,
    parquet: &NamedFile,
    granule: usize,
) -> Result<(PageEntry, Bytes), SegmentError> {
    let entry = page_entry(sidecar, granule)?;
    let compressed = parquet.read_checked(entry.offset, entry.compressed_bytes as usize, |compressed| {
        if crc32c::crc32c(compressed) == entry.crc32c {
            return Ok(());
        }
        Err(parquet.damaged(entry.offset, "a page of rows does not fit its checksum"))
    })?;
    Ok((entry, compressed))
}
