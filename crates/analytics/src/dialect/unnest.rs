//! `FROM a CROSS JOIN UNNEST(a.items) AS t(x)`: a row for each item of an array, beside its other columns.
//!
//! ```text
//! FROM (SELECT a.*, unnest(a.items) AS x FROM a) AS a
//! ```
//!
//! `WITH ORDINALITY` is not there: DataFusion's unnest has no numbers.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, JoinOperator, Select, TableAlias, TableFactor, TableWithJoins, VisitMut, VisitorMut,
};

use super::names::fold;
use super::{Context, parse_select};
use crate::fault::Fault;

/// Rewrites the joins with arrays of a SELECT.
pub(super) fn rewrite(select: &mut Select, context: &Context<'_>) -> Result<(), Fault> {
    let mut aliases = Vec::new();
    for from in &mut select.from {
        while from.joins.iter().any(|join| matches!(join.relation, TableFactor::UNNEST { .. })) {
            aliases.extend(first(from, context)?);
        }
    }
    if !aliases.is_empty() {
        let _ = VisitMut::visit(select, &mut Unqualifying(&aliases));
    }
    Ok(())
}

/// Takes the first join into the table before it. Gives the name by which its columns were called.
fn first(from: &mut TableWithJoins, context: &Context<'_>) -> Result<Option<String>, Fault> {
    let refused = |message: &str| Fault::syntax(context.words.start(), message);
    let join = from.joins.remove(0);
    let TableFactor::UNNEST { alias, array_exprs, with_ordinality: false, .. } = join.relation else {
        return Err(refused(
            "CROSS JOIN UNNEST stands directly behind its table, before other joins, and without ORDINALITY",
        ));
    };
    if !matches!(join.join_operator, JoinOperator::CrossJoin(_)) {
        return Err(refused("UNNEST is joined by CROSS JOIN"));
    }
    let columns: Vec<String> =
        alias.iter().flat_map(|alias| &alias.columns).map(|column| column.name.to_string()).collect();
    let items = match (&array_exprs[..], &columns[..]) {
        ([map], [key, value]) => format!("unnest(map_keys({map})) AS {key}, unnest(map_values({map})) AS {value}"),
        (arrays, columns) if arrays.len() == columns.len() => {
            let one = |(array, column): (&Expr, &String)| format!("unnest({array}) AS {column}");
            arrays.iter().zip(columns).map(one).collect::<Vec<_>>().join(", ")
        }
        _ => return Err(refused("UNNEST needs a name for each column: UNNEST(items) AS t(item)")),
    };
    let name = table_name(&from.relation);
    let text = format!("SELECT 1 FROM (SELECT {name}.*, {items} FROM {}) AS {name}", named(&from.relation, &name));
    let mut rewritten = parse_select(&text)?;
    if let Some(table) = rewritten.from.pop() {
        from.relation = table.relation;
    }
    Ok(alias.map(|alias| fold(&alias.name.value)))
}

fn table_name(table: &TableFactor) -> String {
    let of_alias = |alias: &Option<TableAlias>| alias.as_ref().map(|alias| alias.name.to_string());
    match table {
        TableFactor::Table { name, alias, .. } => of_alias(alias).unwrap_or_else(|| name.to_string()),
        TableFactor::Derived { alias, .. } => of_alias(alias).unwrap_or_else(|| "\"unnested\"".to_owned()),
        _ => "\"unnested\"".to_owned(),
    }
}

/// The table under its name.
fn named(table: &TableFactor, name: &str) -> String {
    match table {
        TableFactor::Derived { alias: None, .. } => format!("{table} AS {name}"),
        _ => table.to_string(),
    }
}

/// The columns are now those of the table before: their own qualifier goes.
struct Unqualifying<'a>(&'a [String]);

impl VisitorMut for Unqualifying<'_> {
    type Break = ();

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        if let Expr::CompoundIdentifier(parts) = &*expression
            && let [table, column] = &parts[..]
            && self.0.contains(&fold(&table.value))
        {
            *expression = Expr::Identifier(column.clone());
        }
        ControlFlow::Continue(())
    }
}
