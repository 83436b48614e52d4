//! A batch: what is delivered together.
//!
//! It is recorded before it is written, with everything that its content and its name depend on beside the events
//! themselves. So whoever writes it again, after a crash or an answer that did not come, writes the same.

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use crate::gathering::EventInHand;
use crate::object_file::FileName;
use crate::rows::PieceKey;

/// A batch as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// The piece that it is of.
    pub piece: PieceKey,
    /// First position that it settles.
    pub first: u64,
    /// Last position that it settles.
    pub last: u64,
    /// Events among them.
    pub count: u64,
    /// When it was made, Unix milliseconds: part of the names of files.
    pub made_ms: i64,
    /// The files of a bucket; none for a logstore.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileName>,
}

/// A batch with its events.
#[derive(Debug, Clone)]
pub struct BatchInHand {
    /// What is recorded.
    pub batch: Batch,
    /// Its events.
    pub events: Vec<EventInHand>,
}

impl Batch {
    /// The id by which a logstore knows the batch: 16 digits that name the stream of the delivery, and its place there.
    pub fn pack_id(&self, delivery_id: &str) -> String {
        format!("{}-{:X}", writer(delivery_id, &self.piece.stream), self.first)
    }

    /// The account whose events these are.
    pub fn account_id(&self) -> &str {
        self.piece.stream.strip_prefix(audit::STREAM_PREFIX).unwrap_or_default()
    }
}

/// What ids of batches of a delivery begin with.
pub fn writer(delivery_id: &str, stream: &str) -> String {
    let digest = Md5::digest(format!("{delivery_id}\n{stream}").as_bytes());
    hex::encode_upper(digest)[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_by_delivery_stream_and_place() {
        let batch = |stream: &str, first| Batch {
            piece: PieceKey { stream: stream.to_owned(), first: 1 },
            first,
            last: 9,
            count: 1,
            made_ms: 0,
            files: Vec::new(),
        };
        let ids = [
            batch("events/1", 1).pack_id("a"),
            batch("events/1", 10).pack_id("a"),
            batch("events/2", 1).pack_id("a"),
            batch("events/1", 1).pack_id("b"),
        ];
        assert!(ids[1].ends_with("-A") && ids[0].len() == 18, "{ids:?}");
        assert_eq!(ids.iter().collect::<std::collections::HashSet<_>>().len(), 4);
        assert_eq!(batch("events/42", 1).account_id(), "42");
    }
}
