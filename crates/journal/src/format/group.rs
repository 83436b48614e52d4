//! Groups and the records in them. The picture is in [`super`].

use bytes::Bytes;

use super::Fields;
use crate::Position;
use crate::limits::MAX_GROUP_BODY_BYTES;
use crate::stream::{StreamName, valid_text};

/// The first bytes of every group.
pub(crate) const MAGIC: &[u8; 4] = b"CJGR";

/// Length of a group header.
pub(crate) const GROUP_HEADER_BYTES: usize = 32;

/// Length of a record beside its name and payload.
const RECORD_FIXED_BYTES: usize = 25;
/// The part of it in front of what the length counts.
const RECORD_PREFIX_BYTES: usize = 8;

/// What a group header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GroupHeader {
    pub body_bytes: usize,
    pub first_sequence: u64,
    pub record_count: u32,
}

impl GroupHeader {
    /// Reads a group header of the file with this salt; nothing when it is not a whole one.
    pub(crate) fn decode(bytes: &[u8], salt: u64) -> Option<Self> {
        let mut fields = Fields(bytes.get(..GROUP_HEADER_BYTES)?);
        let checksum = crc32c::crc32c(&bytes[..GROUP_HEADER_BYTES - 4]);
        let magic_is_right = fields.bytes(MAGIC.len())? == MAGIC;
        let body_bytes = fields.u32()? as usize;
        let salt_is_right = fields.u64()? == salt;
        let header = Self { body_bytes, first_sequence: fields.u64()?, record_count: fields.u32()? };
        let checksum_is_right = fields.u32()? == checksum;
        let whole = magic_is_right && salt_is_right && checksum_is_right && body_bytes <= MAX_GROUP_BODY_BYTES;
        whole.then_some(header)
    }

    fn encode(self, salt: u64) -> [u8; GROUP_HEADER_BYTES] {
        let mut out = [0; GROUP_HEADER_BYTES];
        out[..4].copy_from_slice(MAGIC);
        out[4..8].copy_from_slice(&(self.body_bytes as u32).to_le_bytes());
        out[8..16].copy_from_slice(&salt.to_le_bytes());
        out[16..24].copy_from_slice(&self.first_sequence.to_le_bytes());
        out[24..28].copy_from_slice(&self.record_count.to_le_bytes());
        let checksum = crc32c::crc32c(&out[..28]);
        out[28..].copy_from_slice(&checksum.to_le_bytes());
        out
    }
}

/// Length of a record in a file.
pub(crate) fn record_bytes(stream: &StreamName, payload: &[u8]) -> usize {
    RECORD_FIXED_BYTES + stream.as_str().len() + payload.len()
}

/// Builds the bytes of one group after the other in the same buffer.
#[derive(Debug, Default)]
pub(crate) struct GroupBuilder {
    buffer: Vec<u8>,
    record_count: u32,
}

impl GroupBuilder {
    /// Forgets the last group.
    pub(crate) fn start(&mut self) {
        self.buffer.clear();
        self.buffer.resize(GROUP_HEADER_BYTES, 0);
        self.record_count = 0;
    }

    /// Adds a record to the group.
    pub(crate) fn push(&mut self, stream: &StreamName, position: Position, appended_at_ms: u64, payload: &[u8]) {
        let start = self.buffer.len();
        let name = stream.as_str().as_bytes();
        let counted_bytes = record_bytes(stream, payload) - RECORD_PREFIX_BYTES;
        self.buffer.extend_from_slice(&(counted_bytes as u32).to_le_bytes());
        self.buffer.extend_from_slice(&[0; 4]);
        self.buffer.extend_from_slice(&position.to_le_bytes());
        self.buffer.extend_from_slice(&appended_at_ms.to_le_bytes());
        self.buffer.push(name.len() as u8);
        self.buffer.extend_from_slice(name);
        self.buffer.extend_from_slice(payload);
        let checksum = record_checksum(&self.buffer[start..]);
        self.buffer[start + 4..start + RECORD_PREFIX_BYTES].copy_from_slice(&checksum.to_le_bytes());
        self.record_count += 1;
    }

    /// Ends the group and gives its bytes.
    pub(crate) fn finish(&mut self, salt: u64, first_sequence: u64) -> &[u8] {
        let body_bytes = self.buffer.len() - GROUP_HEADER_BYTES;
        assert!(body_bytes <= MAX_GROUP_BODY_BYTES, "a group must stay readable");
        let header = GroupHeader { body_bytes, first_sequence, record_count: self.record_count };
        self.buffer[..GROUP_HEADER_BYTES].copy_from_slice(&header.encode(salt));
        &self.buffer
    }
}

fn record_checksum(record: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&record[..4]), &record[RECORD_PREFIX_BYTES..])
}

/// A record as it stands in a group, checked.
#[derive(Debug)]
pub(crate) struct RawRecord<'a> {
    pub stream: &'a str,
    pub position: Position,
    pub appended_at_ms: u64,
    /// Where the payload begins in the body; it goes on to the end of the record.
    pub payload_start: usize,
    pub payload_end: usize,
}

/// A group whose header, length and record checksums are right.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// Where the group begins in its file.
    pub offset: u64,
    pub header: GroupHeader,
    /// The records, without the group header.
    pub body: Bytes,
}

impl Group {
    /// Takes over `body` when it is exactly the records that `header` promises.
    pub(crate) fn checked(offset: u64, header: GroupHeader, body: Bytes) -> Result<Self, &'static str> {
        let mut rest: &[u8] = &body;
        for _ in 0..header.record_count {
            let (record, after) = split_record(rest).ok_or("a record is cut off")?;
            if record[4..RECORD_PREFIX_BYTES] != record_checksum(record).to_le_bytes() {
                return Err("the checksum of a record is wrong");
            }
            decode_record(record, 0).ok_or("a record has impossible fields")?;
            rest = after;
        }
        if !rest.is_empty() {
            return Err("there are bytes after the last record of a group");
        }
        Ok(Self { offset, header, body })
    }

    /// The records, in order.
    pub(crate) fn records(&self) -> impl Iterator<Item = RawRecord<'_>> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let (record, _) = split_record(&self.body[at..])?;
            let decoded = decode_record(record, at);
            at += record.len();
            decoded
        })
    }

    /// The bytes of the group in the file with this salt.
    pub(crate) fn encode(&self, salt: u64) -> Vec<u8> {
        [&self.header.encode(salt), &*self.body].concat()
    }

    /// Where the next group begins in the file.
    pub(crate) fn end(&self) -> u64 {
        self.offset + (GROUP_HEADER_BYTES + self.body.len()) as u64
    }

    /// Number of the record after this group, in journal order.
    pub(crate) fn next_sequence(&self) -> u64 {
        self.header.first_sequence.saturating_add(u64::from(self.header.record_count))
    }
}

fn split_record(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let counted_bytes = Fields(bytes).u32()? as usize;
    if counted_bytes < RECORD_FIXED_BYTES - RECORD_PREFIX_BYTES {
        return None;
    }
    bytes.split_at_checked(RECORD_PREFIX_BYTES.checked_add(counted_bytes)?)
}

fn decode_record(record: &[u8], start: usize) -> Option<RawRecord<'_>> {
    let mut fields = Fields(record.get(RECORD_PREFIX_BYTES..)?);
    let position = fields.u64()?;
    let appended_at_ms = fields.u64()?;
    let name_bytes = fields.u8()? as usize;
    let stream = valid_text(fields.bytes(name_bytes)?)?;
    let payload_end = start + record.len();
    let payload_start = payload_end - fields.0.len();
    (position > 0).then_some(RawRecord { stream, position, appended_at_ms, payload_start, payload_end })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: u64 = 77;

    fn sample() -> Vec<u8> {
        let mut builder = GroupBuilder::default();
        builder.start();
        builder.push(&StreamName::new("events/1").unwrap(), 3, 1_000, b"one");
        builder.push(&StreamName::new("events/2").unwrap(), 1, 1_001, b"");
        builder.finish(SALT, 10).to_vec()
    }

    fn read(bytes: &[u8]) -> Option<Group> {
        let header = GroupHeader::decode(bytes, SALT)?;
        let body = bytes.get(GROUP_HEADER_BYTES..GROUP_HEADER_BYTES + header.body_bytes)?;
        Group::checked(0, header, Bytes::copy_from_slice(body)).ok()
    }

    #[test]
    fn group_survives_the_way_to_bytes_and_back() {
        let group = read(&sample()).unwrap();
        let records: Vec<_> = group
            .records()
            .map(|raw| (raw.stream.to_owned(), raw.position, group.body.slice(raw.payload_start..raw.payload_end)))
            .collect();
        let expected = [("events/1".to_owned(), 3, Bytes::from("one")), ("events/2".to_owned(), 1, Bytes::new())];
        assert_eq!(records, expected);
        assert_eq!(group.next_sequence(), 12);
        assert_eq!(group.end(), sample().len() as u64);
    }

    #[test]
    fn every_flipped_bit_of_a_group_is_noticed() {
        let bytes = sample();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&flipped).is_none(), "bit {bit}");
        }
    }

    #[test]
    fn a_group_of_another_file_is_not_taken() {
        assert!(GroupHeader::decode(&sample(), SALT + 1).is_none());
    }
}
