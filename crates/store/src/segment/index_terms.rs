//! What the index of a segment is made of, for those who make something else of it.

use crate::query::FieldId;
use crate::schema::WordRules;

use super::error::SegmentError;
use super::file::NamedFile;
use super::sidecar::{SectionKind, Sidecar, Version};
use super::term_read::each_hash;

/// The terms of an index.
pub(crate) struct IndexTerms(Sidecar);

/// By which terms the values of a field are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TermsOfField {
    /// Terms of their own.
    Values,
    /// The words that they are.
    Words,
}

impl IndexTerms {
    /// Reads the header.
    pub(crate) fn open(sidecar: NamedFile) -> Result<IndexTerms, SegmentError> {
        Sidecar::open(sidecar).map(IndexTerms)
    }

    /// Checksum of the header, which has the checksums of everything else.
    pub(crate) fn checksum(&self) -> u32 {
        self.0.checksum()
    }

    /// The rules by which words were cut.
    pub(crate) fn rules(&self) -> WordRules {
        self.0.words()
    }

    /// Bits of each hash that the index has; nothing in its earlier version.
    pub(crate) fn hash_bits(&self) -> Option<u32> {
        (self.0.version() == Version::Two).then(|| self.0.term_shape().hash_bits)
    }

    /// The fields whose values were indexed.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (FieldId, TermsOfField)> {
        self.0.fields().iter().map(|field| {
            let is_by_word = self.0.find(SectionKind::FieldByWord, *field).is_some();
            (FieldId(*field), if is_by_word { TermsOfField::Words } else { TermsOfField::Values })
        })
    }

    /// Calls with the hash of every term, ascending; bits that the index does not have are zero.
    pub(crate) fn each_hash(&self, each: impl FnMut(u32)) -> Result<(), SegmentError> {
        each_hash(&self.0, each)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;
    use crate::query::Cursor;
    use crate::schema::{JsonSchema, Layout};
    use crate::segment::term_read::find_term;
    use crate::segment::{SourceRow, build_segment};

    /// Words in every row, in every second, third, and so on, and words of one row each: terms of all kinds.
    fn index(rows: usize) -> IndexTerms {
        let word = |name: &str| name.to_owned();
        let layout = Layout {
            name: word("test"),
            time_column: word("time"),
            position_column: word("position"),
            scope_column: word("region"),
            raw_column: word("raw"),
            fields: Vec::new(),
            words: WordRules::new("{}[]\",:", true),
        };
        let schema = JsonSchema::new(layout, "time", "region", Vec::new());
        let row = |number: usize| {
            let words: Vec<String> =
                (1..300).filter(|every| number.is_multiple_of(*every)).map(|every| format!("w{every}")).collect();
            let text = format!("{} only{number}", words.join(" "));
            let bytes = serde_json::json!({"time": 5, "region": "a", "text": text}).to_string();
            SourceRow { cursor: Cursor { time_s: 5, position: number as u64 }, bytes: Bytes::from(bytes) }
        };
        let rows: Vec<SourceRow> = (1..=rows).map(row).collect();
        let built = build_segment("test", "s", &rows, &schema).unwrap();
        IndexTerms::open(NamedFile::new("test.idx", Arc::new(Bytes::from(built.sidecar)))).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4))]

        #[test]
        fn every_term_comes_and_no_other(rows in 1_usize..6_000, hashes in prop::collection::vec(any::<u32>(), 2_000)) {
            let index = index(rows);
            let missing_bits = 32 - index.hash_bits().unwrap();
            let mut all = Vec::new();
            index.each_hash(|hash| all.push(hash)).unwrap();
            prop_assert!(all.is_sorted_by(|left, right| left < right));
            prop_assert!(all.len() > rows, "each row has a word of its own");
            let set: BTreeSet<u32> = all.iter().copied().collect();
            for hash in all.iter().step_by(7).chain(&hashes) {
                let is_there = set.contains(&(hash >> missing_bits << missing_bits));
                prop_assert_eq!(find_term(&index.0, *hash).unwrap().is_some(), is_there);
            }
        }
    }
}
