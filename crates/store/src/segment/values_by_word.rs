//! Fields that need no entries of their own in the index: each of their values is a word of its row, and hardly any two rows
//! have the same, as ids are. Whoever looks for a value looks for the word, and asks the row.

use crate::schema::{Cutter, Layout};

use super::contents::Contents;
use super::hash::word_hash_of_value;
use super::sidecar::Version;

/// Finds out for which fields that is true, while all rows are cut into words.
#[derive(Default)]
pub(crate) struct ValuesByWord<'a> {
    candidates: Vec<Candidate<'a>>,
    /// Words that the row has not shown yet, with the candidate that needs them.
    missing: Vec<(u32, usize)>,
}

struct Candidate<'a> {
    field: u8,
    /// For each row the number of its value.
    rows: Vec<Option<&'a u32>>,
    /// The hashes of the values as words.
    words: Vec<u32>,
    is_refuted: bool,
}

impl<'a> ValuesByWord<'a> {
    pub(crate) fn new(
        cutter: &Cutter,
        layout: &Layout,
        contents: &'a Contents<'_>,
        version: Version,
    ) -> ValuesByWord<'a> {
        let mut candidates = Vec::new();
        for (field, column) in layout.fields.iter().zip(&contents.fields) {
            let is_id = !field.many && column.is_mostly_distinct() && !column.is_packable(version);
            if version == Version::One || !is_id {
                continue;
            }
            let words = column.values.iter().map(|value| word_hash_of_value(cutter, value));
            if let Some(words) = words.collect::<Option<Vec<u32>>>() {
                let rows = column.rows().map(<[u32]>::first).collect();
                candidates.push(Candidate { field: field.id.0, rows, words, is_refuted: false });
            }
        }
        ValuesByWord { candidates, missing: Vec::new() }
    }

    pub(crate) fn begin_row(&mut self, row: usize) {
        for (number, candidate) in self.candidates.iter().enumerate() {
            if let Some(value) = candidate.rows[row] {
                self.missing.push((candidate.words[*value as usize], number));
            }
        }
    }

    /// The row has a word.
    #[inline]
    pub(crate) fn see(&mut self, hash: u32) {
        if self.missing.iter().any(|(word, _)| *word == hash) {
            self.missing.retain(|(word, _)| *word != hash);
        }
    }

    pub(crate) fn end_row(&mut self) {
        for (_, candidate) in self.missing.drain(..) {
            self.candidates[candidate].is_refuted = true;
        }
    }

    /// The fields of which every row has shown its value.
    pub(crate) fn fields(self) -> Vec<u8> {
        self.candidates.iter().filter(|candidate| !candidate.is_refuted).map(|candidate| candidate.field).collect()
    }
}
