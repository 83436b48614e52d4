//! `time_series(x, '1h', format, fill)`: a row for each interval of the range of time, also for those without logs.
//!
//! ```text
//! SELECT time_series(x, '1h', f, '0') AS t, count(*) AS n FROM log GROUP BY t
//! SELECT date_format(s.value, f) AS t, CASE WHEN q.t IS NULL THEN 0 ELSE q.n END AS n
//! FROM generate_series(first, last, 3600) AS s
//! LEFT JOIN (SELECT time_bucket(x, 3600, offset) AS t, count(*) AS n FROM log GROUP BY 1) AS q ON s.value = q.t
//! ```
//!
//! With more columns to group by, each of their combinations has a row for each interval.

use datafusion::sql::sqlparser::ast::{Expr, GroupByExpr, Ident, Select, SelectItem, Value};

use super::expressions::{arguments, call, name};
use super::names::{fold, name_all};
use super::outer::number;
use super::{Context, parse_select};
use crate::fault::Fault;
use crate::limits::MAX_POINTS;

/// The table that intervals come from.
pub(crate) const POINTS: &str = "generate_series";

/// A call of the function.
struct Series {
    /// Where in the projection it is.
    index: usize,
    time: Expr,
    width_s: i64,
    format: String,
    fill: String,
}

/// Rewrites a SELECT that has a series.
pub(super) fn rewrite(select: &mut Select, context: &Context<'_>) -> Result<(), Fault> {
    let found = select.projection.iter().position(|item| expression(item).is_some_and(is_series));
    let Some(index) = found else {
        return Ok(());
    };
    let place = context.words.start();
    name_all(select);
    let series = expression(&select.projection[index]).and_then(|expression| read(index, expression));
    let series = series.ok_or_else(|| {
        Fault::syntax(place, "time_series takes a time, a width such as '5m', '1h' or '1d', a format and what fills: '0', 'null', 'last', 'next' or 'avg'")
    })?;
    let names: Vec<String> = select
        .projection
        .iter()
        .map(title)
        .collect::<Option<_>>()
        .ok_or_else(|| Fault::syntax(place, "time_series stands beside expressions, not beside *"))?;
    let keys = keys(select, &names, &series).ok_or_else(|| Fault::syntax(place, "time_series needs GROUP BY"))?;
    let first = bucket(context.from_s, series.width_s, context.offset_s);
    let last = bucket(context.last_s, series.width_s, context.offset_s);
    if (last - first) / series.width_s >= MAX_POINTS {
        let message = format!(
            "time_series would have more than {MAX_POINTS} rows: narrow the range of time, or widen the interval"
        );
        return Err(Fault::syntax(place, message));
    }
    let mut inner = select.clone();
    let bucketed = call("time_bucket", vec![series.time.clone(), number(series.width_s), number(context.offset_s)]);
    inner.projection[index] =
        SelectItem::ExprWithAlias { expr: bucketed, alias: Ident::with_quote('"', names[index].clone()) };
    let ordinals = std::iter::once(&index).chain(&keys).map(|place| number(place + 1));
    inner.group_by = GroupByExpr::Expressions(ordinals.collect(), Vec::new());
    *select = parse_select(&filled(&inner, &names, &keys, &series, (first, last)))?;
    Ok(())
}

fn filled(inner: &Select, names: &[String], keys: &[usize], series: &Series, (first, last): (i64, i64)) -> String {
    let bucket = &names[series.index];
    let key_names: Vec<&String> = keys.iter().map(|place| &names[*place]).collect();
    let item = |(place, name): (usize, &String)| {
        let value = if place == series.index {
            format!("date_format(\"points\".\"value\", '{}')", series.format.replace('\'', "''"))
        } else if keys.contains(&place) {
            format!("\"keys\".\"{name}\"")
        } else {
            let filled = series.filled(name, &key_names);
            format!("CASE WHEN \"found\".\"{bucket}\" IS NULL THEN {filled} ELSE \"found\".\"{name}\" END")
        };
        format!("{value} AS \"{name}\"")
    };
    let items: Vec<String> = names.iter().enumerate().map(item).collect();
    let mut text =
        format!("SELECT {} FROM {POINTS}({first}, {last}, {}) AS \"points\"", items.join(", "), series.width_s);
    let mut condition = format!("\"points\".\"value\" = \"found\".\"{bucket}\"");
    if !keys.is_empty() {
        let columns: Vec<String> = key_names.iter().map(|name| format!("\"{name}\"")).collect();
        text.push_str(&format!(
            " CROSS JOIN (SELECT DISTINCT {} FROM ({inner}) AS \"all\") AS \"keys\"",
            columns.join(", ")
        ));
        for name in &key_names {
            condition.push_str(&format!(" AND \"keys\".\"{name}\" IS NOT DISTINCT FROM \"found\".\"{name}\""));
        }
    }
    text.push_str(&format!(" LEFT JOIN ({inner}) AS \"found\" ON {condition}"));
    text
}

impl Series {
    /// What stands where there is no log.
    fn filled(&self, name: &str, keys: &[&String]) -> String {
        let each: Vec<String> = keys.iter().map(|key| format!("\"keys\".\"{key}\"")).collect();
        let part = if each.is_empty() { String::new() } else { format!("PARTITION BY {} ", each.join(", ")) };
        let over = |function: &str, frame: &str| {
            format!(
                "{function}(\"found\".\"{name}\") IGNORE NULLS OVER ({part}ORDER BY \"points\".\"value\" ROWS BETWEEN {frame})"
            )
        };
        let last = || over("last_value", "UNBOUNDED PRECEDING AND CURRENT ROW");
        let next = || over("first_value", "CURRENT ROW AND UNBOUNDED FOLLOWING");
        match self.fill.as_str() {
            "null" => "NULL".to_owned(),
            "last" => last(),
            "next" => next(),
            "avg" => format!("({} + {}) / 2", last(), next()),
            literal if literal.parse::<f64>().is_ok_and(f64::is_finite) => literal.to_owned(),
            literal => format!("'{}'", literal.replace('\'', "''")),
        }
    }
}

/// The start of the interval of a time, on the wall that is so many seconds ahead.
fn bucket(time_s: i64, width_s: i64, offset_s: i64) -> i64 {
    (time_s + offset_s).div_euclid(width_s) * width_s - offset_s
}

fn expression(item: &SelectItem) -> Option<&Expr> {
    match item {
        SelectItem::UnnamedExpr(expression) | SelectItem::ExprWithAlias { expr: expression, .. } => Some(expression),
        _ => None,
    }
}

fn is_series(expression: &Expr) -> bool {
    matches!(expression, Expr::Function(function) if name(function) == "time_series")
}

fn title(item: &SelectItem) -> Option<String> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(fold(&alias.value)),
        SelectItem::UnnamedExpr(Expr::Identifier(name)) => Some(fold(&name.value)),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => parts.last().map(|name| fold(&name.value)),
        _ => None,
    }
}

fn read(index: usize, expression: &Expr) -> Option<Series> {
    let Expr::Function(function) = expression else {
        return None;
    };
    let arguments = arguments(function)?;
    let [time, width, format, fill] = &arguments[..] else {
        return None;
    };
    let text = |expression: &Expr| match expression {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text.clone()),
            Value::Number(number, _) => Some(number.to_string()),
            _ => None,
        },
        _ => None,
    };
    let width = text(width)?;
    let unit_at = width.find(|letter: char| !letter.is_ascii_digit())?;
    let unit_s = match &width[unit_at..] {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    let width_s = width[..unit_at].parse::<i64>().ok()?.checked_mul(unit_s).filter(|width_s| *width_s > 0)?;
    Some(Series { index, time: time.clone(), width_s, format: text(format)?, fill: text(fill)? })
}

/// The places of the other columns that are grouped by.
fn keys(select: &Select, names: &[String], series: &Series) -> Option<Vec<usize>> {
    let GroupByExpr::Expressions(grouped, _) = &select.group_by else {
        return None;
    };
    let place_of = |by: &Expr| match by {
        Expr::Identifier(name) => names.iter().position(|known| *known == fold(&name.value)),
        Expr::Value(value) => value.value.to_string().parse::<usize>().ok()?.checked_sub(1),
        other => select.projection.iter().position(|item| expression(item) == Some(other)),
    };
    let places: Vec<usize> = grouped.iter().map(place_of).collect::<Option<_>>()?;
    let has_series = places.contains(&series.index) && places.iter().all(|place| *place < names.len());
    has_series.then(|| places.into_iter().filter(|place| *place != series.index).collect())
}
