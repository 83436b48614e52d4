//! Whole columns of a segment out of its sidecar, for readers that go through all rows.

use bytes::Bytes;

use super::bytes_at::{u32_at, u64_at};
use super::dictionary::Values;
use super::error::SegmentError;
use super::hash::field_hash;
use super::packed::{ENTRY_BYTES, number_to_time};
use super::pages::RawPage;
use super::places::Superset;
use super::reader::Segment;
use super::sidecar::{Section, SectionKind, Sidecar};
use super::term_read::find_term;
use crate::limits::GRANULE_ROWS;
use crate::query::FieldId;

/// The values of one column.
pub struct PackedColumn {
    /// The distinct values, ascending.
    pub values: Vec<String>,
    /// For each row 0 for no value, or the number of its value plus one.
    pub codes: Vec<u32>,
}

impl PackedColumn {
    /// The value of a row.
    pub fn value(&self, row: usize) -> Option<&str> {
        (self.codes[row] as usize).checked_sub(1).map(|value| self.values[value].as_str())
    }
}

impl Segment {
    pub(crate) fn times_s(&self) -> Result<Vec<i64>, SegmentError> {
        let section = self.sidecar.section(SectionKind::Time)?;
        let mut times = Vec::with_capacity(self.row_count());
        unpack_all(&self.sidecar, section, |number| times.push(number_to_time(number)))?;
        Ok(times)
    }

    pub(crate) fn positions(&self) -> Result<Vec<u64>, SegmentError> {
        let section = self.sidecar.section(SectionKind::Position)?;
        let mut positions = Vec::with_capacity(self.row_count());
        unpack_all(&self.sidecar, section, |number| positions.push(number))?;
        Ok(positions)
    }

    pub(crate) fn packed_scopes(&self) -> Result<Option<PackedColumn>, SegmentError> {
        self.packed_column(SectionKind::Scope, SectionKind::ScopeValues, 0)
    }

    pub(crate) fn packed_field(&self, field: FieldId) -> Result<Option<PackedColumn>, SegmentError> {
        self.packed_column(SectionKind::Field, SectionKind::FieldValues, field.0)
    }

    pub(crate) fn granules_with(&self, field: FieldId, value: &str) -> Result<Option<Vec<u32>>, SegmentError> {
        if !self.sidecar.has_field(field) {
            return Ok(None);
        }
        Ok(match Superset::from(find_term(&self.sidecar, field_hash(field, value))?) {
            Superset::All => None,
            Superset::Granules(granules) => Some(granules),
            Superset::Rows(rows) => {
                let mut granules: Vec<u32> = rows.iter().map(|row| row / GRANULE_ROWS as u32).collect();
                granules.dedup();
                Some(granules)
            }
        })
    }

    pub(crate) fn granule(&self, number: usize) -> Result<Vec<Bytes>, SegmentError> {
        let page = RawPage::read(&self.sidecar, &self.parquet, number)?;
        Ok((0..self.sidecar.granule_len(number)).map(|index| page.shared_row(index)).collect())
    }

    fn packed_column(
        &self,
        codes: SectionKind,
        values: SectionKind,
        field: u8,
    ) -> Result<Option<PackedColumn>, SegmentError> {
        let (Some(codes), Some(values)) = (self.sidecar.find(codes, field), self.sidecar.find(values, field)) else {
            return Ok(None);
        };
        let texts = Values::read(&self.sidecar, values)?;
        let not_text = |_| self.sidecar.damaged(values, 0, "a value of a column is not text");
        let texts = texts.all().map(|value| String::from_utf8(value.to_vec()).map_err(not_text));
        let texts: Vec<String> = texts.collect::<Result<_, _>>()?;
        let mut numbers = Vec::with_capacity(self.row_count());
        let mut highest = 0;
        unpack_all(&self.sidecar, codes, |number| {
            highest = highest.max(number);
            numbers.push(number as u32);
        })?;
        if highest > texts.len() as u64 {
            return Err(self.sidecar.damaged(codes, 0, "a code has no value"));
        }
        Ok(Some(PackedColumn { values: texts, codes: numbers }))
    }
}

/// The numbers of all rows, in one read.
fn unpack_all(sidecar: &Sidecar, section: Section, mut take: impl FnMut(u64)) -> Result<(), SegmentError> {
    let all = sidecar.read_all(section)?;
    let damaged = |at: usize| sidecar.damaged(section, at as u64, "packed numbers are cut short or impossible");
    let data = sidecar.granule_count() * ENTRY_BYTES;
    for granule in 0..sidecar.granule_count() {
        let at = granule * ENTRY_BYTES;
        let (Some(base), Some(offset), Some(width)) = (u64_at(&all, at), u32_at(&all, at + 8), all.get(at + 12)) else {
            return Err(damaged(at));
        };
        let (rows, width) = (sidecar.granule_len(granule), usize::from(*width));
        let start = data + offset as usize;
        let bytes = all.get(start..start + rows * width).ok_or_else(|| damaged(at))?;
        // A sum that wraps cannot come from a writer: the base is the lowest number.
        let mut wraps = false;
        let mut add = |difference: u64| {
            let (sum, wrapped) = base.overflowing_add(difference);
            wraps |= wrapped;
            take(sum);
        };
        match width {
            0 => (0..rows).for_each(|_| add(0)),
            1 => bytes.iter().for_each(|byte| add(u64::from(*byte))),
            2 => bytes.as_chunks().0.iter().for_each(|pair| add(u64::from(u16::from_le_bytes(*pair)))),
            4 => bytes.as_chunks().0.iter().for_each(|four| add(u64::from(u32::from_le_bytes(*four)))),
            8 => bytes.as_chunks().0.iter().for_each(|eight| add(u64::from_le_bytes(*eight))),
            _ => return Err(damaged(at)),
        }
        if wraps {
            return Err(damaged(at));
        }
    }
    Ok(())
}
