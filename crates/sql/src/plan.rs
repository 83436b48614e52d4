//! The scan of a table as a node of DataFusion's plan.

use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::config::ConfigOptions;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{ColumnStatistics, Statistics, internal_err};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::filter_pushdown::{ChildPushdownResult, FilterPushdownPhase, FilterPushdownPropagation};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PhysicalExpr, PlanProperties,
    ReplaceChildrenOptions,
};
use datafusion::scalar::ScalarValue;
use store::Schema;

use crate::columns::{Column, UTC};
use crate::filter::ColumnTest;
use crate::limits::WAITING_BATCHES;
use crate::narrow::Narrowing;
use crate::piece::Piece;
use crate::scan::{Reader, Wanted};

/// Pieces of a snapshot that as many threads read as there are shares.
pub(crate) struct StreamScan {
    wanted: Arc<Wanted>,
    shares: Vec<Vec<Piece>>,
    properties: Arc<PlanProperties>,
}

impl StreamScan {
    pub(crate) fn new(
        rows: Arc<dyn Schema>,
        shares: Vec<Vec<Piece>>,
        tests: Vec<ColumnTest>,
        kinds: Vec<Column>,
        schema: SchemaRef,
        limit: Option<usize>,
    ) -> StreamScan {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema.clone()),
            Partitioning::UnknownPartitioning(shares.len()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        let narrowing = Narrowing::none();
        let wanted = Wanted { rows, tests, kinds, schema, narrowing, limit: limit.unwrap_or(usize::MAX) };
        StreamScan { wanted: Arc::new(wanted), shares, properties: Arc::new(properties) }
    }

    /// The same scan that may leave out what does not meet these conditions.
    fn narrowed(&self, narrowing: Narrowing) -> StreamScan {
        let wanted = Wanted { narrowing, ..Wanted::clone(&self.wanted) };
        StreamScan { wanted: Arc::new(wanted), shares: self.shares.clone(), properties: self.properties.clone() }
    }

    /// What is known of a share without reading it.
    fn statistics_of(&self, pieces: &[Piece]) -> Statistics {
        let mut rows = Precision::Exact(0);
        let mut times: Option<(i64, i64)> = None;
        let mut is_exact = self.wanted.tests.is_empty();
        for piece in pieces {
            let (count, is_certain) = piece.row_count();
            is_exact &= is_certain;
            rows = rows.add(&Precision::Exact(count));
            let (first_s, last_s) = piece.time_range_s();
            times = Some(times.map_or((first_s, last_s), |(first, last)| (first.min(first_s), last.max(last_s))));
        }
        let is_cut = rows.get_value().is_some_and(|count| *count > self.wanted.limit);
        let rows = if is_cut { Precision::Exact(self.wanted.limit) } else { rows };
        let time = |time_s: i64| {
            let value = ScalarValue::TimestampMillisecond(Some(time_s.saturating_mul(1000)), Some(UTC.into()));
            if is_exact && !is_cut { Precision::Exact(value) } else { Precision::Inexact(value) }
        };
        let column = |kind: &Column| match (kind, times) {
            (Column::Time, Some((first_s, last_s))) => ColumnStatistics {
                null_count: Precision::Exact(0),
                min_value: time(first_s),
                max_value: time(last_s),
                ..ColumnStatistics::new_unknown()
            },
            (Column::Position | Column::Scope | Column::Raw, _) => {
                ColumnStatistics { null_count: Precision::Exact(0), ..ColumnStatistics::new_unknown() }
            }
            _ => ColumnStatistics::new_unknown(),
        };
        Statistics {
            num_rows: if is_exact { rows } else { rows.to_inexact() },
            total_byte_size: Precision::Absent,
            column_statistics: self.wanted.kinds.iter().map(column).collect(),
        }
    }
}

impl std::fmt::Debug for StreamScan {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let pieces: usize = self.shares.iter().map(Vec::len).sum();
        write!(out, "StreamScan({pieces} pieces, {:?})", self.wanted.tests)
    }
}

impl DisplayAs for StreamScan {
    fn fmt_as(&self, _: DisplayFormatType, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{self:?}")
    }
}

impl ExecutionPlan for StreamScan {
    fn name(&self) -> &str {
        "StreamScan"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if children.is_empty() { Ok(self) } else { internal_err!("a scan has no children") }
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let Some(pieces) = self.shares.get(partition).cloned() else {
            return internal_err!("a scan has no share {partition}");
        };
        let mut stream = RecordBatchReceiverStream::builder(self.wanted.schema.clone(), WAITING_BATCHES);
        let reader = Reader::new(self.wanted.clone(), stream.tx());
        stream.spawn_blocking(move || reader.read_all(&pieces));
        Ok(stream.build())
    }

    fn handle_child_pushdown_result(
        &self,
        _: FilterPushdownPhase,
        result: ChildPushdownResult,
        _: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn ExecutionPlan>>> {
        let conditions = result.parent_filters.iter().map(|parent| &parent.filter);
        let narrowing = Narrowing::of(conditions, &self.wanted.kinds, &self.wanted.schema)?;
        // Whoever asked decides all the same: what narrows changes while the query runs.
        let answer = FilterPushdownPropagation::all_unsupported(result);
        Ok(if narrowing.is_none() { answer } else { answer.with_updated_node(Arc::new(self.narrowed(narrowing))) })
    }

    fn statistics_from_inputs(&self, _: &[Arc<Statistics>], args: &StatisticsArgs) -> Result<Arc<Statistics>> {
        let Some(partition) = args.partition() else {
            let all: Vec<Piece> = self.shares.iter().flatten().cloned().collect();
            let mut statistics = self.statistics_of(&all);
            if self.wanted.limit != usize::MAX {
                // Every share keeps the limit for itself, so together they may give more.
                statistics = statistics.to_inexact();
            }
            return Ok(Arc::new(statistics));
        };
        match self.shares.get(partition) {
            Some(pieces) => Ok(Arc::new(self.statistics_of(pieces))),
            None => internal_err!("a scan has no share {partition}"),
        }
    }
}
