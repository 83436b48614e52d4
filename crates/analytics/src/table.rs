//! The logs of a search as a table of DataFusion: of the columns those that the plan needs, of the times those that it asks
//! for.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::arrow::array::timezone::Tz;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::DataFusionError;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use logstore::analytics::{ColumnKind, LogPart, LogTable};
use sql::SqlError;

use crate::batch::Batch;
use crate::dialect::names::fold;
use crate::limits::WAITING_BATCHES;
use crate::range::{Bounds, bounds};

/// What reading costs, over all tables of a statement.
#[derive(Debug, Default)]
pub(crate) struct Cost {
    pub(crate) rows: AtomicU64,
    pub(crate) bytes: AtomicU64,
}

impl Cost {
    pub(crate) fn add(&self, rows: usize, bytes: usize) {
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// What all tables of a statement have in common.
#[derive(Clone)]
pub(crate) struct Asked {
    /// Earliest time, Unix seconds.
    pub(crate) from_s: i64,
    /// Latest time, Unix seconds, inclusive.
    pub(crate) last_s: i64,
    /// Of the statement, Unix seconds.
    pub(crate) now_s: i64,
    pub(crate) zone: Tz,
    pub(crate) cost: Arc<Cost>,
}

/// The logs of one logstore.
pub(crate) struct LogsTable {
    logs: LogTable,
    schema: SchemaRef,
    asked: Asked,
    /// Logs of so many seconds ago, as if they were of now.
    ago_s: i64,
}

impl LogsTable {
    pub(crate) fn new(logs: LogTable, asked: Asked, ago_s: i64) -> LogsTable {
        let field = |name: &str, kind| match kind {
            ColumnKind::Text => Field::new(fold(name), DataType::Utf8, true),
            ColumnKind::Long => Field::new(fold(name), DataType::Int64, true),
            ColumnKind::Double => Field::new(fold(name), DataType::Float64, true),
            ColumnKind::Time => Field::new(fold(name), DataType::Int64, false),
            ColumnKind::Date => Field::new(fold(name), DataType::Timestamp(TimeUnit::Millisecond, None), false),
        };
        let fields: Vec<Field> = logs.columns().iter().map(|column| field(&column.name, column.kind)).collect();
        LogsTable { logs, schema: Arc::new(Schema::new(fields)), asked, ago_s }
    }

    /// What a condition says of the times, when it is about nothing else.
    fn bounds(&self, condition: &Expr) -> Option<Bounds> {
        bounds(condition, self.asked.zone)
    }

    fn plan(
        &self,
        projection: Option<&Vec<usize>>,
        conditions: &[Expr],
        threads: usize,
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let all: Vec<usize> = (0..self.schema.fields().len()).collect();
        let wanted = projection.unwrap_or(&all);
        let schema = Arc::new(self.schema.project(wanted)?);
        let columns = self.logs.columns();
        let kinds: Vec<ColumnKind> = wanted.iter().map(|index| columns[*index].kind).collect();
        // A range that the statement names replaces the one that the request names, bound for bound.
        let named = conditions.iter().filter_map(|condition| self.bounds(condition));
        let named = named.fold(Bounds::default(), Bounds::and);
        let from_s = named.from_s.unwrap_or(self.asked.from_s).saturating_sub(self.ago_s);
        let last_s = named.last_s.unwrap_or(self.asked.last_s).saturating_sub(self.ago_s);
        let parts = self.logs.parts(from_s.max(0), last_s.min(i64::from(u32::MAX)), wanted, threads, self.asked.now_s);
        let parts = parts.map_err(|error| DataFusionError::from(SqlError::Store(error.to_string())))?;
        let mut shares: Vec<Vec<LogPart>> = (0..threads.max(1)).map(|_| Vec::new()).collect();
        for (number, part) in parts.into_iter().enumerate() {
            let place = number % shares.len();
            shares[place].push(part);
        }
        let share = |parts| -> Arc<dyn PartitionStream> {
            Arc::new(Share {
                schema: schema.clone(),
                kinds: kinds.clone(),
                parts: Arc::new(parts),
                ago_s: self.ago_s,
                asked: self.asked.clone(),
            })
        };
        let shares = shares.into_iter().map(share).collect();
        Ok(Arc::new(StreamingTableExec::try_new(schema.clone(), shares, None, [], false, limit)?))
    }
}

impl std::fmt::Debug for LogsTable {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "LogsTable({} columns, {} s ago)", self.schema.fields().len(), self.ago_s)
    }
}

impl TableProvider for LogsTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, conditions: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let known = |condition: &&Expr| match self.bounds(condition) {
            Some(_) => TableProviderFilterPushDown::Inexact,
            None => TableProviderFilterPushDown::Unsupported,
        };
        Ok(conditions.iter().map(known).collect())
    }

    /// What an `async fn` would be: as one, it would hold expressions, and the compiler takes seconds to prove for each such
    /// function that all of their parts may go to another thread. Looking for the parts takes a moment for each row in
    /// memory and reads no file.
    fn scan<'life0, 'life1, 'life2, 'life3, 'async_trait>(
        &'life0 self,
        session: &'life1 dyn Session,
        projection: Option<&'life2 Vec<usize>>,
        conditions: &'life3 [Expr],
        limit: Option<usize>,
    ) -> Pin<Box<dyn Future<Output = Result<Arc<dyn ExecutionPlan>>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        'life2: 'async_trait,
        'life3: 'async_trait,
        Self: 'async_trait,
    {
        let threads = session.config().target_partitions();
        Box::pin(ready(self.plan(projection, conditions, threads, limit)))
    }
}

/// Parts that one thread reads.
struct Share {
    schema: SchemaRef,
    kinds: Vec<ColumnKind>,
    parts: Arc<Vec<LogPart>>,
    ago_s: i64,
    asked: Asked,
}

impl std::fmt::Debug for Share {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Share({} parts)", self.parts.len())
    }
}

impl PartitionStream for Share {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut stream = RecordBatchReceiverStream::builder(self.schema.clone(), WAITING_BATCHES);
        let (sender, parts) = (stream.tx(), self.parts.clone());
        let mut batch = Batch::new(self.schema.clone(), &self.kinds, self.ago_s, self.asked.clone(), sender);
        stream.spawn_blocking(move || {
            for part in parts.iter() {
                part.read(&mut batch).map_err(|cause| DataFusionError::from(SqlError::Store(cause)))?;
            }
            batch.finish()
        });
        stream.build()
    }
}
