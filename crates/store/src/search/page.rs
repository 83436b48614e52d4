//! What a search found.

use crate::query::{Cursor, FoundRow};

use super::budget::Stopped;

/// A page of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPage {
    /// The rows, in the order that was asked for.
    pub rows: Vec<FoundRow>,
    /// How the page ended.
    pub end: PageEnd,
    /// Rows that were looked at: the page's cost.
    pub examined: u64,
    /// Bytes of rows that were read, before compression.
    pub bytes_read: u64,
}

/// How a page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageEnd {
    /// No row follows.
    Last,
    /// The page is full and rows follow: go on after its last row.
    Full,
    /// The budget was over. The rows are all up to a place; what follows it is not known.
    Stopped {
        /// Why.
        reason: Stopped,
        /// The place: go on after it. Nothing when the search was called off before it came anywhere.
        resume: Option<Cursor>,
    },
}

impl SearchPage {
    /// The `after` of the query for what follows; nothing when nothing does, or nothing is known.
    pub fn next(&self) -> Option<Cursor> {
        match self.end {
            PageEnd::Last => None,
            PageEnd::Full => self.rows.last().map(|row| row.cursor),
            PageEnd::Stopped { resume, .. } => resume,
        }
    }
}
