//! Writing a sidecar. Layout: see the module above.

use crate::limits::{GRANULE_ROWS, SIDECAR_BLOCK_BYTES};
use crate::schema::Layout;

use super::build::SegmentSummary;
use super::sidecar::{FIXED_HEADER_BYTES, MAGIC, SECTION_ENTRY_BYTES, SectionKind, Version};
use super::term_index::TermShape;

/// The sections of a sidecar, in order.
#[derive(Default)]
pub(crate) struct SidecarWriter {
    entries: Vec<u8>,
    body: Vec<u8>,
}

impl SidecarWriter {
    /// Appends a section.
    pub(crate) fn section(&mut self, kind: SectionKind, field: u8, bytes: &[u8]) {
        self.entries.extend_from_slice(&[kind as u8, field, 0, 0]);
        self.entries.extend_from_slice(&(self.body.len() as u64).to_le_bytes());
        self.entries.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        self.body.extend_from_slice(bytes);
    }

    /// Puts the header before the body.
    pub(crate) fn finish(
        self,
        summary: &SegmentSummary,
        layout: &Layout,
        shape: TermShape,
        version: Version,
    ) -> Vec<u8> {
        let mut fields: Vec<u8> = layout.fields.iter().map(|field| field.id.0).collect();
        fields.sort_unstable();
        let block_count = self.body.len().div_ceil(SIDECAR_BLOCK_BYTES);
        let header_len = FIXED_HEADER_BYTES + fields.len() + self.entries.len() + block_count * 4 + 4;
        let mut out = Vec::with_capacity(header_len + self.body.len());
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&(version as u32).to_le_bytes());
        out.extend_from_slice(&(header_len as u32).to_le_bytes());
        out.extend_from_slice(&((header_len + self.body.len()) as u64).to_le_bytes());
        out.extend_from_slice(&summary.parquet_bytes.to_le_bytes());
        out.extend_from_slice(&summary.parquet_crc32c.to_le_bytes());
        out.extend_from_slice(&(summary.rows as u32).to_le_bytes());
        out.extend_from_slice(&(GRANULE_ROWS as u32).to_le_bytes());
        out.extend_from_slice(&((self.entries.len() / SECTION_ENTRY_BYTES) as u32).to_le_bytes());
        out.extend_from_slice(&summary.first_time_s.to_le_bytes());
        out.extend_from_slice(&summary.last_time_s.to_le_bytes());
        out.extend_from_slice(&summary.lowest_position.to_le_bytes());
        out.extend_from_slice(&summary.highest_position.to_le_bytes());
        out.extend_from_slice(&layout.words.delimiters().to_le_bytes());
        out.extend_from_slice(&[u8::from(layout.words.folds_case()), shape.directory_bits as u8]);
        out.extend_from_slice(&(fields.len() as u16).to_le_bytes());
        out.extend_from_slice(&[shape.hash_bits as u8, shape.hash_parameter as u8, 0, 0]);
        out.extend_from_slice(&fields);
        out.extend_from_slice(&self.entries);
        for block in self.body.chunks(SIDECAR_BLOCK_BYTES) {
            out.extend_from_slice(&crc32c::crc32c(block).to_le_bytes());
        }
        let checksum = crc32c::crc32c(&out);
        out.extend_from_slice(&checksum.to_le_bytes());
        debug_assert_eq!(out.len(), header_len);
        out.extend_from_slice(&self.body);
        out
    }
}
