//! Conditions that a running query finds out itself, such as that only rows later than the fifty latest so far matter.
//!
//! Whoever asks for the newest rows then reads the newest pages and no others. Nothing relies on it: the query drops
//! whatever comes in vain.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, TimestampMillisecondArray};
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::error::Result;
use datafusion::physical_expr::utils::{collect_columns, reassign_expr_columns};
use datafusion::physical_plan::PhysicalExpr;

use crate::columns::{Column, UTC};

/// Conditions on the time and the position of rows, which are known without reading them.
#[derive(Clone)]
pub(crate) struct Narrowing {
    conditions: Vec<Arc<dyn PhysicalExpr>>,
    /// The columns that they name.
    kinds: Vec<Column>,
    schema: SchemaRef,
}

impl Narrowing {
    /// No condition.
    pub(crate) fn none() -> Narrowing {
        Narrowing { conditions: Vec::new(), kinds: Vec::new(), schema: Arc::new(Schema::empty()) }
    }

    /// Those of the conditions on a scan's columns that time and position decide.
    pub(crate) fn of<'a>(
        conditions: impl Iterator<Item = &'a Arc<dyn PhysicalExpr>>,
        kinds: &[Column],
        schema: &Schema,
    ) -> Result<Narrowing> {
        let is_key = |index: usize| matches!(kinds.get(index), Some(Column::Time | Column::Position));
        let indexes = |condition: &Arc<dyn PhysicalExpr>| {
            collect_columns(condition).iter().map(|column| column.index()).collect::<HashSet<usize>>()
        };
        let conditions: Vec<&Arc<dyn PhysicalExpr>> =
            conditions.filter(|condition| indexes(condition).into_iter().all(is_key)).collect();
        let named: HashSet<usize> = conditions.iter().flat_map(|condition| indexes(condition)).collect();
        let mut named: Vec<usize> = named.into_iter().collect();
        named.sort_unstable();
        let own = Arc::new(schema.project(&named)?);
        let conditions = conditions.into_iter().filter(|_| !named.is_empty());
        let conditions = conditions.map(|condition| reassign_expr_columns(condition.clone(), &own));
        Ok(Narrowing {
            conditions: conditions.collect::<Result<_>>()?,
            kinds: named.iter().map(|index| kinds[*index]).collect(),
            schema: own,
        })
    }

    pub(crate) fn is_none(&self) -> bool {
        self.conditions.is_empty()
    }

    /// Whether any of these rows may still matter.
    pub(crate) fn has_any(&self, times_s: &[i64], positions: &[u64]) -> Result<bool> {
        if self.conditions.is_empty() {
            return Ok(true);
        }
        let column = |kind: &Column| -> ArrayRef {
            match kind {
                Column::Time => {
                    let times = times_s.iter().map(|time_s| time_s.saturating_mul(1000));
                    Arc::new(TimestampMillisecondArray::from_iter_values(times).with_timezone(UTC))
                }
                _ => Arc::new(Int64Array::from_iter_values(positions.iter().map(|number| number.cast_signed()))),
            }
        };
        let batch = RecordBatch::try_new(self.schema.clone(), self.kinds.iter().map(column).collect())?;
        let mut matter = vec![true; batch.num_rows()];
        for condition in &self.conditions {
            let meets = condition.evaluate(&batch)?.into_array(batch.num_rows())?;
            let meets: &BooleanArray = datafusion::common::cast::as_boolean_array(&meets)?;
            matter.iter_mut().zip(meets).for_each(|(matters, meets)| *matters &= meets == Some(true));
        }
        Ok(matter.contains(&true))
    }
}
