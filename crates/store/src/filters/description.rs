//! What a filter stands for.

use serde::{Deserialize, Serialize};

use crate::limits::MIN_HASH_BITS;
use crate::schema::WordRules;
use crate::segment::{IndexTerms, TermsOfField};
use crate::write::CatalogueEntry;

/// The description in the file of a filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Description {
    /// The stream of all segments.
    pub(crate) stream: String,
    /// ASCII characters at which their words were cut, one bit each, as a hexadecimal number.
    delimiters: String,
    /// Whether case was folded.
    folds_case: bool,
    /// Number of blocks.
    pub(crate) blocks: u32,
    /// The segments, in the order of their bits.
    pub(crate) members: Vec<Member>,
}

/// A segment of a filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Member {
    /// Its name in the catalogue.
    pub(crate) name: String,
    /// Checksum and length of its Parquet file.
    parquet_crc32c: u32,
    parquet_bytes: u64,
    /// Checksum of its index.
    pub(crate) index_crc32c: u32,
    /// Bits of each hash that its index has.
    pub(crate) hash_bits: u32,
    /// Fields that it finds by terms of their own.
    pub(crate) fields_by_value: Vec<u8>,
    /// Fields that it finds by words.
    pub(crate) fields_by_word: Vec<u8>,
}

impl Description {
    pub(crate) fn new(stream: &str, rules: WordRules, blocks: u32, members: Vec<Member>) -> Description {
        Description {
            stream: stream.to_owned(),
            delimiters: format!("{:x}", rules.delimiters()),
            folds_case: rules.folds_case(),
            blocks,
            members,
        }
    }

    /// The rules by which words were cut; nothing when they cannot be read.
    pub(crate) fn rules(&self) -> Option<WordRules> {
        Some(WordRules::from_parts(u128::from_str_radix(&self.delimiters, 16).ok()?, self.folds_case))
    }
}

impl Member {
    /// `None` for a segment whose index is of an earlier version, or has too few bits to choose a block by: filters are not
    /// made of those.
    pub(crate) fn of(entry: &CatalogueEntry, index: &IndexTerms) -> Option<Member> {
        let hash_bits = index.hash_bits().filter(|bits| *bits >= MIN_HASH_BITS)?;
        let fields = |wanted: TermsOfField| {
            let fields = index.fields();
            fields.filter(|(_, terms)| *terms == wanted).map(|(field, _)| field.0).collect()
        };
        Some(Member {
            name: entry.name.clone(),
            parquet_crc32c: entry.summary.parquet_crc32c,
            parquet_bytes: entry.summary.parquet_bytes,
            index_crc32c: index.checksum(),
            hash_bits,
            fields_by_value: fields(TermsOfField::Values),
            fields_by_word: fields(TermsOfField::Words),
        })
    }

    /// Whether it is this segment of the catalogue.
    pub(crate) fn is(&self, entry: &CatalogueEntry) -> bool {
        self.name == entry.name
            && self.parquet_crc32c == entry.summary.parquet_crc32c
            && self.parquet_bytes == entry.summary.parquet_bytes
    }
}
