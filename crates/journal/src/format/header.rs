//! The header of a file. The picture is in [`super`].

use super::{FORMAT_VERSION, Fields};
use crate::Position;
use crate::limits::{MAX_FILE_HEADER_BYTES, MAX_POSITION, MAX_STREAMS};
use crate::stream::StreamName;

const MAGIC: &[u8; 8] = b"CAIRNJNL";
const CHECKSUM_BYTES: usize = 4;

/// Bytes that say which version the file has and how long its header is.
pub(crate) const PREFIX_BYTES: usize = 16;

/// What the header of a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileHeader {
    /// Random per file; every group of the file repeats it.
    pub salt: u64,
    /// Number of the first record of the file, in journal order.
    pub first_sequence: u64,
    /// When the file was made, in milliseconds since 1970 UTC.
    pub created_at_ms: u64,
    /// Every stream that had a record before this file, with its last position.
    pub streams: Vec<(StreamName, Position)>,
}

/// Why a header cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum HeaderError {
    /// Another format version.
    Version(u32),
    /// Not a header, or a damaged one.
    Bad(&'static str),
}

impl FileHeader {
    /// The bytes of the header.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64 + self.streams.len() * 48);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&self.salt.to_le_bytes());
        out.extend_from_slice(&self.first_sequence.to_le_bytes());
        out.extend_from_slice(&self.created_at_ms.to_le_bytes());
        out.extend_from_slice(&(self.streams.len() as u32).to_le_bytes());
        for (name, last_position) in &self.streams {
            out.push(name.as_str().len() as u8);
            out.extend_from_slice(name.as_str().as_bytes());
            out.extend_from_slice(&last_position.to_le_bytes());
        }
        let header_bytes = (out.len() + CHECKSUM_BYTES) as u32;
        out[12..PREFIX_BYTES].copy_from_slice(&header_bytes.to_le_bytes());
        let checksum = crc32c::crc32c(&out);
        out.extend_from_slice(&checksum.to_le_bytes());
        out
    }

    /// Length of the header that begins with `prefix` ([`PREFIX_BYTES`] bytes).
    pub(crate) fn length(prefix: &[u8]) -> Result<usize, HeaderError> {
        let mut fields = Fields(prefix);
        if fields.bytes(MAGIC.len()) != Some(MAGIC) {
            return Err(HeaderError::Bad("it does not begin as a journal file"));
        }
        let version = fields.u32().ok_or(HeaderError::Bad("the header is cut off"))?;
        if version != FORMAT_VERSION {
            return Err(HeaderError::Version(version));
        }
        let header_bytes = fields.u32().ok_or(HeaderError::Bad("the header is cut off"))? as usize;
        if !(PREFIX_BYTES + CHECKSUM_BYTES..=MAX_FILE_HEADER_BYTES).contains(&header_bytes) {
            return Err(HeaderError::Bad("the header has an impossible length"));
        }
        Ok(header_bytes)
    }

    /// Reads a header of the length that [`FileHeader::length`] gave.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, HeaderError> {
        let (content, checksum) = bytes
            .len()
            .checked_sub(CHECKSUM_BYTES)
            .and_then(|content_bytes| bytes.split_at_checked(content_bytes))
            .ok_or(HeaderError::Bad("the header is cut off"))?;
        if crc32c::crc32c(content).to_le_bytes() != checksum {
            return Err(HeaderError::Bad("the checksum of the header is wrong"));
        }
        Self::decode_fields(&content[PREFIX_BYTES.min(content.len())..])
            .ok_or(HeaderError::Bad("the header has impossible fields"))
    }

    fn decode_fields(content: &[u8]) -> Option<Self> {
        let mut fields = Fields(content);
        let salt = fields.u64()?;
        let first_sequence = fields.u64()?;
        let created_at_ms = fields.u64()?;
        let stream_count = fields.u32()? as usize;
        // An ended journal has the number behind the last one.
        if stream_count > MAX_STREAMS || !(1..=MAX_POSITION + 1).contains(&first_sequence) {
            return None;
        }
        let mut streams = Vec::new();
        for _ in 0..stream_count {
            let name_bytes = fields.u8()? as usize;
            let name = StreamName::from_bytes(fields.bytes(name_bytes)?)?;
            let last_position = fields.u64().filter(|position| *position <= MAX_POSITION)?;
            streams.push((name, last_position));
        }
        fields.0.is_empty().then_some(Self { salt, first_sequence, created_at_ms, streams })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> FileHeader {
        let streams =
            vec![(StreamName::new("events/1").unwrap(), 7), (StreamName::new("logs/a/b").unwrap(), MAX_POSITION)];
        FileHeader { salt: 0x1234_5678_9abc_def0, first_sequence: 99, created_at_ms: 5, streams }
    }

    #[test]
    fn header_survives_the_way_to_bytes_and_back() {
        let bytes = header().encode();
        assert_eq!(FileHeader::length(&bytes[..PREFIX_BYTES]), Ok(bytes.len()));
        assert_eq!(FileHeader::decode(&bytes), Ok(header()));
    }

    #[test]
    fn every_flipped_bit_of_a_header_is_noticed() {
        let bytes = header().encode();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let read = FileHeader::length(&flipped[..PREFIX_BYTES])
                .and_then(|length| FileHeader::decode(flipped.get(..length).unwrap_or(&[])));
            assert!(read.is_err(), "bit {bit}");
        }
    }

    #[test]
    fn numbers_that_no_journal_reaches_are_refused() {
        let read = |header: FileHeader| FileHeader::decode(&header.encode());
        let ended = FileHeader { first_sequence: MAX_POSITION + 1, ..header() };
        assert_eq!(read(ended.clone()), Ok(ended));
        let bad = Err(HeaderError::Bad("the header has impossible fields"));
        assert_eq!(read(FileHeader { first_sequence: MAX_POSITION + 2, ..header() }), bad);
        assert_eq!(read(FileHeader { first_sequence: 0, ..header() }), bad);
        let mut streams = header().streams;
        streams[1].1 = MAX_POSITION + 1;
        assert_eq!(read(FileHeader { streams, ..header() }), bad);
    }

    #[test]
    fn another_version_is_named() {
        let mut bytes = header().encode();
        bytes[8] = 2;
        assert_eq!(FileHeader::length(&bytes[..PREFIX_BYTES]), Err(HeaderError::Version(2)));
    }
}
