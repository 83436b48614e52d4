//! Which segments there are, and which positions they cover.

use std::collections::BTreeMap;

use crate::retention::RetentionLedger;
use crate::segment::SegmentSummary;

/// A segment that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueEntry {
    /// Name of its files, without ending.
    pub name: String,
    /// Its stream.
    pub stream: String,
    /// What it holds.
    pub summary: SegmentSummary,
    /// Length of its sidecar as it was written; a rebuild may change it.
    pub sidecar_bytes: u64,
}

impl CatalogueEntry {
    /// Name of the Parquet file.
    pub fn parquet_name(&self) -> String {
        format!("{}.parquet", self.name)
    }

    /// Name of the sidecar.
    pub fn sidecar_name(&self) -> String {
        format!("{}.idx", self.name)
    }
}

/// All that a catalogue says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CatalogueState {
    /// Every segment.
    pub segments: Vec<CatalogueEntry>,
    /// For each stream the position up to which all rows are in segments.
    pub covered: BTreeMap<String, u64>,
    /// For each stream the rows that were taken out, see [`crate::retention`].
    pub expired: BTreeMap<String, u64>,
}

/// A durable catalogue. All its calls block.
pub trait Catalogue: RetentionLedger {
    /// Everything in it.
    fn load(&self) -> Result<CatalogueState, String>;

    /// Adds segments and moves covered positions forward: all of it, durably, or nothing. What failed may have happened
    /// all the same; doing it again then changes nothing.
    fn commit(&self, segments: &[CatalogueEntry], covered: &BTreeMap<String, u64>) -> Result<(), String>;
}
