//! A snapshot as a table of DataFusion.

use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use store::write::Snapshot;

use crate::columns::Columns;
use crate::filter::Filter;
use crate::piece::{Piece, Rows};
use crate::plan::StreamScan;

/// The rows of a snapshot.
pub(crate) struct StreamTable {
    pub(crate) snapshot: Snapshot,
    pub(crate) columns: Columns,
}

impl StreamTable {
    pub(crate) fn new(snapshot: Snapshot) -> StreamTable {
        let columns = Columns::of(snapshot.schema().layout());
        StreamTable { snapshot, columns }
    }

    /// All pieces that may have rows of a filter's times, as far as they are kept.
    pub(crate) fn pieces(&self, filter: &Filter) -> Vec<Piece> {
        let segments = self.snapshot.segments().iter().cloned().map(Rows::Segment);
        let memory = Some(self.snapshot.memory()).filter(|rows| !rows.is_empty()).cloned().map(Rows::Memory);
        let all: Vec<Rows> = segments.chain(memory).collect();
        let kept = self.snapshot.kept().iter();
        let ranges = kept.map(|(from_s, to_s)| (filter.from_s.max(*from_s), filter.to_s.min(*to_s)));
        ranges.flat_map(|(from_s, to_s)| all.iter().filter_map(move |rows| Piece::of(rows, from_s, to_s))).collect()
    }

    fn plan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        // Only what was promised comes here; a condition that is not understood must not be dropped all the same.
        let Some(filter) = Filter::of(filters, &self.columns) else {
            return datafusion::common::internal_err!("a condition came to a scan that does not decide it");
        };
        let schema = match projection {
            Some(indexes) => Arc::new(self.columns.schema.project(indexes)?),
            None => self.columns.schema.clone(),
        };
        let count = session.config().target_partitions().max(1);
        let mut shares: Vec<Vec<Piece>> = vec![Vec::new(); count];
        // The newest first: they are asked for most, and what they have may make the others unnecessary.
        let mut pieces = self.pieces(&filter);
        pieces.sort_by_key(|piece| std::cmp::Reverse(piece.time_range_s().1));
        for (number, piece) in pieces.into_iter().enumerate() {
            shares[number % count].push(piece);
        }
        let kinds = self.columns.kinds(projection);
        let rows = self.snapshot.schema().clone();
        Ok(Arc::new(StreamScan::new(rows, shares, filter.tests, kinds, schema, limit)))
    }
}

impl std::fmt::Debug for StreamTable {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "StreamTable({})", self.snapshot.schema().layout().name)
    }
}

impl TableProvider for StreamTable {
    fn schema(&self) -> SchemaRef {
        self.columns.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let decided = |filter: &&Expr| match Filter::of(std::slice::from_ref(*filter), &self.columns) {
            Some(_) => TableProviderFilterPushDown::Exact,
            None => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(decided).collect())
    }

    /// What an `async fn` would be: as one, it would hold expressions, and the compiler takes seconds to prove for each such
    /// function that all of their parts may go to another thread.
    fn scan<'life0, 'life1, 'life2, 'life3, 'async_trait>(
        &'life0 self,
        session: &'life1 dyn Session,
        projection: Option<&'life2 Vec<usize>>,
        filters: &'life3 [Expr],
        limit: Option<usize>,
    ) -> Pin<Box<dyn Future<Output = Result<Arc<dyn ExecutionPlan>>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        'life2: 'async_trait,
        'life3: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(ready(self.plan(session, projection, filters, limit)))
    }
}
