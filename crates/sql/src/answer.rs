//! The rows of an answer, as JSON values.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type, Schema, UInt64Type};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use serde_json::Value;

use crate::error::SqlError;
use crate::limits::MAX_ANSWER_BYTES;

/// What a query gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Names and types of the columns.
    pub columns: Vec<(String, String)>,
    /// The rows: numbers, booleans, lists and NULL as such, everything else as text.
    pub rows: Vec<Vec<Value>>,
    /// Which bound cut the answer; nothing when it is whole.
    pub truncated_by: Option<Truncated>,
    /// How many aggregations were counted out of columns.
    pub counted: usize,
}

/// Which bound cut an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truncated {
    /// Rows.
    Rows,
    /// Bytes of their texts.
    Bytes,
}

/// Collects an answer up to its bounds.
pub(crate) struct Collector {
    answer: Answer,
    max_rows: usize,
    bytes: usize,
}

impl Collector {
    pub(crate) fn new(schema: &Schema, max_rows: usize) -> Collector {
        let columns = schema.fields().iter().map(|field| (field.name().clone(), type_name(field.data_type())));
        let answer = Answer { columns: columns.collect(), rows: Vec::new(), truncated_by: None, counted: 0 };
        Collector { answer, max_rows, bytes: 0 }
    }

    /// False when no more rows fit.
    pub(crate) fn add(&mut self, batch: &RecordBatch) -> Result<bool, SqlError> {
        for row in 0..batch.num_rows() {
            if self.answer.rows.len() >= self.max_rows {
                self.answer.truncated_by = Some(Truncated::Rows);
                return Ok(false);
            }
            let values: Result<Vec<Value>, SqlError> =
                batch.columns().iter().map(|column| value_at(column, row)).collect();
            let values = values?;
            self.bytes += values.iter().map(byte_len).sum::<usize>();
            if self.bytes > MAX_ANSWER_BYTES {
                self.answer.truncated_by = Some(Truncated::Bytes);
                return Ok(false);
            }
            self.answer.rows.push(values);
        }
        Ok(true)
    }

    pub(crate) fn finish(self, counted: usize) -> Answer {
        Answer { counted, ..self.answer }
    }
}

fn byte_len(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::Array(items) => 2 + items.iter().map(byte_len).sum::<usize>(),
        _ => 8,
    }
}

fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text".to_owned(),
        DataType::Timestamp(..) => "timestamp (UTC)".to_owned(),
        DataType::List(item) | DataType::LargeList(item) => format!("list of {}", type_name(item.data_type())),
        other => other.to_string().to_lowercase(),
    }
}

fn value_at(array: &ArrayRef, row: usize) -> Result<Value, SqlError> {
    if array.is_null(row) {
        return Ok(Value::Null);
    }
    let data_type = array.data_type();
    let one = || array.slice(row, 1);
    Ok(match data_type {
        DataType::Boolean => Value::Bool(array.as_boolean().value(row)),
        DataType::Null => Value::Null,
        _ if data_type.is_unsigned_integer() => {
            Value::from(cast(&one(), &DataType::UInt64).map_err(unconverted)?.as_primitive::<UInt64Type>().value(0))
        }
        _ if data_type.is_signed_integer() => {
            Value::from(cast(&one(), &DataType::Int64).map_err(unconverted)?.as_primitive::<Int64Type>().value(0))
        }
        _ if data_type.is_floating() => {
            let number = cast(&one(), &DataType::Float64).map_err(unconverted)?.as_primitive::<Float64Type>().value(0);
            // JSON has no such numbers as NaN.
            serde_json::Number::from_f64(number).map_or_else(|| Value::String(number.to_string()), Value::Number)
        }
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            Value::Array((0..items.len()).map(|index| value_at(&items, index)).collect::<Result<_, _>>()?)
        }
        _ => {
            let formatter = ArrayFormatter::try_new(array, &FormatOptions::default()).map_err(unconverted)?;
            Value::String(formatter.value(row).try_to_string().map_err(unconverted)?)
        }
    })
}

fn unconverted(error: datafusion::arrow::error::ArrowError) -> SqlError {
    SqlError::Failed(format!("a value cannot be shown: {error}"))
}
