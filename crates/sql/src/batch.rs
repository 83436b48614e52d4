//! Rows become Arrow batches.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, Int64Array, ListBuilder, RecordBatch, RecordBatchOptions, StringBuilder, TimestampMillisecondArray,
};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::DataFusionError;
use store::Extracted;

use crate::columns::{Column, UTC};
use crate::error::SqlError;
use crate::filter::value_of;
use crate::limits::{BATCH_BYTES, BATCH_ROWS};

/// Rows that are collected for a batch.
pub(crate) struct Batch {
    schema: SchemaRef,
    columns: Vec<(Column, Values)>,
    rows: usize,
    bytes: usize,
}

enum Values {
    Numbers(Vec<i64>),
    Texts(StringBuilder),
    Lists(ListBuilder<StringBuilder>),
}

/// What is known of a row; what no column asks for may be missing.
pub(crate) struct RowValues<'a> {
    pub(crate) time_s: i64,
    pub(crate) position: u64,
    pub(crate) raw: &'a [u8],
    pub(crate) extracted: Option<&'a Extracted<'a>>,
    /// Of each column its value, where a packed column has it.
    pub(crate) packed: &'a dyn Fn(usize) -> Option<Option<&'a str>>,
}

impl Batch {
    pub(crate) fn new(schema: SchemaRef, kinds: &[Column]) -> Batch {
        let columns = kinds.iter().map(|kind| (*kind, Values::new(*kind))).collect();
        Batch { schema, columns, rows: 0, bytes: 0 }
    }

    pub(crate) fn push(&mut self, row: &RowValues<'_>) -> Result<(), SqlError> {
        for (index, (kind, values)) in self.columns.iter_mut().enumerate() {
            match (values, *kind) {
                (Values::Numbers(numbers), Column::Time) => numbers.push(row.time_s.saturating_mul(1000)),
                (Values::Numbers(numbers), _) => numbers.push(row.position.cast_signed()),
                (Values::Texts(texts), Column::Raw) => {
                    let not_text = |_| SqlError::Store(format!("the row at position {} is not UTF-8", row.position));
                    let text = std::str::from_utf8(row.raw).map_err(not_text)?;
                    self.bytes += text.len();
                    texts.append_value(text);
                }
                (Values::Texts(texts), kind) => {
                    let extracted = || row.extracted.and_then(|extracted| value_of(extracted, kind));
                    let value = (row.packed)(index).unwrap_or_else(extracted);
                    self.bytes += value.map_or(0, str::len);
                    texts.append_option(value);
                }
                (Values::Lists(lists), kind) => {
                    let terms = row.extracted.map(|extracted| extracted.terms.as_slice()).unwrap_or_default();
                    for (_, value) in terms.iter().filter(|(field, _)| Column::Many(*field) == kind) {
                        self.bytes += value.len();
                        lists.values().append_value(value);
                    }
                    lists.append(true);
                }
            }
        }
        self.rows += 1;
        Ok(())
    }

    /// Whether it is large enough to go on its way.
    pub(crate) fn is_full(&self) -> bool {
        self.rows >= BATCH_ROWS || self.bytes >= BATCH_BYTES
    }

    pub(crate) fn len(&self) -> usize {
        self.rows
    }

    /// The batch; a new one begins.
    pub(crate) fn take(&mut self) -> Result<RecordBatch, DataFusionError> {
        let arrays = self.columns.iter_mut().map(|(kind, values)| values.finish(*kind)).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        let batch = RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options)?;
        (self.rows, self.bytes) = (0, 0);
        Ok(batch)
    }
}

impl Values {
    fn new(kind: Column) -> Values {
        match kind {
            Column::Time | Column::Position => Values::Numbers(Vec::new()),
            Column::Scope | Column::One(_) | Column::Raw => Values::Texts(StringBuilder::new()),
            Column::Many(_) => Values::Lists(ListBuilder::new(StringBuilder::new())),
        }
    }

    fn finish(&mut self, kind: Column) -> ArrayRef {
        match self {
            Values::Numbers(numbers) if kind == Column::Time => {
                Arc::new(TimestampMillisecondArray::from(std::mem::take(numbers)).with_timezone(UTC))
            }
            Values::Numbers(numbers) => Arc::new(Int64Array::from(std::mem::take(numbers))),
            Values::Texts(texts) => Arc::new(texts.finish()),
            Values::Lists(lists) => Arc::new(lists.finish()),
        }
    }
}
