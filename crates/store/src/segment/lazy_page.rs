//! A page of rows that is unpacked only as far as the rows that are wanted: of a page of some hundred kilobytes a lookup
//! mostly wants one row.
//!
//! The compressed bytes are checked whole before anything is unpacked, so the beginning of a page can be trusted without
//! its end.

use bytes::Bytes;
use parking_lot::Mutex;
use zstd::stream::raw::{Decoder, Operation};

use crate::limits::{MAX_RAW_PAGE_BYTES, MAX_SPARE_UNPACKER_BYTES, SPARE_UNPACKERS, UNPACKED_STEP_BYTES};
use crate::search::PageBytes;

use super::bytes_at::u32_at;
use super::error::SegmentError;
use super::file::NamedFile;
use super::pages::read_compressed;
use super::sidecar::Sidecar;

const UNREADABLE: &str = "a page of rows cannot be decoded";

/// The rows of a granule.
pub(crate) struct LazyPage {
    file: NamedFile,
    /// Where the page is in the file, for errors.
    offset: u64,
    compressed: Bytes,
    /// Of `compressed`, what was unpacked.
    used_bytes: usize,
    plain_bytes: usize,
    row_count: usize,
    /// There until the page is dropped.
    decoder: Option<Decoder<'static>>,
    /// Room for what is unpacked, of which the beginning is filled.
    plain: Vec<u8>,
    filled_bytes: usize,
    /// Start and end of each row that is unpacked.
    rows: Vec<(usize, usize)>,
    /// Room for a copy of what is unpacked.
    scratch: Vec<u8>,
}

/// What is left of a page for the next one: making it anew costs as much as unpacking.
struct Spare {
    decoder: Decoder<'static>,
    plain: Vec<u8>,
    rows: Vec<(usize, usize)>,
    scratch: Vec<u8>,
}

static SPARE: Mutex<Vec<Spare>> = Mutex::new(Vec::new());

impl LazyPage {
    /// Reads and checks the page of a granule; unpacks nothing yet.
    pub(crate) fn read(sidecar: &Sidecar, parquet: &NamedFile, granule: usize) -> Result<LazyPage, SegmentError> {
        let (entry, compressed) = read_compressed(sidecar, parquet, granule)?;
        let plain_bytes = entry.plain_bytes as usize;
        let row_count = sidecar.granule_len(granule);
        let page = LazyPage::packed(parquet.clone(), entry.offset, compressed, plain_bytes, row_count);
        page.ok_or_else(|| parquet.damaged(entry.offset, UNREADABLE))
    }

    /// A page of which nothing is unpacked; `None` when it is larger than any.
    fn packed(
        file: NamedFile,
        offset: u64,
        compressed: Bytes,
        plain_bytes: usize,
        row_count: usize,
    ) -> Option<LazyPage> {
        let Spare { decoder, plain, rows, scratch } =
            if plain_bytes <= MAX_RAW_PAGE_BYTES { Spare::take() } else { None }?;
        let (used_bytes, filled_bytes, decoder) = (0, 0, Some(decoder));
        Some(LazyPage {
            file,
            offset,
            compressed,
            used_bytes,
            plain_bytes,
            row_count,
            decoder,
            plain,
            filled_bytes,
            rows,
            scratch,
        })
    }

    /// Unpacks everything.
    pub(crate) fn verify(&mut self) -> Result<(), SegmentError> {
        self.row(self.row_count.saturating_sub(1)).map(drop)
    }

    /// The bytes of all rows, to be looked through. Unpacked in one step, which takes two thirds of the time of small ones.
    pub(crate) fn whole(&mut self) -> Result<PageBytes<'_>, SegmentError> {
        while self.filled_bytes < self.plain_bytes {
            self.unpack(self.plain_bytes).ok_or_else(|| self.file.damaged(self.offset, UNREADABLE))?;
        }
        if self.rows.len() != self.row_count {
            return Err(self.file.damaged(self.offset, UNREADABLE));
        }
        Ok(PageBytes::new(&self.plain[..self.plain_bytes], &self.rows, &mut self.scratch))
    }

    /// Bytes of all rows.
    pub(crate) fn byte_len(&self) -> usize {
        self.plain_bytes
    }

    /// A row of the granule.
    pub(crate) fn row(&mut self, index: usize) -> Result<&[u8], SegmentError> {
        while self.rows.len() <= index {
            let can_come = index < self.row_count;
            let more = if can_come { self.unpack_more() } else { None };
            more.ok_or_else(|| self.file.damaged(self.offset, UNREADABLE))?;
        }
        let (start, end) = self.rows[index];
        Ok(&self.plain[start..end])
    }

    /// Unpacks a step.
    fn unpack_more(&mut self) -> Option<()> {
        self.unpack(self.plain_bytes.min(self.filled_bytes + UNPACKED_STEP_BYTES))
    }

    /// Unpacks up to an end and finds the rows that are there; `None` when the page is not what it should be.
    fn unpack(&mut self, end: usize) -> Option<()> {
        if self.plain.len() < end {
            self.plain.resize(end, 0);
        }
        // One call may end with a block of the compressed bytes.
        while self.filled_bytes < end {
            let (packed, room) = (&self.compressed[self.used_bytes..], &mut self.plain[self.filled_bytes..end]);
            let status = self.decoder.as_mut()?.run_on_buffers(packed, room).ok()?;
            if status.bytes_read == 0 && status.bytes_written == 0 {
                return None;
            }
            self.used_bytes += status.bytes_read;
            self.filled_bytes += status.bytes_written;
        }
        let mut last = self.rows.last().map_or(0, |(_, end)| *end);
        while let Some(len) = u32_at(&self.plain[..end], last) {
            let row_end = (last + 4).checked_add(len as usize)?;
            if row_end > end {
                break;
            }
            self.rows.push((last + 4, row_end));
            last = row_end;
        }
        let is_whole = end == self.plain_bytes;
        let is_sound =
            if is_whole { last == end && self.rows.len() == self.row_count } else { self.rows.len() < self.row_count };
        is_sound.then_some(())
    }
}

impl Drop for LazyPage {
    fn drop(&mut self) {
        let Some(decoder) = self.decoder.take() else {
            return;
        };
        let (plain, rows) = (std::mem::take(&mut self.plain), std::mem::take(&mut self.rows));
        let scratch = std::mem::take(&mut self.scratch);
        let mut spare = SPARE.lock();
        if spare.len() < SPARE_UNPACKERS && plain.len() <= MAX_SPARE_UNPACKER_BYTES {
            spare.push(Spare { decoder, plain, rows, scratch });
        }
    }
}

impl Spare {
    /// One that is ready for a page.
    fn take() -> Option<Spare> {
        let spare = SPARE.lock().pop();
        let Some(mut spare) = spare else {
            let (decoder, scratch) = (Decoder::new().ok()?, Vec::new());
            return Some(Spare { decoder, plain: Vec::new(), rows: Vec::new(), scratch });
        };
        spare.decoder.reinit().ok()?;
        spare.rows.clear();
        Some(spare)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn page(rows: &[Vec<u8>], level: i32) -> (Vec<u8>, usize) {
        let plain: Vec<u8> =
            rows.iter().flat_map(|row| [&(row.len() as u32).to_le_bytes()[..], row].concat()).collect();
        (zstd::bulk::compress(&plain, level).unwrap(), plain.len())
    }

    fn lazy(compressed: &[u8], plain_bytes: usize, row_count: usize) -> LazyPage {
        let file = NamedFile::new("test.parquet", Arc::new(Bytes::new()));
        LazyPage::packed(file, 7, Bytes::copy_from_slice(compressed), plain_bytes, row_count).unwrap()
    }

    /// Rows of random lengths, some as long as a step, whose bytes compress a little.
    fn rows() -> Vec<Vec<u8>> {
        let mut state = 3u64;
        let mut next = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize
        };
        (0..256)
            .map(|n| {
                let len = if n % 50 == 7 { UNPACKED_STEP_BYTES + next() % 9 } else { next() % 3000 };
                (0..len).map(|_| b"0123456789abcdef"[next() % 16]).collect()
            })
            .collect()
    }

    #[test]
    fn rows_come_in_any_order_and_no_further_than_needed() {
        let rows = rows();
        for level in [1, 3, 9] {
            let (compressed, plain_bytes) = page(&rows, level);
            let mut first = lazy(&compressed, plain_bytes, rows.len());
            assert_eq!(first.row(3).unwrap(), rows[3]);
            assert!(first.filled_bytes < plain_bytes / 4, "{} of {plain_bytes}", first.filled_bytes);
            for index in [200, 40, 255, 0, 199, 57] {
                assert_eq!(first.row(index).unwrap(), rows[index]);
            }
            assert!(first.row(256).is_err());
            let mut whole = lazy(&compressed, plain_bytes, rows.len());
            // What was unpacked in steps is gone on with.
            if level == 3 {
                assert_eq!(whole.row(9).unwrap(), rows[9]);
            }
            assert!(whole.whole().is_ok());
            assert_eq!(whole.filled_bytes, plain_bytes);
            assert!((0..256).all(|index| whole.row(index).unwrap() == rows[index]));
        }
    }

    #[test]
    fn what_is_no_page_is_refused() {
        let rows = rows();
        let (compressed, plain_bytes) = page(&rows, 3);
        for (plain_bytes, row_count) in
            [(plain_bytes, 255), (plain_bytes, 257), (plain_bytes - 1, 256), (plain_bytes + 1, 256), (0, 256)]
        {
            let mut page = lazy(&compressed, plain_bytes, row_count);
            let error = page.row(row_count - 1).unwrap_err().to_string();
            assert!(error.starts_with("test.parquet: damaged at byte 7: a page of rows cannot be decoded"), "{error}");
            assert!(lazy(&compressed, plain_bytes, row_count).whole().is_err());
        }
        assert!(lazy(&compressed[..compressed.len() / 2], plain_bytes, 256).row(255).is_err());
        assert!(lazy(b"not zstd", plain_bytes, 256).row(0).is_err());
        // What a refused page leaves behind serves the next one.
        assert_eq!(lazy(&compressed, plain_bytes, 256).row(255).unwrap(), rows[255]);
    }
}
