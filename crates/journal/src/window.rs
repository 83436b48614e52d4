//! Reads a file piece by piece through a window, so that small groups do not cost a system call each.

use std::io;

use bytes::Bytes;

use crate::limits::READ_WINDOW_BYTES;
use crate::storage::JournalFile;

/// Something with bytes at offsets.
pub(crate) trait ByteSource {
    /// Fills `buffer` from `offset` as far as there are bytes, and says how far.
    fn fill(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

impl ByteSource for Box<dyn JournalFile> {
    fn fill(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read_at(offset + filled as u64, &mut buffer[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

impl ByteSource for &[u8] {
    fn fill(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.len());
        let count = buffer.len().min(self.len() - start);
        buffer[..count].copy_from_slice(&self[start..start + count]);
        Ok(count)
    }
}

/// The window over a source.
#[derive(Debug)]
pub(crate) struct Window<S> {
    source: S,
    /// Bytes from here on are not looked at.
    limit: u64,
    start: u64,
    buffer: Bytes,
    /// Bytes that are fetched at once.
    fetch_bytes: usize,
}

impl<S: ByteSource> Window<S> {
    /// A window over the first `limit` bytes of `source`.
    pub(crate) fn new(source: S, limit: u64) -> Self {
        Self { source, limit, start: 0, buffer: Bytes::new(), fetch_bytes: READ_WINDOW_BYTES }
    }

    /// The same with more bytes at once, for who reads on and on.
    pub(crate) fn fetching(self, fetch_bytes: usize) -> Self {
        Self { fetch_bytes, ..self }
    }

    /// Offset behind the last byte that is looked at.
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    /// Looks at more of a file that has grown.
    pub(crate) fn extend(&mut self, limit: u64) {
        self.limit = self.limit.max(limit);
    }

    /// `count` bytes from `offset`; nothing when the source ends before.
    pub(crate) fn bytes(&mut self, offset: u64, count: usize) -> io::Result<Option<Bytes>> {
        let Some(end) = offset.checked_add(count as u64).filter(|end| *end <= self.limit) else {
            return Ok(None);
        };
        if offset < self.start || end > self.start + self.buffer.len() as u64 {
            self.load(offset, count)?;
        }
        let from = (offset - self.start) as usize;
        Ok((from + count <= self.buffer.len()).then(|| self.buffer.slice(from..from + count)))
    }

    /// All bytes that can be had at once from `offset`, at least one; nothing at the end.
    pub(crate) fn some_bytes(&mut self, offset: u64) -> io::Result<Option<Bytes>> {
        if offset >= self.limit {
            return Ok(None);
        }
        if offset < self.start || offset >= self.start + self.buffer.len() as u64 {
            self.load(offset, 1)?;
        }
        let rest = self.buffer.slice((offset - self.start) as usize..);
        Ok((!rest.is_empty()).then_some(rest))
    }

    fn load(&mut self, offset: u64, at_least: usize) -> io::Result<()> {
        let wanted = (at_least.max(self.fetch_bytes) as u64).min(self.limit - offset) as usize;
        let mut buffer = vec![0; wanted];
        let filled = self.source.fill(offset, &mut buffer)?;
        buffer.truncate(filled);
        self.start = offset;
        self.buffer = Bytes::from(buffer);
        Ok(())
    }
}
