//! Recognises counts that packed columns can answer, in an optimised plan, and puts their rows in the place of the plan.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::Column as Named;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::datasource::{MemTable, provider_as_source, source_as_provider};
use datafusion::error::Result;
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan, LogicalPlanBuilder, TableScan};
use datafusion::scalar::ScalarValue;

use crate::columns::{Column, UTC};
use crate::count::{Counts, GroupBy, count};
use crate::filter::Filter;
use crate::key::{Part, parts};
use crate::table::StreamTable;

/// What is asked about each group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Figure {
    Rows,
    FirstTime,
    LastTime,
}

/// Replaces what can be counted. Blocks on files. `goes_on` is asked now and then.
pub(crate) fn replace_counts(plan: LogicalPlan, goes_on: &(dyn Fn() -> bool + Sync)) -> Result<(LogicalPlan, usize)> {
    let mut replaced = 0;
    let plan = plan.transform_down(|node| {
        let counted = match &node {
            LogicalPlan::Aggregate(aggregate) => counted(aggregate, goes_on)?,
            _ => None,
        };
        match counted {
            Some(rows) => {
                replaced += 1;
                Ok(Transformed::yes(rows))
            }
            None => Ok(Transformed::no(node)),
        }
    })?;
    Ok((plan.data, replaced))
}

fn counted(aggregate: &Aggregate, goes_on: &(dyn Fn() -> bool + Sync)) -> Result<Option<LogicalPlan>> {
    let Some(scan) = scan_of(&aggregate.input) else {
        return Ok(None);
    };
    let provider = source_as_provider(&scan.source)?;
    let Some(table) = provider.downcast_ref::<StreamTable>().filter(|_| scan.fetch.is_none()) else {
        return Ok(None);
    };
    let groups = aggregate.group_expr.iter().map(|expr| group(expr, table)).collect::<Option<Vec<GroupBy>>>();
    let figures = aggregate.aggr_expr.iter().map(|expr| figure(expr, table)).collect::<Option<Vec<Figure>>>();
    let (Some(groups), Some(figures), Some(filter)) = (groups, figures, Filter::of(&scan.filters, &table.columns))
    else {
        return Ok(None);
    };
    let wants_times = figures.iter().any(|figure| *figure != Figure::Rows);
    if wants_times && !groups.is_empty() {
        return Ok(None);
    }
    let Some(counts) = count(table, &groups, &filter, wants_times, goes_on)? else {
        return Ok(None);
    };
    rows_of(aggregate, counts, &groups, &figures)
}

/// The scan that gives the rows as they are, maybe under another name.
fn scan_of(plan: &LogicalPlan) -> Option<&TableScan> {
    match plan {
        LogicalPlan::TableScan(scan) => Some(scan),
        LogicalPlan::SubqueryAlias(alias) => scan_of(&alias.input),
        _ => None,
    }
}

/// What groups are made of; `None` when packed columns do not have it.
fn group(expr: &Expr, table: &StreamTable) -> Option<GroupBy> {
    match expr {
        Expr::Alias(alias) => group(&alias.expr, table),
        Expr::Column(column) => match table.columns.find(&column.name)? {
            column @ (Column::Scope | Column::One(_)) => Some(GroupBy::Value(column)),
            Column::Time => Some(GroupBy::Time { bucket_s: 1 }),
            _ => None,
        },
        Expr::ScalarFunction(call) => {
            let [Expr::Literal(length, _), time] = &call.args[..] else {
                return None;
            };
            let bucket_s = match call.func.name() {
                "date_trunc" => truncated_to_s(length)?,
                "date_bin" => interval_s(length)?,
                _ => return None,
            };
            is_time(time, table).then_some(GroupBy::Time { bucket_s })
        }
        _ => None,
    }
}

/// Whether it is the time, maybe in another unit: times are whole seconds, so nothing is lost.
fn is_time(expr: &Expr, table: &StreamTable) -> bool {
    match expr {
        Expr::Column(column) => table.columns.find(&column.name) == Some(Column::Time),
        Expr::Cast(cast) => match cast.field.data_type() {
            DataType::Timestamp(_, Some(zone)) => &**zone == UTC && is_time(&cast.expr, table),
            _ => false,
        },
        _ => false,
    }
}

/// The length of a unit in seconds, if it always has the same one and buckets begin at multiples of it.
fn truncated_to_s(unit: &ScalarValue) -> Option<i64> {
    match unit.try_as_str()?? {
        "second" => Some(1),
        "minute" => Some(60),
        "hour" => Some(3_600),
        "day" => Some(86_400),
        _ => None,
    }
}

/// An interval of whole seconds.
fn interval_s(interval: &ScalarValue) -> Option<i64> {
    let ScalarValue::IntervalMonthDayNano(Some(interval)) = interval else {
        return None;
    };
    let is_whole = interval.months == 0 && interval.nanoseconds % 1_000_000_000 == 0;
    let seconds = i64::from(interval.days) * 86_400 + interval.nanoseconds / 1_000_000_000;
    (is_whole && seconds > 0).then_some(seconds)
}

fn figure(expr: &Expr, table: &StreamTable) -> Option<Figure> {
    let call = match expr {
        Expr::Alias(alias) => return figure(&alias.expr, table),
        Expr::AggregateFunction(call) => call,
        _ => return None,
    };
    let params = &call.params;
    let is_plain = !params.distinct && params.filter.is_none() && params.order_by.is_empty();
    let [argument] = &params.args[..] else {
        return None;
    };
    match (call.func.name(), argument) {
        _ if !is_plain => None,
        ("count", Expr::Literal(value, _)) if !value.is_null() => Some(Figure::Rows),
        ("min" | "max", Expr::Column(column)) if table.columns.find(&column.name)? == Column::Time => {
            Some(if call.func.name() == "min" { Figure::FirstTime } else { Figure::LastTime })
        }
        _ => None,
    }
}

/// A plan that gives the counts under the names that the aggregate's had.
fn rows_of(
    aggregate: &Aggregate,
    counts: Counts,
    groups: &[GroupBy],
    figures: &[Figure],
) -> Result<Option<LogicalPlan>> {
    let (keys, mut numbers): (Vec<&[u8]>, Vec<i64>) =
        counts.rows.iter().map(|(key, rows)| (&**key, signed(*rows))).unzip();
    let mut arrays: Vec<ArrayRef> = Vec::new();
    if let [GroupBy::Time { .. }] = groups {
        arrays.push(times(counts.by_time.iter().map(|(time_s, _)| Some(*time_s))));
        numbers = counts.by_time.iter().map(|(_, rows)| signed(*rows)).collect();
    } else {
        let keys: Vec<Vec<Part<'_>>> = keys.into_iter().map(parts).collect();
        arrays.extend(groups.iter().enumerate().map(|(index, group)| -> ArrayRef {
            let column = keys.iter().map(|key| key.get(index));
            match group {
                GroupBy::Value(_) => Arc::new(column.map(|part| part?.text()).collect::<StringArray>()),
                GroupBy::Time { .. } => times(column.map(|part| part?.time_s())),
            }
        }));
    }
    for figure in figures {
        arrays.push(match figure {
            Figure::Rows => Arc::new(Int64Array::from(numbers.clone())),
            Figure::FirstTime => times(std::iter::once(counts.times_s.map(|(first, _)| first))),
            Figure::LastTime => times(std::iter::once(counts.times_s.map(|(_, last)| last))),
        });
    }
    let names = |index: usize| format!("c{index}");
    let mut fields: Vec<Field> = Vec::new();
    for ((_, wanted), array) in aggregate.schema.iter().zip(&mut arrays) {
        if let (DataType::Timestamp(..), DataType::Timestamp(..)) = (wanted.data_type(), array.data_type()) {
            *array = cast_with_options(array, wanted.data_type(), &CastOptions { safe: false, ..Default::default() })?;
        }
        if wanted.data_type() != array.data_type() {
            // DataFusion gives such a figure another type than is known here, so it has to compute it.
            return Ok(None);
        }
        fields.push(Field::new(names(fields.len()), array.data_type().clone(), wanted.is_nullable()));
    }
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(schema.clone(), arrays)?;
    let source = provider_as_source(Arc::new(MemTable::try_new(schema, vec![vec![batch]])?));
    let renamed = aggregate.schema.iter().enumerate().map(|(n, (qualifier, field))| {
        Expr::Column(Named::new(Some("counted"), names(n))).alias_qualified(qualifier.cloned(), field.name())
    });
    LogicalPlanBuilder::scan("counted", source, None)?.project(renamed.collect::<Vec<Expr>>())?.build().map(Some)
}

fn signed(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

fn times(times_s: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    let times: TimestampMillisecondArray = times_s.map(|time| Some(time?.saturating_mul(1000))).collect();
    Arc::new(times.with_timezone(UTC))
}
