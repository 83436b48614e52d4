//! The values of rows, kept from their insertion until they are written, so that a row is read once.
//!
//! A value that stands in its row as it is costs nine bytes: which field it is of, where it begins, how long it is. Only
//! values that had to be decoded or made are kept as texts. Values that many rows have are numbered, so that what is known
//! of one need not be looked up for each row.

use crate::limits::{CHUNK_ROWS, MAX_COMMON_VALUES};
use crate::query::FieldId;

/// Values of the rows of a stream, by number of insertion, in chunks that never move.
#[derive(Default)]
pub(crate) struct KeptValues {
    chunks: Vec<Chunk>,
    commons: Vec<Box<str>>,
}

/// The number of a value of one field that many rows have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Common(u32);

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
    /// In the row's bytes or, with [`IN_TEXTS`], in the texts of its chunk; with [`IS_COMMON`], the number of the value.
    start: u32,
    len: u32,
}

const IN_TEXTS: u32 = 1 << 31;
const IS_COMMON: u32 = 1 << 30;

/// Stands in the place of a field for the scope.
const SCOPE: FieldId = FieldId(0);

/// The values of a row.
pub(crate) struct RowValues<'a> {
    commons: &'a [Box<str>],
    chunk: &'a Chunk,
    bytes: &'a [u8],
    first: usize,
    end: usize,
}

impl KeptValues {
    /// Keeps the scope of the next row. Its values come next, then [`KeptValues::end_row`].
    pub(crate) fn begin_row(&mut self, scope: &str, bytes: &[u8]) {
        if self.chunks.last().is_none_or(|chunk| chunk.ends.len() == CHUNK_ROWS) {
            let next = self.chunks.last().map_or_else(Chunk::default, Chunk::like);
            self.chunks.push(next);
        }
        self.push(SCOPE, scope, None, bytes);
    }

    /// Keeps a value of the row, by its number if it has one.
    pub(crate) fn push(&mut self, field: FieldId, value: &str, common: Option<Common>, bytes: &[u8]) {
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.fields.push(field);
            let span = match common {
                Some(Common(number)) => Span { start: number | IS_COMMON, len: 0 },
                None => chunk.span(value, bytes),
            };
            chunk.spans.push(span);
        }
    }

    pub(crate) fn end_row(&mut self) {
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.ends.push(chunk.spans.len() as u32);
        }
    }

    /// Numbers a value of one field that many rows may have, while there are numbers.
    pub(crate) fn number(&mut self, value: &str) -> Option<Common> {
        let number = self.commons.len();
        (number < MAX_COMMON_VALUES).then(|| {
            self.commons.push(value.into());
            Common(number as u32)
        })
    }

    /// How many values have a number.
    pub(crate) fn common_count(&self) -> usize {
        self.commons.len()
    }

    /// The values of a row with these bytes; none if there is no such row.
    pub(crate) fn of<'a>(&'a self, number: u32, bytes: &'a [u8]) -> Option<RowValues<'a>> {
        let (chunk, row) = (self.chunks.get(number as usize / CHUNK_ROWS)?, number as usize % CHUNK_ROWS);
        let first = row.checked_sub(1).map_or(Some(0), |before| chunk.ends.get(before).map(|end| *end as usize))?;
        Some(RowValues { commons: &self.commons, chunk, bytes, first, end: *chunk.ends.get(row)? as usize })
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
        let commons: usize = self.commons.iter().map(|value| value.len() + size_of::<Box<str>>()).sum();
        (chunks + self.chunks.capacity() * size_of::<Chunk>() + commons) as u64
    }
}

impl Common {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
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

    fn span(&mut self, value: &str, row: &[u8]) -> Span {
        let start = place_in(row, value).unwrap_or_else(|| {
            self.texts.push_str(value);
            (self.texts.len() - value.len()) as u32 | IN_TEXTS
        });
        Span { start, len: value.len() as u32 }
    }
}

/// Where a value begins in a row that it was borrowed from.
fn place_in(row: &[u8], value: &str) -> Option<u32> {
    let start = value.as_ptr().addr().checked_sub(row.as_ptr().addr())?;
    let is_inside = start.checked_add(value.len())? <= row.len();
    u32::try_from(start).ok().filter(|start| is_inside && *start < IS_COMMON)
}

impl<'a> RowValues<'a> {
    /// The scope.
    pub(crate) fn scope(&self) -> Option<&'a str> {
        self.text(self.first)
    }

    /// Fields and values in the order of insertion, with their numbers if they have any; none in the place of one that the
    /// row does not have.
    pub(crate) fn values(&self) -> impl Iterator<Item = (FieldId, Option<Common>, Option<&'a str>)> {
        (self.first + 1..self.end).map(|index| {
            let Span { start, .. } = self.chunk.spans[index];
            let common = (start & (IN_TEXTS | IS_COMMON) == IS_COMMON).then_some(Common(start & !IS_COMMON));
            let text =
                common.map_or_else(|| self.text(index), |common| self.commons.get(common.index()).map(|text| &**text));
            (self.chunk.fields[index], common, text)
        })
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
        let common = kept.number("common");
        let rows: Vec<Bytes> = (0..CHUNK_ROWS * 2 + 5).map(|n| format!("scope-{n} value-{n} 呼叫").into()).collect();
        for (n, bytes) in rows.iter().enumerate() {
            let text = std::str::from_utf8(bytes).unwrap();
            let made = format!("made {n}");
            let (scope, rest) = text.split_once(' ').unwrap();
            let (value, run) = rest.split_once(' ').unwrap();
            let terms = [
                (FieldId(1), value),
                (FieldId(7), &*made),
                (FieldId(0), run),
                (FieldId(2), "common"),
                (FieldId(3), ""),
            ];
            let terms = if n % 3 == 0 { &terms[..] } else { &terms[..n % 3] };
            let scope = if n % 2 == 0 { scope } else { "*" };
            kept.begin_row(scope, bytes);
            for (field, value) in terms {
                kept.push(*field, value, common.filter(|_| *field == FieldId(2)), bytes);
            }
            kept.end_row();
        }
        for (n, bytes) in rows.iter().enumerate() {
            let row = kept.of(n as u32, bytes).unwrap();
            let scope = if n % 2 == 0 { format!("scope-{n}") } else { "*".to_owned() };
            assert_eq!(row.scope(), Some(&*scope));
            let (value, made) = (format!("value-{n}"), format!("made {n}"));
            let all = [(1, &*value), (7, &*made), (0, "呼叫"), (2, "common"), (3, "")];
            let number = |field| common.filter(|_| field == 2);
            let expected = all.map(|(field, value)| (FieldId(field), number(field), Some(value)));
            let expected = if n % 3 == 0 { &expected[..] } else { &expected[..n % 3] };
            assert_eq!(row.values().collect::<Vec<_>>(), expected, "{n}");
        }
        assert!(kept.of(rows.len() as u32, b"").is_none());
        let made: usize = (0..rows.len()).map(|n| format!("made {n}*").len()).sum();
        assert!(kept.bytes() < (rows.len() * 5 * 9 + made * 2 + CHUNK_ROWS * 16) as u64, "{}", kept.bytes());
    }
}
