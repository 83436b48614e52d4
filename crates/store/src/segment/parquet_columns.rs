//! Columns that are too large to be packed, out of the Parquet file.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::limits::PARQUET_BATCH_ROWS;
use crate::query::FieldId;

use super::column_values::ColumnValues;
use super::error::SegmentError;
use super::parquet_read::column_index;
use super::reader::Segment;
use super::whole::{WholeColumn, whole_parquet};

impl Segment {
    /// The values of these fields in all rows, in the order of the fields; `None` for one that the file does not have, or of
    /// which a row may have several. Reads the file whole, because nothing less has a checksum.
    pub fn unpacked_fields(&self, fields: &[FieldId]) -> Result<Vec<Option<WholeColumn>>, SegmentError> {
        let name = self.parquet.name();
        let failed = |source| SegmentError::Parquet { file: name.to_owned(), source };
        let file = SerializedFileReader::new(whole_parquet(&self.sidecar, &self.parquet)?).map_err(failed)?;
        let group = file.get_row_group(0).map_err(failed)?;
        let read = |field: &FieldId| {
            let known = self.schema.layout().fields.iter().find(|known| known.id == *field && !known.many);
            let known = known.filter(|_| self.sidecar.has_field(*field));
            let Some(index) = known.and_then(|known| column_index(file.metadata(), &known.column)) else {
                return Ok(None);
            };
            let ColumnReader::ByteArrayColumnReader(column) = group.get_column_reader(index).map_err(failed)? else {
                return Ok(None);
            };
            let column = read_column(column).map_err(failed)?;
            let is_whole = |column: &WholeColumn| column.codes.len() == self.row_count();
            let damaged = || self.parquet.damaged(0, "a column does not have a text or nothing for each row");
            column.filter(is_whole).ok_or_else(damaged).map(Some)
        };
        fields.iter().map(read).collect()
    }
}

/// `None` when a value is no text.
fn read_column(mut reader: ColumnReaderImpl<ByteArrayType>) -> parquet::errors::Result<Option<WholeColumn>> {
    let (mut values, mut codes) = (DistinctValues::default(), Vec::new());
    let (mut batch, mut defined): (Vec<ByteArray>, Vec<i16>) = (Vec::new(), Vec::new());
    loop {
        batch.clear();
        defined.clear();
        if reader.read_records(PARQUET_BATCH_ROWS, Some(&mut defined), None, &mut batch)?.0 == 0 {
            break;
        }
        let mut present = batch.iter();
        let code = |level: &i16| if *level == 0 { Some(0) } else { values.code(present.next()?.data()) };
        match defined.iter().map(code).collect::<Option<Vec<u32>>>() {
            Some(more) => codes.extend(more),
            None => return Ok(None),
        }
    }
    Ok(values.texts().map(|values| WholeColumn { values, codes }))
}

/// Each value once, in the order of the first row that has it.
#[derive(Default)]
struct DistinctValues {
    codes: HashMap<Box<[u8]>, u32, RandomState>,
    text: Vec<u8>,
    ends: Vec<u32>,
}

impl DistinctValues {
    /// The number of a value plus one; `None` when there are more bytes than can be numbered.
    fn code(&mut self, value: &[u8]) -> Option<u32> {
        if let Some(code) = self.codes.get(value) {
            return Some(*code);
        }
        self.text.extend_from_slice(value);
        self.ends.push(u32::try_from(self.text.len()).ok()?);
        let code = self.ends.len() as u32;
        self.codes.insert(value.into(), code);
        Some(code)
    }

    fn texts(self) -> Option<ColumnValues> {
        ColumnValues::new(String::from_utf8(self.text).ok()?, self.ends)
    }
}
