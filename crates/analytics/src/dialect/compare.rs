//! `compare(x, n, …)` and `ts_compare(x, n, …)`: the values of a subquery beside those that it had n seconds ago.
//!
//! The subquery runs again over the table of that time, whose times are moved to now ([`ago`]), so that its conditions and
//! groups are those of now. Rows belong together when all their other columns are equal:
//!
//! ```text
//! SELECT t, compare(x, 60) FROM (Q) GROUP BY t
//! SELECT t, compared FROM (SELECT now.t, compared(now.x, ago.x, then) AS compared
//!                          FROM (Q) AS now LEFT JOIN (Q a minute ago) AS ago ON now.t IS NOT DISTINCT FROM ago.t)
//! ```

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, GroupByExpr, Ident, ObjectName, Query, Select, SelectItem, SetExpr, TableFactor, TableWithJoins, Value,
    VisitMut, VisitorMut,
};

use super::expressions::{arguments, name};
use super::names::{fold, name_all};
use super::outer::LOG;
use super::{Context, parse_select};
use crate::fault::Fault;
use crate::limits::MAX_COMPARED;

/// The name of the table of a time ago.
pub(crate) fn ago(seconds: i64) -> String {
    format!("{LOG}\u{2024}{seconds}")
}

/// One call.
struct Call {
    value: String,
    ago_s: Vec<i64>,
}

/// Rewrites a SELECT that compares. Gives the times ago whose tables it asks for.
pub(super) fn rewrite(select: &mut Select, context: &Context<'_>) -> Result<Vec<i64>, Fault> {
    let mut calls = Vec::new();
    let mut finding = Finding { calls: &mut calls, context };
    if let ControlFlow::Break(fault) = VisitMut::visit(&mut select.projection, &mut finding) {
        return Err(fault);
    }
    if calls.is_empty() {
        return Ok(Vec::new());
    }
    let refused = || {
        Fault::syntax(
            context.words.start(),
            "compare takes a column of a subquery: SELECT compare(x, 3600) FROM (SELECT … AS x FROM log)",
        )
    };
    let [TableWithJoins { relation: TableFactor::Derived { subquery, alias, .. }, joins }] = &mut select.from[..]
    else {
        return Err(refused());
    };
    let SetExpr::Select(inner) = &mut *subquery.body else {
        return Err(refused());
    };
    name_all(inner);
    let columns: Vec<String> = inner.projection.iter().map(column).collect::<Option<_>>().ok_or_else(refused)?;
    if !joins.is_empty() || calls.iter().any(|call| !columns.contains(&call.value)) {
        return Err(refused());
    }
    let mut all: Vec<i64> = calls.iter().flat_map(|call| call.ago_s.iter().copied()).collect();
    all.sort_unstable();
    all.dedup();
    let text = joined(subquery, &columns, &calls, &all, context);
    let alias = alias.as_ref().map_or_else(|| "\"compared\"".to_owned(), |alias| alias.name.to_string());
    let rewritten = parse_select(&format!("SELECT 1 FROM ({text}) AS {alias}"))?;
    select.from = rewritten.from;
    select.group_by = GroupByExpr::Expressions(Vec::new(), Vec::new());
    Ok(all)
}

fn joined(subquery: &Query, columns: &[String], calls: &[Call], all: &[i64], context: &Context<'_>) -> String {
    let is_value = |name: &&String| calls.iter().any(|call| call.value == **name);
    let keys: Vec<&String> = columns.iter().filter(|name| !is_value(name)).collect();
    let mut items: Vec<String> = columns.iter().map(|name| format!("\"now\".\"{name}\" AS \"{name}\"")).collect();
    for (number, call) in calls.iter().enumerate() {
        let values = call.ago_s.iter().map(|ago_s| format!("\"ago_{ago_s}\".\"{}\"", call.value));
        let times = call.ago_s.iter().map(|ago_s| match keys.first() {
            Some(key) => format!("time_then(\"now\".\"{key}\", {ago_s}, {})", context.from_s),
            None => (context.from_s - ago_s).to_string(),
        });
        let all: Vec<String> = values.chain(times).collect();
        items.push(format!("compared(\"now\".\"{}\", {}) AS \"compared_{number}\"", call.value, all.join(", ")));
    }
    let mut text = format!("SELECT {} FROM ({subquery}) AS \"now\"", items.join(", "));
    for ago_s in all {
        let mut then = subquery.clone();
        let _ = VisitMut::visit(&mut then, &mut Moving(*ago_s));
        let equal = keys.iter().map(|key| format!("\"now\".\"{key}\" IS NOT DISTINCT FROM \"ago_{ago_s}\".\"{key}\""));
        let equal: Vec<String> = equal.collect();
        let condition = if equal.is_empty() { "true".to_owned() } else { equal.join(" AND ") };
        text.push_str(&format!(" LEFT JOIN ({then}) AS \"ago_{ago_s}\" ON {condition}"));
    }
    text
}

fn column(item: &SelectItem) -> Option<String> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(fold(&alias.value)),
        SelectItem::UnnamedExpr(Expr::Identifier(name)) => Some(fold(&name.value)),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => parts.last().map(|name| fold(&name.value)),
        _ => None,
    }
}

/// Finds the calls, and puts the columns in their place that will have their values.
struct Finding<'f> {
    calls: &'f mut Vec<Call>,
    context: &'f Context<'f>,
}

impl VisitorMut for Finding<'_> {
    type Break = Fault;

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<Fault> {
        let Expr::Function(function) = &*expression else {
            return ControlFlow::Continue(());
        };
        if !matches!(name(function).as_str(), "compare" | "ts_compare") {
            return ControlFlow::Continue(());
        }
        let call = arguments(function).and_then(|arguments| read(&arguments));
        let Some(call) = call.filter(|call| call.ago_s.len() <= MAX_COMPARED) else {
            let place = self.context.words.start();
            let message = format!("compare takes a column and 1 to {MAX_COMPARED} whole numbers of seconds");
            return ControlFlow::Break(Fault::syntax(place, message));
        };
        *expression = Expr::Identifier(Ident::with_quote('"', format!("compared_{}", self.calls.len())));
        self.calls.push(call);
        ControlFlow::Continue(())
    }
}

fn read(arguments: &[Expr]) -> Option<Call> {
    let [Expr::Identifier(value), seconds @ ..] = arguments else {
        return None;
    };
    let number = |expression: &Expr| match expression {
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) => number.to_string().parse::<i64>().ok(),
            _ => None,
        },
        _ => None,
    };
    let ago_s: Vec<i64> = seconds.iter().map(number).collect::<Option<_>>()?;
    (!ago_s.is_empty()).then(|| Call { value: fold(&value.value), ago_s })
}

/// Lets a query ask for the logs of so many seconds ago.
struct Moving(i64);

impl VisitorMut for Moving {
    type Break = ();

    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> ControlFlow<()> {
        if fold(&relation.to_string().replace('"', "")) == LOG {
            *relation = ObjectName::from(vec![Ident::with_quote('"', ago(self.0))]);
        }
        ControlFlow::Continue(())
    }
}
