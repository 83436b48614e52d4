//! How long an object is: remembered, or asked for once however many open it.

use std::io;

use bytes::Bytes;

use crate::cache::{LENGTH_BLOCK, ObjectKey};
use crate::counters::add;
use crate::flights::{Claim, Failure};
use crate::limits::{BLOCK_BYTES, MAX_FETCH_BYTES};
use crate::object::is_needed_whole;
use crate::storage::Shared;

impl Shared {
    /// The length of an object.
    pub(crate) fn byte_len(&self, object: &ObjectKey) -> io::Result<u64> {
        if let Some(byte_len) = self.cache.object_len(object) {
            return Ok(byte_len);
        }
        match self.flights.claim(object.block(LENGTH_BLOCK)) {
            Claim::Theirs(flight) => from_bytes(&flight.wait()?),
            Claim::Mine(landing) => {
                // It may have come between the look into the cache and the claim.
                let learned = self.cache.object_len(object).map_or_else(|| self.learn_len(object), Ok);
                let outcome = learned.as_ref().map(|byte_len| Bytes::copy_from_slice(&byte_len.to_le_bytes()));
                landing.land(outcome.map_err(Failure::from));
                learned
            }
        }
    }

    /// Asks the object storage. Of a file that is needed whole the beginning comes in the same request, and that is nearly
    /// always all of it.
    fn learn_len(&self, object: &ObjectKey) -> io::Result<u64> {
        if !is_needed_whole(&object.name) {
            let byte_len = self.count_failure(self.remote.byte_len(&object.name))?;
            self.cache.put_object_len(object, byte_len);
            return Ok(byte_len);
        }
        let max_len = MAX_FETCH_BYTES.min(self.cache.whole_file_bytes());
        let (start, byte_len) = self.count_failure(self.remote.read_start(&object.name, max_len))?;
        for (block, number) in start.chunks(BLOCK_BYTES as usize).zip(0..) {
            let is_whole = block.len() as u64 == BLOCK_BYTES.min(byte_len - u64::from(number) * BLOCK_BYTES);
            if is_whole {
                self.cache.put(object, byte_len, number, block);
                add(&self.counters.cache_misses, 1);
            }
        }
        add(&self.counters.fetched_bytes, start.len() as u64);
        self.cache.put_object_len(object, byte_len);
        Ok(byte_len)
    }
}

fn from_bytes(bytes: &[u8]) -> io::Result<u64> {
    bytes.try_into().map(u64::from_le_bytes).map_err(|_| io::ErrorKind::InvalidData.into())
}
