//! The newest records in memory, so that followers that keep up never touch a file.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::Record;

/// The records of one group.
#[derive(Debug)]
pub(crate) struct LiveGroup {
    pub first_sequence: u64,
    pub records: Vec<Record>,
    /// Payload bytes of all records.
    pub payload_bytes: usize,
}

impl LiveGroup {
    pub(crate) fn new(first_sequence: u64, records: Vec<Record>) -> Self {
        let payload_bytes = records.iter().map(|record| record.payload.len()).sum();
        Self { first_sequence, records, payload_bytes }
    }
}

/// A bounded row of the newest groups. A follower that is behind all of them reads files instead.
#[derive(Debug)]
pub(crate) struct LiveBuffer {
    groups: VecDeque<Arc<LiveGroup>>,
    bytes: usize,
    max_bytes: usize,
}

impl LiveBuffer {
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self { groups: VecDeque::new(), bytes: 0, max_bytes }
    }

    /// Adds the newest group. Gives back what has no room any more, to be dropped outside of the lock.
    pub(crate) fn push(&mut self, group: Arc<LiveGroup>) -> Vec<Arc<LiveGroup>> {
        self.bytes += group.payload_bytes;
        self.groups.push_back(group);
        let mut evicted = Vec::new();
        while self.bytes > self.max_bytes && self.groups.len() > 1 {
            if let Some(oldest) = self.groups.pop_front() {
                self.bytes -= oldest.payload_bytes;
                evicted.push(oldest);
            }
        }
        evicted
    }

    /// Groups from the one that begins with this record, until `max_records` or `max_bytes` are reached; nothing when
    /// that group is not here any more.
    pub(crate) fn groups_from(
        &self,
        sequence: u64,
        max_records: usize,
        max_bytes: usize,
    ) -> Option<Vec<Arc<LiveGroup>>> {
        let start = self.groups.binary_search_by_key(&sequence, |group| group.first_sequence).ok()?;
        let (mut records, mut bytes) = (0, 0);
        let mut taken = Vec::new();
        for group in self.groups.range(start..) {
            if records >= max_records || bytes >= max_bytes {
                break;
            }
            records += group.records.len();
            bytes += group.payload_bytes;
            taken.push(group.clone());
        }
        Some(taken)
    }
}
