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
