//! Reading a sidecar: its header whole, its body in checked blocks as they are needed. Layout: see the module above.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use crate::limits::{GRANULE_ROWS, MAX_SIDECAR_HEADER_BYTES, SIDECAR_BLOCK_BYTES};
use crate::query::FieldId;
use crate::schema::WordRules;

use super::bytes_at::{u32_at, u64_at, u128_at};
use super::error::SegmentError;
use super::file::NamedFile;
use super::term_index::TermShape;

pub(crate) const MAGIC: &[u8; 8] = b"SEGIDX\r\n";
pub(crate) const FIXED_HEADER_BYTES: usize = 104;
pub(crate) const SECTION_ENTRY_BYTES: usize = 20;

/// A version of the format that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// Only read; see `v1`.
    One = 1,
    /// What is written.
    Two = 2,
}

impl Version {
    pub(crate) const LATEST: Version = Version::Two;

    fn of(number: u32) -> Option<Version> {
        [Version::One, Version::Two].into_iter().find(|version| *version as u32 == number)
    }
}

/// What a section holds; the numbers are in the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum SectionKind {
    Pages = 1,
    TermDirectory = 2,
    Terms = 3,
    Postings = 4,
    Time = 5,
    Position = 6,
    Scope = 7,
    ScopeValues = 8,
    Field = 9,
    FieldValues = 10,
    FieldByWord = 11,
}

/// A section of the body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Section {
    number: usize,
    kind: u8,
    field: u8,
    offset: u64,
    len: u64,
}

/// An opened sidecar. Its memory is the header: about a thousandth of the file.
pub(crate) struct Sidecar {
    file: NamedFile,
    version: Version,
    header: Bytes,
    header_len: usize,
    body_len: u64,
    sections: Vec<Section>,
    fields: Vec<u8>,
    checksums_at: usize,
    /// Bits of the first sections whose inner order was looked through: the bytes that fit the same checksums again need not
    /// be.
    looked_through: AtomicU64,
}

impl Sidecar {
    pub(crate) fn open(file: NamedFile) -> Result<Sidecar, SegmentError> {
        let file_len = file.byte_len()?;
        // A copy of the beginning that is not the file's shows in any of these ways.
        let prefix = file.read_checked(0, FIXED_HEADER_BYTES, |prefix| check_prefix(&file, prefix))?;
        let header_len = number_32(&prefix, 12) as usize;
        let header = file.read_checked(0, header_len, |header| {
            if crc32c::crc32c(&header[..header_len - 4]) == number_32(header, header_len - 4) {
                return Ok(());
            }
            Err(file.damaged(0, "the header does not fit its checksum"))
        })?;
        if number_64(&header, 16) != file_len || file_len < header_len as u64 {
            return Err(file.damaged(16, "the file does not have the length that it names"));
        }
        Self::with_header(file, header, file_len - header_len as u64)
    }

    fn with_header(file: NamedFile, header: Bytes, body_len: u64) -> Result<Sidecar, SegmentError> {
        let (rows, granule_rows, section_count) =
            (number_32(&header, 36), number_32(&header, 40), number_32(&header, 44));
        if rows == 0 || granule_rows as usize != GRANULE_ROWS || rows > i32::MAX as u32 {
            return Err(file.damaged(36, "the header names impossible numbers of rows"));
        }
        let field_count = usize::from(u16::from_le_bytes([header[98], header[99]]));
        let sections_at = FIXED_HEADER_BYTES + field_count;
        let block_count = body_len.div_ceil(SIDECAR_BLOCK_BYTES as u64);
        let expected_len =
            sections_at as u64 + u64::from(section_count) * SECTION_ENTRY_BYTES as u64 + block_count * 4 + 4;
        if expected_len != header.len() as u64 || header[97] > 24 {
            return Err(file.damaged(12, "the header does not have the parts that it names"));
        }
        let Some(version) = Version::of(number_32(&header, 8)) else {
            return Err(file.damaged(8, "the version changed while it was read"));
        };
        let is_possible = match version {
            Version::One => header[100..104] == [0; 4],
            Version::Two => (1..=32).contains(&header[100]) && header[97] <= header[100] && header[101] < 32,
        };
        if !is_possible {
            return Err(file.damaged(97, "the header names impossible numbers of bits"));
        }
        let checksums_at = sections_at + section_count as usize * SECTION_ENTRY_BYTES;
        let fields = header[FIXED_HEADER_BYTES..sections_at].to_vec();
        let mut sections = Vec::with_capacity(section_count as usize);
        for entry in header[sections_at..checksums_at].chunks_exact(SECTION_ENTRY_BYTES) {
            let (offset, len) = (number_64(entry, 4), number_64(entry, 12));
            if offset.checked_add(len).is_none_or(|end| end > body_len) {
                return Err(file.damaged(sections_at as u64, "a section lies outside the file"));
            }
            sections.push(Section { number: sections.len(), kind: entry[0], field: entry[1], offset, len });
        }
        Ok(Sidecar {
            file,
            version,
            header_len: header.len(),
            header,
            body_len,
            sections,
            fields,
            checksums_at,
            looked_through: AtomicU64::new(0),
        })
    }

    /// Rows in the segment; at least one.
    pub(crate) fn row_count(&self) -> usize {
        number_32(&self.header, 36) as usize
    }

    pub(crate) fn granule_count(&self) -> usize {
        self.row_count().div_ceil(GRANULE_ROWS)
    }

    /// Rows in a granule.
    pub(crate) fn granule_len(&self, granule: usize) -> usize {
        self.row_count().saturating_sub(granule * GRANULE_ROWS).min(GRANULE_ROWS)
    }

    /// Checksum of the header, which has the checksums of all blocks: another index has another one.
    pub(crate) fn checksum(&self) -> u32 {
        number_32(&self.header, self.header_len - 4)
    }

    /// Length and checksum of the Parquet file that this sidecar belongs to.
    pub(crate) fn parquet_identity(&self) -> (u64, u32) {
        (number_64(&self.header, 24), number_32(&self.header, 32))
    }

    /// Earliest and latest time, seconds.
    pub(crate) fn time_range_s(&self) -> (i64, i64) {
        (number_64(&self.header, 48) as i64, number_64(&self.header, 56) as i64)
    }

    /// Lowest and highest position.
    pub(crate) fn position_range(&self) -> (u64, u64) {
        (number_64(&self.header, 64), number_64(&self.header, 72))
    }

    /// The rules by which the words of this sidecar were cut.
    pub(crate) fn words(&self) -> WordRules {
        WordRules::from_parts(u128_at(&self.header, 80).unwrap_or_default(), self.header[96] == 1)
    }

    pub(crate) fn version(&self) -> Version {
        self.version
    }

    pub(crate) fn term_shape(&self) -> TermShape {
        let [directory_bits, hash_bits, hash_parameter] = [97, 100, 101].map(|at: usize| u32::from(self.header[at]));
        TermShape { directory_bits, hash_bits, hash_parameter }
    }

    /// Whether the values of a field were indexed when the sidecar was built.
    pub(crate) fn has_field(&self, field: FieldId) -> bool {
        self.fields.contains(&field.0)
    }

    pub(crate) fn fields(&self) -> &[u8] {
        &self.fields
    }

    /// A section that may be missing.
    pub(crate) fn find(&self, kind: SectionKind, field: u8) -> Option<Section> {
        self.sections.iter().find(|section| section.kind == kind as u8 && section.field == field).copied()
    }

    /// A section that every sidecar has.
    pub(crate) fn section(&self, kind: SectionKind) -> Result<Section, SegmentError> {
        self.find(kind, 0)
            .ok_or_else(|| self.file.damaged(FIXED_HEADER_BYTES as u64, format!("section {kind:?} is missing")))
    }

    /// Whether a section was found to be in order before.
    pub(crate) fn was_looked_through(&self, section: Section) -> bool {
        section.number < 64 && self.looked_through.load(Ordering::Relaxed) >> section.number & 1 == 1
    }

    pub(crate) fn note_looked_through(&self, section: Section) {
        if section.number < 64 {
            self.looked_through.fetch_or(1 << section.number, Ordering::Relaxed);
        }
    }

    pub(crate) fn read_all(&self, section: Section) -> Result<Bytes, SegmentError> {
        self.read(section, 0, section.len as usize)
    }

    /// Bytes of a section, with the checksums of all blocks that they touch.
    pub(crate) fn read(&self, section: Section, offset: u64, len: usize) -> Result<Bytes, SegmentError> {
        if offset.checked_add(len as u64).is_none_or(|end| end > section.len) {
            return Err(self.damaged(section, offset, "something points behind the end of its section"));
        }
        if len == 0 {
            return Ok(Bytes::new());
        }
        let start = section.offset + offset;
        let first_block = start / SIDECAR_BLOCK_BYTES as u64;
        let blocks_start = first_block * SIDECAR_BLOCK_BYTES as u64;
        let blocks_end = (start + len as u64).next_multiple_of(SIDECAR_BLOCK_BYTES as u64).min(self.body_len);
        let (at, blocks_len) = (self.header_len as u64 + blocks_start, (blocks_end - blocks_start) as usize);
        let blocks = self.file.read_checked(at, blocks_len, |blocks| {
            let mut numbered = blocks.chunks(SIDECAR_BLOCK_BYTES).zip(first_block as usize..);
            numbered.try_for_each(|(block, number)| self.check_block(block, number))
        })?;
        let skip = (start - blocks_start) as usize;
        Ok(blocks.slice(skip..skip + len))
    }

    /// Number of blocks in the body.
    pub(crate) fn block_count(&self) -> usize {
        self.body_len.div_ceil(SIDECAR_BLOCK_BYTES as u64) as usize
    }

    /// Reads a block and checks it.
    pub(crate) fn verify_block(&self, number: usize) -> Result<(), SegmentError> {
        let start = (number * SIDECAR_BLOCK_BYTES) as u64;
        let len = (self.body_len - start).min(SIDECAR_BLOCK_BYTES as u64);
        let check = |block: &Bytes| self.check_block(block, number);
        self.file.read_checked(self.header_len as u64 + start, len as usize, check).map(drop)
    }

    fn check_block(&self, block: &[u8], number: usize) -> Result<(), SegmentError> {
        if crc32c::crc32c(block) == number_32(&self.header, self.checksums_at + number * 4) {
            return Ok(());
        }
        let offset = (self.header_len + number * SIDECAR_BLOCK_BYTES) as u64;
        Err(self.file.damaged(offset, "a block does not fit its checksum"))
    }

    pub(crate) fn damaged(&self, section: Section, offset: u64, what: impl Into<String>) -> SegmentError {
        self.file.damaged(self.header_len as u64 + section.offset + offset, what)
    }

    pub(crate) fn file(&self) -> &NamedFile {
        &self.file
    }
}

/// Whether a file begins as an index of a known version.
fn check_prefix(file: &NamedFile, prefix: &[u8]) -> Result<(), SegmentError> {
    if &prefix[..8] != MAGIC {
        return Err(file.damaged(0, "it does not begin as a segment's index"));
    }
    let version = number_32(prefix, 8);
    if Version::of(version).is_none() {
        return Err(SegmentError::UnknownVersion { file: file.name().to_owned(), version });
    }
    let header_len = number_32(prefix, 12) as usize;
    if !(FIXED_HEADER_BYTES + 4..=MAX_SIDECAR_HEADER_BYTES).contains(&header_len) {
        return Err(file.damaged(12, "the header has an impossible length"));
    }
    Ok(())
}

/// A number in a header whose length was checked.
fn number_32(bytes: &[u8], at: usize) -> u32 {
    u32_at(bytes, at).unwrap_or_default()
}

fn number_64(bytes: &[u8], at: usize) -> u64 {
    u64_at(bytes, at).unwrap_or_default()
}
