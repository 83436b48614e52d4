//! The rows of an answer, as texts.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::error::Result;
use logstore::analytics::SqlFault;

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
        let options = FormatOptions::default().with_null("null");
        let columns = batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options));
        let columns: Vec<ArrayFormatter<'_>> = columns.collect::<std::result::Result<_, _>>()?;
        for row in 0..batch.num_rows() {
            let cells: Vec<String> = columns.iter().map(|column| column.value(row).to_string()).collect();
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
    schema.fields().iter().map(|field| field.data_type().to_string().to_lowercase()).collect()
}
