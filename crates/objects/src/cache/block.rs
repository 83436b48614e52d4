//! One file of the cache. Layout: see the module above.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::recency::BlockId;
use crate::limits::{MAX_HEADER_BYTES, MAX_NAME_BYTES, UNIT_BYTES};

const MAGIC: &[u8; 8] = b"OBJBLK\r\n";
const VERSION: u32 = 1;
const FIXED_HEADER_BYTES: usize = 40;

/// An object, by its name and by the hash that its blocks are filed under.
#[derive(Debug, Clone)]
pub(crate) struct ObjectKey {
    pub(crate) name: Arc<str>,
    pub(crate) id: u128,
}

impl ObjectKey {
    pub(crate) fn new(name: &str) -> ObjectKey {
        let digest = Sha256::digest(name.as_bytes());
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        ObjectKey { name: name.into(), id: u128::from_be_bytes(id) }
    }

    pub(crate) fn block(&self, number: u32) -> BlockId {
        BlockId { object: self.id, number }
    }
}

/// The whole file of a block; nothing when the name is longer than any object's.
pub(crate) fn encode(object: &ObjectKey, object_len: u64, number: u32, content: &[u8]) -> Option<Vec<u8>> {
    let header_len = FIXED_HEADER_BYTES + object.name.len() + content.len().div_ceil(UNIT_BYTES) * 4 + 4;
    if object.name.len() > MAX_NAME_BYTES || header_len > MAX_HEADER_BYTES {
        return None;
    }
    let mut out = Vec::with_capacity(header_len + content.len());
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.extend_from_slice(&(header_len as u32).to_le_bytes());
    out.extend_from_slice(&object_len.to_le_bytes());
    out.extend_from_slice(&number.to_le_bytes());
    out.extend_from_slice(&(content.len() as u32).to_le_bytes());
    out.extend_from_slice(&(object.name.len() as u32).to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(object.name.as_bytes());
    for unit in content.chunks(UNIT_BYTES) {
        out.extend_from_slice(&crc32c::crc32c(unit).to_le_bytes());
    }
    let checksum = crc32c::crc32c(&out);
    out.extend_from_slice(&checksum.to_le_bytes());
    out.extend_from_slice(content);
    Some(out)
}

/// A block whose header was checked.
pub(crate) struct BlockFile {
    file: File,
    header: Vec<u8>,
    checksums_at: usize,
    content_len: usize,
    /// Length of the object.
    pub(crate) object_len: u64,
}

impl BlockFile {
    /// Reads the header; nothing when the file is not this block of this object.
    pub(crate) fn open(file: File, object: &ObjectKey, number: u32) -> Option<BlockFile> {
        // Usual headers are shorter than this; a block without content may be shorter as a whole.
        let mut header = vec![0; MAX_HEADER_BYTES];
        let read = file.read_at(&mut header, 0).ok()?;
        header.truncate(read);
        let header_len = number_32(&header, 12)? as usize;
        if header.len() < header_len || header_len < FIXED_HEADER_BYTES + 4 {
            return None;
        }
        header.truncate(header_len);
        if crc32c::crc32c(&header[..header_len - 4]) != number_32(&header, header_len - 4)? {
            return None;
        }
        let (content_len, name_len) = (number_32(&header, 28)? as usize, number_32(&header, 32)? as usize);
        let checksums_at = FIXED_HEADER_BYTES.checked_add(name_len)?;
        let is_sound = &header[..8] == MAGIC
            && number_32(&header, 8)? == VERSION
            && number_32(&header, 24)? == number
            && header.get(FIXED_HEADER_BYTES..checksums_at)? == object.name.as_bytes()
            && header_len == checksums_at + content_len.div_ceil(UNIT_BYTES) * 4 + 4;
        let object_len = u64::from_le_bytes(header.get(16..24)?.try_into().ok()?);
        is_sound.then_some(BlockFile { file, header, checksums_at, content_len, object_len })
    }

    /// A part of the content; nothing when it does not fit its checksums.
    pub(crate) fn read(&self, start: usize, end: usize) -> Option<Bytes> {
        if start > end || end > self.content_len {
            return None;
        }
        let first_unit = start / UNIT_BYTES;
        let (units_start, units_end) =
            (first_unit * UNIT_BYTES, end.next_multiple_of(UNIT_BYTES).min(self.content_len));
        let mut units = vec![0; units_end - units_start];
        self.file.read_exact_at(&mut units, (self.header.len() + units_start) as u64).ok()?;
        for (unit, number) in units.chunks(UNIT_BYTES).zip(first_unit..) {
            if crc32c::crc32c(unit) != number_32(&self.header, self.checksums_at + number * 4)? {
                return None;
            }
        }
        Some(Bytes::from(units).slice(start - units_start..end - units_start))
    }

    /// The file, to mark its use.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }
}

fn number_32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, Write};

    use super::*;

    fn file_of(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        file
    }

    #[test]
    fn every_flipped_byte_and_every_cut_is_seen() {
        let object = ObjectKey::new("stream=a/day=1/x.parquet");
        let content: Vec<u8> = (0..UNIT_BYTES + 100).map(|n| (n * 7) as u8).collect();
        let bytes = encode(&object, 5_000_000, 3, &content).unwrap();
        let read_all = |bytes: &[u8]| {
            let block = BlockFile::open(file_of(bytes), &object, 3)?;
            Some((block.object_len, block.read(0, content.len())?))
        };
        assert_eq!(read_all(&bytes), Some((5_000_000, content.clone().into())));
        for at in (0..bytes.len()).filter(|at| *at < 300 || at % 97 == 0 || *at + 5 > bytes.len()) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x20;
            assert_eq!(read_all(&flipped), None, "byte {at}");
            assert_eq!(read_all(&bytes[..at]), None, "cut at {at}");
        }
    }

    #[test]
    fn parts_are_read_and_other_blocks_are_refused() {
        let object = ObjectKey::new("x");
        let content: Vec<u8> = (0..3 * UNIT_BYTES + 17).map(|n| (n / 11) as u8).collect();
        let bytes = encode(&object, content.len() as u64, 0, &content).unwrap();
        let block = BlockFile::open(file_of(&bytes), &object, 0).unwrap();
        for (start, end) in [(0, 0), (0, 1), (4095, 4097), (4096, 8192), (12_000, content.len()), (0, content.len())] {
            assert_eq!(block.read(start, end).unwrap(), content[start..end]);
        }
        assert!(block.read(0, content.len() + 1).is_none() && block.read(2, 1).is_none());
        assert!(BlockFile::open(file_of(&bytes), &object, 1).is_none());
        assert!(BlockFile::open(file_of(&bytes), &ObjectKey::new("y"), 0).is_none());
        let length = encode(&object, 9, u32::MAX, &[]).unwrap();
        assert_eq!(BlockFile::open(file_of(&length), &object, u32::MAX).unwrap().object_len, 9);
        assert!(encode(&ObjectKey::new(&"n".repeat(MAX_NAME_BYTES + 1)), 9, 0, &[]).is_none());
    }
}
