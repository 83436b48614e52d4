//! `FROM a CROSS JOIN UNNEST(a.items) AS t(x)`: a row for each item of an array, beside its other columns.
//!
//! ```text
//! FROM (SELECT a.*, unnest(a.items) AS x FROM a) AS a
//! ```
//!
//! | Written | Columns |
//! |---|---|
//! | `UNNEST(a, b) AS t(x, y)` | side by side, the shorter one filled up with NULL |
//! | `UNNEST(m) AS t(k, v)` | the parts of each entry of a map, or of each row in an array |
//! | `UNNEST(a) WITH ORDINALITY AS t(x, n)` | the last one counts from 1 |

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Join, JoinConstraint, JoinOperator, Select, TableAlias, TableFactor, TableWithJoins, VisitMut, VisitorMut,
};

use super::names::fold;
use super::{Context, parse_select};
use crate::fault::Fault;
use crate::limits::MAX_UNNESTED;

/// Rewrites what a SELECT makes of arrays and maps in the place of tables.
pub(super) fn rewrite(select: &mut Select, context: &Context<'_>) -> Result<(), Fault> {
    join_behind_commas(&mut select.from);
    let mut aliases = Vec::new();
    for from in &mut select.from {
        if is_unnest(&from.relation) {
            alone(from, context)?;
        }
        while from.joins.iter().any(|join| is_unnest(&join.relation)) {
            aliases.extend(first(from, context)?);
        }
    }
    if !aliases.is_empty() {
        let _ = VisitMut::visit(select, &mut Unqualifying(&aliases));
    }
    Ok(())
}

fn is_unnest(table: &TableFactor) -> bool {
    matches!(table, TableFactor::UNNEST { .. })
}

/// `FROM a, UNNEST(…)` is a join as if it said CROSS JOIN.
fn join_behind_commas(tables: &mut Vec<TableWithJoins>) {
    for table in std::mem::take(tables) {
        match tables.last_mut() {
            Some(before) if is_unnest(&table.relation) => {
                let join_operator = JoinOperator::CrossJoin(JoinConstraint::None);
                before.joins.push(Join { relation: table.relation, global: false, join_operator });
                before.joins.extend(table.joins);
            }
            _ => tables.push(table),
        }
    }
}

/// Without a table before it: the items are all there is.
fn alone(from: &mut TableWithJoins, context: &Context<'_>) -> Result<(), Fault> {
    let Unnested { items, alias } = unnested(&from.relation, context)?;
    let name = alias.as_ref().map_or_else(|| UNNAMED.to_owned(), |alias| alias.name.to_string());
    from.relation = derived(&format!("(SELECT {items}) AS {name}"))?;
    Ok(())
}

/// Takes the first join into the table before it. Gives the name by which its columns were called.
fn first(from: &mut TableWithJoins, context: &Context<'_>) -> Result<Option<String>, Fault> {
    let join = from.joins.remove(0);
    if !is_unnest(&join.relation) || !matches!(join.join_operator, JoinOperator::CrossJoin(_)) {
        let message = "UNNEST is joined by CROSS JOIN and stands directly behind its table, before other joins";
        return Err(Fault::syntax(context.words.start(), message));
    }
    let Unnested { items, alias } = unnested(&join.relation, context)?;
    let name = table_name(&from.relation);
    let table = named(&from.relation, &name);
    from.relation = derived(&format!("(SELECT {name}.*, {items} FROM {table}) AS {name}"))?;
    Ok(alias.map(|alias| fold(&alias.name.value)))
}

struct Unnested {
    /// What a SELECT has for it.
    items: String,
    alias: Option<TableAlias>,
}

fn unnested(table: &TableFactor, context: &Context<'_>) -> Result<Unnested, Fault> {
    let refused = || {
        let message = format!(
            "UNNEST needs a name for each column: UNNEST(items) AS t(item), UNNEST(map) AS t(key, value), one more for \
             ORDINALITY; of one argument it makes up to {MAX_UNNESTED} columns"
        );
        Fault::syntax(context.words.start(), message)
    };
    let TableFactor::UNNEST { alias, array_exprs: arrays, with_ordinality, .. } = table else {
        return Err(refused());
    };
    let columns: Vec<String> =
        alias.iter().flat_map(|alias| &alias.columns).map(|column| column.name.to_string()).collect();
    let (ordinal, columns) = match columns.split_last() {
        Some((ordinal, columns)) if *with_ordinality => (Some(ordinal), columns),
        _ => (None, &columns[..]),
    };
    let mut items: Vec<String> = match (&arrays[..], columns) {
        ([whole], [_, _, ..]) if columns.len() <= MAX_UNNESTED => {
            let one =
                |(place, column): (usize, &String)| format!("unnest(presto_unnested_{place}({whole})) AS {column}");
            (1..).zip(columns).map(one).collect()
        }
        (arrays, columns) if arrays.len() == columns.len() => {
            let one = |(array, column): (&Expr, &String)| format!("unnest({array}) AS {column}");
            arrays.iter().zip(columns).map(one).collect()
        }
        _ => return Err(refused()),
    };
    if *with_ordinality {
        let ordinal = ordinal.ok_or_else(refused)?;
        let arrays: Vec<String> = arrays.iter().map(Expr::to_string).collect();
        items.push(format!("unnest(presto_ordinals({})) AS {ordinal}", arrays.join(", ")));
    }
    Ok(Unnested { items: items.join(", "), alias: alias.clone() })
}

/// A table that a rewriting wrote.
fn derived(text: &str) -> Result<TableFactor, Fault> {
    let rewritten = parse_select(&format!("SELECT 1 FROM {text}"))?;
    let table = rewritten.from.into_iter().next().map(|from| from.relation);
    table.ok_or_else(|| Fault::of_parser("a rewritten statement has no table"))
}

const UNNAMED: &str = "\"unnested\"";

fn table_name(table: &TableFactor) -> String {
    let of_alias = |alias: &Option<TableAlias>| alias.as_ref().map(|alias| alias.name.to_string());
    match table {
        TableFactor::Table { name, alias, .. } => of_alias(alias).unwrap_or_else(|| name.to_string()),
        TableFactor::Derived { alias, .. } => of_alias(alias).unwrap_or_else(|| UNNAMED.to_owned()),
        _ => UNNAMED.to_owned(),
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
