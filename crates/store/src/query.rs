//! Rows, queries and pages.

use bytes::Bytes;

/// Number of a field whose values can be asked for; the caller gives the numbers their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(pub u8);

/// A row to insert.
#[derive(Debug, Clone)]
pub struct Row<'a> {
    /// Position in the stream, unique. Dense positions cost nothing to remember, gaps 32 bytes each.
    pub position: u64,
    /// Time of the row in Unix seconds.
    pub time_s: i64,
    /// Group of rows inside the stream that queries choose, such as a region.
    pub scope: &'a str,
    /// Values by which the row can be found. A field may have several.
    pub terms: &'a [(FieldId, &'a str)],
    /// The row itself.
    pub bytes: Bytes,
}

/// Which rows of a stream, and in which order.
#[derive(Debug, Clone)]
pub struct Query<'a> {
    /// Rows of any of these scopes; none when empty.
    pub scopes: &'a [&'a str],
    /// Rows that have all of these values.
    pub all_of: &'a [(FieldId, &'a str)],
    /// Earliest time in Unix seconds, inclusive.
    pub from_s: i64,
    /// Latest time in Unix seconds, inclusive.
    pub to_s: i64,
    /// Order of the page.
    pub direction: Direction,
    /// Only rows that come after this one, in the order of the page.
    pub after: Option<Cursor>,
    /// Most rows in the page.
    pub limit: usize,
}

/// Order of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Oldest first.
    Forward,
    /// Newest first.
    Backward,
}

/// Place of a row in the strict order of its stream: by time, then by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor {
    /// Time of the row in Unix seconds.
    pub time_s: i64,
    /// Position of the row in its stream.
    pub position: u64,
}

impl Cursor {
    pub(crate) const FIRST: Cursor = Cursor { time_s: i64::MIN, position: 0 };
    pub(crate) const LAST: Cursor = Cursor { time_s: i64::MAX, position: u64::MAX };

    /// The next place in the order; `None` behind the last.
    pub(crate) fn successor(self) -> Option<Cursor> {
        match self.position.checked_add(1) {
            Some(position) => Some(Cursor { position, ..self }),
            None => Some(Cursor { time_s: self.time_s.checked_add(1)?, position: 0 }),
        }
    }

    /// The place before in the order; `None` before the first.
    pub(crate) fn predecessor(self) -> Option<Cursor> {
        match self.position.checked_sub(1) {
            Some(position) => Some(Cursor { position, ..self }),
            None => Some(Cursor { time_s: self.time_s.checked_sub(1)?, position: u64::MAX }),
        }
    }
}

/// A row of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRow {
    /// Its place; the `after` of a query for what follows.
    pub cursor: Cursor,
    /// The row as it was inserted.
    pub bytes: Bytes,
}

/// What a query found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The rows, in the order that was asked for.
    pub rows: Vec<FoundRow>,
    /// Whether rows follow behind this page.
    pub more: bool,
    /// Number of row keys that were read to find the page: its cost.
    pub examined: u64,
}
