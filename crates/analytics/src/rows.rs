//! The rows of an answer, as texts.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::Schema;
use datafusion::error::Result;
use logstore::analytics::SqlFault;
use presto::format::{Texts, type_name};

use crate::limits::{MAX_ANSWER_BYTES, MAX_ROWS};

/// Collects an answer within its bounds.
#[derive(Default)]
pub(crate) struct Rows {
    pub(crate) rows: Vec<Vec<String>>,
    bytes: usize,
}

impl Rows {
    /// Takes the rows of a batch; the error says that an answer is too large.
    pub(crate) fn add(&mut self, batch: &RecordBatch) -> Result<std::result::Result<(), SqlFault>> {
        let schema = batch.schema();
        let columns = batch.columns().iter().zip(schema.fields()).map(|(column, field)| Texts::new(column, field));
        let columns: Vec<Texts> = columns.collect::<Result<_>>()?;
        for row in 0..batch.num_rows() {
            let cells: Vec<String> = columns.iter().map(|column| column.cell(row)).collect::<Result<_>>()?;
            self.bytes += cells.iter().map(String::len).sum::<usize>();
            self.rows.push(cells);
            if self.bytes > MAX_ANSWER_BYTES || self.rows.len() as u64 > MAX_ROWS {
                return Ok(Err(too_large()));
            }
        }
        Ok(Ok(()))
    }
}

fn too_large() -> SqlFault {
    SqlFault::Limit(format!(
        "ErrorType:LimitExceeded.ErrorMessage:the answer has more than {} MiB or {MAX_ROWS} rows: take fewer rows with LIMIT",
        MAX_ANSWER_BYTES >> 20
    ))
}

/// Presto's names of the columns' types.
pub(crate) fn types(schema: &Schema) -> Vec<String> {
    schema.fields().iter().map(|field| type_name(field)).collect()
}
