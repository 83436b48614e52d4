//! Whole columns of a segment out of its sidecar, for readers that go through all rows; and the whole Parquet file.

use bytes::Bytes;

use super::column_values::ColumnValues;
use super::dictionary::Values;
use super::error::SegmentError;
use super::file::NamedFile;
use super::lazy_page::LazyPage;
use super::packed::{number_to_time, unpack_all};
use super::places::Superset;
use super::reader::Segment;
use super::sidecar::{SectionKind, Sidecar};
use super::term_read::find_value;
use crate::limits::GRANULE_ROWS;
use crate::query::FieldId;

/// The values of one column in all rows of a segment.
pub struct WholeColumn {
    /// The distinct values.
    pub values: ColumnValues,
    /// For each row 0 for no value, or the number of its value plus one.
    pub codes: Vec<u32>,
}

impl WholeColumn {
    /// The value of a row.
    pub fn value(&self, row: usize) -> Option<&str> {
        (self.codes[row] as usize).checked_sub(1).map(|value| self.values.get(value))
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

    pub(crate) fn packed_scopes(&self) -> Result<Option<WholeColumn>, SegmentError> {
        self.packed_column(SectionKind::Scope, SectionKind::ScopeValues, 0)
    }

    pub(crate) fn packed_field(&self, field: FieldId) -> Result<Option<WholeColumn>, SegmentError> {
        self.packed_column(SectionKind::Field, SectionKind::FieldValues, field.0)
    }

    pub(crate) fn granules_with(&self, field: FieldId, value: &str) -> Result<Option<Vec<u32>>, SegmentError> {
        if !self.sidecar.has_field(field) {
            return Ok(None);
        }
        Ok(match Superset::from(find_value(&self.sidecar, field, value)?) {
            Superset::All => None,
            Superset::Granules(granules) => Some(granules),
            Superset::Rows(rows) => {
                let mut granules: Vec<u32> = rows.iter().map(|row| row / GRANULE_ROWS as u32).collect();
                granules.dedup();
                Some(granules)
            }
        })
    }

    pub(crate) fn page(&self, granule: usize) -> Result<LazyPage, SegmentError> {
        LazyPage::read(&self.sidecar, &self.parquet, granule)
    }

    fn packed_column(
        &self,
        codes: SectionKind,
        values: SectionKind,
        field: u8,
    ) -> Result<Option<WholeColumn>, SegmentError> {
        let (Some(codes), Some(values)) = (self.sidecar.find(codes, field), self.sidecar.find(values, field)) else {
            return Ok(None);
        };
        let not_text = || self.sidecar.damaged(values, 0, "a value of a column is not text");
        let texts = Values::read(&self.sidecar, values)?.texts().ok_or_else(not_text)?;
        let mut numbers = Vec::with_capacity(self.row_count());
        let mut highest = 0;
        unpack_all(&self.sidecar, codes, |number| {
            highest = highest.max(number);
            numbers.push(number as u32);
        })?;
        if highest > texts.len() as u64 {
            return Err(self.sidecar.damaged(codes, 0, "a code has no value"));
        }
        Ok(Some(WholeColumn { values: texts, codes: numbers }))
    }
}

/// The whole Parquet file, when it is the one that the sidecar names.
pub(crate) fn whole_parquet(sidecar: &Sidecar, parquet: &NamedFile) -> Result<Bytes, SegmentError> {
    let (expected_len, expected_crc32c) = sidecar.parquet_identity();
    let len = parquet.byte_len()?;
    if len != expected_len {
        return Err(parquet.damaged(len, format!("it has {len} bytes, its index names {expected_len}")));
    }
    parquet.read_checked(0, len as usize, |content| {
        if crc32c::crc32c(content) == expected_crc32c {
            return Ok(());
        }
        Err(parquet.damaged(0, "it does not fit the checksum that its index names"))
    })
}
