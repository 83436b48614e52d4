//! Reading an object: blocks from the cache, missing ones fetched side by side and once.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use store::segment::ReadAt;

use crate::cache::ObjectKey;
use crate::counters::add;
use crate::flights::{Claim, Failure, Flight, Landing};
use crate::limits::{BLOCK_BYTES, MAX_CACHED_READ_BYTES, MAX_FETCH_BYTES};
use crate::storage::Shared;

/// Whether nearly every lookup needs most of a file: the index of a segment.
pub(crate) fn is_needed_whole(name: &str) -> bool {
    name.ends_with(".idx")
}

/// An object of known length.
pub(crate) struct CachedObject {
    shared: Arc<Shared>,
    key: ObjectKey,
    byte_len: u64,
}

/// Blocks of one request.
const MAX_RUN: usize = (MAX_FETCH_BYTES / BLOCK_BYTES) as usize;

/// A block that this thread fetches.
type Mine<'a> = (u32, Landing<'a>);

impl CachedObject {
    pub(crate) fn new(shared: Arc<Shared>, key: ObjectKey, byte_len: u64) -> CachedObject {
        CachedObject { shared, key, byte_len }
    }

    fn block_count(&self) -> u32 {
        self.byte_len.div_ceil(BLOCK_BYTES) as u32
    }

    fn block_range(&self, number: u32) -> Range<u64> {
        let start = u64::from(number) * BLOCK_BYTES;
        start..(start + BLOCK_BYTES).min(self.byte_len)
    }

    /// The part of a block that a range needs, from the cache.
    fn cached(&self, number: u32, wanted: &Range<u64>) -> Option<Bytes> {
        let part = part_of(&self.block_range(number), wanted);
        let found = self.shared.cache.get(&self.key, number, part.start, part.end)?;
        if found.object_len != self.byte_len {
            // Left over from an object of the same name that was replaced.
            self.shared.cache.remove(self.key.block(number));
            return None;
        }
        add(&self.shared.counters.cache_hits, 1);
        Some(found.bytes)
    }

    /// Whole blocks from the object storage, or from whoever is fetching them already.
    fn fetch(&self, wanted: &[u32]) -> io::Result<BTreeMap<u32, Bytes>> {
        let (mut mine, mut theirs, mut got) = (Vec::new(), Vec::new(), BTreeMap::new());
        for number in self.worth_fetching(wanted) {
            match self.shared.flights.claim(self.key.block(number)) {
                Claim::Mine(landing) => match self.cached(number, &self.block_range(number)) {
                    // It came between the look into the cache and the claim.
                    Some(block) => {
                        landing.land(Ok(block.clone()));
                        got.insert(number, block);
                    }
                    None => mine.push((number, landing)),
                },
                Claim::Theirs(flight) if wanted.contains(&number) => theirs.push((number, flight)),
                Claim::Theirs(_) => {}
            }
        }
        // First what others may wait for, then what others do: so nobody waits in a circle.
        let fetched = self.fetch_mine(mine, &mut got);
        let waited = self.wait_for(theirs, &mut got);
        fetched.and(waited).map(|()| got)
    }

    /// What is wanted, and with it everything else that the cache lacks of a file that is fetched whole.
    fn worth_fetching(&self, wanted: &[u32]) -> Vec<u32> {
        let cache = &self.shared.cache;
        if !is_needed_whole(&self.key.name) || self.byte_len > cache.whole_file_bytes() {
            return wanted.to_vec();
        }
        let all = 0..self.block_count();
        all.filter(|number| wanted.contains(number) || !cache.has(self.key.block(*number))).collect()
    }

    fn fetch_mine(&self, mine: Vec<Mine<'_>>, got: &mut BTreeMap<u32, Bytes>) -> io::Result<()> {
        let mut failed: Option<io::Error> = None;
        for run in in_runs(mine) {
            let outcome = match &failed {
                None => self.fetch_run(run, got),
                Some(error) => {
                    land_failed(run, error);
                    continue;
                }
            };
            failed = outcome.err();
        }
        failed.map_or(Ok(()), Err)
    }

    fn wait_for(&self, theirs: Vec<(u32, Arc<Flight>)>, got: &mut BTreeMap<u32, Bytes>) -> io::Result<()> {
        for (number, flight) in theirs {
            let (block, range) = (flight.wait()?, self.block_range(number));
            if block.len() as u64 != range.end - range.start {
                let text =
                    format!("{} was replaced by one of another length while it was read; try again", self.key.name);
                return Err(io::Error::new(io::ErrorKind::Interrupted, text));
            }
            got.insert(number, block);
        }
        Ok(())
    }

    /// Neighbouring blocks in one request.
    fn fetch_run(&self, run: Vec<Mine<'_>>, got: &mut BTreeMap<u32, Bytes>) -> io::Result<()> {
        let Some(((first, _), (last, _))) = run.first().zip(run.last()) else {
            return Ok(());
        };
        let range = self.block_range(*first).start..self.block_range(*last).end;
        let content = match self.read_remote(range.clone()) {
            Ok(content) => content,
            Err(error) => {
                land_failed(run, &error);
                return Err(error);
            }
        };
        add(&self.shared.counters.cache_misses, run.len() as u64);
        for (number, landing) in run {
            let block = self.block_range(number);
            let block = content.slice((block.start - range.start) as usize..(block.end - range.start) as usize);
            self.shared.cache.put(&self.key, self.byte_len, number, &block);
            landing.land(Ok(block.clone()));
            got.insert(number, block);
        }
        Ok(())
    }

    /// Exactly the bytes of a range, past the cache.
    fn read_remote(&self, range: Range<u64>) -> io::Result<Bytes> {
        let content = self.shared.count_failure(self.shared.remote.read(&self.key.name, range.clone()))?;
        if content.len() as u64 != range.end - range.start {
            let (name, wanted) = (&self.key.name, range.end - range.start);
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("{name}: {} of {wanted} bytes came from byte {} on", content.len(), range.start),
            ));
        }
        add(&self.shared.counters.fetched_bytes, content.len() as u64);
        Ok(content)
    }

    /// A large read: nothing of it goes into the cache.
    fn read_past_cache(&self, range: Range<u64>) -> io::Result<Bytes> {
        let mut out = BytesMut::with_capacity((range.end - range.start) as usize);
        let mut start = range.start;
        while start < range.end {
            let end = (start + MAX_FETCH_BYTES).min(range.end);
            out.extend_from_slice(&self.read_remote(start..end)?);
            start = end;
        }
        Ok(out.freeze())
    }

    fn read_blocks(&self, range: &Range<u64>, numbers: Range<u32>) -> io::Result<Bytes> {
        let mut parts: BTreeMap<u32, Bytes> = BTreeMap::new();
        let mut missing = Vec::new();
        for number in numbers {
            match self.cached(number, range) {
                Some(part) => drop(parts.insert(number, part)),
                None => missing.push(number),
            }
        }
        if !missing.is_empty() && range.end - range.start > MAX_CACHED_READ_BYTES {
            return self.read_past_cache(range.clone());
        }
        if !missing.is_empty() {
            let fetched = self.fetch(&missing)?;
            for (number, block) in fetched.into_iter().filter(|(number, _)| missing.contains(number)) {
                parts.insert(number, block.slice(part_of(&self.block_range(number), range)));
            }
        }
        Ok(join(parts))
    }
}

impl ReadAt for CachedObject {
    fn read_at(&self, offset: u64, len: usize) -> io::Result<Bytes> {
        let end = offset.checked_add(len as u64).filter(|end| *end <= self.byte_len);
        let range = offset..end.ok_or(io::ErrorKind::UnexpectedEof)?;
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let numbers = block_of(range.start)..block_of(range.end - 1) + 1;
        if numbers.len() == 1
            && let Some(part) = self.cached(numbers.start, &range)
        {
            return Ok(part);
        }
        self.read_blocks(&range, numbers)
    }

    fn byte_len(&self) -> io::Result<u64> {
        Ok(self.byte_len)
    }

    fn drop_copy(&self, offset: u64, len: usize) -> bool {
        if len == 0 || offset >= self.byte_len {
            return false;
        }
        let last = (offset.saturating_add(len as u64)).min(self.byte_len) - 1;
        let numbers = block_of(offset)..=block_of(last);
        tracing::warn!(object = %self.key.name, offset, "cached bytes do not fit the file's checksum and are fetched again");
        numbers.filter(|number| self.shared.cache.remove(self.key.block(*number))).count() > 0
    }
}

/// Blocks that lie side by side, and not more of them than one request may fetch.
fn in_runs(blocks: Vec<Mine<'_>>) -> Vec<Vec<Mine<'_>>> {
    let mut runs: Vec<Vec<Mine<'_>>> = Vec::new();
    for block in blocks {
        match runs.last_mut() {
            Some(run) if run.len() < MAX_RUN && run[0].0 + run.len() as u32 == block.0 => run.push(block),
            _ => runs.push(vec![block]),
        }
    }
    runs
}

fn land_failed(run: Vec<Mine<'_>>, error: &io::Error) {
    let failure = Failure::from(error);
    run.into_iter().for_each(|(_, landing)| landing.land(Err(failure.clone())));
}

fn block_of(offset: u64) -> u32 {
    (offset / BLOCK_BYTES) as u32
}

/// The part of a block that lies in a range, counted from the block's start.
fn part_of(block: &Range<u64>, range: &Range<u64>) -> Range<usize> {
    let (start, end) = (range.start.max(block.start), range.end.min(block.end));
    (start - block.start) as usize..(end - block.start) as usize
}

fn join(parts: BTreeMap<u32, Bytes>) -> Bytes {
    let mut parts: Vec<Bytes> = parts.into_values().collect();
    if parts.len() == 1 {
        return parts.remove(0);
    }
    parts.concat().into()
}
