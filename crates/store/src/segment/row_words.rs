//! The words of rows on their way into the index.
//!
//! Most strings of a row are names of fields and values that nearly every row has. Their words are noted once for a granule;
//! so a string of which every word was noted for this granule already is not cut into words again.

use crate::limits::{GRANULE_ROWS, KNOWN_STRING_BYTES, KNOWN_STRINGS};
use crate::schema::{Piece, Pieces, with_lower_ascii};

use super::hash::{folded_hash, piece_hashes};
use super::term_index::TermIndex;
use super::values_by_word::ValuesByWord;

/// Takes the pieces of one row after the other.
pub(crate) struct RowWords<'a, 'b> {
    index: &'a mut TermIndex,
    by_word: &'a mut ValuesByWord<'b>,
    row: usize,
    known: Vec<KnownString>,
    /// Whether the string that is being cut has a word that is noted row by row.
    has_rare_words: bool,
}

/// A string whose words were noted for a granule.
#[derive(Clone, Copy)]
struct KnownString {
    granule: Option<u32>,
    len: usize,
    bytes: [u8; KNOWN_STRING_BYTES],
}

impl<'a, 'b> RowWords<'a, 'b> {
    pub(crate) fn new(index: &'a mut TermIndex, by_word: &'a mut ValuesByWord<'b>) -> RowWords<'a, 'b> {
        let nothing = KnownString { granule: None, len: 0, bytes: [0; KNOWN_STRING_BYTES] };
        RowWords { index, by_word, row: 0, known: vec![nothing; KNOWN_STRINGS], has_rare_words: false }
    }

    /// The pieces of this row come next. Rows come in order.
    pub(crate) fn begin_row(&mut self, row: usize) {
        self.row = row;
        self.index.begin_row(row);
        self.by_word.begin_row(row);
    }

    pub(crate) fn end_row(&mut self) {
        self.by_word.end_row();
    }

    fn add(&mut self, hash: u32) {
        self.by_word.see(hash);
        self.has_rare_words |= !self.index.add(hash, self.row);
    }

    fn granule(&self) -> Option<u32> {
        Some((self.row / GRANULE_ROWS) as u32)
    }
}

impl Pieces for RowWords<'_, '_> {
    fn piece(&mut self, piece: Piece<'_>) {
        piece_hashes(piece, |hash| self.add(hash));
    }

    fn word_to_fold(&mut self, word: &str) {
        match folded_hash(word) {
            Some(hash) => self.add(hash),
            None => with_lower_ascii(word, |word| self.piece(Piece::Word(word))),
        }
    }

    fn knows(&mut self, string: &str) -> bool {
        self.has_rare_words = false;
        let known = &self.known[place(string)];
        known.granule == self.granule() && known.bytes.get(..known.len) == Some(string.as_bytes())
    }

    fn told(&mut self, string: &str) {
        // What has to be decoded, or may hold strings itself, is cut in different ways in different places.
        let is_plain = !string.contains('\\') && !string.trim_start().starts_with(['{', '[']);
        if self.has_rare_words || !is_plain || string.len() > KNOWN_STRING_BYTES {
            return;
        }
        let granule = self.granule();
        let known = &mut self.known[place(string)];
        known.bytes[..string.len()].copy_from_slice(string.as_bytes());
        (known.granule, known.len) = (granule, string.len());
    }
}

/// The place that a string has to itself, until another one with the same place comes.
fn place(string: &str) -> usize {
    let bytes = string.as_bytes();
    let ends = match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (Some(first), Some(last)) => u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(29),
        _ => bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)),
    };
    let mixed = ends.wrapping_add(bytes.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 32) as usize % KNOWN_STRINGS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::WordRules;
    use crate::segment::sidecar::Version;

    /// Rows with strings that come again and again, in any order, with escapes, with JSON inside, and with rare words.
    fn rows() -> Vec<String> {
        (0..3_000u64)
            .map(|n| {
                let rare = n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
                let inner = format!(r#"{{\"name\":\"common value\",\"inner id\":\"{rare:x}\",\"list\":\"[\\\"deep common\\\"]\"}}"#);
                let sometimes = if n % 3 == 0 { r#""seldom":"a common value","#} else { "" };
                let in_one_granule = if (1_300..1_310).contains(&n) { r#""oddity":"common oddity","# } else { "" };
                format!(
                    r#"{{"name":"common value",{sometimes}{in_one_granule}"json":"{inner}","bare":"[common, value]","日本":"呼叫中心","id":"{rare:x}","esc":"common\u0020value","n":{}}}"#,
                    n % 7
                )
            })
            .collect()
    }

    #[test]
    fn the_index_is_the_same_as_without_knowing() {
        let cutter = WordRules::new(",:\"{}[]", true).cutter();
        let rows = rows();
        let mut plain = TermIndex::default();
        for (number, row) in rows.iter().enumerate() {
            plain.begin_row(number);
            cutter.cut_row(row.as_bytes(), &mut |piece: Piece<'_>| {
                piece_hashes(piece, |hash| {
                    plain.add(hash, number);
                });
            });
        }
        let (mut index, mut by_word, mut known_rows) = (TermIndex::default(), ValuesByWord::default(), 0);
        let mut words = RowWords::new(&mut index, &mut by_word);
        for (number, row) in rows.iter().enumerate() {
            words.begin_row(number);
            cutter.cut_row(row.as_bytes(), &mut words);
            words.end_row();
            known_rows += usize::from(words.knows("common value"));
        }
        assert!(known_rows > 1_900, "{known_rows}");
        let (plain, known) = (plain.encode(rows.len(), Version::Two), index.encode(rows.len(), Version::Two));
        let (plain, known) = (plain.unwrap(), known.unwrap());
        assert_eq!((plain.shape, plain.directory), (known.shape, known.directory));
        assert!(plain.terms == known.terms && plain.postings == known.postings);
    }
}
