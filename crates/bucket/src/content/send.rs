//! An object on its way out: from its pieces to a stream of bytes.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream;
use futures::{Stream, StreamExt};

use super::receive::Body;
use crate::blobs::{BlobReader, Blobs};
use crate::limits::PIECE_BYTES;
use crate::rows::object::Piece;

/// The body of an answer.
pub enum Payload {
    /// A text, or nothing.
    Whole(Bytes),
    /// Bytes of an object.
    Object(Content),
}

impl Payload {
    /// Bytes of one file: from, up to but without.
    pub fn of_file(file: std::fs::File, from: u64, to: u64) -> Payload {
        Payload::Object(Content { pieces: vec![(Arc::new(file), to)], from, to })
    }

    /// Number of bytes.
    pub fn len(&self) -> u64 {
        match self {
            Payload::Whole(bytes) => bytes.len() as u64,
            Payload::Object(content) => content.to - content.from,
        }
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes. After an error the stream ends, shorter than announced, so that the client notices.
    pub fn into_stream(self) -> Body {
        match self {
            Payload::Whole(bytes) => stream::iter((!bytes.is_empty()).then_some(Ok(bytes))).boxed(),
            Payload::Object(content) => content.into_stream().boxed(),
        }
    }
}

/// Some bytes of an object, its files open: who deletes it now does not disturb.
pub struct Content {
    pieces: Vec<(Arc<dyn BlobReader>, u64)>,
    from: u64,
    to: u64,
}

impl Content {
    /// Opens the files of an object. Blocks.
    pub(crate) fn open(blobs: &dyn Blobs, pieces: &[Piece]) -> io::Result<Content> {
        let opened: io::Result<Vec<_>> =
            pieces.iter().map(|piece| Ok((Arc::from(blobs.open(&piece.file, piece.size)?), piece.size))).collect();
        let to = pieces.iter().map(|piece| piece.size).sum();
        Ok(Content { pieces: opened?, from: 0, to })
    }

    /// Only these bytes: from, up to but without.
    pub(crate) fn part(mut self, from: u64, to: u64) -> Content {
        (self.from, self.to) = (from, to.min(self.to));
        self
    }

    fn into_stream(self) -> impl Stream<Item = io::Result<Bytes>> + Send {
        stream::try_unfold(self, |mut content| async move {
            let Some((reader, at, count)) = content.next_read() else {
                return Ok(None);
            };
            let reading = tokio::task::spawn_blocking(move || {
                let mut buffer = vec![0_u8; count];
                reader.read_exact_at(&mut buffer, at).map(|()| Bytes::from(buffer))
            });
            let bytes = reading.await.map_err(io::Error::other)??;
            content.from += bytes.len() as u64;
            Ok(Some((bytes, content)))
        })
    }

    /// File, place in it and number of bytes of what comes next.
    fn next_read(&self) -> Option<(Arc<dyn BlobReader>, u64, usize)> {
        let mut start = 0;
        for (reader, size) in &self.pieces {
            let end = start + size;
            if self.from < end && self.from < self.to {
                let count = (end.min(self.to) - self.from).min(PIECE_BYTES as u64);
                return Some((reader.clone(), self.from - start, count as usize));
            }
            start = end;
        }
        None
    }
}

/// The bytes as a body that can be received again: how objects are copied.
pub(crate) fn copy(content: Content) -> Body {
    Payload::Object(content).into_stream()
}
