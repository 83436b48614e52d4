//! Words in a row: what a phrase needs from the index, and whether a row really has it.

use crate::schema::{Piece, WordRules};

use super::error::SegmentError;
use super::hash::needed_hashes;

/// Words that must stand next to each other.
pub(crate) struct Phrase {
    pieces: Vec<OwnedPiece>,
}

#[derive(Clone, PartialEq, Eq)]
enum OwnedPiece {
    Word(String),
    Run(String),
}

impl OwnedPiece {
    fn new(piece: Piece<'_>) -> OwnedPiece {
        match piece {
            Piece::Word(word) => OwnedPiece::Word(word.to_owned()),
            Piece::Run(run) => OwnedPiece::Run(run.to_owned()),
        }
    }

    fn as_piece(&self) -> Piece<'_> {
        match self {
            OwnedPiece::Word(word) => Piece::Word(word),
            OwnedPiece::Run(run) => Piece::Run(run),
        }
    }
}

/// The pieces of a row, cut once for all phrases.
pub(crate) struct RowPieces(Vec<OwnedPiece>);

impl RowPieces {
    pub(crate) fn cut(rules: WordRules, row: &[u8]) -> RowPieces {
        let mut pieces = Vec::new();
        rules.cut_row(row, &mut |piece: Piece<'_>| pieces.push(OwnedPiece::new(piece)));
        RowPieces(pieces)
    }
}

impl Phrase {
    pub(crate) fn cut(rules: WordRules, text: &str) -> Result<Phrase, SegmentError> {
        let mut pieces = Vec::new();
        rules.cut_text(text, &mut |piece: Piece<'_>| pieces.push(OwnedPiece::new(piece)));
        if pieces.is_empty() {
            return Err(SegmentError::NoWord { text: text.to_owned() });
        }
        Ok(Phrase { pieces })
    }

    /// Hashes that a row with this phrase has.
    pub(crate) fn hashes(&self) -> Vec<u32> {
        let mut hashes = Vec::new();
        self.pieces.iter().for_each(|piece| needed_hashes(piece.as_piece(), |hash| hashes.push(hash)));
        hashes.sort_unstable();
        hashes.dedup();
        hashes
    }

    pub(crate) fn is_in(&self, row: &RowPieces) -> bool {
        row.0.windows(self.pieces.len()).any(|window| self.fits(window))
    }

    fn fits(&self, window: &[OwnedPiece]) -> bool {
        let last = self.pieces.len() - 1;
        self.pieces.iter().zip(window).enumerate().all(|(index, (wanted, found))| match (wanted, found) {
            // A run of characters has no bounds of words: what is wanted may begin or end inside it.
            (OwnedPiece::Run(wanted), OwnedPiece::Run(found)) => match (index == 0, index == last) {
                (true, true) => found.contains(wanted),
                (true, false) => found.ends_with(wanted),
                (false, true) => found.starts_with(wanted),
                (false, false) => found == wanted,
            },
            (wanted, found) => wanted == found,
        })
    }
}
