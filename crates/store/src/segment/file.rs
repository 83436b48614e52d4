//! Where the bytes of a segment come from.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::error::SegmentError;

/// Bytes that can be read anywhere.
pub trait ReadAt: Send + Sync {
    /// Exactly `len` bytes from `offset` on; an error of kind `UnexpectedEof` when there are fewer.
    fn read_at(&self, offset: u64, len: usize) -> io::Result<Bytes>;

    /// Length in bytes.
    fn byte_len(&self) -> io::Result<u64>;

    /// The bytes there do not fit their checksum. Whoever answered from a copy forgets it and says true: reading again then
    /// asks the original.
    fn drop_copy(&self, _offset: u64, _len: usize) -> bool {
        false
    }
}

impl ReadAt for File {
    fn read_at(&self, offset: u64, len: usize) -> io::Result<Bytes> {
        let mut buffer = vec![0; len];
        self.read_exact_at(&mut buffer, offset)?;
        Ok(buffer.into())
    }

    fn byte_len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }
}

impl ReadAt for Bytes {
    fn read_at(&self, offset: u64, len: usize) -> io::Result<Bytes> {
        let start = usize::try_from(offset).ok();
        let end = start.and_then(|start| start.checked_add(len)).filter(|end| *end <= self.len());
        match (start, end) {
            (Some(start), Some(end)) => Ok(self.slice(start..end)),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn byte_len(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }
}

/// A file with the name by which errors call it.
#[derive(Clone)]
pub struct NamedFile {
    name: Arc<str>,
    bytes: Arc<dyn ReadAt>,
    /// Asked for once: a file of a segment never changes.
    len: Arc<OnceLock<u64>>,
}

impl NamedFile {
    /// Names a file.
    pub fn new(name: &str, bytes: Arc<dyn ReadAt>) -> NamedFile {
        NamedFile { name: name.into(), bytes, len: Arc::default() }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Exactly `len` bytes. Lengths come out of files, so what cannot be there is refused before memory is taken.
    pub(crate) fn read(&self, offset: u64, len: usize) -> Result<Bytes, SegmentError> {
        let file_len = self.byte_len()?;
        if offset.checked_add(len as u64).is_none_or(|end| end > file_len) {
            return Err(self.damaged(offset, format!("{len} bytes are missing, the file has {file_len}")));
        }
        self.bytes.read_at(offset, len).map_err(|source| self.io(offset, source))
    }

    /// Like [`NamedFile::read`], with a test of the bytes. When they fail it and came from a copy, the copy is dropped and the
    /// original asked, once.
    pub(crate) fn read_checked(
        &self,
        offset: u64,
        len: usize,
        check: impl Fn(&Bytes) -> Result<(), SegmentError>,
    ) -> Result<Bytes, SegmentError> {
        let bytes = self.read(offset, len)?;
        match check(&bytes) {
            Ok(()) => Ok(bytes),
            Err(error) if !self.bytes.drop_copy(offset, len) => Err(error),
            Err(_) => {
                let bytes = self.read(offset, len)?;
                check(&bytes).map(|()| bytes)
            }
        }
    }

    pub(crate) fn byte_len(&self) -> Result<u64, SegmentError> {
        if let Some(len) = self.len.get() {
            return Ok(*len);
        }
        let len = self.bytes.byte_len().map_err(|source| self.io(0, source))?;
        Ok(*self.len.get_or_init(|| len))
    }

    pub(crate) fn damaged(&self, offset: u64, what: impl Into<String>) -> SegmentError {
        SegmentError::Damaged { file: self.name.to_string(), offset, what: what.into() }
    }

    fn io(&self, offset: u64, source: io::Error) -> SegmentError {
        SegmentError::Io { file: self.name.to_string(), offset, source }
    }
}
