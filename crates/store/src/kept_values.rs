//! The values of rows, kept from their insertion until they are written, so that a row is read once.
//!
//! A value that stands in its row as it is costs nine bytes: which field it is of, where it begins, how long it is. Only
//! values that had to be decoded or made are kept as texts.

use crate::limits::CHUNK_ROWS;
use crate::query::{FieldId, Row};

/// Values of the rows of a stream, by number of insertion, in chunks that never move.
#[derive(Default)]
pub(crate) struct KeptValues {
    chunks: Vec<Chunk>,
}

/// Values of [`CHUNK_ROWS`] rows, one row after the other; the scope of a row stands before its values.
#[derive(Default)]
struct Chunk {
    /// For each row, where its values end.
    ends: Vec<u32>,
    fields: Vec<FieldId>,
    spans: Vec<Span>,
    texts: String,
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct Span {
    /// In the row's bytes or, with [`IN_TEXTS`], in the texts of its chunk.
    start: u32,
    len: u32,
}

const IN_TEXTS: u32 = 1 << 31;

/// Stands in the place of a field for the scope.
const SCOPE: FieldId = FieldId(0);

/// The values of a row.
pub(crate) struct RowValues<'a> {
    chunk: &'a Chunk,
    bytes: &'a [u8],
    first: usize,
    end: usize,
}

impl KeptValues {
    /// Keeps the values of the next row.
    pub(crate) fn push(&mut self, row: &Row<'_>) {
        if self.chunks.last().is_none_or(|chunk| chunk.ends.len() == CHUNK_ROWS) {
            let next = self.chunks.last().map_or_else(Chunk::default, Chunk::like);
            self.chunks.push(next);
        }
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.push(SCOPE, row.scope, &row.bytes);
            row.terms.iter().for_each(|(field, value)| chunk.push(*field, value, &row.bytes));
            chunk.ends.push(chunk.spans.len() as u32);
        }
    }

    /// The values of a row with these bytes; none if there is no such row.
    pub(crate) fn of<'a>(&'a self, number: u32, bytes: &'a [u8]) -> Option<RowValues<'a>> {
        let (chunk, row) = (self.chunks.get(number as usize / CHUNK_ROWS)?, number as usize % CHUNK_ROWS);
        let first = row.checked_sub(1).map_or(Some(0), |before| chunk.ends.get(before).map(|end| *end as usize))?;
        Some(RowValues { chunk, bytes, first, end: *chunk.ends.get(row)? as usize })
    }

    /// Bytes that all of it takes, by capacity.
    pub(crate) fn bytes(&self) -> u64 {
        let chunk_bytes = |chunk: &Chunk| {
            chunk.ends.capacity() * size_of::<u32>()
                + chunk.fields.capacity()
                + chunk.spans.capacity() * size_of::<Span>()
                + chunk.texts.capacity()
        };
        let chunks: usize = self.chunks.iter().map(chunk_bytes).sum();
        (chunks + self.chunks.capacity() * size_of::<Chunk>()) as u64
    }
}

impl Chunk {
    /// A chunk with room for as many values as another one has, so that it does not grow step by step.
    fn like(other: &Chunk) -> Chunk {
        Chunk {
            ends: Vec::with_capacity(CHUNK_ROWS),
            fields: Vec::with_capacity(other.fields.len()),
            spans: Vec::with_capacity(other.spans.len()),
            texts: String::new(),
        }
    }

    fn push(&mut self, field: FieldId, value: &str, row: &[u8]) {
        self.fields.push(field);
        let start = place_in(row, value).unwrap_or_else(|| {
            self.texts.push_str(value);
            (self.texts.len() - value.len()) as u32 | IN_TEXTS
        });
        self.spans.push(Span { start, len: value.len() as u32 });
    }
}

/// Where a value begins in a row that it was borrowed from.
fn place_in(row: &[u8], value: &str) -> Option<u32> {
    let start = value.as_ptr().addr().checked_sub(row.as_ptr().addr())?;
    let is_inside = start.checked_add(value.len())? <= row.len();
    u32::try_from(start).ok().filter(|start| is_inside && start & IN_TEXTS == 0)
}

impl<'a> RowValues<'a> {
    /// The scope.
    pub(crate) fn scope(&self) -> Option<&'a str> {
        self.text(self.first)
    }

    /// Fields and values in the order of insertion; none in the place of one that the row does not have.
    pub(crate) fn values(&self) -> impl Iterator<Item = (FieldId, Option<&'a str>)> {
        (self.first + 1..self.end).map(|index| (self.chunk.fields[index], self.text(index)))
    }

    fn text(&self, index: usize) -> Option<&'a str> {
        let Span { start, len } = self.chunk.spans[index];
        let (text, start) = match start & IN_TEXTS {
            0 => (self.bytes, start as usize),
            _ => (self.chunk.texts.as_bytes(), (start & !IN_TEXTS) as usize),
        };
        std::str::from_utf8(text.get(start..start + len as usize)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn values_come_back_from_rows_and_texts() {
        let mut kept = KeptValues::default();
        let rows: Vec<Bytes> = (0..CHUNK_ROWS * 2 + 5).map(|n| format!("scope-{n} value-{n} 呼叫").into()).collect();
        for (n, bytes) in rows.iter().enumerate() {
            let text = std::str::from_utf8(bytes).unwrap();
            let made = format!("made {n}");
            let (scope, rest) = text.split_once(' ').unwrap();
            let (value, run) = rest.split_once(' ').unwrap();
            let terms = [(FieldId(1), value), (FieldId(7), &*made), (FieldId(0), run), (FieldId(2), "")];
            let terms = if n % 3 == 0 { &terms[..] } else { &terms[..n % 3] };
            let scope = if n % 2 == 0 { scope } else { "*" };
            kept.push(&Row { position: n as u64, time_s: 0, scope, terms, bytes: bytes.clone() });
        }
        for (n, bytes) in rows.iter().enumerate() {
            let row = kept.of(n as u32, bytes).unwrap();
            let scope = if n % 2 == 0 { format!("scope-{n}") } else { "*".to_owned() };
            assert_eq!(row.scope(), Some(&*scope));
            let (value, made) = (format!("value-{n}"), format!("made {n}"));
            let all = [(FieldId(1), &*value), (FieldId(7), &*made), (FieldId(0), "呼叫"), (FieldId(2), "")];
            let expected = all.map(|(field, value)| (field, Some(value)));
            let expected = if n % 3 == 0 { &expected[..] } else { &expected[..n % 3] };
            assert_eq!(row.values().collect::<Vec<_>>(), expected, "{n}");
        }
        assert!(kept.of(rows.len() as u32, b"").is_none());
        let made: usize = (0..rows.len()).map(|n| format!("made {n}*").len()).sum();
        assert!(kept.bytes() < (rows.len() * 4 * 9 + made * 2 + CHUNK_ROWS * 16) as u64, "{}", kept.bytes());
    }
}
