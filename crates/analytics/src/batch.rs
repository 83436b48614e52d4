//! Rows of logs become Arrow batches.

use std::sync::Arc;

use chrono::{DateTime, Offset, TimeZone};
use datafusion::arrow::array::timezone::Tz;
use datafusion::arrow::array::{
    ArrayRef, Float64Builder, Int64Builder, RecordBatch, RecordBatchOptions, StringBuilder, TimestampMillisecondBuilder,
};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::Result;
use logstore::analytics::{ColumnKind, RowTaker, Value};
use tokio::sync::mpsc::Sender;

use crate::limits::{BATCH_BYTES, BATCH_ROWS};
use crate::table::Asked;

/// Rows that are collected for a batch, and where batches go.
pub(crate) struct Batch {
    schema: SchemaRef,
    columns: Vec<Builder>,
    /// Rows and bytes of texts that are collected.
    rows: usize,
    bytes: usize,
    ago_s: i64,
    asked: Asked,
    sender: Sender<Result<RecordBatch>>,
    /// A batch that could not be built ends the reading.
    failed: Option<datafusion::common::DataFusionError>,
}

enum Builder {
    Text(StringBuilder),
    Long(Int64Builder),
    Double(Float64Builder),
    Time(Int64Builder),
    Date(TimestampMillisecondBuilder),
}

impl Batch {
    pub(crate) fn new(
        schema: SchemaRef,
        kinds: &[ColumnKind],
        ago_s: i64,
        asked: Asked,
        sender: Sender<Result<RecordBatch>>,
    ) -> Batch {
        let builder = |kind: &ColumnKind| match kind {
            ColumnKind::Text => Builder::Text(StringBuilder::new()),
            ColumnKind::Long => Builder::Long(Int64Builder::new()),
            ColumnKind::Double => Builder::Double(Float64Builder::new()),
            ColumnKind::Time => Builder::Time(Int64Builder::new()),
            ColumnKind::Date => Builder::Date(TimestampMillisecondBuilder::new()),
        };
        let columns = kinds.iter().map(builder).collect();
        Batch { schema, columns, rows: 0, bytes: 0, ago_s, asked, sender, failed: None }
    }

    /// Sends what is left.
    pub(crate) fn finish(mut self) -> Result<()> {
        if self.rows > 0 {
            self.send();
        }
        self.failed.map_or(Ok(()), Err)
    }

    /// False when no more rows are wanted: the query has ended, or has enough.
    fn send(&mut self) -> bool {
        let arrays = self.columns.iter_mut().map(Builder::finish).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        (self.rows, self.bytes) = (0, 0);
        match RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options) {
            Ok(batch) => self.sender.blocking_send(Ok(batch)).is_ok(),
            Err(error) => {
                self.failed = Some(error.into());
                false
            }
        }
    }
}

impl RowTaker for Batch {
    fn row(&mut self, values: &[Value<'_>], bytes: usize) -> bool {
        self.asked.cost.add(1, bytes);
        for (builder, value) in self.columns.iter_mut().zip(values) {
            if let Value::Text(text) = value {
                self.bytes += text.len();
            }
            builder.push(value, self.ago_s, self.asked.zone);
        }
        self.rows += 1;
        if self.rows >= BATCH_ROWS || self.bytes >= BATCH_BYTES { self.send() } else { true }
    }

    fn rows(&mut self, count: usize) -> bool {
        self.asked.cost.add(count, 0);
        let mut left = count;
        while left > 0 {
            let taken = left.min(BATCH_ROWS - self.rows);
            self.rows += taken;
            left -= taken;
            if self.rows >= BATCH_ROWS && !self.send() {
                return false;
            }
        }
        true
    }

    fn goes_on(&self) -> bool {
        !self.sender.is_closed()
    }
}

impl Builder {
    fn push(&mut self, value: &Value<'_>, ago_s: i64, zone: Tz) {
        match (self, value) {
            (Builder::Text(builder), Value::Text(text)) => builder.append_value(text),
            (Builder::Text(builder), _) => builder.append_null(),
            (Builder::Long(builder), Value::Long(number)) => builder.append_value(*number),
            (Builder::Long(builder), _) => builder.append_null(),
            (Builder::Double(builder), Value::Double(number)) => builder.append_value(*number),
            (Builder::Double(builder), _) => builder.append_null(),
            (Builder::Time(builder), Value::Long(time_s)) => builder.append_value(time_s + ago_s),
            (Builder::Time(builder), _) => builder.append_null(),
            (Builder::Date(builder), Value::Long(time_s)) => builder.append_value(wall_ms(time_s + ago_s, zone)),
            (Builder::Date(builder), _) => builder.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Builder::Text(builder) => Arc::new(builder.finish()),
            Builder::Long(builder) | Builder::Time(builder) => Arc::new(builder.finish()),
            Builder::Double(builder) => Arc::new(builder.finish()),
            Builder::Date(builder) => Arc::new(builder.finish()),
        }
    }
}

/// Milliseconds on the wall of a zone at a time in Unix seconds.
pub(crate) fn wall_ms(time_s: i64, zone: Tz) -> i64 {
    let offset_s = DateTime::from_timestamp(time_s, 0)
        .map_or(0, |time| zone.offset_from_utc_datetime(&time.naive_utc()).fix().local_minus_utc());
    (time_s + i64::from(offset_s)) * 1_000
}
