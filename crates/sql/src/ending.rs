//! A query that has ended must stop computing, also in the middle of a join.
//!
//! A task is dropped when it waits next. A join of large tables hardly ever waits: it has all its rows in memory and goes
//! through pairs for minutes. So joins give way now and then, and their conditions ask each time whether the query goes
//! on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, LogicalPlan, Volatility, create_udf};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::scalar::ScalarValue;

use crate::error::SqlError;

/// The query was ended.
pub(crate) fn ended() -> SqlError {
    SqlError::Failed("it was ended".to_owned())
}

/// Lets the conditions of joins fail once the query has ended.
pub(crate) fn ask_in_joins(plan: LogicalPlan, has_ended: Arc<AtomicBool>) -> Result<LogicalPlan> {
    let goes_on = move |_: &[ColumnarValue]| match has_ended.load(Ordering::Relaxed) {
        true => Err(ended().into()),
        false => Ok(ColumnarValue::Scalar(ScalarValue::Boolean(Some(true)))),
    };
    let goes_on = create_udf("goes_on", Vec::new(), DataType::Boolean, Volatility::Volatile, Arc::new(goes_on));
    let ask = |node| match node {
        LogicalPlan::Join(mut join) if join.filter.is_some() => {
            // Asked first: what follows an AND is left out when nothing can come of it.
            join.filter = join.filter.take().map(|filter| goes_on.call(Vec::new()).and(filter));
            Ok(Transformed::yes(LogicalPlan::Join(join)))
        }
        other => Ok(Transformed::no(other)),
    };
    plan.transform_up(ask).data()
}

/// Lets joins give way to what drops the query.
pub(crate) fn yield_in_joins(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let give_way = |node: Arc<dyn ExecutionPlan>| {
        if node.children().len() < 2 {
            return Ok(Transformed::no(node));
        }
        Ok(Transformed::yes(Arc::new(CooperativeExec::new(node)) as Arc<dyn ExecutionPlan>))
    };
    plan.transform_up(give_way).data()
}
