//! What the index of a segment is made of, for those who make something else of it.

use crate::query::FieldId;
use crate::schema::WordRules;

use super::error::SegmentError;
use super::file::NamedFile;
use super::reader::Segment;
use super::sidecar::{SectionKind, Sidecar, Version};
use super::term_read::each_hash;

/// By which terms the values of a field are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TermsOfField {
    /// Terms of their own.
    Values,
    /// The words that they are.
    Words,
}

impl Segment {
    /// The rules by which its words were cut.
    pub(crate) fn rules(&self) -> WordRules {
        self.sidecar.words()
    }

    /// Bits of each hash that the index has; nothing in its earlier version.
    pub(crate) fn hash_bits(&self) -> Option<u32> {
        (self.sidecar.version() == Version::Two).then(|| self.sidecar.term_shape().hash_bits)
    }

    /// The fields whose values were indexed.
    pub(crate) fn indexed_fields(&self) -> impl Iterator<Item = (FieldId, TermsOfField)> {
        self.sidecar.fields().iter().map(|field| {
            let is_by_word = self.sidecar.find(SectionKind::FieldByWord, *field).is_some();
            (FieldId(*field), if is_by_word { TermsOfField::Words } else { TermsOfField::Values })
        })
    }

    /// Calls with the hash of every term, ascending; bits that the index does not have are zero.
    pub(crate) fn each_hash(&self, each: impl FnMut(u32)) -> Result<(), SegmentError> {
        each_hash(&self.sidecar, each)
    }
}

/// The same of an index whose segment is not opened.
pub(crate) fn each_hash_of(sidecar: NamedFile, each: impl FnMut(u32)) -> Result<(), SegmentError> {
    each_hash(&Sidecar::open(sidecar)?, each)
}
