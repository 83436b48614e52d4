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
    /// zstd level of its Parquet file: tells what has been made denser already.
    pub zstd_level: i32,
}

impl CatalogueEntry {
    /// Name of the Parquet file.
    pub fn parquet_name(&self) -> String {
        parquet_name(&self.name)
    }

    /// Name of the sidecar.
    pub fn sidecar_name(&self) -> String {
        sidecar_name(&self.name)
    }
}

pub(crate) fn parquet_name(segment: &str) -> String {
    format!("{segment}.parquet")
}

pub(crate) fn sidecar_name(segment: &str) -> String {
    format!("{segment}.idx")
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
    /// Names of segments that were taken out and whose files may still be there.
    pub doomed: Vec<String>,
}

/// What one transaction changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// Segments that come in.
    pub add: Vec<CatalogueEntry>,
    /// Names of segments that leave; they are doomed from then on.
    pub remove: Vec<String>,
    /// Positions up to which streams are in segments; they only move forward.
    pub covered: BTreeMap<String, u64>,
}

/// A durable catalogue. All its calls block.
pub trait Catalogue: RetentionLedger {
    /// Everything in it.
    fn load(&self) -> Result<CatalogueState, String>;

    /// Makes a change: all of it, durably, or nothing. What failed may have happened all the same; doing it again then
    /// changes nothing. When a segment that is to leave is not there and the change did not happen before, it is refused:
    /// its rows would be double.
    fn commit(&self, change: &Change) -> Result<(), String>;

    /// The files of these doomed segments are gone, so that their names need not be remembered.
    fn forget_doomed(&self, names: &[String]) -> Result<(), String>;
}
