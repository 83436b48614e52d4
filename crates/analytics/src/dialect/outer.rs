//! What the outermost query has without saying it: its table, and a bound on its rows.

use datafusion::sql::sqlparser::ast::{
    Expr, Ident, LimitClause, ObjectName, Offset, OffsetRows, Query, SetExpr, TableFactor, TableWithJoins, Value,
    ValueWithSpan,
};
use datafusion::sql::sqlparser::tokenizer::Location;

use crate::fault::Fault;
use crate::limits::{DEFAULT_ROWS, MAX_PAGE_ROWS, MAX_ROWS};

/// The table of the search's logs.
pub(crate) const LOG: &str = "log";

/// `FROM log` where no table is named.
pub(super) fn imply_log(body: &mut SetExpr) {
    match body {
        SetExpr::Select(select) if select.from.is_empty() => {
            select.from.push(TableWithJoins { relation: table(LOG), joins: Vec::new() });
        }
        SetExpr::Query(query) => imply_log(&mut query.body),
        SetExpr::SetOperation { left, right, .. } => {
            imply_log(left);
            imply_log(right);
        }
        _ => {}
    }
}

/// A table by its folded name.
pub(super) fn table(name: &str) -> TableFactor {
    TableFactor::Table {
        name: ObjectName::from(vec![Ident::with_quote('"', name)]),
        alias: None,
        args: None,
        with_hints: Vec::new(),
        version: None,
        with_ordinality: false,
        partitions: Vec::new(),
        json_path: None,
        sample: None,
        index_hints: Vec::new(),
    }
}

/// Bounds the rows of the outermost query. Gives the bound that a missing LIMIT put on it; 0 for none.
pub(super) fn bound(query: &mut Query, place: Location) -> Result<u64, Fault> {
    let (rows, offset, limited) = match &query.limit_clause {
        None if query.fetch.is_some() => return Ok(0),
        None => (DEFAULT_ROWS, 0, DEFAULT_ROWS),
        Some(LimitClause::LimitOffset { limit: None, offset, .. }) => {
            (DEFAULT_ROWS, offset.as_ref().map_or(Ok(0), |offset| count(&offset.value, place))?, DEFAULT_ROWS)
        }
        Some(LimitClause::LimitOffset { limit: Some(limit), offset, .. }) => {
            let offset = offset.as_ref().map_or(Ok(0), |offset| count(&offset.value, place))?;
            (count(limit, place)?, offset, 0)
        }
        Some(LimitClause::OffsetCommaLimit { offset, limit }) => {
            let (offset, rows) = (count(offset, place)?, count(limit, place)?);
            if rows > MAX_PAGE_ROWS {
                let message = format!("LIMIT offset, rows gives at most {MAX_PAGE_ROWS} rows");
                return Err(Fault::syntax(place, message));
            }
            (rows, offset, 0)
        }
    };
    if offset.saturating_add(rows) > MAX_ROWS {
        return Err(Fault::syntax(
            place,
            format!("LIMIT must leave at most {MAX_ROWS} rows, the skipped ones included"),
        ));
    }
    query.limit_clause = Some(LimitClause::LimitOffset {
        limit: Some(number(rows)),
        offset: (offset > 0).then(|| Offset { value: number(offset), rows: OffsetRows::None }),
        limit_by: Vec::new(),
    });
    Ok(limited)
}

/// Subqueries have no pages.
pub(super) fn refuse_page(query: &Query, place: Location) -> Result<(), Fault> {
    match query.limit_clause {
        Some(LimitClause::OffsetCommaLimit { .. }) => {
            Err(Fault::syntax(place, "LIMIT offset, rows is allowed at the end of the statement only"))
        }
        _ => Ok(()),
    }
}

fn count(expression: &Expr, place: Location) -> Result<u64, Fault> {
    let number = match expression {
        Expr::Value(ValueWithSpan { value: Value::Number(number, _), .. }) => number.to_string().parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| Fault::syntax(place, "LIMIT takes whole numbers that are not negative"))
}

/// A whole number as SQL.
pub(super) fn number(number: impl std::fmt::Display) -> Expr {
    Expr::Value(Value::Number(number.to_string(), false).into())
}
