//! The hash of a term in a sidecar: 32 bits, the same on every machine.
//!
//! CRC32C over a mark and the bytes, then mixed so that its upper bits are as good as the lower ones. Two terms may share
//! a hash: what is found by it is compared with the row itself.
//!
//! | Term | Mark | Bytes |
//! |---|---|---|
//! | word | 0 | the folded word, its first 128 bytes at most (whole characters) |
//! | field=value | 1, then the field | the value |
//! | scope | 2 | the scope |
//! | one or two characters of a run | 3 | the characters |

use crate::limits::MAX_INDEXED_WORD_BYTES;
use crate::query::FieldId;
use crate::schema::{Cutter, Piece};

/// CRC32C of the mark of a word: words are a hundred times as many as anything else.
const WORD_MARK_CRC32C: u32 = 0x527D_5351;

/// Hash of a value of a field. Where it is looked up, [`super::term_read::find_value`] knows whether the field is found
/// by words instead.
pub(crate) fn value_hash(field: FieldId, value: &str) -> u32 {
    hash(&[1, field.0], value.as_bytes())
}

/// Hash of a scope.
pub(crate) fn scope_hash(scope: &str) -> u32 {
    hash(&[2], scope.as_bytes())
}

/// Calls with every hash under which a piece is indexed.
pub(crate) fn piece_hashes(piece: Piece<'_>, mut each: impl FnMut(u32)) {
    match piece {
        Piece::Word(word) => {
            let bytes = &word.as_bytes()[..word.floor_char_boundary(MAX_INDEXED_WORD_BYTES)];
            each(mix(word_crc32c(bytes)));
        }
        Piece::Run(run) => {
            let mut before = None;
            for (at, character) in run.char_indices() {
                let end = at + character.len_utf8();
                each(hash(&[3], &run.as_bytes()[at..end]));
                if let Some(before) = before {
                    each(hash(&[3], &run.as_bytes()[before..end]));
                }
                before = Some(at);
            }
        }
    }
}

/// The hash of an ASCII word as if its letters were lower, if it is of a length for which that is quick.
pub(crate) fn folded_hash(word: &str) -> Option<u32> {
    const fn all(byte: u8) -> u128 {
        u128::from_le_bytes([byte; 16])
    }
    let (letters, len) = short(word.as_bytes())?;
    // In each byte the upper bit says "from A on" and "behind Z"; no byte has it before, so nothing is carried on.
    let uppers = (letters + all(0x80 - b'A')) & !(letters + all(0x80 - b'Z' - 1)) & all(0x80);
    Some(mix(short_crc32c(letters | uppers >> 2, len)))
}

/// CRC32C of a word behind its mark.
fn word_crc32c(word: &[u8]) -> u32 {
    match short(word) {
        Some((letters, len)) => short_crc32c(letters, len),
        None => crc32c::crc32c_append(WORD_MARK_CRC32C, word),
    }
}

/// The bytes of a word of 8 to 16 bytes in a number, and how many they are.
fn short(word: &[u8]) -> Option<(u128, usize)> {
    match (word.len(), word.first_chunk::<8>(), word.last_chunk::<8>()) {
        (len @ 8..=16, Some(first), Some(last)) => {
            let last = u128::from(u64::from_le_bytes(*last)) << (8 * (len - 8));
            Some((u128::from(u64::from_le_bytes(*first)) | last, len))
        }
        _ => None,
    }
}

/// The checksum takes eight bytes in one step only where they are aligned.
fn short_crc32c(letters: u128, len: usize) -> u32 {
    #[repr(align(16))]
    struct Aligned([u8; 16]);
    let aligned = Aligned(letters.to_le_bytes());
    crc32c::crc32c_append(WORD_MARK_CRC32C, &aligned.0[..len])
}

/// The hash of a value as a word; `None` when it is not exactly one word.
pub(crate) fn word_hash_of_value(cutter: &Cutter, value: &str) -> Option<u32> {
    let (mut pieces, mut hash) = (0, None);
    cutter.cut_text(value, &mut |piece: Piece<'_>| {
        pieces += 1;
        if let Piece::Word(_) = piece {
            piece_hashes(piece, |of_word| hash = Some(of_word));
        }
    });
    hash.filter(|_| pieces == 1)
}

/// Calls with the hashes that a row must have when it holds a piece of a phrase: of a run its pairs, of a single
/// character itself.
pub(crate) fn needed_hashes(piece: Piece<'_>, mut each: impl FnMut(u32)) {
    let Piece::Run(run) = piece else {
        return piece_hashes(piece, each);
    };
    let ends: Vec<usize> = run.char_indices().map(|(at, _)| at).chain([run.len()]).collect();
    match ends.len() {
        0..=2 => each(hash(&[3], run.as_bytes())),
        _ => ends.windows(3).for_each(|pair| each(hash(&[3], &run.as_bytes()[pair[0]..pair[2]]))),
    }
}

fn hash(mark: &[u8], bytes: &[u8]) -> u32 {
    mix(crc32c::crc32c_append(crc32c::crc32c(mark), bytes))
}

/// The finishing steps of MurmurHash3: every bit of the input changes every bit of the output.
fn mix(mut hash: u32) -> u32 {
    hash ^= hash >> 16;
    hash = hash.wrapping_mul(0x85EB_CA6B);
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(0xC2B2_AE35);
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written into files, so they must never change.
    #[test]
    fn hashes_are_fixed() {
        let mut words = Vec::new();
        piece_hashes(Piece::Word("createuser"), |hash| words.push(hash));
        piece_hashes(Piece::Run("呼叫"), |hash| words.push(hash));
        words.extend([value_hash(FieldId(3), "a"), scope_hash("a")]);
        assert_eq!(words.len(), 6);
        let mut needed = Vec::new();
        needed_hashes(Piece::Run("呼叫"), |hash| needed.push(hash));
        assert_eq!(needed, [words[3]]);
        needed_hashes(Piece::Run("呼"), |hash| needed.push(hash));
        assert_eq!(needed[1], words[1]);
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), 6);
    }

    #[test]
    fn folded_words_have_the_hash_of_lower_ones() {
        let all: String = ('\u{21}'..='\u{7E}').collect();
        for len in 0..=20 {
            for word in (0..=all.len() - len).map(|start| &all[start..start + len]) {
                let (lower, mut expected) = (word.to_ascii_lowercase(), None);
                piece_hashes(Piece::Word(&lower), |hash| expected = Some(hash));
                let plain = mix(crc32c::crc32c_append(WORD_MARK_CRC32C, lower.as_bytes()));
                assert_eq!(expected, Some(plain), "{word}");
                assert_eq!(folded_hash(word), expected.filter(|_| (8..=16).contains(&len)), "{word}");
            }
        }
    }

    #[test]
    fn a_value_is_found_as_a_word_only_when_it_is_one() {
        let cutter = crate::schema::WordRules::new(",:", true).cutter();
        let mut word = None;
        piece_hashes(Piece::Word("0a1b-7"), |hash| word = Some(hash));
        assert_eq!(word_hash_of_value(&cutter, "0A1B-7"), word);
        for value in ["", ",", "a:b", "呼叫", "a呼", "a b"] {
            assert_eq!(word_hash_of_value(&cutter, value), None, "{value}");
        }
    }

    #[test]
    fn words_have_their_mark() {
        assert_eq!(WORD_MARK_CRC32C, crc32c::crc32c(&[0]));
    }

    #[test]
    fn long_words_are_hashed_by_their_beginning() {
        let hash_of = |word: &str| {
            let mut found = 0;
            piece_hashes(Piece::Word(word), |hash| found = hash);
            found
        };
        let long = "é".repeat(64);
        assert_eq!(hash_of(&long), hash_of(&format!("{long}tail")));
        assert_ne!(hash_of(&long), hash_of(&"é".repeat(63)));
    }
}
